//! The unlocked primary key.

use pgp::packet::SecretKey;
use pgp::types::{KeyDetails, Password, SecretParams, Tag};

use super::part::OpenError;
use super::{Passphrase, SecretCertificate};
use crate::cert::{Certificate, KeyFault};
use crate::error::{BadKey, Error};
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
    /// (as far as that can be told) but the secret part is broken or belongs to another key. `Unusable` when nothing
    /// can be signed here with a key of this kind.
    pub fn unlock(&self, passphrase: &Passphrase) -> Result<SigningKey, Error> {
        let fingerprint = self.fingerprint();
        let part = self.primary().ok_or(Error::NoSecret(fingerprint))?;
        let public = self.certificate().primary_key();
        if !self.certificate().can_make_signatures() {
            let curve = self.certificate().algorithm().label();
            return Err(BadKey::unsupported(format!("signing with {curve}")).into());
        }
        let numbers = part
            .open(passphrase, public, Tag::SecretKey)
            .map_err(|error| open_error(fingerprint, error))?;
        let key = SecretKey::new(public.clone(), SecretParams::Plain(numbers))
            .map_err(Error::pgp("unlocking the key"))?;
        debug_assert_eq!(key.legacy_key_id(), public.legacy_key_id());
        Ok(SigningKey {
            certificate: self.certificate().clone(),
            key,
        })
    }
}

pub(crate) fn open_error(fingerprint: Fingerprint, error: OpenError) -> Error {
    match error {
        OpenError::Wrong => Error::WrongPassphrase(fingerprint),
        OpenError::Absent => Error::NoSecret(fingerprint),
        OpenError::Damaged(reason) => Error::DamagedSecret {
            fingerprint,
            reason,
        },
    }
}
