//! What a front end asks about remotes.

use super::{
    CloudToken, CloudView, ContactView, ImportedLogins, KeepLogin, KeyserverView, LoginView,
    NewRemote, RemoteProbe, RemoteView, RemotesView,
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    settings::SettingsView,
    units::RemoteId,
};

impl Sifter {
    /// Returns all remotes and registries as they are kept. Asks nobody over the network.
    ///
    /// # Errors
    /// `remote.yaml` problems are in the view; the database cannot be read.
    pub async fn list_remotes(&self) -> Result<RemotesView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Makes a remote the one that screens use.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-exclusive`.
    pub async fn set_current_remote(&self, id: RemoteId) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Asks what stands behind an address. Keeps nothing.
    ///
    /// # Errors
    /// `input-invalid`, and the codes of the network.
    pub async fn probe_remote(&self, address: String, is_plain_http: bool) -> Result<RemoteProbe> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Adds a remote to `remote.yaml`.
    ///
    /// # Errors
    /// `remote-name-taken`, `remote-file-damaged`, `input-invalid`.
    pub async fn add_remote(&self, new: NewRemote) -> Result<RemoteId> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Changes name, address or scheme of a remote of one's own. Its login stays only where the address stays.
    ///
    /// # Errors
    /// As for adding.
    pub async fn change_remote(&self, id: RemoteId, to: NewRemote) -> Result<RemoteId> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Removes a remote of one's own, and its login.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-fixed`, `remote-file-damaged`.
    pub async fn remove_remote(&self, id: RemoteId) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Makes a remote the active one of the command line.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-exclusive`, `remote-file-damaged`.
    pub async fn make_remote_active(&self, id: RemoteId) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Asks a remote what it offers, and whether its login holds.
    ///
    /// # Errors
    /// `remote-unknown`; what the network answered is in the view.
    pub async fn refresh_remote(&self, id: RemoteId) -> Result<RemoteView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Checks a token and keeps it instead of the one before. A token that is refused changes nothing.
    ///
    /// # Errors
    /// `token-wrong`, `token-expired`, the codes of the network and of the keychain.
    pub async fn sign_in(&self, id: RemoteId, token: Secret, keep: KeepLogin) -> Result<LoginView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Forgets the login of a remote, also where it was shared.
    ///
    /// # Errors
    /// `remote-unknown`, and the codes of the keychain.
    pub async fn sign_out(&self, id: RemoteId) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Writes the login of a remote to `remote.yaml`, so that the command line has it.
    ///
    /// # Errors
    /// `remote-unknown`, `token-missing`, `remote-file-damaged`, and the codes of the keychain.
    pub async fn share_login(&self, id: RemoteId) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Takes a shared login out of `remote.yaml` again; Sifter keeps it.
    ///
    /// # Errors
    /// `remote-unknown`, `remote-file-damaged`.
    pub async fn unshare_login(&self, id: RemoteId) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Sets the keyservers of a remote of one's own, in their order. Empty: the one that discovery names.
    ///
    /// # Errors
    /// `remote-fixed`, `input-invalid`, `remote-file-damaged`.
    pub async fn set_keyservers(&self, id: RemoteId, keyservers: Vec<KeyserverView>) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Takes logins of the command lines' files into the keychain. The files stay as they are.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub async fn import_logins(&self) -> Result<ImportedLogins> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Checks user and password at an OCI registry and keeps them instead of those before.
    ///
    /// # Errors
    /// `login-refused`, the codes of the network and of the keychain.
    pub async fn sign_in_registry(
        &self,
        host: String,
        is_plain_http: bool,
        user: String,
        password: Secret,
        keep: KeepLogin,
    ) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Forgets the login of a registry, also where it was shared.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub async fn sign_out_registry(&self, host: String) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Writes the login of a registry to `docker-config.json`, so that the command line has it, or takes it out again.
    ///
    /// # Errors
    /// `remote-unknown`, the codes of files and of the keychain.
    pub async fn share_registry_login(&self, host: String, shared: bool) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Returns whether the keychain answers now; it may ask the person to unlock it.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub async fn try_keychain(&self) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Starts the embedded cloud where it does not run yet, and describes it.
    ///
    /// # Errors
    /// The codes of files; `cloud-in-use` when another Sifter has it.
    pub async fn cloud(&self) -> Result<CloudView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Makes a token for a command line at the embedded cloud. The caller hands it over and forgets it.
    ///
    /// # Errors
    /// As for starting it.
    pub async fn new_cloud_token(
        &self,
        name: String,
        days: Option<u32>,
    ) -> Result<(CloudToken, Secret)> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Makes a token of the embedded cloud worthless.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn revoke_cloud_token(&self, id: String) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Returns the hosts that Sifter talked to since it started, last first.
    ///
    /// # Errors
    /// None at present.
    pub async fn contacts(&self) -> Result<Vec<ContactView>> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Returns the address of the page on which a person gets a token, in a browser.
    ///
    /// # Errors
    /// `remote-unknown`, `service-missing`, and the codes of the network.
    pub async fn token_page(&self, id: RemoteId) -> Result<String> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Trusts the authorities of a file with certificates, besides those of the system.
    ///
    /// # Errors
    /// `input-invalid` if it holds none, the codes of files, `setting-locked`.
    pub async fn use_ca_file(&self, path: std::path::PathBuf) -> Result<SettingsView> {
        Err(ApiError::plain(ErrorCode::Internal))
    }
}
