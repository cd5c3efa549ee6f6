//! The unlocked primary key.

use pgp::packet::SecretKey;
use pgp::types::{KeyDetails, Password, PlainSecretParams, PublicParams, SecretParams};

use super::{Passphrase, SecretCertificate};
use crate::cert::{Certificate, KeyFault};
use crate::error::Error;
use crate::fingerprint::Fingerprint;

/// The unlocked secret part of a primary key. Its memory is wiped when it is dropped.
pub struct SigningKey {
    certificate: Certificate,
    key: SecretKey,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Returns the fingerprint of the key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.certificate.fingerprint()
    }

    /// Returns the public half.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns whether a signature made now would be accepted by those who verify it.
    ///
    /// # Errors
    /// The fault for which the verification would fail.
    pub fn may_sign(&self, now: i64) -> Result<(), KeyFault> {
        self.certificate.may_sign(now)
    }

    /// Returns the unlocked packet; sign with it and [`SigningKey::password`].
    pub fn secret_key(&self) -> &SecretKey {
        &self.key
    }

    /// Returns the password that the unlocked packet wants: none.
    pub fn password(&self) -> Password {
        Password::empty()
    }
}

impl SecretCertificate {
    /// Returns the primary key, unlocked.
    ///
    /// # Errors
    /// `NoSecret` when only the public part is here, `WrongPassphrase`, or `DamagedSecret` when the passphrase fits
    /// but what it opens does not belong to the key.
    pub fn unlock(&self, passphrase: &Passphrase) -> Result<SigningKey, Error> {
        let fingerprint = self.fingerprint();
        let mut key = self.primary().ok_or(Error::NoSecret(fingerprint))?.clone();
        key.remove_password(&passphrase.to_password())
            .map_err(|_| Error::WrongPassphrase(fingerprint))?;
        let SecretParams::Plain(plain) = key.secret_params() else {
            return Err(Error::WrongPassphrase(fingerprint));
        };
        if !belongs_to(plain, key.public_params()) {
            return Err(Error::DamagedSecret {
                fingerprint,
                reason: "it belongs to another key".to_owned(),
            });
        }
        Ok(SigningKey {
            certificate: self.certificate().clone(),
            key,
        })
    }
}

/// Whether the secret numbers are those of the public key, where that can be derived.
fn belongs_to(plain: &PlainSecretParams, public: &PublicParams) -> bool {
    PublicParams::try_from(plain).map_or(true, |derived| derived == *public)
}
