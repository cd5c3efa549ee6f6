//! Commands that need the desktop: dialogs, the file manager, the clipboard.

use sifter_api::{
    Secret,
    images::{DropView, FolderView, ImageRow},
    keys::{ExportedFile, KeyFileKind},
    library::TargetFolder,
    remotes::CloudToken,
    settings::SettingsView,
    units::{ImageId, RemoteId, TaskId},
};
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_clipboard_manager::ClipboardExt;
use tauri_plugin_opener::OpenerExt;

use super::Result;
use crate::{
    dialogs::{self, Filter},
    engine::Engine,
};

/// Asks for image files.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_images<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
) -> Result<Option<DropView>> {
    let Some(paths) = dialogs::open_files(&app, "Open images", Filter::Images).await? else {
        return Ok(None);
    };
    engine.sifter()?.offer_paths(paths).await.map(Some)
}

/// Asks for key files.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_keys<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
) -> Result<Option<DropView>> {
    let Some(paths) = dialogs::open_files(&app, "Import keys", Filter::Keys).await? else {
        return Ok(None);
    };
    engine.sifter()?.offer_paths(paths).await.map(Some)
}

/// Asks for a folder and watches it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_folder<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
) -> Result<Option<FolderView>> {
    let Some(path) = dialogs::open_folder(&app, "Add a folder").await? else {
        return Ok(None);
    };
    engine.sifter()?.add_folder(path).await.map(Some)
}

/// Asks where a missing image is now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn locate_image<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    id: ImageId,
) -> Result<Option<ImageRow>> {
    let Some(path) = dialogs::open_file(&app, "Locate the image", Filter::Images).await? else {
        return Ok(None);
    };
    engine.sifter()?.locate_image(id, path).await.map(Some)
}

/// Shows an image in the file manager.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reveal_image<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    id: ImageId,
) -> Result<()> {
    let path = engine.sifter()?.image_path(id).await?;
    app.opener()
        .reveal_item_in_dir(path)
        .map_err(|error| dialogs::desktop_failed("the file manager", &error))
}

/// Puts text on the clipboard.
#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_text<R: Runtime>(app: AppHandle<R>, text: String) -> Result<()> {
    app.clipboard()
        .write_text(text)
        .map_err(|error| dialogs::desktop_failed("the clipboard", &error))
}

/// Puts the details of an error on the clipboard, without what does not belong in a report.
#[tauri::command]
#[specta::specta]
pub(crate) async fn copy_details<R: Runtime>(app: AppHandle<R>, text: String) -> Result<()> {
    copy_text(app, crate::logs::redacted(&text)).await
}

/// Asks where, and writes a part's bytes there.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_part<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    id: ImageId,
    part: u32,
) -> Result<Option<TaskId>> {
    let name = engine.sifter()?.part_file_name(id, part).await?;
    let Some(path) = dialogs::save_file(&app, "Export the part", &name).await? else {
        return Ok(None);
    };
    engine.sifter()?.export_part(id, part, path).await.map(Some)
}

/// Asks where, and writes a key there.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_key<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    fingerprint: String,
    secret: bool,
    armored: bool,
) -> Result<Option<ExportedFile>> {
    let kind = if secret {
        KeyFileKind::Secret
    } else {
        KeyFileKind::Public
    };
    let name = engine
        .sifter()?
        .key_file_name(fingerprint.clone(), kind, armored)
        .await?;
    let Some(path) = dialogs::save_file(&app, "Export the key", &name).await? else {
        return Ok(None);
    };
    engine
        .sifter()?
        .export_key(fingerprint, secret, armored, path)
        .await
        .map(Some)
}

/// Asks where, and writes a revocation certificate there.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_revocation<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    fingerprint: String,
    passphrase: Option<Secret>,
) -> Result<Option<ExportedFile>> {
    let name = engine
        .sifter()?
        .key_file_name(fingerprint.clone(), KeyFileKind::Revocation, true)
        .await?;
    let Some(path) = dialogs::save_file(&app, "Save the revocation certificate", &name).await?
    else {
        return Ok(None);
    };
    engine
        .sifter()?
        .save_revocation(fingerprint, passphrase, path)
        .await
        .map(Some)
}

/// Asks for the folder that images are pulled into.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_target_folder<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
) -> Result<Option<TargetFolder>> {
    let Some(path) = dialogs::open_folder(&app, "Pull images into").await? else {
        return Ok(None);
    };
    engine.sifter()?.offer_target_folder(path).await.map(Some)
}

/// Asks for a file with certificates of further authorities, and uses it from now on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pick_ca_file<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
) -> Result<Option<SettingsView>> {
    let title = "Certificates of further authorities";
    let Some(path) = dialogs::open_file(&app, title, Filter::Certificates).await? else {
        return Ok(None);
    };
    engine.sifter()?.use_ca_file(path).await.map(Some)
}

/// Opens the page of a remote on which a person gets a token.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_token_page<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    remote: RemoteId,
) -> Result<()> {
    let page = engine.sifter()?.token_page(remote).await?;
    app.opener()
        .open_url(page, None::<&str>)
        .map_err(|error| dialogs::desktop_failed("the browser", &error))
}

/// Makes a token of the embedded cloud and puts it on the clipboard; the page never sees it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn new_cloud_token<R: Runtime>(
    app: AppHandle<R>,
    engine: State<'_, Engine>,
    name: String,
    days: Option<u32>,
) -> Result<CloudToken> {
    let (token, secret) = engine.sifter()?.new_cloud_token(name, days).await?;
    app.clipboard()
        .write_text(secret.expose())
        .map_err(|error| dialogs::desktop_failed("the clipboard", &error))?;
    Ok(token)
}
