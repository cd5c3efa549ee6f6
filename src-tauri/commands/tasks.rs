//! Tasks.

use sifter_api::{Secret, keys::KeepPassphrase, tasks::TaskView, units::TaskId};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// The rows of Activity.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_tasks(engine: State<'_, Engine>) -> Result<Vec<TaskView>> {
    engine.sifter()?.list_tasks().await
}

/// Stops a task.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_task(engine: State<'_, Engine>, id: TaskId) -> Result<()> {
    engine.sifter()?.cancel_task(id).await
}

/// Lets a task wait.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pause_task(engine: State<'_, Engine>, id: TaskId) -> Result<()> {
    engine.sifter()?.pause_task(id).await
}

/// Goes on with a task that waits.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_task(engine: State<'_, Engine>, id: TaskId) -> Result<()> {
    engine.sifter()?.resume_task(id).await
}

/// Starts a task again that failed or was cancelled.
#[tauri::command]
#[specta::specta]
pub(crate) async fn retry_task(engine: State<'_, Engine>, id: TaskId) -> Result<TaskId> {
    engine.sifter()?.retry_task(id).await
}

/// Gives a task the passphrase that it waits for.
#[tauri::command]
#[specta::specta]
pub(crate) async fn answer_task(
    engine: State<'_, Engine>,
    id: TaskId,
    passphrase: Secret,
    keep: KeepPassphrase,
) -> Result<()> {
    engine.sifter()?.answer_task(id, passphrase, keep).await
}

/// Takes ended tasks off the list.
#[tauri::command]
#[specta::specta]
pub(crate) async fn forget_tasks(engine: State<'_, Engine>, ids: Vec<TaskId>) -> Result<()> {
    engine.sifter()?.forget_tasks(ids).await
}
