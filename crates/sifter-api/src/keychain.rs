//! The operating system's keychain: the only place on disk where a passphrase may stay, and only when the person
//! asked for it.
//!
//! Calls block (a prompt may wait for a person), so each runs on a thread of its own with a time limit.

mod memory;
mod parts;
#[cfg_attr(
    all(unix, not(target_os = "macos")),
    path = "keychain/secret_service.rs"
)]
#[cfg_attr(any(windows, target_os = "macos"), path = "keychain/always_there.rs")]
mod presence;

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use crate::{
    error::{ApiError, ErrorCode},
    secret::Secret,
};

pub use memory::{MemoryKeychain, Mood};
pub use parts::InParts;

/// How long a keychain may take: long enough for a person to answer its prompt.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The name under which Sifter's items stand in the keychain.
const SERVICE: &str = "app.sifter";

/// The Credential Manager takes 2560 bytes for an item, and a text is there in UTF-16.
const LONGEST_ON_WINDOWS: usize = 1200;

/// A keychain. All calls may block.
pub trait Keychain: Send + Sync + std::fmt::Debug {
    /// Returns the secret that is kept for `account`, if there is one.
    ///
    /// # Errors
    /// The keychain is missing, locked, or refuses.
    fn read(&self, account: &str) -> Result<Option<Secret>, KeychainError>;

    /// Keeps `secret` for `account`, instead of what was kept before.
    ///
    /// # Errors
    /// The keychain is missing, locked, or refuses.
    fn write(&self, account: &str, secret: &Secret) -> Result<(), KeychainError>;

    /// Forgets what is kept for `account`; nothing kept is no error.
    ///
    /// # Errors
    /// The keychain is missing, locked, or refuses.
    fn delete(&self, account: &str) -> Result<(), KeychainError>;
}

/// Why a keychain did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeychainError {
    /// No keychain service runs.
    #[error("no keychain service runs on this computer")]
    Missing,
    /// The keychain is locked and was not unlocked.
    #[error("the keychain is locked")]
    Locked,
    /// The keychain refused or failed.
    #[error("the keychain refused: {0}")]
    Denied(String),
    /// The keychain did not answer in time.
    #[error("the keychain did not answer within {} seconds", TIME_LIMIT.as_secs())]
    NoAnswer,
}

impl From<KeychainError> for ApiError {
    fn from(error: KeychainError) -> Self {
        let code = match error {
            KeychainError::Missing => ErrorCode::KeychainMissing,
            KeychainError::Locked | KeychainError::NoAnswer => ErrorCode::KeychainLocked,
            KeychainError::Denied(_) => ErrorCode::KeychainDenied,
        };
        ApiError::new(code, error.to_string())
    }
}

/// The system's own keychain: Keychain, Credential Manager or the Secret Service.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemKeychain;

impl Keychain for SystemKeychain {
    fn read(&self, account: &str) -> Result<Option<Secret>, KeychainError> {
        with_entry(account, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn write(&self, account: &str, secret: &Secret) -> Result<(), KeychainError> {
        let secret = secret.clone();
        with_entry(account, move |entry| entry.set_password(secret.expose()))
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        with_entry(account, |entry| match entry.delete_credential() {
            Err(keyring::Error::NoEntry) => Ok(()),
            other => other,
        })
    }
}

/// Runs `work` on the item of `account`, on its own thread, for at most [`TIME_LIMIT`].
///
/// Crate `keyring` opens the store once and remembers a failure for the life of the process, so the bus is asked
/// first: a service that starts later is then found.
fn with_entry<T: Send + 'static>(
    account: &str,
    work: impl FnOnce(&keyring::Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, KeychainError> {
    let account = account.to_owned();
    within(TIME_LIMIT, move || {
        if !presence::service_is_there() {
            return Err(KeychainError::Missing);
        }
        let entry = keyring::Entry::new(SERVICE, &account).map_err(told)?;
        work(&entry).map_err(told)
    })
}

fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("keychain".into())
        .spawn(move || {
            // Nobody listens any more when the time is over.
            let _ = sender.send(work());
        })
        .map_err(|error| KeychainError::Denied(error.to_string()))?;
    receiver
        .recv_timeout(limit)
        .unwrap_or(Err(KeychainError::NoAnswer))
}

fn told(error: keyring::Error) -> KeychainError {
    match error {
        keyring::Error::NoStorageAccess(_) => KeychainError::Locked,
        keyring::Error::NoDefaultStore => KeychainError::Missing,
        other => KeychainError::Denied(other.to_string()),
    }
}

/// Returns the system's keychain for [`crate::Sifter::start`].
#[must_use]
pub fn system_keychain() -> Arc<dyn Keychain> {
    let keychain = Arc::new(SystemKeychain);
    if cfg!(windows) {
        return Arc::new(InParts::new(keychain, LONGEST_ON_WINDOWS));
    }
    keychain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keychain_that_never_answers_is_given_up() {
        let (held, wait) = mpsc::channel::<()>();
        let result = within(Duration::from_millis(1), move || {
            let _ = wait.recv();
            Ok(())
        });
        assert_eq!(result, Err(KeychainError::NoAnswer));
        drop(held);
    }

    #[test]
    fn each_failure_has_its_own_code() {
        for (error, code) in [
            (KeychainError::Missing, ErrorCode::KeychainMissing),
            (KeychainError::Locked, ErrorCode::KeychainLocked),
            (
                KeychainError::Denied("no".into()),
                ErrorCode::KeychainDenied,
            ),
        ] {
            assert_eq!(ApiError::from(error).code, code);
        }
    }
}
