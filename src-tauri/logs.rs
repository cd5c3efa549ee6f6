//! Logs: one file a day in Sifter's log folder, two weeks of them. No arguments of commands, no secrets; what slips
//! through is redacted on its way out.

use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use sifter_api::settings::LogLevel;
use tracing_appender::{
    non_blocking::{NonBlocking, WorkerGuard},
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{
    EnvFilter, Registry, fmt::MakeWriter, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

use crate::redact::redact;

const PREFIX: &str = "sifter";
const FILES_KEPT: usize = 14;
/// How much of the newest file goes into a report.
const TAIL_BYTES: u64 = 32 * 1024;

/// The running log.
#[derive(Clone, Debug)]
pub(crate) struct Logs {
    folder: PathBuf,
    level: reload::Handle<EnvFilter, Registry>,
    // Writes what is left when it is dropped.
    _guard: Arc<WorkerGuard>,
}

impl Logs {
    /// Starts to log into `folder`; nothing when that cannot be written, since Sifter works without a log.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        // The appender counts old files first, and complains aloud where there is no folder yet.
        std::fs::create_dir_all(folder).ok()?;
        let appender = RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix(PREFIX)
            .filename_suffix("log")
            .max_log_files(FILES_KEPT)
            .build(folder)
            .ok()?;
        let (writer, guard) = tracing_appender::non_blocking(appender);
        let (filter, level) = reload::Layer::new(filter(LogLevel::Info));
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(Redacting {
                writer,
                home: home(),
            });
        // A test that already logs elsewhere keeps its own subscriber.
        tracing_subscriber::registry()
            .with(filter)
            .with(lines)
            .try_init()
            .ok()?;
        Some(Self {
            folder: folder.to_owned(),
            level,
            _guard: Arc::new(guard),
        })
    }

    /// Changes how much is logged.
    pub(crate) fn set_level(&self, level: LogLevel) {
        if let Err(error) = self.level.reload(filter(level)) {
            tracing::warn!("the log level stays: {error}");
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The end of the newest file.
    pub(crate) fn tail(&self) -> String {
        newest(&self.folder)
            .and_then(|file| read_end(&file).ok())
            .unwrap_or_default()
    }
}

/// Only our own rooms: libraries may log what they are given.
fn filter(level: LogLevel) -> EnvFilter {
    let level = match level {
        LogLevel::Error => "error",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let ours = [
        "sifter",
        "sifter_lib",
        "sifter_api",
        "sif",
        "sif_integrity",
        "sif_keys",
        "remotes",
        "transfer",
        "oci",
        "scs_client",
        "scs_server",
    ];
    let directives: Vec<String> = std::iter::once("error".to_owned())
        .chain(ours.iter().map(|room| format!("{room}={level}")))
        .collect();
    EnvFilter::new(directives.join(","))
}

/// Returns `text` without what does not belong in a report.
pub(crate) fn redacted(text: &str) -> String {
    redact(text, &home()).into_owned()
}

fn home() -> String {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var(variable).unwrap_or_default()
}

fn newest(folder: &Path) -> Option<PathBuf> {
    std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .map(|entry| entry.path())
        // The date is part of the name.
        .max()
}

fn read_end(file: &Path) -> io::Result<String> {
    let mut file = std::fs::File::open(file)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes lines without secrets. `tracing` hands each line over whole.
#[derive(Clone, Debug)]
struct Redacting<W> {
    writer: W,
    home: String,
}

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.writer
            .write_all(redact(&String::from_utf8_lossy(line), &self.home).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<'a> MakeWriter<'a> for Redacting<NonBlocking> {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_redacted_and_the_tail_is_of_the_newest_file() {
        let mut out = Redacting {
            writer: Vec::new(),
            home: "/home/anna".into(),
        };
        out.write_all(b"opened /home/anna/a.sif token=abc\n")
            .unwrap();
        assert_eq!(out.writer, b"opened ~/a.sif token=[redacted]\n");

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sifter.2026-01-01.log"), "old").unwrap();
        std::fs::write(
            folder.path().join("sifter.2026-01-02.log"),
            "x".repeat(100_000) + "new",
        )
        .unwrap();
        std::fs::write(folder.path().join("zzz"), "other").unwrap();
        let tail = read_end(&newest(folder.path()).unwrap()).unwrap();
        assert!(tail.ends_with("new"));
        assert_eq!(tail.len() as u64, TAIL_BYTES);
    }
}
