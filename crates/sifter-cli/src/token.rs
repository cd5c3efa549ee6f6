//! Tokens of remotes and passwords of registries: from a file, from standard input, or asked for on the terminal.

use std::{
    io::{self, IsTerminal as _},
    path::Path,
};

use sifter_api::{ApiError, ErrorCode, Secret};

use crate::{answer::Failure, first_line};

/// Returns the token in the file, or else on standard input; a terminal is asked for it.
pub(crate) fn token(file: Option<&Path>, remote: &str) -> Result<Secret, Failure> {
    let token = match file {
        Some(file) => first_line::of_file(file, "token")?,
        None if io::stdin().is_terminal() => ask(&format!("Token for {remote}: "))?,
        None => first_line::of_stdin()?,
    };
    not_empty(token, "token", "--tokenfile or standard input")
}

/// Returns the password on standard input; a terminal is asked for it.
pub(crate) fn password(from_stdin: bool, host: &str) -> Result<Secret, Failure> {
    let password = if from_stdin {
        first_line::of_stdin()?
    } else if io::stdin().is_terminal() {
        ask(&format!("Password for {host}: "))?
    } else {
        Secret::new(String::new())
    };
    not_empty(password, "password", "--password-stdin")
}

fn not_empty(secret: Secret, what: &str, by: &str) -> Result<Secret, Failure> {
    if !secret.expose().trim().is_empty() {
        return Ok(secret);
    }
    let error = ApiError::new(ErrorCode::TokenMissing, format!("there is no {what}"));
    Err(error.with_hint(format!("give it by {by}")).into())
}

fn ask(question: &str) -> Result<Secret, Failure> {
    let typed = rpassword::prompt_password(question);
    typed
        .map(Secret::new)
        .map_err(|error| ApiError::plain(ErrorCode::Cancelled).because(&error).into())
}
