//! Dialogs by GTK itself: the plugin for dialogs loses files whose names are not UTF-8, without a word.

use std::{
    cell::{Cell, RefCell},
    path::PathBuf,
    rc::Rc,
};

use gtk::{
    ApplicationWindow, FileChooserAction, FileChooserNative, FileFilter, ResponseType, prelude::*,
};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::oneshot;

use super::{Filter, Result, Wanted, desktop_failed, not_on_this_computer};
use crate::window::MAIN;

/// Returns what was chosen; nothing when the dialog was cancelled.
pub(super) async fn ask<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    wanted: Wanted,
) -> Result<Option<Vec<PathBuf>>> {
    let (answer, answered) = oneshot::channel();
    let window = app.get_webview_window(MAIN);
    app.run_on_main_thread(move || {
        let parent = window.and_then(|window| window.gtk_window().ok());
        let dialog = dialog(parent.as_ref(), title, &wanted);
        show(&dialog, move |chosen| {
            // The page is gone when nobody waits.
            let _ = answer.send(chosen);
        });
    })
    .map_err(|error| desktop_failed("the dialog for files", &error))?;
    answered.await.unwrap_or(Ok(None))
}

fn dialog(parent: Option<&ApplicationWindow>, title: &str, wanted: &Wanted) -> FileChooserNative {
    let action = match wanted {
        Wanted::File(_) | Wanted::Files(_) => FileChooserAction::Open,
        Wanted::Folder => FileChooserAction::SelectFolder,
        Wanted::Place(_) => FileChooserAction::Save,
    };
    // Without words of ours, the buttons say what they say everywhere on this desktop.
    let dialog = FileChooserNative::new(Some(title), parent, action, None, None);
    dialog.set_modal(true);
    dialog.set_select_multiple(matches!(wanted, Wanted::Files(_)));
    match wanted {
        Wanted::File(filter) | Wanted::Files(filter) => add_filters(&dialog, *filter),
        Wanted::Folder => {}
        Wanted::Place(name) => {
            dialog.set_do_overwrite_confirmation(true);
            dialog.set_current_name(name);
        }
    }
    dialog
}

fn add_filters(dialog: &FileChooserNative, filter: Filter) {
    let (name, endings) = filter.name_and_endings();
    let first = FileFilter::new();
    first.set_name(Some(name));
    for ending in endings {
        first.add_pattern(&format!("*.{ending}"));
        // GTK compares names as it shows them: one that is not UTF-8 has replaced letters, and a remark behind its end.
        first.add_pattern(&format!("*\u{fffd}*.{ending}*"));
    }
    dialog.add_filter(first);
    // An image may have any name, so all files stay within reach.
    let all = FileFilter::new();
    all.set_name(Some("All files"));
    all.add_pattern("*");
    dialog.add_filter(all);
}

/// Shows `dialog` and gives its answer to `then`, once.
fn show(dialog: &FileChooserNative, then: impl FnOnce(Result<Option<Vec<PathBuf>>>) + 'static) {
    // GTK does not keep it alive while it is open.
    let open = Rc::new(RefCell::new(Some(dialog.clone())));
    let then = Cell::new(Some(then));
    dialog.connect_response(move |dialog, response| {
        open.borrow_mut().take();
        if let Some(then) = then.take() {
            then(match response {
                ResponseType::Accept => chosen(&dialog.uris(), dialog.filenames()).map(Some),
                _ => Ok(None),
            });
        }
    });
    dialog.show();
}

/// All of the chosen files: one that has no path must not be lost in silence.
fn chosen<U>(uris: &[U], paths: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    if paths.is_empty() || paths.len() < uris.len() {
        return Err(not_on_this_computer());
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_path_is_not_lost_in_silence() {
        let paths = || vec![PathBuf::from("/data/a.sif")];
        assert_eq!(chosen(&["file:///data/a.sif"], paths()).unwrap(), paths());
        for (uris, paths) in [
            (vec!["sftp://host/a.sif"], Vec::new()),
            (vec!["sftp://host/b.sif", "file:///data/a.sif"], paths()),
        ] {
            let error = chosen(&uris, paths).unwrap_err();
            assert_eq!(error.code, sifter_api::ErrorCode::InputInvalid);
        }
    }
}
