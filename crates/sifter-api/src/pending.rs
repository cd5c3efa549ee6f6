//! Signatures whose rooms are being built; this file shrinks to nothing.
#![allow(clippy::unused_async, unused_variables, clippy::needless_pass_by_value, missing_docs)]
use std::path::PathBuf;

use crate::{ApiError, ErrorCode, Result, Secret, Sifter, images::*, keys::*, settings::*, sign::*, start::*, tasks::*, units::*, verdict::*};

fn soon<T>() -> Result<T> {
    Err(ApiError::plain(ErrorCode::Internal))
}

impl Sifter {
    // start
    pub async fn start_view(&self) -> Result<StartView> { soon() }
    pub async fn finish_first_run(&self) -> Result<()> { soon() }
    pub async fn trust_all_found_keys(&self) -> Result<u32> { soon() }
    pub async fn open_sample_image(&self) -> Result<ImageId> { soon() }
    pub async fn take_opened(&self) -> Result<Vec<DropView>> { soon() }
    /// The shell calls it for argv, a second start, open-with.
    pub async fn queue_opened(&self, paths: Vec<PathBuf>) -> Result<()> { soon() }
    // settings
    pub async fn get_settings(&self) -> Result<SettingsView> { soon() }
    pub async fn change_settings(&self, settings: Settings) -> Result<SettingsView> { soon() }
    pub async fn reset_settings(&self, names: Vec<String>) -> Result<SettingsView> { soon() }
    // images
    pub async fn offer_paths(&self, paths: Vec<PathBuf>) -> Result<DropView> { soon() }
    pub async fn offer_text(&self, text: String) -> Result<Option<DropView>> { soon() }
    pub async fn take_images(&self, files: FilesId) -> Result<Vec<ImageId>> { soon() }
    pub async fn add_folders(&self, files: FilesId) -> Result<Vec<FolderView>> { soon() }
    /// For the folder dialog of the shell.
    pub async fn add_folder(&self, path: PathBuf) -> Result<FolderView> { soon() }
    pub async fn list_folders(&self) -> Result<Vec<FolderView>> { soon() }
    pub async fn remove_folder(&self, id: u32) -> Result<()> { soon() }
    pub async fn reread_folder(&self, id: u32) -> Result<TaskId> { soon() }
    /// The shell calls it when the window gets the focus.
    pub async fn focus_gained(&self) -> Result<()> { soon() }
    pub async fn list_images(&self) -> Result<Vec<ImageRow>> { soon() }
    pub async fn recent_images(&self, limit: u32) -> Result<Vec<ImageRow>> { soon() }
    pub async fn forget_images(&self, ids: Vec<ImageId>) -> Result<()> { soon() }
    pub async fn trash_images(&self, ids: Vec<ImageId>) -> Result<Vec<(ImageId, Option<ApiError>)>> { soon() }
    /// The shell asks where; the row then means this file.
    pub async fn locate_image(&self, id: ImageId, path: PathBuf) -> Result<ImageRow> { soon() }
    /// For the shell's reveal in the file manager.
    pub async fn image_path(&self, id: ImageId) -> Result<PathBuf> { soon() }
    pub async fn inspect_image(&self, id: ImageId) -> Result<ImageView> { soon() }
    pub async fn peek_part(&self, id: ImageId, part: u32, offset: ByteCount, as_hex: bool) -> Result<PeekView> { soon() }
    pub async fn read_definition(&self, id: ImageId) -> Result<PeekView> { soon() }
    pub async fn read_labels(&self, id: ImageId) -> Result<Vec<NamedValue>> { soon() }
    pub async fn read_environment(&self, id: ImageId) -> Result<Vec<NamedValue>> { soon() }
    pub async fn raw_header(&self, id: ImageId) -> Result<Vec<HexRow>> { soon() }
    pub async fn raw_descriptor(&self, id: ImageId, part: u32) -> Result<Vec<HexRow>> { soon() }
    pub async fn siftool_list(&self, id: ImageId) -> Result<String> { soon() }
    /// A name to offer in the shell's save dialog.
    pub async fn part_file_name(&self, id: ImageId, part: u32) -> Result<String> { soon() }
    pub async fn export_part(&self, id: ImageId, part: u32, to: PathBuf) -> Result<TaskId> { soon() }
    // verify and sign
    pub async fn verify_images(&self, ids: Vec<ImageId>) -> Result<TaskId> { soon() }
    pub async fn get_verdict(&self, id: ImageId) -> Result<Option<VerdictView>> { soon() }
    pub async fn plan_signing(&self, request: SignRequest) -> Result<SignPlanView> { soon() }
    pub async fn run_signing(&self, plan: PlanId, passphrase: Option<Secret>, keep: KeepPassphrase, confirm_warnings: bool) -> Result<TaskId> { soon() }
    pub async fn suggest_signer(&self, images: Vec<ImageId>) -> Result<Option<String>> { soon() }
    // keys
    pub async fn list_keys(&self) -> Result<KeysView> { soon() }
    pub async fn get_key(&self, fingerprint: String) -> Result<KeyView> { soon() }
    pub async fn create_key(&self, key: NewKey, passphrase: Secret, keep: KeepPassphrase) -> Result<TaskId> { soon() }
    pub async fn plan_key_import(&self, from: ImportSource) -> Result<ImportPlanView> { soon() }
    pub async fn run_key_import(&self, plan: PlanId, passphrase: Option<Secret>) -> Result<Vec<String>> { soon() }
    pub async fn list_gnupg_keys(&self) -> Result<Vec<ImportItem>> { soon() }
    pub async fn plan_gnupg_import(&self, fingerprints: Vec<String>, secret: bool) -> Result<ImportPlanView> { soon() }
    /// A name to offer in the shell's save dialog.
    pub async fn key_file_name(&self, fingerprint: String, what: KeyFileKind, armored: bool) -> Result<String> { soon() }
    pub async fn export_key(&self, fingerprint: String, secret: bool, armored: bool, to: PathBuf) -> Result<ExportedFile> { soon() }
    pub async fn public_key_text(&self, fingerprint: String) -> Result<String> { soon() }
    pub async fn change_passphrase(&self, fingerprint: String, old: Option<Secret>, new: Secret) -> Result<()> { soon() }
    pub async fn extend_key(&self, fingerprint: String, expires: Option<Timestamp>, passphrase: Option<Secret>) -> Result<()> { soon() }
    pub async fn revoke_key(&self, fingerprint: String, reason: RevocationReason, text: String, passphrase: Option<Secret>) -> Result<()> { soon() }
    pub async fn save_revocation(&self, fingerprint: String, passphrase: Option<Secret>, to: PathBuf) -> Result<ExportedFile> { soon() }
    pub async fn delete_key(&self, fingerprint: String, typed: String) -> Result<()> { soon() }
    pub async fn repair_keyring(&self, file: KeyringFile) -> Result<u32> { soon() }
    pub async fn compare_fingerprint(&self, fingerprint: String, text: String) -> Result<FingerprintComparison> { soon() }
    pub async fn trust_key(&self, fingerprint: String, compared: Comparison) -> Result<()> { soon() }
    pub async fn distrust_key(&self, fingerprint: String) -> Result<()> { soon() }
    pub async fn block_key(&self, fingerprint: String) -> Result<()> { soon() }
    pub async fn unlock_key(&self, fingerprint: String, passphrase: Secret, keep: KeepPassphrase) -> Result<()> { soon() }
    pub async fn lock_keys(&self) -> Result<()> { soon() }
    pub async fn lock_state(&self) -> Result<LockState> { soon() }
    // tasks
    pub async fn list_tasks(&self) -> Result<Vec<TaskView>> { soon() }
    pub async fn cancel_task(&self, id: TaskId) -> Result<()> { soon() }
    pub async fn pause_task(&self, id: TaskId) -> Result<()> { soon() }
    pub async fn resume_task(&self, id: TaskId) -> Result<()> { soon() }
    pub async fn retry_task(&self, id: TaskId) -> Result<TaskId> { soon() }
    pub async fn answer_task(&self, id: TaskId, passphrase: Secret, keep: KeepPassphrase) -> Result<()> { soon() }
    pub async fn forget_tasks(&self, ids: Vec<TaskId>) -> Result<()> { soon() }
    // diagnostics
    pub fn about(&self) -> AboutView { AboutView { version: env!("CARGO_PKG_VERSION").into(), licence: "BSD-3-Clause".into(), system: String::new() } }
    pub async fn diagnostics_report(&self) -> Result<String> { soon() }
}
