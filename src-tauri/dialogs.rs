//! The system's dialogs for files and folders, and its failures in our words.

#[cfg_attr(target_os = "linux", path = "dialogs/gtk.rs")]
#[cfg_attr(not(target_os = "linux"), path = "dialogs/plugin.rs")]
mod system;

use std::path::PathBuf;

use sifter_api::{ApiError, ErrorCode};
use tauri::{AppHandle, Runtime};

type Result<T> = std::result::Result<T, ApiError>;

/// Which files a dialog offers first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Filter {
    Images,
    Keys,
    Certificates,
}

impl Filter {
    fn name_and_endings(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Images => ("SIF images", &["sif", "simg"]),
            Self::Keys => ("Keys", &["asc", "gpg", "pgp", "pub", "key"]),
            Self::Certificates => ("Certificates", &["pem", "crt", "cer"]),
        }
    }
}

/// What a dialog asks for.
#[derive(Clone, Debug)]
enum Wanted {
    File(Filter),
    Files(Filter),
    Folder,
    /// A place for a file, with the name that is offered.
    Place(String),
}

/// Returns the chosen files; nothing when the dialog was cancelled.
pub(crate) async fn open_files<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    filter: Filter,
) -> Result<Option<Vec<PathBuf>>> {
    system::ask(app, title, Wanted::Files(filter)).await
}

/// Returns the chosen file; nothing when the dialog was cancelled.
pub(crate) async fn open_file<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    filter: Filter,
) -> Result<Option<PathBuf>> {
    ask_for_one(app, title, Wanted::File(filter)).await
}

/// Returns the chosen folder; nothing when the dialog was cancelled.
pub(crate) async fn open_folder<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
) -> Result<Option<PathBuf>> {
    ask_for_one(app, title, Wanted::Folder).await
}

/// Returns where to save; nothing when the dialog was cancelled.
pub(crate) async fn save_file<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    name: &str,
) -> Result<Option<PathBuf>> {
    ask_for_one(app, title, Wanted::Place(name.to_owned())).await
}

async fn ask_for_one<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    wanted: Wanted,
) -> Result<Option<PathBuf>> {
    let chosen = system::ask(app, title, wanted).await?;
    Ok(chosen.and_then(|chosen| chosen.into_iter().next()))
}

/// The error for a chosen place that has no path.
fn not_on_this_computer() -> ApiError {
    ApiError::new(
        ErrorCode::InputInvalid,
        "the chosen place is not on this computer",
    )
}

/// The error for a part of the desktop that did not do what it was asked.
pub(crate) fn desktop_failed(what: &str, error: &(dyn std::error::Error + 'static)) -> ApiError {
    ApiError::new(
        ErrorCode::Io,
        format!("{what} of this desktop did not answer"),
    )
    .because(error)
}
