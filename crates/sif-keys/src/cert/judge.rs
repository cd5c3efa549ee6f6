//! Which key made a signature, and whether that key counts today.

use std::fmt;
use std::io::Read;

use pgp::packet::{PublicKey, PublicSubkey, Signature};
use pgp::ser::Serialize;
use pgp::types::KeyDetails;
use thiserror::Error;

use super::revocation::{RevocationReason, Revoked, revoked};
use super::{Certificate, Identity, SelfSignature, Subkey};
use crate::ecdsa::Lenient;
use crate::fingerprint::{Fingerprint, KeyId};

/// A part of a key that can be revoked or expire by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPart {
    /// The primary key, and with it everything.
    Primary,
    /// The subkey that signed.
    Subkey,
    /// The user id that speaks for the key.
    UserId,
}

impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "key",
            Self::Subkey => "signing subkey",
            Self::UserId => "user id",
        })
    }
}

/// Why a key that is there and fits does not count.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// A signature demands that a notation is understood.
    #[error("a signature needs the notation `{0}` to be understood")]
    UnknownCriticalNotation(String),
    /// The key or the part that matters was revoked.
    #[error("the {part} was revoked")]
    Revoked {
        /// What was revoked.
        part: KeyPart,
        /// The reason given.
        reason: RevocationReason,
        /// When, in seconds since 1970, by the word of the revocation.
        time: i64,
    },
    /// The key expired.
    #[error("the {part} has expired")]
    Expired {
        /// What expired.
        part: KeyPart,
        /// When, in seconds since 1970.
        at: i64,
    },
    /// The key says that it was made later than now.
    #[error("the {part} was made in the future")]
    CreatedInFuture {
        /// What was made.
        part: KeyPart,
        /// When, in seconds since 1970.
        at: i64,
    },
    /// The checked signature itself is over or dated in the future.
    #[error("the signature has expired or is dated in the future")]
    SignatureExpired,
    /// What the key says about itself is over or dated in the future.
    #[error("the statement of the {part} about itself has expired or is dated in the future")]
    SelfSignatureExpired {
        /// Whose statement.
        part: KeyPart,
    },
    /// Nothing signed says what the key is.
    #[error("the key says nothing about itself")]
    NoSelfSignature,
    /// The primary key does not say that it may sign.
    #[error("the key is not meant for signing")]
    NoSignFlag,
    /// SIF signatures cannot name keys of this version.
    #[error("version 6 keys cannot sign images")]
    Version6,
}

/// The key packet that checks a signature.
#[derive(Debug, Clone, Copy)]
pub enum SignerKey<'a> {
    /// The primary key.
    Primary(&'a PublicKey),
    /// A subkey.
    Subkey(&'a PublicSubkey),
}

/// The primary key or subkey of a certificate that a signature names and that may sign.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    certificate: &'a Certificate,
    subkey: Option<&'a Subkey>,
}

impl<'a> Signer<'a> {
    /// Returns the certificate that the key belongs to.
    pub fn certificate(&self) -> &'a Certificate {
        self.certificate
    }

    /// Returns whether the primary key itself signed.
    pub fn is_primary(&self) -> bool {
        self.subkey.is_none()
    }

    /// Returns the packet to check signatures with.
    pub fn key(&self) -> SignerKey<'a> {
        match self.subkey {
            None => SignerKey::Primary(&self.certificate.primary),
            Some(subkey) => SignerKey::Subkey(&subkey.key),
        }
    }

    /// Returns the fingerprint of the key that signed, which differs from the certificate's for a subkey.
    pub fn fingerprint(&self) -> Fingerprint {
        match self.subkey {
            None => self.certificate.fingerprint,
            Some(subkey) => subkey.key.fingerprint().into(),
        }
    }

    /// Returns when the key that signed stops counting, in seconds since 1970: the end of the primary key or of the
    /// subkey, whichever comes first; `None` for never. A revocation hides an expiry from a judgement, so whoever
    /// accepts revoked keys asks here too.
    pub fn expires(&self) -> Option<i64> {
        let own = self.subkey.and_then(|subkey| {
            let created = i64::from(subkey.key.created_at().as_secs());
            subkey.binding.key_expires(created)
        });
        [self.certificate.expires(), own]
            .into_iter()
            .flatten()
            .min()
    }

    /// Checks the arithmetic of a signature over `data`. Does not judge the key.
    ///
    /// # Errors
    /// What the library says when the signature does not fit.
    pub fn verify(&self, signature: &Signature, data: impl Read) -> Result<(), pgp::errors::Error> {
        match self.key() {
            SignerKey::Primary(key) => signature.verify(&Lenient(key), data),
            SignerKey::Subkey(key) => signature.verify(&Lenient(key), data),
        }
    }
}

impl Certificate {
    /// Returns the key with this id if its newest self-signature says that it may sign data.
    ///
    /// A key without that statement is as good as absent, also when its arithmetic would fit.
    pub fn signer(&self, key_id: KeyId) -> Option<Signer<'_>> {
        let may_sign =
            |signature: &SelfSignature| signature.key_use.is_some_and(|key_use| key_use.sign);
        if self.key_id() == key_id && self.self_signature().is_some_and(may_sign) {
            return Some(Signer {
                certificate: self,
                subkey: None,
            });
        }
        let subkey = self.subkeys.iter().find(|subkey| {
            KeyId::from(subkey.key.legacy_key_id()) == key_id && may_sign(&subkey.binding)
        })?;
        Some(Signer {
            certificate: self,
            subkey: Some(subkey),
        })
    }

    /// Judges a signer of this certificate at the time `now`, apart from any signature.
    ///
    /// # Errors
    /// The first fault in the order of the command lines: notation, revocation, expiry, self-signatures.
    pub fn judge(&self, signer: Signer<'_>, now: i64) -> Result<(), KeyFault> {
        self.judge_with(signer.subkey, None, now)
    }

    /// Judges a signer together with the signature that it made, at the time `now`, which is the present: the age
    /// of the signature does not matter.
    ///
    /// # Errors
    /// The first fault in the order of the command lines: notation, revocation, expiry, then the dates of the
    /// signature and of the self-signatures.
    pub fn judge_signature(
        &self,
        signer: Signer<'_>,
        signature: &Signature,
        now: i64,
    ) -> Result<(), KeyFault> {
        let facts = signature
            .to_bytes()
            .ok()
            .and_then(|body| SelfSignature::read(&body).ok());
        match facts {
            Some(facts) => self.judge_with(signer.subkey, Some(&facts), now),
            None => Err(KeyFault::SignatureExpired),
        }
    }

    /// Returns whether the primary key may sign an image now, by the rules of those who will verify it.
    ///
    /// # Errors
    /// The fault for which a verification would fail.
    pub fn may_sign(&self, now: i64) -> Result<(), KeyFault> {
        if self.fingerprint.as_v4().is_none() {
            return Err(KeyFault::Version6);
        }
        let signature = self.self_signature().ok_or(KeyFault::NoSelfSignature)?;
        self.judge_with(None, None, now)?;
        match signature.key_use {
            Some(key_use) if key_use.sign => Ok(()),
            _ => Err(KeyFault::NoSignFlag),
        }
    }

    /// Returns the revocation of the whole key that holds at `now`.
    pub fn revocation(&self, now: i64) -> Option<KeyFault> {
        let identity = self.primary_identity();
        self.worst_revocation(None, identity, now)
            .map(KeyFault::from)
    }

    /// The worst revocation of the key and these parts of it; that of the more important part among equals.
    fn worst_revocation(
        &self,
        subkey: Option<&Subkey>,
        identity: Option<&Identity>,
        now: i64,
    ) -> Option<Revoked> {
        let primary = revoked(&self.revocations, KeyPart::Primary, now);
        let subkey = subkey.and_then(|part| revoked(&part.revocations, KeyPart::Subkey, now));
        let identity = identity.and_then(|part| revoked(&part.revocations, KeyPart::UserId, now));
        let found = [primary, subkey, identity].into_iter().flatten();
        found.reduce(Revoked::or_worse)
    }

    fn judge_with(
        &self,
        subkey: Option<&Subkey>,
        data: Option<&SelfSignature>,
        now: i64,
    ) -> Result<(), KeyFault> {
        let own = self.self_signature().ok_or(KeyFault::NoSelfSignature)?;
        let embedded = subkey
            .and_then(|subkey| subkey.binding.packet.embedded().cloned())
            .map(SelfSignature::of);
        let statements = [
            (data, None),
            (Some(own), Some(KeyPart::Primary)),
            (subkey.map(|subkey| &subkey.binding), Some(KeyPart::Subkey)),
            (embedded.as_ref(), Some(KeyPart::Subkey)),
        ];
        let statements = || {
            statements
                .iter()
                .filter_map(|(statement, part)| statement.map(|s| (s, *part)))
        };
        if let Some(name) = statements().find_map(|(statement, _)| statement.critical_notation()) {
            return Err(KeyFault::UnknownCriticalNotation(name.to_owned()));
        }
        self.check_revocations(subkey, now)?;
        check_age(own, KeyPart::Primary, self.created(), now)?;
        if let Some(subkey) = subkey {
            let created = i64::from(subkey.key.created_at().as_secs());
            check_age(&subkey.binding, KeyPart::Subkey, created, now)?;
        }
        match statements().find(|(statement, _)| statement.is_out_of_date(now)) {
            None => Ok(()),
            Some((_, None)) => Err(KeyFault::SignatureExpired),
            Some((_, Some(part))) => Err(KeyFault::SelfSignatureExpired { part }),
        }
    }

    fn check_revocations(&self, subkey: Option<&Subkey>, now: i64) -> Result<(), KeyFault> {
        // The user id speaks only for version 4 keys.
        let identity = self.primary_identity().filter(|_| self.direct.is_none());
        match self.worst_revocation(subkey, identity, now) {
            Some(revoked) => Err(revoked.into()),
            None => Ok(()),
        }
    }
}

impl Identity {
    /// Whether a revocation of this user id holds at `now`.
    pub(crate) fn is_revoked(&self, now: i64) -> bool {
        revoked(&self.revocations, KeyPart::UserId, now).is_some()
    }
}

impl Subkey {
    /// Whether a revocation of this subkey holds at `now`.
    pub(crate) fn is_revoked(&self, now: i64) -> bool {
        revoked(&self.revocations, KeyPart::Subkey, now).is_some()
    }
}

fn check_age(
    statement: &SelfSignature,
    part: KeyPart,
    created: i64,
    now: i64,
) -> Result<(), KeyFault> {
    if created > now {
        return Err(KeyFault::CreatedInFuture { part, at: created });
    }
    match statement.key_expires(created) {
        Some(at) if now > at => Err(KeyFault::Expired { part, at }),
        _ => Ok(()),
    }
}
