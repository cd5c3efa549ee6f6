//! Changing own keys: passphrase, end, revocation.

use sif_keys::{Fingerprint, Passphrase, SigningKey};

use super::{
    KeepPassphrase, RevocationReason, key_error, keyring_error, rings::parse, unlock::passphrase_of,
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
        self.order_primes(fingerprint, passphrase)?;
        self.keys_changed();
        Ok(())
    }

    /// Mends RSA keys of older versions, whose numbers stand in an order that GnuPG takes wrongly, while the
    /// passphrase is at hand and the keyring is written anyway.
    fn order_primes(&self, fingerprint: Fingerprint, passphrase: Option<&Secret>) -> Result<()> {
        let passphrase = passphrase.map_or_else(|| Passphrase::from(""), passphrase_of);
        let keys = self.key_set()?;
        let mended = keys
            .secret(fingerprint)?
            .with_primes_in_order(&passphrase)
            .map_err(|error| key_error(&error))?;
        if let Some(mended) = mended {
            self.keyrings_to_write()?
                .replace_secret(&mended, &mut |pause| self.wait(pause))
                .map_err(|error| keyring_error(&error))?;
        }
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
