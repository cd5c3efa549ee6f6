//! Keys, trust and passphrases.

use sifter_api::{
    Secret,
    keys::{
        Comparison, FingerprintComparison, ImportItem, ImportPlanView, ImportSource, ImportedKeys,
        KeepPassphrase, KeyBackups, KeyView, KeyringFile, KeysView, LockState, NewKey,
        RestoredKeys, RevocationReason,
    },
    units::{PlanId, TaskId, Timestamp},
};
use tauri::State;

use super::Result;
use crate::engine::Engine;

/// All keys of the active profile.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_keys(engine: State<'_, Engine>) -> Result<KeysView> {
    engine.sifter()?.list_keys().await
}

/// Everything that the key page shows.
#[tauri::command]
#[specta::specta]
pub(crate) async fn get_key(engine: State<'_, Engine>, fingerprint: String) -> Result<KeyView> {
    engine.sifter()?.get_key(fingerprint).await
}

/// Makes a key pair.
#[tauri::command]
#[specta::specta]
pub(crate) async fn create_key(
    engine: State<'_, Engine>,
    key: NewKey,
    passphrase: Secret,
    keep: KeepPassphrase,
) -> Result<TaskId> {
    engine.sifter()?.create_key(key, passphrase, keep).await
}

/// What an import would do.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_key_import(
    engine: State<'_, Engine>,
    source: ImportSource,
) -> Result<ImportPlanView> {
    engine.sifter()?.plan_key_import(source).await
}

/// Imports as planned; says which keys were taken and which not.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run_key_import(
    engine: State<'_, Engine>,
    plan: PlanId,
    passphrase: Option<Secret>,
) -> Result<ImportedKeys> {
    engine.sifter()?.run_key_import(plan, passphrase).await
}

/// The keys of GnuPG's own keyring.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_gnupg_keys(engine: State<'_, Engine>) -> Result<Vec<ImportItem>> {
    engine.sifter()?.list_gnupg_keys().await
}

/// What an import from GnuPG would do.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_gnupg_import(
    engine: State<'_, Engine>,
    fingerprints: Vec<String>,
    secret: bool,
) -> Result<ImportPlanView> {
    engine
        .sifter()?
        .plan_gnupg_import(fingerprints, secret)
        .await
}

/// The public key as text to share.
#[tauri::command]
#[specta::specta]
pub(crate) async fn public_key_text(
    engine: State<'_, Engine>,
    fingerprint: String,
) -> Result<String> {
    engine.sifter()?.public_key_text(fingerprint).await
}

/// Protects a key with another passphrase.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_passphrase(
    engine: State<'_, Engine>,
    fingerprint: String,
    old: Option<Secret>,
    next: Secret,
) -> Result<()> {
    engine
        .sifter()?
        .change_passphrase(fingerprint, old, next)
        .await
}

/// Moves the expiry of an own key.
#[tauri::command]
#[specta::specta]
pub(crate) async fn extend_key(
    engine: State<'_, Engine>,
    fingerprint: String,
    expires: Option<Timestamp>,
    passphrase: Option<Secret>,
) -> Result<()> {
    engine
        .sifter()?
        .extend_key(fingerprint, expires, passphrase)
        .await
}

/// Withdraws an own key.
#[tauri::command]
#[specta::specta]
pub(crate) async fn revoke_key(
    engine: State<'_, Engine>,
    fingerprint: String,
    reason: RevocationReason,
    text: String,
    passphrase: Option<Secret>,
) -> Result<()> {
    engine
        .sifter()?
        .revoke_key(fingerprint, reason, text, passphrase)
        .await
}

/// Deletes a key; an own one only with its name typed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn delete_key(
    engine: State<'_, Engine>,
    fingerprint: String,
    typed: String,
    from_backups: bool,
) -> Result<()> {
    engine
        .sifter()?
        .delete_key(fingerprint, typed, from_backups)
        .await
}

/// The backups that hold a key.
#[tauri::command]
#[specta::specta]
pub(crate) async fn key_backups(
    engine: State<'_, Engine>,
    fingerprint: String,
) -> Result<KeyBackups> {
    engine.sifter()?.key_backups(fingerprint).await
}

/// Brings back secret parts that a command line destroyed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn restore_lost_keys(engine: State<'_, Engine>) -> Result<RestoredKeys> {
    engine.sifter()?.restore_lost_keys().await
}

/// Keeps what is readable of a damaged keyring; says how many keys.
#[tauri::command]
#[specta::specta]
pub(crate) async fn repair_keyring(engine: State<'_, Engine>, file: KeyringFile) -> Result<u32> {
    engine.sifter()?.repair_keyring(file).await
}

/// Compares a pasted fingerprint.
#[tauri::command]
#[specta::specta]
pub(crate) async fn compare_fingerprint(
    engine: State<'_, Engine>,
    fingerprint: String,
    text: String,
) -> Result<FingerprintComparison> {
    engine
        .sifter()?
        .compare_fingerprint(fingerprint, text)
        .await
}

/// Trusts a key and remembers how it was compared.
#[tauri::command]
#[specta::specta]
pub(crate) async fn trust_key(
    engine: State<'_, Engine>,
    fingerprint: String,
    comparison: Comparison,
) -> Result<()> {
    engine.sifter()?.trust_key(fingerprint, comparison).await
}

/// Takes trust back.
#[tauri::command]
#[specta::specta]
pub(crate) async fn distrust_key(engine: State<'_, Engine>, fingerprint: String) -> Result<()> {
    engine.sifter()?.distrust_key(fingerprint).await
}

/// Never trusts a key again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn block_key(engine: State<'_, Engine>, fingerprint: String) -> Result<()> {
    engine.sifter()?.block_key(fingerprint).await
}

/// Unlocks a key for a while.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock_key(
    engine: State<'_, Engine>,
    fingerprint: String,
    passphrase: Secret,
    keep: KeepPassphrase,
) -> Result<()> {
    engine
        .sifter()?
        .unlock_key(fingerprint, passphrase, keep)
        .await
}

/// Takes the passphrase of a key out of the keychain and out of memory; says whether the keychain had it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn forget_kept_passphrase(
    engine: State<'_, Engine>,
    fingerprint: String,
) -> Result<bool> {
    engine.sifter()?.forget_kept_passphrase(fingerprint).await
}

/// Forgets all passphrases now.
#[tauri::command]
#[specta::specta]
pub(crate) async fn lock_keys(engine: State<'_, Engine>) -> Result<()> {
    engine.sifter()?.lock_keys().await
}

/// Whether own keys are unlocked.
#[tauri::command]
#[specta::specta]
pub(crate) async fn lock_state(engine: State<'_, Engine>) -> Result<LockState> {
    engine.sifter()?.lock_state().await
}
