//! Settings.

use sifter_api::settings::{Settings, SettingsView};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// The settings, their defaults, and which are locked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_settings(engine: State<'_, Engine>) -> Result<SettingsView> {
    engine.sifter()?.get_settings().await
}

/// Applies settings at once.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_settings(
    engine: State<'_, Engine>,
    settings: Settings,
) -> Result<SettingsView> {
    engine.sifter()?.change_settings(settings).await
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
