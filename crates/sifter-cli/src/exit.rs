//! Exit codes: one table, also in `--help` and in the documentation.

use std::process::ExitCode;

use sifter_api::ErrorCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// The answer is no.
    Negative,
    /// The command line was not understood; clap ends with the same code.
    Usage,
    Input,
    Passphrase,
    Write,
    Cancelled,
}

impl Outcome {
    pub(crate) fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::WrongPassphrase | ErrorCode::PassphraseNeeded => Self::Passphrase,
            ErrorCode::InputInvalid => Self::Usage,
            ErrorCode::Cancelled => Self::Cancelled,
            ErrorCode::FileNotWritable
            | ErrorCode::FileLocked
            | ErrorCode::FileExists
            | ErrorCode::DiskFull
            | ErrorCode::KeyringNotWritable
            | ErrorCode::KeyringBusy => Self::Write,
            ErrorCode::ImageTampered
            | ErrorCode::AlreadySigned
            | ErrorCode::FingerprintMismatch => Self::Negative,
            _ => Self::Input,
        }
    }

    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Negative => 1,
            Self::Usage => 2,
            Self::Input => 3,
            Self::Passphrase => 4,
            Self::Write => 5,
            Self::Cancelled => 130,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.number())
    }
}
