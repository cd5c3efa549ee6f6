//! What a user of Sifter can ask for: plain functions, the view types that screens show, tasks, errors by code.
//!
//! Every front end (the desktop shell, the command line) calls this crate and nothing below it. It must not know Tauri,
//! windows, HTML or the words of the screens: it answers with facts and codes.

pub mod error;
pub mod images;
pub mod keys;
pub mod settings;
pub mod start;
pub mod tasks;
pub mod units;
pub mod verdict;

pub use error::{ApiError, ErrorCode};
