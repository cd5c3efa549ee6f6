//! Settings.

use sifter_api::settings::{Settings, SettingsView};
use tauri::{AppHandle, Runtime, State};

use super::Result;
use crate::{engine::Engine, links::Registration};

/// The settings, their defaults, and which are locked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_settings(engine: State<'_, Engine>) -> Result<SettingsView> {
    engine.sifter()?.get_settings().await
}

/// Applies settings at once. What the desktop has to agree to is asked of it first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_settings<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    registration: State<'_, Registration>,
    settings: Settings,
) -> Result<SettingsView> {
    let sifter = engine.sifter()?;
    let before = sifter.get_settings().await?.settings.open_library_links;
    let wanted = settings.open_library_links;
    if wanted && !before {
        registration.apply(&app, wanted).await?;
    }
    let changed = sifter.change_settings(settings).await;
    if changed.is_err() && wanted && !before {
        registration.follow(&app, before);
    }
    changed
}

/// Puts the named settings back to their defaults.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reset_settings(
    engine: State<'_, Engine>,
    names: Vec<String>,
) -> Result<SettingsView> {
    engine.sifter()?.reset_settings(names).await
}
