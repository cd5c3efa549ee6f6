//! The taskbar of Windows and the dock of macOS.

use tauri::{
    AppHandle, Manager, Runtime,
    window::{ProgressBarState, ProgressBarStatus},
};

use crate::window::MAIN;

/// Shows `percent`, or nothing.
pub(super) fn show<R: Runtime>(app: &AppHandle<R>, percent: Option<u8>) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let state = ProgressBarState {
        status: Some(match percent {
            Some(_) => ProgressBarStatus::Normal,
            None => ProgressBarStatus::None,
        }),
        progress: percent.map(u64::from),
    };
    if let Err(error) = window.set_progress_bar(state) {
        tracing::debug!("the taskbar is not told: {error}");
    }
}
