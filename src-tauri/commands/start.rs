//! What the page asks when it starts.

use sifter_api::{images::DropView, start::StartView, units::ImageId};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// What a front end needs to know when it starts. Watching begins with the first answer, not before.
#[tauri::command]
#[specta::specta]
pub(crate) async fn start(engine: State<'_, Engine>) -> Result<StartView> {
    let sifter = engine.sifter()?.clone();
    let view = sifter.start_view().await?;
    tauri::async_runtime::spawn(async move {
        if let Err(error) = sifter.watch().await {
            tracing::warn!(code = ?error.code, "folders and keyrings are not watched");
        }
    });
    Ok(view)
}

/// Remembers that the first run is over.
#[tauri::command]
#[specta::specta]
pub(crate) async fn finish_first_run(engine: State<'_, Engine>) -> Result<()> {
    engine.sifter()?.finish_first_run().await
}

/// Trusts every key that the command line left here; says how many.
#[tauri::command]
#[specta::specta]
pub(crate) async fn trust_all_found_keys(engine: State<'_, Engine>) -> Result<u32> {
    engine.sifter()?.trust_all_found_keys().await
}

/// Writes the sample image once and opens it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_sample_image(engine: State<'_, Engine>) -> Result<ImageId> {
    engine.sifter()?.open_sample_image().await
}

/// Drains the queue of files that were opened from outside.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_opened(engine: State<'_, Engine>) -> Result<Vec<DropView>> {
    engine.sifter()?.take_opened().await
}
