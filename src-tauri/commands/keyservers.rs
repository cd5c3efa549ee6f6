//! Keys over the network.

use sifter_api::{
    keys::{FoundKeys, LookedFor, PublishedKey},
    units::{RemoteId, TaskId},
};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// Searches the keyserver of a remote: a name, a mail address or a fingerprint.
#[tauri::command]
#[specta::specta]
pub(crate) async fn search_keys(
    engine: State<'_, Engine>,
    remote: RemoteId,
    text: String,
    page: Option<String>,
) -> Result<FoundKeys> {
    engine.sifter()?.search_keys(remote, text, page).await
}

/// Looks for a key by its whole fingerprint at all keyservers of a remote, in their order, and plans its import.
#[tauri::command]
#[specta::specta]
pub(crate) async fn look_for_key(
    engine: State<'_, Engine>,
    remote: RemoteId,
    fingerprint: String,
) -> Result<LookedFor> {
    engine.sifter()?.look_for_key(remote, fingerprint).await
}

/// Publishes the public part of a key at the first keyserver of a remote.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish_key(
    engine: State<'_, Engine>,
    remote: RemoteId,
    fingerprint: String,
) -> Result<PublishedKey> {
    engine.sifter()?.publish_key(remote, fingerprint).await
}

/// Publishes a key as soon as the keyserver of a remote can be reached.
#[tauri::command]
#[specta::specta]
pub(crate) async fn publish_key_when_online(
    engine: State<'_, Engine>,
    remote: RemoteId,
    fingerprint: String,
) -> Result<TaskId> {
    engine
        .sifter()?
        .publish_key_when_online(remote, fingerprint)
        .await
}

/// Looks for a key as soon as the keyservers of a remote can be reached.
#[tauri::command]
#[specta::specta]
pub(crate) async fn look_for_key_when_online(
    engine: State<'_, Engine>,
    remote: RemoteId,
    fingerprint: String,
) -> Result<TaskId> {
    engine
        .sifter()?
        .look_for_key_when_online(remote, fingerprint)
        .await
}
