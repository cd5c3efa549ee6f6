//! What a command answers, how it is printed, and the exit codes.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use serde::Serialize;
use sifter_api::{ApiError, ErrorCode};

use crate::hint;

/// The question was answered, and the answer is no: not verified, fingerprints differ, a file was not signed.
const EXIT_NO: u8 = 1;
/// A file, key, keyring or server stood in the way.
const EXIT_FAILED: u8 = 3;
/// A passphrase, token or password is wrong or missing.
const EXIT_SECRET: u8 = 4;
/// Cancelled by Ctrl-C.
const EXIT_CANCELLED: u8 = 130;

/// An answer in both forms.
#[derive(Debug)]
pub(crate) struct Answer {
    text: String,
    json: Option<serde_json::Value>,
    is_yes: bool,
}

impl Answer {
    /// Returns an answer that says `text` to a person and `value` to a program.
    pub(crate) fn new(text: impl Into<String>, value: &impl Serialize) -> Result<Self, Failure> {
        let json = serde_json::to_value(value)
            .map_err(|error| ApiError::plain(ErrorCode::Internal).because(&error))?;
        Ok(Self {
            text: text.into(),
            json: Some(json),
            is_yes: true,
        })
    }

    /// Returns an answer to a person who asked for no JSON.
    pub(crate) fn plain(text: String) -> Self {
        Self {
            text,
            json: None,
            is_yes: true,
        }
    }

    /// Returns the answer of a command that wrote all there is to say.
    pub(crate) fn said() -> Self {
        Self::plain(String::new())
    }

    /// Makes it a no, unless `is_yes`.
    pub(crate) fn and(self, is_yes: bool) -> Self {
        Self { is_yes, ..self }
    }

    /// Prints it and returns the exit code.
    pub(crate) fn print(&self, json: bool) -> ExitCode {
        let said = match &self.json {
            Some(value) if json => say(&format!("{value:#}\n")),
            _ => say(&harmless(&self.text)),
        };
        match said {
            Err(error) => unwritten(&error).print(false),
            Ok(()) if self.is_yes => ExitCode::SUCCESS,
            Ok(()) => EXIT_NO.into(),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Failure(ApiError);

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self(hint::in_words_of_the_command_line(error))
    }
}

impl Failure {
    /// Prints what, why and what to do next, and returns the exit code.
    pub(crate) fn print(&self, json: bool) -> ExitCode {
        let Self(error) = self;
        if json {
            // The exit code says it too, if nobody reads.
            let _ = say(&format!("{:#}\n", serde_json::json!({ "error": error })));
        } else {
            complain(&harmless(&words(error)));
        }
        match error.code {
            ErrorCode::WrongPassphrase
            | ErrorCode::PassphraseNeeded
            | ErrorCode::TokenMissing
            | ErrorCode::TokenWrong
            | ErrorCode::TokenExpired
            | ErrorCode::LoginRefused => EXIT_SECRET.into(),
            ErrorCode::Cancelled => EXIT_CANCELLED.into(),
            _ => EXIT_FAILED.into(),
        }
    }
}

fn words(error: &ApiError) -> String {
    let mut text = format!("sifter-cli: {}\n", error.message);
    for cause in &error.causes {
        text.push_str(&format!("  because: {cause}\n"));
    }
    if let Some(hint) = &error.hint {
        text.push_str(&format!("  next: {hint}\n"));
    }
    text
}

/// Returns the failure to write to standard output.
pub(crate) fn unwritten(error: &io::Error) -> Failure {
    let code = match error.kind() {
        io::ErrorKind::StorageFull => ErrorCode::DiskFull,
        _ => ErrorCode::Io,
    };
    let message = "the answer cannot be written to standard output";
    ApiError::new(code, message).because(error).into()
}

/// Writes to standard output. A reader that went away is no reason to fail.
fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Writes to standard error.
pub(crate) fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Returns the text without what a terminal would obey: names in images and keys are hostile.
pub(crate) fn harmless(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if obeyed(c) { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_does_not_obey_names() {
        let cases = [
            ("a\u{1b}[2Jb\n", "a\u{fffd}[2Jb\n"),
            ("a\rb\tc", "a\u{fffd}b\tc"),
            ("\u{9b}1m\u{202e}fis", "\u{fffd}1m\u{fffd}fis"),
            ("Ünï 漢", "Ünï 漢"),
        ];
        for (text, expected) in cases {
            assert_eq!(harmless(text), expected);
        }
    }
}
