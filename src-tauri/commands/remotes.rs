//! Remotes, logins, the embedded cloud.

use sifter_api::{
    Secret,
    remotes::{
        CloudView, ContactView, ImportedLogins, KeepLogin, KeyserverView, LoginView, NewRemote,
        RemoteProbe, RemoteView, RemotesView,
    },
    units::RemoteId,
};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// Returns all remotes and registries as they are kept. Asks nobody over the network.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_remotes(engine: State<'_, Engine>) -> Result<RemotesView> {
    engine.sifter()?.list_remotes().await
}

/// Makes a remote the one that screens use.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_current_remote(engine: State<'_, Engine>, id: RemoteId) -> Result<()> {
    engine.sifter()?.set_current_remote(id).await
}

/// Asks what stands behind an address. Keeps nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn probe_remote(
    engine: State<'_, Engine>,
    address: String,
    is_plain_http: bool,
) -> Result<RemoteProbe> {
    engine.sifter()?.probe_remote(address, is_plain_http).await
}

/// Adds a remote to `remote.yaml`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_remote(engine: State<'_, Engine>, remote: NewRemote) -> Result<RemoteId> {
    engine.sifter()?.add_remote(remote).await
}

/// Changes name, address or scheme of a remote of one's own. Its login stays only where the address stays.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_remote(
    engine: State<'_, Engine>,
    id: RemoteId,
    to: NewRemote,
) -> Result<RemoteId> {
    engine.sifter()?.change_remote(id, to).await
}

/// Removes a remote of one's own, and its login.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_remote(engine: State<'_, Engine>, id: RemoteId) -> Result<()> {
    engine.sifter()?.remove_remote(id).await
}

/// Makes a remote the active one of the command line.
#[tauri::command]
#[specta::specta]
pub(crate) async fn make_remote_active(engine: State<'_, Engine>, id: RemoteId) -> Result<()> {
    engine.sifter()?.make_remote_active(id).await
}

/// Asks a remote what it offers, and whether its login holds.
#[tauri::command]
#[specta::specta]
pub(crate) async fn refresh_remote(engine: State<'_, Engine>, id: RemoteId) -> Result<RemoteView> {
    engine.sifter()?.refresh_remote(id).await
}

/// Checks a token and keeps it instead of the one before. A token that is refused changes nothing.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_in(
    engine: State<'_, Engine>,
    id: RemoteId,
    token: Secret,
    keep: KeepLogin,
) -> Result<LoginView> {
    engine.sifter()?.sign_in(id, token, keep).await
}

/// Forgets the login of a remote, also where it was shared.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_out(engine: State<'_, Engine>, id: RemoteId) -> Result<()> {
    engine.sifter()?.sign_out(id).await
}

/// Writes the login of a remote to `remote.yaml`, so that the command line has it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn share_login(engine: State<'_, Engine>, id: RemoteId) -> Result<()> {
    engine.sifter()?.share_login(id).await
}

/// Takes a shared login out of `remote.yaml` again; Sifter keeps it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unshare_login(engine: State<'_, Engine>, id: RemoteId) -> Result<()> {
    engine.sifter()?.unshare_login(id).await
}

/// Sets the keyservers of a remote of one's own, in their order. Empty: the one that discovery names.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_keyservers(
    engine: State<'_, Engine>,
    id: RemoteId,
    keyservers: Vec<KeyserverView>,
) -> Result<()> {
    engine.sifter()?.set_keyservers(id, keyservers).await
}

/// Takes logins of the command lines' files into the keychain. The files stay as they are.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_logins(engine: State<'_, Engine>) -> Result<ImportedLogins> {
    engine.sifter()?.import_logins().await
}

/// Checks user and password at an OCI registry and keeps them instead of those before.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_in_registry(
    engine: State<'_, Engine>,
    host: String,
    is_plain_http: bool,
    user: String,
    password: Secret,
    keep: KeepLogin,
) -> Result<()> {
    engine
        .sifter()?
        .sign_in_registry(host, is_plain_http, user, password, keep)
        .await
}

/// Forgets the login of a registry, also where it was shared.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sign_out_registry(engine: State<'_, Engine>, host: String) -> Result<()> {
    engine.sifter()?.sign_out_registry(host).await
}

/// Writes the login of a registry to `docker-config.json`, so that the command line has it, or takes it out again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn share_registry_login(
    engine: State<'_, Engine>,
    host: String,
    shared: bool,
) -> Result<()> {
    engine.sifter()?.share_registry_login(host, shared).await
}

/// Returns whether the keychain answers now; it may ask the person to unlock it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn try_keychain(engine: State<'_, Engine>) -> Result<()> {
    engine.sifter()?.try_keychain().await
}

/// Starts the embedded cloud where it does not run yet, and describes it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cloud(engine: State<'_, Engine>) -> Result<CloudView> {
    engine.sifter()?.cloud().await
}

/// Makes a token of the embedded cloud worthless.
#[tauri::command]
#[specta::specta]
pub(crate) async fn revoke_cloud_token(engine: State<'_, Engine>, id: String) -> Result<()> {
    engine.sifter()?.revoke_cloud_token(id).await
}

/// Returns the hosts that Sifter talked to since it started, last first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn contacts(engine: State<'_, Engine>) -> Result<Vec<ContactView>> {
    engine.sifter()?.contacts().await
}
