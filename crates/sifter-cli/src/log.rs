//! What a service says of itself, on standard error.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::{Layer as _, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

/// How much.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// Begins to log. Only the server's own room: libraries may log what they are given.
pub(crate) fn start(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(io::stderr);
    let rooms = Targets::new().with_target("scs_server", level);
    // One is enough for a process.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(rooms))
        .try_init();
}
