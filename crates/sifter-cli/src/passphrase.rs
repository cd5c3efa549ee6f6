//! Passphrases: from a file, from the environment, or asked for on the terminal. Never from an argument, which other
//! users could see.

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
};

use sifter_api::{ApiError, ErrorCode, Secret};

use crate::{answer::Failure, first_line};

const OLD: Source = Source {
    option: "--passphrase-file",
    variable: "SIFTER_PASSPHRASE",
};
const NEW: Source = Source {
    option: "--new-passphrase-file",
    variable: "SIFTER_NEW_PASSPHRASE",
};

/// Where a passphrase can come from without being asked for.
struct Source {
    option: &'static str,
    variable: &'static str,
}

/// The passphrase of the key that a command works with.
#[derive(Debug)]
pub(crate) struct Passphrases {
    file: Option<PathBuf>,
}

impl Passphrases {
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// Returns the passphrase of the key of this name.
    pub(crate) fn get(&self, name: &str) -> Result<Secret, Failure> {
        match self.without_asking()? {
            Some(given) => Ok(given),
            None => ask(&OLD, &format!("Passphrase of {name}: ")),
        }
    }

    /// Returns the passphrase of a key that is about to be made.
    pub(crate) fn create(&self) -> Result<Secret, Failure> {
        match self.without_asking()? {
            Some(given) => Ok(given),
            None => ask_twice(&OLD),
        }
    }

    /// Returns the passphrase if it can be had without a question.
    pub(crate) fn without_asking(&self) -> Result<Option<Secret>, Failure> {
        given(self.file.as_deref(), &OLD)
    }
}

/// Returns the passphrase that takes the place of another.
pub(crate) fn replacement(file: Option<&Path>) -> Result<Secret, Failure> {
    match given(file, &NEW)? {
        Some(given) => Ok(given),
        None => ask_twice(&NEW),
    }
}

fn given(file: Option<&Path>, source: &Source) -> Result<Option<Secret>, Failure> {
    if let Some(file) = file {
        return first_line::of_file(file, "passphrase").map(Some);
    }
    match std::env::var(source.variable) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(Secret::new(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            let message = format!("the variable `{}` is not UTF-8", source.variable);
            Err(ApiError::new(ErrorCode::InputInvalid, message).into())
        }
    }
}

fn ask(source: &Source, question: &str) -> Result<Secret, Failure> {
    if !std::io::stdin().is_terminal() {
        let message = "a passphrase is needed, and there is no terminal to ask on";
        let hint = format!("use {} or the variable {}", source.option, source.variable);
        let error = ApiError::new(ErrorCode::PassphraseNeeded, message).with_hint(hint);
        return Err(error.into());
    }
    let typed = rpassword::prompt_password(question);
    typed
        .map(Secret::new)
        .map_err(|error| ApiError::plain(ErrorCode::Cancelled).because(&error).into())
}

fn ask_twice(source: &Source) -> Result<Secret, Failure> {
    let first = ask(source, "New passphrase: ")?;
    let again = ask(source, "The same again: ")?;
    if first.expose() == again.expose() {
        return Ok(first);
    }
    Err(ApiError::new(ErrorCode::InputInvalid, "the two passphrases differ").into())
}
