//! OCI registries that one is signed in to.

use super::{FoundLogin, ImportedLogins, KeepLogin, RegistryView};
use crate::{Result, Secret, Sifter, error::{ApiError, ErrorCode}};

impl Sifter {
    /// Checks user and password at an OCI registry and keeps them instead of those before.
    ///
    /// # Errors
    /// `login-refused`, the codes of the network and of the keychain.
    pub async fn sign_in_registry(
        &self,
        _host: String,
        _is_plain_http: bool,
        _user: String,
        _password: Secret,
        _keep: KeepLogin,
    ) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Forgets the login of a registry, also where it was shared.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub async fn sign_out_registry(&self, host: String) -> Result<()> {
        self.off(move |sifter| sifter.forget_login(&account_of(&host))).await
    }

    /// Writes the login of a registry to `docker-config.json`, so that the command line has it, or takes it out again.
    ///
    /// # Errors
    /// `remote-unknown`, the codes of files and of the keychain.
    pub async fn share_registry_login(&self, _host: String, _shared: bool) -> Result<()> {
        Err(ApiError::plain(ErrorCode::Internal))
    }

    /// Returns user and password of a registry; nothing where one is not signed in.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub(crate) async fn registry_login(&self, host: &str) -> Result<Option<(String, Secret)>> {
        let account = account_of(host);
        self.off(move |sifter| {
            let Some(password) = sifter.secret_of(&account)? else { return Ok(None) };
            let user = sifter.login_record(&account).and_then(|(record, _)| record.user);
            Ok(user.map(|user| (user, password)))
        }).await
    }

    pub(super) fn registry_views(&self) -> Vec<RegistryView> {
        Vec::new()
    }

    pub(super) fn found_registry_logins(&self) -> Vec<FoundLogin> {
        Vec::new()
    }

    pub(super) async fn import_registry_logins(&self, _imported: &mut ImportedLogins) -> Result<()> {
        Ok(())
    }
}

fn account_of(host: &str) -> String {
    format!("registry:{}", host.to_ascii_lowercase())
}
