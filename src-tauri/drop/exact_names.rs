//! Names that are not UTF-8: the web view hands them over with question marks, so the desktop is asked itself.

use std::path::{Path, PathBuf};

use gtk::prelude::WidgetExt;
use tauri::{Runtime, Url, WebviewWindow};

use super::Dragged;

/// Notes the exact paths of whatever is dragged over `window`, before the web view's own event is handled.
pub(crate) fn listen<R: Runtime>(window: &WebviewWindow<R>, dragged: Dragged) {
    let listening = window.with_webview(move |webview| {
        webview
            .inner()
            .connect_drag_data_received(move |_, _, _, _, data, _, _| {
                let uris = data.uris();
                dragged.note_exact(uris.iter().filter_map(|uri| path_of(uri)).collect());
            });
    });
    if let Err(error) = listening {
        tracing::debug!("names that are not UTF-8 will not be found: {error}");
    }
}

fn path_of(uri: &str) -> Option<PathBuf> {
    Url::parse(uri).ok()?.to_file_path().ok()
}

/// Returns `paths` with their exact names, where `exact` are the same files.
pub(super) fn restored(paths: Vec<PathBuf>, exact: &[PathBuf]) -> Vec<PathBuf> {
    let same = |lossy: &Path, exact: &Path| exact.to_string_lossy() == lossy.to_string_lossy();
    let all = paths.len() == exact.len()
        && paths
            .iter()
            .zip(exact)
            .all(|(lossy, exact)| same(lossy, exact));
    if all { exact.to_vec() } else { paths }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    use super::*;

    #[test]
    fn lost_bytes_come_back_only_for_the_same_files() {
        let exact = vec![
            path_of("file:///data/b%E4d.sif").unwrap(),
            path_of("file:///data/a%20b.sif").unwrap(),
        ];
        assert_eq!(exact[0].as_os_str(), OsStr::from_bytes(b"/data/b\xe4d.sif"));
        let lossy = vec![
            PathBuf::from("/data/b\u{fffd}d.sif"),
            PathBuf::from("/data/a b.sif"),
        ];
        assert_eq!(restored(lossy.clone(), &exact), exact);
        assert_eq!(
            restored(lossy[..1].to_vec(), &exact),
            lossy[..1],
            "another number of files"
        );
        let others = vec![PathBuf::from("/data/x.sif"), PathBuf::from("/data/a b.sif")];
        assert_eq!(restored(others.clone(), &exact), others, "other files");
    }
}
