//! What a command answers, how it is printed, and the exit codes.

use std::{
    io::Write,
    process::ExitCode,
};

use serde::Serialize;
use sifter_api::{ApiError, ErrorCode};

/// The question was answered, and the answer is no: not verified, fingerprints differ, a file was not signed.
const EXIT_NO: u8 = 1;
/// A file, key or keyring stood in the way.
const EXIT_FAILED: u8 = 3;
/// The passphrase is wrong or missing.
const EXIT_PASSPHRASE: u8 = 4;
/// Cancelled by Ctrl-C.
const EXIT_CANCELLED: u8 = 130;

/// An answer in both forms.
#[derive(Debug)]
pub(crate) struct Answer {
    text: String,
    json: serde_json::Value,
    is_yes: bool,
}

impl Answer {
    /// Returns an answer that says `text` to a person and `value` to a program.
    pub(crate) fn new(text: impl Into<String>, value: &impl Serialize) -> Result<Self, Failure> {
        let json = serde_json::to_value(value)
            .map_err(|error| Failure::other(format!("the answer cannot be written as JSON: {error}")))?;
        Ok(Self { text: text.into(), json, is_yes: true })
    }

    /// Makes it a no, unless `is_yes`.
    pub(crate) fn and(self, is_yes: bool) -> Self {
        Self { is_yes, ..self }
    }

    /// Prints it and returns the exit code.
    pub(crate) fn print(&self, json: bool) -> ExitCode {
        if json {
            say(&format!("{:#}\n", self.json));
        } else {
            say(&self.text);
        }
        if self.is_yes { ExitCode::SUCCESS } else { EXIT_NO.into() }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Failure(ApiError);

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl Failure {
    /// Returns a failure that no code of the program stands for.
    pub(crate) fn other(message: String) -> Self {
        Self(ApiError { hint: None, ..ApiError::new(ErrorCode::InputInvalid, message) })
    }

    /// Prints what, why and what to do next, and returns the exit code.
    pub(crate) fn print(&self, json: bool) -> ExitCode {
        let Self(error) = self;
        if json {
            say(&format!("{:#}\n", serde_json::json!({ "error": error })));
        } else {
            complain(&format!("sifter-cli: {}\n", error.message));
            for cause in &error.causes {
                complain(&format!("  because: {cause}\n"));
            }
            if let Some(hint) = &error.hint {
                complain(&format!("  next: {hint}\n"));
            }
        }
        match error.code {
            ErrorCode::WrongPassphrase | ErrorCode::PassphraseNeeded => EXIT_PASSPHRASE.into(),
            ErrorCode::Cancelled => EXIT_CANCELLED.into(),
            _ => EXIT_FAILED.into(),
        }
    }
}

/// Writes to standard output. A reader that went away is no reason to fail.
pub(crate) fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes to standard error.
pub(crate) fn complain(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
