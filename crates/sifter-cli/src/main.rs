//! Sifter on the command line: parses arguments, calls `sifter-api`, prints. Nothing is decided here.

mod answer;
mod arguments;
mod commands;
mod first_line;
mod hint;
mod log;
mod new_file;
mod passphrase;
mod stop;
mod token;
mod wait;

use std::process::ExitCode;

use clap::Parser as _;
use sifter_api::{ApiError, Clock, ErrorCode, Homes, Sifter, keychain};

use crate::{
    answer::{Answer, Failure},
    arguments::Arguments,
};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    match answer(arguments) {
        Ok(answer) => answer.print(json),
        Err(failure) => failure.print(json),
    }
}

fn answer(arguments: Arguments) -> Result<Answer, Failure> {
    // A second installation is the only failure, and this is the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ApiError::plain(ErrorCode::Internal).because(&error))?;
    let sifter = Sifter::start(
        Homes::of_this_user()?,
        keychain::system_keychain(),
        Clock::system(),
    )?;
    let answer = runtime.block_on(commands::run(&sifter, arguments));
    // Work that was given up, such as a read from a drive that hangs, must not hold the end back.
    runtime.shutdown_background();
    answer
}
