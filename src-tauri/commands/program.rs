//! The program itself: what it is, its logs, its window.

use serde::{Deserialize, Serialize};
use sifter_api::{ApiError, ErrorCode, keys::ExportedFile};
use specta::Type;
use tauri::{AppHandle, Manager, Runtime, State};
use tauri_plugin_opener::OpenerExt;

use super::Result;
use crate::{dialogs, engine::Engine, logs::Logs, window};

/// What the About page says.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AboutView {
    pub(crate) version: String,
    pub(crate) licence: String,
    /// The operating system and its version.
    pub(crate) system: String,
    /// The version of the system's web view.
    pub(crate) webview: String,
}

/// What a person answered when the window was closed with running tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CloseChoice {
    /// Hide the window and quit when the tasks have ended.
    KeepWorking,
    StopAndQuit,
    /// Neither.
    Stay,
}

/// What Sifter is, and what it runs on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn about(engine: State<'_, Engine>) -> Result<AboutView> {
    let about = engine.sifter()?.about();
    Ok(AboutView {
        version: about.version,
        licence: about.licence,
        system: about.system,
        webview: webview_version(),
    })
}

/// A report to hand on: versions, state, the end of the log; without secrets and without the name of the home folder.
#[tauri::command]
#[specta::specta]
pub(crate) async fn diagnostics_report<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
) -> Result<String> {
    let report = engine.sifter()?.diagnostics_report().await?;
    let log = app.try_state::<Logs>().map(|logs| logs.inner().clone());
    let tail = match log {
        Some(log) => tauri::async_runtime::spawn_blocking(move || log.tail())
            .await
            .unwrap_or_default(),
        None => String::new(),
    };
    Ok(crate::logs::redacted(&format!(
        "{report}\nWeb view: {}\n\nEnd of the log:\n{tail}",
        webview_version()
    )))
}

/// Asks where, and writes the report there as the person saw it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_report<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    report: String,
) -> Result<Option<ExportedFile>> {
    let name = "sifter-report.txt";
    let Some(path) = dialogs::save_file(&app, "Save the report", name).await? else {
        return Ok(None);
    };
    engine.sifter()?.save_report(report, path).await.map(Some)
}

/// Shows the folder of the logs in the file manager.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_log_folder<R: Runtime>(app: AppHandle<R>) -> Result<()> {
    let logs = app
        .try_state::<Logs>()
        .ok_or_else(|| ApiError::plain(ErrorCode::Internal))?;
    app.opener()
        .open_path(logs.folder().to_string_lossy(), None::<&str>)
        .map_err(|error| dialogs::desktop_failed("the file manager", &error))
}

/// Does what a person answered when the window was closed, or quits without being asked when nothing runs.
#[tauri::command]
#[specta::specta]
pub(crate) async fn confirm_close<R: Runtime>(
    app: AppHandle<R>,
    choice: CloseChoice,
) -> Result<()> {
    match choice {
        CloseChoice::KeepWorking => {
            let engine = app.state::<Engine>();
            window::work_on_hidden(&app, engine.sifter()?).await;
        }
        CloseChoice::StopAndQuit => window::quit(&app),
        CloseChoice::Stay => {}
    }
    Ok(())
}

/// Closes the window as its own button does: asks first while tasks run.
#[tauri::command]
#[specta::specta]
pub(crate) async fn close_window<R: Runtime>(app: AppHandle<R>) -> Result<()> {
    window::close(&app);
    Ok(())
}

/// Puts the window back to its first size, in the middle of the screen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reset_window_layout<R: Runtime>(app: AppHandle<R>) -> Result<()> {
    window::reset_layout(&app);
    Ok(())
}

fn webview_version() -> String {
    let version = tauri::webview_version().unwrap_or_else(|_| "unknown".into());
    let name = if cfg!(target_os = "windows") {
        "WebView2"
    } else {
        "WebKit"
    };
    format!("{name} {version}")
}
