//! What a user of Sifter can ask for: plain functions, the view types that screens show, tasks, errors by code.
//!
//! Every front end (the desktop shell, the command line) calls this crate and nothing below it. It must not know Tauri,
//! windows, HTML or the words of the screens: it answers with facts and codes. The first thing to call is
//! [`Sifter::start`]; functions that read files are async and do their work off the async threads.

pub mod error;
pub mod events;
mod files;
pub mod homes;
pub mod images;
pub mod keychain;
pub mod keys;
mod later;
pub mod library;
mod network;
pub mod profile;
pub mod remotes;
pub mod secret;
pub mod settings;
mod sifter;
pub mod sign;
pub mod start;
mod store;
pub mod tasks;
pub mod units;
pub mod verdict;

pub use error::{ApiError, ErrorCode};
pub use events::{ApiEvent, EventStream};
pub use homes::{Clock, Homes};
pub use keychain::Keychain;
pub use secret::Secret;
pub use sifter::Sifter;

/// The answer of every function.
pub type Result<T> = std::result::Result<T, ApiError>;

/// Takes a lock whether or not a thread panicked while it held it: what is guarded here is always whole.
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
