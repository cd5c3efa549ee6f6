//! Image files, folders, and what is inside an image.

use sifter_api::{
    ApiError,
    images::{DropView, FolderView, HexRow, ImageRow, ImageView, NamedValue, PeekView},
    units::{ByteCount, FilesId, ImageId, TaskId},
};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// A pasted path or `file:` URL.
#[tauri::command]
#[specta::specta]
pub(crate) async fn offer_text(
    engine: State<'_, Engine>,
    text: String,
) -> Result<Option<DropView>> {
    engine.sifter()?.offer_text(text).await
}

/// Registers the images of a drop.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_images(engine: State<'_, Engine>, files: FilesId) -> Result<Vec<ImageId>> {
    engine.sifter()?.take_images(files).await
}

/// Watches the folders of a drop.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_folders(
    engine: State<'_, Engine>,
    files: FilesId,
) -> Result<Vec<FolderView>> {
    engine.sifter()?.add_folders(files).await
}

/// The watched folders.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_folders(engine: State<'_, Engine>) -> Result<Vec<FolderView>> {
    engine.sifter()?.list_folders().await
}

/// Watches a folder no longer; its images leave the list.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_folder(engine: State<'_, Engine>, id: u32) -> Result<()> {
    engine.sifter()?.remove_folder(id).await
}

/// Reads a folder again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reread_folder(engine: State<'_, Engine>, id: u32) -> Result<TaskId> {
    engine.sifter()?.reread_folder(id).await
}

/// All rows of Images.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_images(engine: State<'_, Engine>) -> Result<Vec<ImageRow>> {
    engine.sifter()?.list_images().await
}

/// The images opened last.
#[tauri::command]
#[specta::specta]
pub(crate) async fn recent_images(engine: State<'_, Engine>, limit: u32) -> Result<Vec<ImageRow>> {
    engine.sifter()?.recent_images(limit).await
}

/// Takes images off the list; files stay.
#[tauri::command]
#[specta::specta]
pub(crate) async fn forget_images(engine: State<'_, Engine>, ids: Vec<ImageId>) -> Result<()> {
    engine.sifter()?.forget_images(ids).await
}

/// Moves files to the trash of the system.
#[tauri::command]
#[specta::specta]
pub(crate) async fn trash_images(
    engine: State<'_, Engine>,
    ids: Vec<ImageId>,
) -> Result<Vec<(ImageId, Option<ApiError>)>> {
    engine.sifter()?.trash_images(ids).await
}

/// Everything that the inspector shows without reading objects.
#[tauri::command]
#[specta::specta]
pub(crate) async fn inspect_image(engine: State<'_, Engine>, id: ImageId) -> Result<ImageView> {
    engine.sifter()?.inspect_image(id).await
}

/// At most 64 KiB of a part.
#[tauri::command]
#[specta::specta]
pub(crate) async fn peek_part(
    engine: State<'_, Engine>,
    id: ImageId,
    part: u32,
    offset: ByteCount,
    as_hex: bool,
) -> Result<PeekView> {
    engine.sifter()?.peek_part(id, part, offset, as_hex).await
}

/// The definition file.
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_definition(engine: State<'_, Engine>, id: ImageId) -> Result<PeekView> {
    engine.sifter()?.read_definition(id).await
}

/// Labels, where they are an object.
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_labels(engine: State<'_, Engine>, id: ImageId) -> Result<Vec<NamedValue>> {
    engine.sifter()?.read_labels(id).await
}

/// Environment variables, where they are an object.
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_environment(
    engine: State<'_, Engine>,
    id: ImageId,
) -> Result<Vec<NamedValue>> {
    engine.sifter()?.read_environment(id).await
}

/// The bytes of the header.
#[tauri::command]
#[specta::specta]
pub(crate) async fn raw_header(engine: State<'_, Engine>, id: ImageId) -> Result<Vec<HexRow>> {
    engine.sifter()?.raw_header(id).await
}

/// The bytes of a descriptor.
#[tauri::command]
#[specta::specta]
pub(crate) async fn raw_descriptor(
    engine: State<'_, Engine>,
    id: ImageId,
    part: u32,
) -> Result<Vec<HexRow>> {
    engine.sifter()?.raw_descriptor(id, part).await
}

/// The table as the command line prints it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn siftool_list(engine: State<'_, Engine>, id: ImageId) -> Result<String> {
    engine.sifter()?.siftool_list(id).await
}
