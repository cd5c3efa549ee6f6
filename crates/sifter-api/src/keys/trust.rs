//! What the person decides about keys.

use super::{Comparison, TrustLevel, rings::parse};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    store::TrustRecord,
};

impl Sifter {
    /// Trusts a key from now on: its good signatures make an image verified.
    ///
    /// # Errors
    /// `key-missing`; `key-revoked`, for which there is no trust.
    pub async fn trust_key(&self, fingerprint: String, compared: Comparison) -> Result<()> {
        self.off(move |sifter| {
            let fingerprint = parse(&fingerprint)?;
            let keys = sifter.key_set()?;
            let now = sifter.now();
            let certificate = keys
                .certificate(fingerprint)
                .ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
            if certificate.revocation(now.0).is_some() {
                return Err(ApiError::new(
                    ErrorCode::KeyRevoked,
                    "a key that was revoked cannot be trusted",
                )
                .with_hint("ask its owner for the new key"));
            }
            sifter.decide(fingerprint.to_string(), TrustLevel::TrustedByYou, compared)
        })
        .await
    }

    /// Takes trust in a key, or a block, back.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn distrust_key(&self, fingerprint: String) -> Result<()> {
        self.off(move |sifter| {
            sifter
                .inner
                .store
                .forget_trust(&parse(&fingerprint)?.to_string())?;
            sifter.keys_changed();
            Ok(())
        })
        .await
    }

    /// Blocks a key: its signatures never make an image verified, whatever else holds.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn block_key(&self, fingerprint: String) -> Result<()> {
        self.off(move |sifter| {
            sifter.decide(
                parse(&fingerprint)?.to_string(),
                TrustLevel::Blocked,
                Comparison::NotCompared,
            )
        })
        .await
    }

    /// Trusts all keys that the command line's keyring holds and nobody decided about. Returns how many.
    ///
    /// # Errors
    /// The keyring cannot be read, or the database not written.
    pub async fn trust_all_found_keys(&self) -> Result<u32> {
        self.off(|sifter| {
            let since = sifter.now();
            let records: Vec<TrustRecord> = sifter
                .untrusted()?
                .into_iter()
                .map(|fingerprint| TrustRecord {
                    fingerprint,
                    level: TrustLevel::TrustedByYou,
                    since,
                    compared: Comparison::FromCommandLine,
                })
                .collect();
            sifter.inner.store.set_trust(&records)?;
            sifter.keys_changed();
            Ok(u32::try_from(records.len()).unwrap_or(u32::MAX))
        })
        .await
    }

    /// Returns the keys of the command line's keyring that are not revoked and that nobody decided about.
    pub(crate) fn untrusted(&self) -> Result<Vec<String>> {
        let keys = self.key_set()?;
        let now = self.now();
        Ok(keys
            .fingerprints()
            .into_iter()
            .filter(|one| keys.trust(*one).level == TrustLevel::NotTrusted)
            .filter(|one| {
                keys.certificate(*one)
                    .is_some_and(|key| key.revocation(now.0).is_none())
            })
            .map(|one| one.to_string())
            .collect())
    }

    fn decide(&self, fingerprint: String, level: TrustLevel, compared: Comparison) -> Result<()> {
        self.inner.store.set_trust(&[TrustRecord {
            fingerprint,
            level,
            since: self.now(),
            compared,
        }])?;
        self.keys_changed();
        Ok(())
    }
}
