//! Passphrases: from a file, from the environment, or asked for on the terminal. Never from an argument, which other
//! users could see.

use std::{io::IsTerminal as _, path::Path};

use sifter_api::{ApiError, ErrorCode, Result, Secret};

/// Returns the passphrase for `what`: from `file`, else from the variable, else by a prompt.
pub(crate) fn read(file: Option<&Path>, variable: &str, what: &str) -> Result<Secret> {
    if let Some(found) = given(file, variable)? {
        return Ok(found);
    }
    if !std::io::stdin().is_terminal() {
        return Err(ApiError::new(
            ErrorCode::PassphraseNeeded,
            format!("{what} needs a passphrase"),
        )
        .with_hint(format!("use --passphrase-file or the variable {variable}")));
    }
    let typed = rpassword::prompt_password(format!("Passphrase for {what}: "));
    typed
        .map(Secret::new)
        .map_err(|error| ApiError::plain(ErrorCode::Cancelled).because(&error))
}

/// Returns a new passphrase; typed ones are asked for twice.
pub(crate) fn read_new(file: Option<&Path>, variable: &str, what: &str) -> Result<Secret> {
    let first = read(file, variable, what)?;
    if given(file, variable)?.is_some() {
        return Ok(first);
    }
    let again = rpassword::prompt_password("The same again: ")
        .map(Secret::new)
        .map_err(|error| ApiError::plain(ErrorCode::Cancelled).because(&error))?;
    if again.expose() == first.expose() {
        return Ok(first);
    }
    Err(ApiError::new(
        ErrorCode::InputInvalid,
        "the two passphrases differ",
    ))
}

fn given(file: Option<&Path>, variable: &str) -> Result<Option<Secret>> {
    if let Some(file) = file {
        let text = Secret::new(std::fs::read_to_string(file).map_err(|error| {
            ApiError::new(
                ErrorCode::FileNotReadable,
                "the passphrase file cannot be read",
            )
            .because(&error)
        })?);
        let line = text.expose().lines().next().unwrap_or_default().to_owned();
        return Ok(Some(Secret::new(line)));
    }
    Ok(std::env::var(variable).ok().map(Secret::new))
}
