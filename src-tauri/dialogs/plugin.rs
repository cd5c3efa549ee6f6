//! Dialogs by Tauri's plugin.

use std::path::PathBuf;

use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;

use super::{Filter, Result, Wanted, not_on_this_computer};
use crate::window::MAIN;

/// Returns what was chosen; nothing when the dialog was cancelled.
pub(super) async fn ask<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    wanted: Wanted,
) -> Result<Option<Vec<PathBuf>>> {
    // The page is gone when nobody waits for an answer.
    let (answer, answered) = oneshot::channel();
    let one = |file: Option<FilePath>| file.map(|file| vec![file]);
    match wanted {
        Wanted::Files(filter) => with_filter(dialog(app, title), filter).pick_files(|files| {
            let _ = answer.send(files);
        }),
        Wanted::File(filter) => with_filter(dialog(app, title), filter).pick_file(move |file| {
            let _ = answer.send(one(file));
        }),
        Wanted::Folder => dialog(app, title).pick_folder(move |folder| {
            let _ = answer.send(one(folder));
        }),
        Wanted::Place(name) => {
            dialog(app, title)
                .set_file_name(name)
                .save_file(move |file| {
                    let _ = answer.send(one(file));
                });
        }
    }
    let chosen = answered.await.ok().flatten();
    chosen
        .map(|files| files.into_iter().map(local).collect())
        .transpose()
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
    file.into_path()
        .map_err(|error| not_on_this_computer().because(&error))
}
