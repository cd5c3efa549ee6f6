//! The logins that command lines keep: `docker-config.json`, and the programs that keep them elsewhere.
//!
//! The file belongs to other programs too. What is not understood is kept, text for text; only a login that a person shared is
//! written, and taken out again.

mod entry;
mod file;
mod helper;
mod members;

use std::{io, path::PathBuf};

pub use file::{KeptLogin, KeptLoginPlace, Listed, LoginFile};
pub use helper::Helpers;

/// Why logins could not be read or written. No text of it holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginFileError {
    /// The file is not what the command lines write.
    #[error("`{}` is no file of logins: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file changed between reading and writing.
    #[error("another program changed `{}`", .0.display())]
    Changed(PathBuf),
    /// Reading or writing failed.
    #[error("{action} `{}` failed", .path.display())]
    File {
        /// What was tried, as `reading`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The name of a helper that is none.
    #[error("`{0}` is no name of a program that keeps logins")]
    HelperName(String),
    /// A helper that is not installed.
    #[error("the program `{0}`, which keeps this login, is not there")]
    NoHelper(String),
    /// A helper that does not come to an end.
    #[error("the program `{0}`, which keeps this login, did not answer in time")]
    HelperTime(String),
    /// A helper that failed.
    #[error("the program `{name}`, which keeps this login, failed: {said}")]
    HelperFailed {
        /// The helper.
        name: String,
        /// Its own words, in short.
        said: String,
    },
}
