//! Verify and sign.

use sifter_api::{
    Secret,
    images::SignPlanView,
    keys::KeepPassphrase,
    sign::SignRequest,
    units::{ImageId, PlanId, TaskId},
    verdict::VerdictView,
};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// Checks the signatures of images.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify_images(engine: State<'_, Engine>, ids: Vec<ImageId>) -> Result<TaskId> {
    engine.sifter()?.verify_images(ids).await
}

/// The last verdict, if the file has not changed since.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_verdict(
    engine: State<'_, Engine>,
    id: ImageId,
) -> Result<Option<VerdictView>> {
    engine.sifter()?.get_verdict(id).await
}

/// What signing would do.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_signing(
    engine: State<'_, Engine>,
    request: SignRequest,
) -> Result<SignPlanView> {
    engine.sifter()?.plan_signing(request).await
}

/// Signs as planned.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run_signing(
    engine: State<'_, Engine>,
    plan: PlanId,
    passphrase: Option<Secret>,
    keep: KeepPassphrase,
    confirm_warnings: bool,
) -> Result<TaskId> {
    engine
        .sifter()?
        .run_signing(plan, passphrase, keep, confirm_warnings)
        .await
}

/// The key that signed here last, else the only own key.
#[tauri::command]
#[specta::specta]
pub(crate) async fn suggest_signer(
    engine: State<'_, Engine>,
    images: Vec<ImageId>,
) -> Result<Option<String>> {
    engine.sifter()?.suggest_signer(images).await
}
