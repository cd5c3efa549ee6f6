//! Keys in their files: deleting them, repairing files, bringing back what was lost.

use sif_keys::{Fingerprint, Ring};

use super::{
    KeyBackups, KeyringFile, RestoredKeys, UserId, keyring_error,
    rings::{parse, ring_of},
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
};

impl Sifter {
    /// Returns the backups of the keyring files that hold a key.
    ///
    /// # Errors
    /// The codes of keyrings.
    pub async fn key_backups(&self, fingerprint: String) -> Result<KeyBackups> {
        self.off(move |sifter| {
            let keyrings = sifter.keyrings();
            let found = keyrings
                .backups_with(parse(&fingerprint)?)
                .map_err(|error| keyring_error(&error))?;
            Ok(KeyBackups {
                count: u32::try_from(found.len()).unwrap_or(u32::MAX),
                folder: keyrings.backup_folder().to_string_lossy().into_owned(),
            })
        })
        .await
    }

    /// Deletes a key from the keyrings. The old files are kept among the backups; with `from_backups`, the key is taken
    /// out of those too, and nothing brings it back. For an own key, `typed` must be its name, mail address or
    /// fingerprint.
    ///
    /// # Errors
    /// `key-missing`, `input-invalid`, and the codes of keyrings.
    pub async fn delete_key(
        &self,
        fingerprint: String,
        typed: String,
        from_backups: bool,
    ) -> Result<()> {
        self.off(move |sifter| {
            let fingerprint = parse(&fingerprint)?;
            let rings = sifter.rings_to_delete_from(fingerprint, &typed)?;
            let keyrings = sifter.keyrings_to_write()?;
            for ring in &rings {
                keyrings
                    .remove(*ring, fingerprint, &mut |pause| sifter.wait(pause))
                    .map_err(|error| keyring_error(&error))?;
            }
            sifter.inner.store.forget_trust(&fingerprint.to_string())?;
            if rings.contains(&Ring::Secret) {
                sifter.forget_passphrase(fingerprint);
            }
            sifter.keys_changed();
            if from_backups {
                keyrings
                    .forget_in_backups(fingerprint, &mut |pause| sifter.wait(pause))
                    .map_err(|error| keyring_error(&error))?;
            }
            Ok(())
        })
        .await
    }

    fn rings_to_delete_from(&self, fingerprint: Fingerprint, typed: &str) -> Result<Vec<Ring>> {
        let keys = self.key_set()?;
        let certificate = keys
            .certificate(fingerprint)
            .ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
        if keys.is_own(fingerprint) && !is_named(certificate, typed) {
            let message = "what was typed is not the name, mail address or fingerprint of the key";
            return Err(ApiError::new(ErrorCode::InputInvalid, message));
        }
        let places = [(Ring::Secret, &keys.secret), (Ring::Public, &keys.public)];
        let there: Vec<Ring> = places
            .into_iter()
            .filter(|(_, contents)| contents.find(fingerprint).is_some())
            .map(|(ring, _)| ring)
            .collect();
        if there.is_empty() {
            let message = "the key lies in the administrator's keyring, which is only read";
            return Err(ApiError::new(ErrorCode::KeyringNotWritable, message));
        }
        Ok(there)
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

    /// Brings back secret parts that a command line destroyed, from the backups.
    ///
    /// # Errors
    /// The codes of keyrings.
    pub async fn restore_lost_keys(&self) -> Result<RestoredKeys> {
        self.off(|sifter| {
            let keyrings = sifter.keyrings_to_write()?;
            let found = keyrings
                .restore_destroyed(&mut |pause| sifter.wait(pause))
                .map_err(|error| keyring_error(&error))?;
            sifter.keys_changed();
            let texts = |keys: &[Fingerprint]| keys.iter().map(ToString::to_string).collect();
            Ok(RestoredKeys {
                restored: texts(&found.restored),
                missing: texts(&found.missing),
            })
        })
        .await
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
