//! A login that the command line had before one was shared with it. It waits in the keychain, and nowhere else, until the
//! shared one is taken back.

use oci::Login;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::records::LoginRecord;
use crate::{Result, Secret, Sifter, error::ApiError};

/// A login of a registry as it waits.
#[derive(Serialize, Deserialize)]
enum Theirs {
    Password(String, String),
    Identity(String),
    Bearer(String),
}

impl Sifter {
    /// Keeps what the command line had.
    ///
    /// # Errors
    /// The codes of the keychain; then nothing may be written in its place.
    pub(super) fn set_aside(&self, account: &str, theirs: &Secret) -> Result<()> {
        let written = self.inner.keychain.write(&item_of(account), theirs);
        self.keychain_said(written)
    }

    /// Returns what the command line had; nothing if somebody removed it from the keychain.
    ///
    /// # Errors
    /// The codes of the keychain.
    pub(super) fn was_set_aside(&self, account: &str) -> Result<Option<Secret>> {
        let read = self.inner.keychain.read(&item_of(account));
        self.keychain_said(read)
    }

    /// Forgets what the command line had, where there is something. What stays is only in the keychain.
    pub(super) fn forget_set_aside(&self, account: &str) {
        let is_there = |record: LoginRecord| record.shared.is_some_and(|shared| shared.set_aside);
        let record = self.login_record(account);
        if !record.is_some_and(|(record, _)| is_there(record)) {
            return;
        }
        if let Err(error) = self.inner.keychain.delete(&item_of(account)) {
            tracing::warn!(%error, "an older login of the command line stays in the keychain");
        }
    }
}

fn item_of(account: &str) -> String {
    format!("command-line:{account}")
}

/// Returns a login of a registry as one text, for the keychain alone.
pub(super) fn to_text(login: &Login) -> Result<Secret> {
    let text = |secret: &secrecy::SecretString| secret.expose_secret().to_owned();
    let theirs = match login {
        Login::Password { user, password } => Theirs::Password(user.clone(), text(password)),
        Login::Identity(token) => Theirs::Identity(text(token)),
        Login::Bearer(token) => Theirs::Bearer(text(token)),
    };
    let text = serde_json::to_string(&theirs).map_err(|error| ApiError::internal(&error))?;
    Ok(Secret::new(text))
}

/// Returns the login of such a text.
pub(super) fn from_text(secret: &Secret) -> Option<Login> {
    Some(match serde_json::from_str(secret.expose()).ok()? {
        Theirs::Password(user, password) => Login::Password {
            user,
            password: password.into(),
        },
        Theirs::Identity(token) => Login::Identity(token.into()),
        Theirs::Bearer(token) => Login::Bearer(token.into()),
    })
}
