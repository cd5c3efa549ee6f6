//! Opening own keys: the passphrase comes with the request, from memory, or from the keychain, in this order.

use std::{sync::Mutex, time::Duration};

use sif_keys::{Fingerprint, Keep, Passphrase, PassphraseCache, Protection, SigningKey};

use super::{KeepPassphrase, LockState, key_error, rings::parse};
use crate::{
    ApiEvent, Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    units::Timestamp,
};

const FIFTEEN_MINUTES: u32 = 15 * 60;

/// The passphrases that are kept in memory.
#[derive(Debug, Default)]
pub(crate) struct Unlocked {
    cache: Mutex<PassphraseCache>,
    known: Mutex<Vec<Fingerprint>>,
}

impl Sifter {
    /// Checks the passphrase of a key and keeps it for the chosen time.
    ///
    /// # Errors
    /// `wrong-passphrase`, `no-secret-key`, `key-missing`; the codes of the keychain, when it was chosen.
    pub async fn unlock_key(
        &self,
        fingerprint: String,
        passphrase: Secret,
        keep: KeepPassphrase,
    ) -> Result<()> {
        self.off(move |sifter| {
            sifter
                .open_key(parse(&fingerprint)?, Some(&passphrase), keep)
                .map(drop)
        })
        .await
    }

    /// Forgets all passphrases in memory. What is in the keychain stays there.
    ///
    /// # Errors
    /// None at present.
    pub async fn lock_keys(&self) -> Result<()> {
        crate::lock(&self.inner.unlocked.cache).lock_now();
        crate::lock(&self.inner.unlocked.known).clear();
        self.tell(&ApiEvent::LockChanged(self.lock_now()));
        Ok(())
    }

    /// The system goes to sleep: locks the keys if the settings say so.
    ///
    /// # Errors
    /// None at present.
    pub async fn system_sleeps(&self) -> Result<()> {
        if self.settings_now().settings.lock_on_sleep {
            self.lock_keys().await
        } else {
            Ok(())
        }
    }

    /// Returns how many keys are unlocked, and until when.
    ///
    /// # Errors
    /// None at present.
    pub async fn lock_state(&self) -> Result<LockState> {
        Ok(self.lock_now())
    }

    /// Takes the passphrase of a key out of the keychain, and out of memory. Returns whether the keychain had it.
    ///
    /// # Errors
    /// `input-invalid`, and the codes of the keychain; then it stays there.
    pub async fn forget_kept_passphrase(&self, fingerprint: String) -> Result<bool> {
        self.off(move |sifter| {
            let fingerprint = parse(&fingerprint)?;
            sifter.forget_in_memory(fingerprint);
            let account = account(fingerprint);
            let was_kept = sifter.inner.keychain.read(&account)?.is_some();
            sifter.inner.keychain.delete(&account)?;
            Ok(was_kept)
        })
        .await
    }

    pub(crate) fn is_unlocked(&self, fingerprint: Fingerprint) -> bool {
        let now = self.now().0;
        crate::lock(&self.inner.unlocked.cache)
            .get(fingerprint, now)
            .is_some()
    }

    /// Returns the opened key. A passphrase that fits is kept as `keep` says.
    ///
    /// # Errors
    /// `passphrase-needed` when none is at hand; `wrong-passphrase`; the codes of the keychain, when it was chosen.
    pub(crate) fn open_key(
        &self,
        fingerprint: Fingerprint,
        given: Option<&Secret>,
        keep: KeepPassphrase,
    ) -> Result<SigningKey> {
        let keys = self.key_set()?;
        let secret = keys.secret(fingerprint)?;
        if matches!(secret.protection(), Protection::None) {
            return secret
                .unlock(&Passphrase::new(String::new()))
                .map_err(|error| key_error(&error));
        }
        if let Some(given) = given {
            let opened = secret
                .unlock(&passphrase_of(given))
                .map_err(|error| key_error(&error))?;
            self.keep_passphrase(fingerprint, given, keep)?;
            return Ok(opened);
        }
        if let Some(opened) = self.open_from_memory(fingerprint, secret) {
            return Ok(opened);
        }
        if let Some(opened) = self.open_from_keychain(fingerprint, secret) {
            return Ok(opened);
        }
        Err(ApiError::plain(ErrorCode::PassphraseNeeded))
    }

    fn open_from_memory(
        &self,
        fingerprint: Fingerprint,
        secret: &sif_keys::SecretCertificate,
    ) -> Option<SigningKey> {
        let kept = crate::lock(&self.inner.unlocked.cache)
            .get(fingerprint, self.now().0)
            .cloned()?;
        let opened = secret.unlock(&kept).ok();
        if opened.is_none() {
            // The passphrase was changed elsewhere.
            crate::lock(&self.inner.unlocked.cache).forget(fingerprint);
        }
        opened
    }

    fn open_from_keychain(
        &self,
        fingerprint: Fingerprint,
        secret: &sif_keys::SecretCertificate,
    ) -> Option<SigningKey> {
        match self.inner.keychain.read(&account(fingerprint)) {
            Ok(Some(kept)) => secret.unlock(&passphrase_of(&kept)).ok(),
            Ok(None) => None,
            Err(error) => {
                tracing::info!(%error, "the keychain gave no passphrase");
                None
            }
        }
    }

    pub(super) fn keep_passphrase(
        &self,
        fingerprint: Fingerprint,
        given: &Secret,
        keep: KeepPassphrase,
    ) -> Result<()> {
        let memory = match keep {
            KeepPassphrase::ThisAction => return Ok(()),
            KeepPassphrase::FifteenMinutes => Keep::Seconds(FIFTEEN_MINUTES),
            KeepPassphrase::UntilQuit => Keep::UntilQuit,
            KeepPassphrase::Keychain => {
                self.inner.keychain.write(&account(fingerprint), given)?;
                Keep::UntilQuit
            }
        };
        let now = self.now().0;
        crate::lock(&self.inner.unlocked.cache).remember(
            fingerprint,
            passphrase_of(given),
            memory,
            now,
        );
        let mut known = crate::lock(&self.inner.unlocked.known);
        if !known.contains(&fingerprint) {
            known.push(fingerprint);
        }
        drop(known);
        self.lock_in_time();
        self.tell(&ApiEvent::LockChanged(self.lock_now()));
        Ok(())
    }

    /// Forgets the passphrase of a key everywhere, as far as the keychain lets us.
    pub(super) fn forget_passphrase(&self, fingerprint: Fingerprint) {
        self.forget_in_memory(fingerprint);
        if let Err(error) = self.inner.keychain.delete(&account(fingerprint)) {
            tracing::info!(%error, "the keychain was not asked to forget");
        }
    }

    fn forget_in_memory(&self, fingerprint: Fingerprint) {
        crate::lock(&self.inner.unlocked.cache).forget(fingerprint);
        crate::lock(&self.inner.unlocked.known).retain(|known| *known != fingerprint);
        self.tell(&ApiEvent::LockChanged(self.lock_now()));
    }

    pub(crate) fn lock_now(&self) -> LockState {
        let now = self.now().0;
        let mut cache = crate::lock(&self.inner.unlocked.cache);
        let known = crate::lock(&self.inner.unlocked.known);
        let unlocked = known
            .iter()
            .filter(|one| cache.get(**one, now).is_some())
            .count();
        LockState {
            unlocked: u32::try_from(unlocked).unwrap_or(u32::MAX),
            until: cache.next_expiry().filter(|_| unlocked > 0).map(Timestamp),
        }
    }

    /// Wipes passphrases when their time is over, also when nobody asks.
    fn lock_in_time(&self) {
        let Some(until) = crate::lock(&self.inner.unlocked.cache).next_expiry() else {
            return;
        };
        let left = u64::try_from(until.saturating_sub(self.now().0)).unwrap_or(0);
        let inner = std::sync::Arc::downgrade(&self.inner);
        let wipe = move || {
            std::thread::sleep(Duration::from_secs(left));
            let Some(inner) = inner.upgrade() else { return };
            let sifter = Sifter { inner };
            let state = sifter.lock_now();
            sifter.tell(&ApiEvent::LockChanged(state));
        };
        if let Err(error) = std::thread::Builder::new().name("lock".into()).spawn(wipe) {
            tracing::warn!(%error, "keys are locked at the next use");
        }
    }
}

pub(super) fn passphrase_of(secret: &Secret) -> Passphrase {
    Passphrase::new(secret.expose().to_owned())
}

fn account(fingerprint: Fingerprint) -> String {
    format!("key {fingerprint}")
}
