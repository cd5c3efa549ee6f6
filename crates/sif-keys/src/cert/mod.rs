//! One transferable public key, read and judged the way the command lines do it.
//!
//! The `pgp` crate reads packets and does the arithmetic; it judges nothing. What counts as a usable key, which
//! self-signature speaks for it and when it is revoked or expired is decided here, by the rules of the library
//! inside `singularity` and `apptainer`, so that both programs give the same answer.

mod judge;
mod key_packets;
mod parse;
mod revocation;
pub(crate) mod ring;
mod self_signature;
mod signature;
mod signature_parts;

use pgp::packet::{PublicKey, PublicSubkey};
use pgp::types::KeyDetails;

pub use judge::{KeyFault, KeyPart, Signer, SignerKey};
pub(crate) use key_packets::{public_body, read_signature};
pub(crate) use parse::ParsedKey;
pub use revocation::RevocationReason;
pub use self_signature::KeyUse;
pub(crate) use self_signature::SelfSignature;
pub(crate) use signature::{About, SignaturePacket};
pub(crate) use signature_parts::{Part, notation, part};

use crate::armor;
use crate::error::{BadKey, Error};
use crate::fingerprint::{Fingerprint, KeyId};
use crate::wiped::Wiped;

/// No collection of keys that people keep comes near this size.
pub(crate) const MAX_BYTES: usize = 64 << 20;

/// One transferable public key with its user ids, subkeys and signatures.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// Public packets only, each as it was read.
    raw: Vec<u8>,
    fingerprint: Fingerprint,
    primary: PublicKey,
    identities: Vec<Identity>,
    subkeys: Vec<Subkey>,
    revocations: Vec<SelfSignature>,
    /// Set for version 6 keys, whose properties hang on the key itself.
    direct: Option<SelfSignature>,
}

/// A user id that its own key has signed.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) name: Vec<u8>,
    pub(crate) signature: Option<SelfSignature>,
    pub(crate) revocations: Vec<SelfSignature>,
}

/// A subkey that its primary key has signed.
#[derive(Debug, Clone)]
pub(crate) struct Subkey {
    pub(crate) key: PublicSubkey,
    pub(crate) binding: SelfSignature,
    pub(crate) revocations: Vec<SelfSignature>,
}

impl Certificate {
    /// Returns every key in binary or armored data that counts for a verification, in order.
    ///
    /// The data is read as the command lines read a keyring: what stands in front of the first key and keys that are
    /// not usable are skipped as long as one usable key is left, and of armored text the first block counts. Empty
    /// data holds no keys. The public half of secret keys is returned too.
    ///
    /// # Errors
    /// When something is in the data at which that reader gives up, or when none of its keys is usable.
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        check_size(bytes)?;
        if armor::is_armored(bytes) {
            ring::read(&armor::decode_first(bytes)?)
        } else {
            ring::read(bytes)
        }
    }

    /// Returns the key whose packets are exactly `block`; of a secret key, its public half.
    ///
    /// # Errors
    /// When the key is malformed or of a kind that is not supported.
    pub fn from_block(block: &[u8]) -> Result<Self, BadKey> {
        ParsedKey::read(block).map(|parsed| parsed.certificate)
    }

    /// Returns the public packets of the key; those that were public when read are unchanged.
    pub fn to_bytes(&self) -> &[u8] {
        &self.raw
    }

    /// Returns the armored text of the key.
    pub fn to_armored(&self) -> String {
        armor::encode(armor::Kind::Public, &self.raw).to_string()
    }

    /// Returns the fingerprint of the primary key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Returns the 64-bit id of the primary key.
    pub fn key_id(&self) -> KeyId {
        self.fingerprint.key_id()
    }

    /// Returns the packet of the primary key.
    pub fn primary_key(&self) -> &PublicKey {
        &self.primary
    }

    /// Returns the user id that speaks for the key: fewest revocations, then flagged as primary, then newest.
    pub fn primary_user_id(&self) -> Option<String> {
        self.primary_identity().map(Identity::text)
    }

    /// Returns all user ids that the key has signed, in the order of the packets.
    pub fn user_ids(&self) -> Vec<String> {
        self.identities.iter().map(Identity::text).collect()
    }

    /// Returns when the primary key was made, in seconds since 1970.
    pub fn created(&self) -> i64 {
        i64::from(self.primary.created_at().as_secs())
    }

    /// Returns when the primary key expires, in seconds since 1970; `None` means never.
    pub fn expires(&self) -> Option<i64> {
        self.self_signature()?.key_expires(self.created())
    }

    /// Returns what the primary key may be used for; `None` when it does not say.
    pub fn primary_use(&self) -> Option<KeyUse> {
        self.self_signature()?.key_use
    }

    pub(crate) fn identities(&self) -> &[Identity] {
        &self.identities
    }

    pub(crate) fn subkeys(&self) -> &[Subkey] {
        &self.subkeys
    }

    pub(crate) fn primary_identity(&self) -> Option<&Identity> {
        let mut best: Option<&Identity> = None;
        for candidate in &self.identities {
            if best.is_none_or(|best| candidate.is_preferred_to(best)) {
                best = Some(candidate);
            }
        }
        best
    }

    /// The self-signature that holds the properties of the primary key.
    pub(crate) fn self_signature(&self) -> Option<&SelfSignature> {
        match self.fingerprint.as_v4() {
            Some(_) => self.primary_identity()?.signature.as_ref(),
            None => self.direct.as_ref(),
        }
    }
}

impl Identity {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    fn is_preferred_to(&self, other: &Self) -> bool {
        if self.revocations.len() != other.revocations.len() {
            return self.revocations.len() < other.revocations.len();
        }
        match (&self.signature, &other.signature) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(new), Some(old)) if new.is_primary != old.is_primary => new.is_primary,
            (Some(new), Some(old)) => new.created > old.created,
        }
    }
}

/// Decodes armor after a look at its size.
pub(crate) fn decode_limited(text: &[u8]) -> Result<Wiped, Error> {
    check_size(text)?;
    Ok(armor::decode(text)?)
}

pub(crate) fn check_size(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::TooLarge { limit: MAX_BYTES });
    }
    Ok(())
}
