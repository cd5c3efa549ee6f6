//! Changing own keys: passphrase, end, revocation; deleting keys; repairing keyring files.

use sif_keys::{Ring, SigningKey};

use super::{
    KeepPassphrase, KeyringFile, RevocationReason, UserId, key_error, keyring_error,
    rings::{parse, ring_of},
    unlock::passphrase_of,
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode},
    units::Timestamp,
};

impl Sifter {
    /// Puts all secret parts of a key under another passphrase.
    ///
    /// # Errors
    /// `wrong-passphrase`, `passphrase-needed`, `no-secret-key`, and the codes of keyrings; nothing is changed then.
    pub async fn change_passphrase(
        &self,
        fingerprint: String,
        old: Option<Secret>,
        new: Secret,
    ) -> Result<()> {
        self.off(move |sifter| {
            let fingerprint = parse(&fingerprint)?;
            if new.is_empty() {
                return Err(ApiError::new(
                    ErrorCode::InputInvalid,
                    "the new passphrase is empty",
                ));
            }
            let keys = sifter.key_set()?;
            let secret = keys.secret(fingerprint)?;
            let open = matches!(secret.protection(), sif_keys::Protection::None);
            let old = match old {
                Some(old) => old,
                None if open => Secret::new(String::new()),
                None => return Err(ApiError::plain(ErrorCode::PassphraseNeeded)),
            };
            let changed = secret
                .change_passphrase(&passphrase_of(&old), &passphrase_of(&new))
                .map_err(|error| key_error(&error))?;
            let keyrings = sifter.keyrings_to_write()?;
            keyrings
                .replace_secret(&changed, &mut |pause| sifter.wait(pause))
                .map_err(|error| keyring_error(&error))?;
            sifter.forget_passphrase(fingerprint);
            sifter.keys_changed();
            Ok(())
        })
        .await
    }

    /// Sets another end for a key; none means never.
    ///
    /// # Errors
    /// As [`Self::change_passphrase`]; `input-invalid` for a time in the past.
    pub async fn extend_key(
        &self,
        fingerprint: String,
        expires: Option<Timestamp>,
        passphrase: Option<Secret>,
    ) -> Result<()> {
        self.off(move |sifter| {
            if expires.is_some_and(|end| end <= sifter.now()) {
                return Err(ApiError::new(
                    ErrorCode::InputInvalid,
                    "the new end lies in the past",
                ));
            }
            sifter.update(&fingerprint, passphrase.as_ref(), |key, now| {
                key.extend(expires.map(|end| end.0), now)
            })
        })
        .await
    }

    /// Revokes a key: it never counts again.
    ///
    /// # Errors
    /// As [`Self::change_passphrase`].
    pub async fn revoke_key(
        &self,
        fingerprint: String,
        reason: RevocationReason,
        text: String,
        passphrase: Option<Secret>,
    ) -> Result<()> {
        self.off(move |sifter| {
            sifter.update(&fingerprint, passphrase.as_ref(), |key, now| {
                key.revoke(plain(reason), &text, now)
            })
        })
        .await
    }

    /// Deletes a key from the keyrings; the old files are kept among the backups. For an own key, `typed` must be its
    /// name, mail address or fingerprint.
    ///
    /// # Errors
    /// `key-missing`, `input-invalid`, and the codes of keyrings.
    pub async fn delete_key(&self, fingerprint: String, typed: String) -> Result<()> {
        self.off(move |sifter| {
            let fingerprint = parse(&fingerprint)?;
            let keys = sifter.key_set()?;
            let certificate = keys
                .certificate(fingerprint)
                .ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
            let (in_secret, in_public) = (
                keys.secret.find(fingerprint).is_some(),
                keys.public.find(fingerprint).is_some(),
            );
            if keys.is_own(fingerprint) && !is_named(certificate, &typed) {
                let message =
                    "what was typed is not the name, mail address or fingerprint of the key";
                return Err(ApiError::new(ErrorCode::InputInvalid, message));
            }
            if !in_secret && !in_public {
                let message = "the key lies in the administrator's keyring, which is only read";
                return Err(ApiError::new(ErrorCode::KeyringNotWritable, message));
            }
            let keyrings = sifter.keyrings_to_write()?;
            for (ring, there) in [(Ring::Secret, in_secret), (Ring::Public, in_public)] {
                if there {
                    keyrings
                        .remove(ring, fingerprint, &mut |pause| sifter.wait(pause))
                        .map_err(|error| keyring_error(&error))?;
                }
            }
            sifter.inner.store.forget_trust(&fingerprint.to_string())?;
            if in_secret {
                sifter.forget_passphrase(fingerprint);
            }
            sifter.keys_changed();
            Ok(())
        })
        .await
    }

    /// Repairs a damaged keyring file and returns how many keys it holds now. The damaged file is kept.
    ///
    /// # Errors
    /// The codes of keyrings.
    pub async fn repair_keyring(&self, file: KeyringFile) -> Result<u32> {
        self.off(move |sifter| {
            let keyrings = sifter.keyrings_to_write()?;
            let repaired = keyrings
                .repair(ring_of(file), &mut |pause| sifter.wait(pause))
                .map_err(|error| keyring_error(&error))?;
            sifter.keys_changed();
            Ok(u32::try_from(repaired.kept).unwrap_or(u32::MAX))
        })
        .await
    }

    /// Brings back secret parts that a command line destroyed, from the backups. Returns the keys.
    ///
    /// # Errors
    /// The codes of keyrings.
    pub async fn restore_lost_keys(&self) -> Result<Vec<String>> {
        self.off(|sifter| {
            let keyrings = sifter.keyrings_to_write()?;
            let restored = keyrings
                .restore_destroyed(&mut |pause| sifter.wait(pause))
                .map_err(|error| keyring_error(&error))?;
            sifter.keys_changed();
            Ok(restored.iter().map(ToString::to_string).collect())
        })
        .await
    }

    fn update(
        &self,
        fingerprint: &str,
        passphrase: Option<&Secret>,
        change: impl FnOnce(
            &SigningKey,
            i64,
        ) -> std::result::Result<sif_keys::KeyUpdate, sif_keys::Error>,
    ) -> Result<()> {
        let fingerprint = parse(fingerprint)?;
        let key = self.open_key(fingerprint, passphrase, KeepPassphrase::ThisAction)?;
        let update = change(&key, self.now().0).map_err(|error| key_error(&error))?;
        let keyrings = self.keyrings_to_write()?;
        keyrings
            .apply(&update, &mut |pause| self.wait(pause))
            .map_err(|error| keyring_error(&error))?;
        self.keys_changed();
        Ok(())
    }
}

pub(super) fn plain(reason: RevocationReason) -> sif_keys::RevocationReason {
    match reason {
        RevocationReason::NoReason => sif_keys::RevocationReason::None,
        RevocationReason::Superseded => sif_keys::RevocationReason::Superseded,
        RevocationReason::Compromised => sif_keys::RevocationReason::Compromised,
        RevocationReason::Retired => sif_keys::RevocationReason::Retired,
    }
}

fn is_named(certificate: &sif_keys::Certificate, typed: &str) -> bool {
    let typed = typed.trim();
    let user_id = certificate
        .primary_user_id()
        .map(|text| UserId::of(&text))
        .unwrap_or_default();
    let is = |part: &Option<String>| part.as_deref().is_some_and(|part| part == typed);
    let fingerprint = typed
        .parse::<sif_keys::Fingerprint>()
        .is_ok_and(|typed| typed == certificate.fingerprint());
    !typed.is_empty() && (is(&user_id.name) || is(&user_id.mail) || fingerprint)
}
