//! Sifter on the command line: parses arguments, calls `sifter-api`, prints. Nothing is decided here.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is this program's work"
)]

mod arguments;
mod exit;
mod image;
mod key;
mod passphrase;
mod print;
mod progress;
mod sign;
mod verify;

use std::process::ExitCode;

use clap::Parser as _;
use sifter_api::{Clock, Homes, Sifter, keychain};

use arguments::{Arguments, Command};
use exit::Outcome;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    let outcome = match runtime().and_then(|runtime| {
        let sifter = Sifter::start(
            Homes::of_this_user()?,
            keychain::system_keychain(),
            Clock::system(),
        )?;
        runtime.block_on(run(&sifter, arguments))
    }) {
        Ok(outcome) => outcome,
        Err(error) => print::error(&error, json),
    };
    outcome.into()
}

fn runtime() -> sifter_api::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| {
            sifter_api::ApiError::plain(sifter_api::ErrorCode::Internal).because(&error)
        })
}

async fn run(sifter: &Sifter, arguments: Arguments) -> sifter_api::Result<Outcome> {
    let json = arguments.json;
    match arguments.command {
        Command::Inspect { image } => image::inspect(sifter, image, json).await,
        Command::List { image } => image::list(sifter, image, json).await,
        Command::Header { image } => image::header(sifter, image, json).await,
        Command::Info { part, image } => image::info(sifter, part, image, json).await,
        Command::Dump { part, image } => image::dump(sifter, part, image, json).await,
        Command::Verify(request) => verify::run(sifter, request, json),
        Command::Sign(request) => sign::run(sifter, request, json).await,
        Command::Key(command) => key::run(sifter, command, json).await,
    }
}
