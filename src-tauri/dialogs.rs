//! The system's dialogs for files and folders, and its failures in our words.

use std::path::PathBuf;

use sifter_api::{ApiError, ErrorCode};
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;

use crate::window::MAIN;

type Result<T> = std::result::Result<T, ApiError>;

/// Which files a dialog offers first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Filter {
    Images,
    Keys,
}

impl Filter {
    fn name_and_endings(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Images => ("SIF images", &["sif", "simg"]),
            Self::Keys => ("Keys", &["asc", "gpg", "pgp", "pub", "key"]),
        }
    }
}

/// Returns the chosen files; nothing when the dialog was cancelled.
pub(crate) async fn open_files<R: Runtime>(
    app: &AppHandle<R>,
    title: &str,
    filter: Filter,
) -> Result<Option<Vec<PathBuf>>> {
    let (answer, answered) = oneshot::channel();
    with_filter(dialog(app, title), filter).pick_files(move |files| {
        // The page is gone when nobody waits.
        let _ = answer.send(files);
    });
    answered
        .await
        .ok()
        .flatten()
        .map(|files| files.into_iter().map(local).collect())
        .transpose()
}

/// Returns the chosen file; nothing when the dialog was cancelled.
pub(crate) async fn open_file<R: Runtime>(
    app: &AppHandle<R>,
    title: &str,
    filter: Filter,
) -> Result<Option<PathBuf>> {
    let (answer, answered) = oneshot::channel();
    with_filter(dialog(app, title), filter).pick_file(move |file| {
        let _ = answer.send(file);
    });
    answered.await.ok().flatten().map(local).transpose()
}

/// Returns the chosen folder; nothing when the dialog was cancelled.
pub(crate) async fn open_folder<R: Runtime>(
    app: &AppHandle<R>,
    title: &str,
) -> Result<Option<PathBuf>> {
    let (answer, answered) = oneshot::channel();
    dialog(app, title).pick_folder(move |folder| {
        let _ = answer.send(folder);
    });
    answered.await.ok().flatten().map(local).transpose()
}

/// Returns where to save; nothing when the dialog was cancelled.
pub(crate) async fn save_file<R: Runtime>(
    app: &AppHandle<R>,
    title: &str,
    name: &str,
) -> Result<Option<PathBuf>> {
    let (answer, answered) = oneshot::channel();
    dialog(app, title)
        .set_file_name(name)
        .save_file(move |file| {
            let _ = answer.send(file);
        });
    answered.await.ok().flatten().map(local).transpose()
}

fn dialog<R: Runtime>(app: &AppHandle<R>, title: &str) -> FileDialogBuilder<R> {
    let dialog = app.dialog().file().set_title(title);
    match app.get_webview_window(MAIN) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    }
}

fn with_filter<R: Runtime>(dialog: FileDialogBuilder<R>, filter: Filter) -> FileDialogBuilder<R> {
    let (name, endings) = filter.name_and_endings();
    // An image may have any name, so all files stay within reach.
    dialog
        .add_filter(name, endings)
        .add_filter("All files", &["*"])
}

fn local(file: FilePath) -> Result<PathBuf> {
    file.into_path().map_err(|error| {
        ApiError::new(
            ErrorCode::InputInvalid,
            "the chosen place is not on this computer",
        )
        .because(&error)
    })
}

/// The error for a part of the desktop that did not do what it was asked.
pub(crate) fn desktop_failed(what: &str, error: &(dyn std::error::Error + 'static)) -> ApiError {
    ApiError::new(
        ErrorCode::Io,
        format!("{what} of this desktop did not answer"),
    )
    .because(error)
}
