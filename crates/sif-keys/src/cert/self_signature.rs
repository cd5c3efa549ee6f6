//! What a signature says about the key that made it.
//!
//! Only the signed area is believed. A sub-packet that is there twice counts as its last occurrence.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType, SignatureVersion, SubpacketData};
use pgp::types::KeyDetails;

use crate::error::BadKey;
use crate::fingerprint::Fingerprint;

/// What a key may be used for, by its own statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyUse {
    /// May sign other keys and user ids.
    pub certify: bool,
    /// May sign data.
    pub sign: bool,
    /// May receive encrypted data.
    pub encrypt: bool,
    /// May log in.
    pub authenticate: bool,
}

/// A signature of a key about itself, with the facts that count.
#[derive(Debug, Clone)]
pub(crate) struct SelfSignature {
    pub(crate) packet: Signature,
    pub(crate) created: i64,
    pub(crate) hash: HashAlgorithm,
    pub(crate) key_use: Option<KeyUse>,
    pub(crate) is_primary: bool,
    /// Code and text of a revocation.
    pub(crate) reason: Option<(u8, String)>,
    lifetime: Option<u32>,
    key_lifetime: Option<u32>,
    critical_notation: Option<String>,
}

/// Hash algorithms with which the command lines read a signature at all.
fn is_known_hash(hash: HashAlgorithm) -> bool {
    use HashAlgorithm as H;
    matches!(
        hash,
        H::Sha1 | H::Sha224 | H::Sha256 | H::Sha384 | H::Sha512 | H::Sha3_256 | H::Sha3_512
    )
}

/// Sub-packets that the command lines understand; any other one makes the signature unreadable when critical.
fn is_known_subpacket(data: &SubpacketData) -> bool {
    !matches!(
        data,
        SubpacketData::Revocable(_)
            | SubpacketData::RevocationKey(_)
            | SubpacketData::SignatureTarget(..)
            | SubpacketData::PreferredEncryptionModes(_)
            | SubpacketData::Experimental(..)
            | SubpacketData::Other(..)
    )
}

impl SelfSignature {
    /// Returns the facts of a signature, or why it does not count.
    ///
    /// # Errors
    /// `Unsupported` for a signature to skip, `Malformed` for one that spoils its whole key.
    pub(crate) fn read(packet: Signature) -> Result<Self, BadKey> {
        let Some(config) = packet.config() else {
            return Err(BadKey::unsupported("a signature of an unknown version"));
        };
        if !matches!(
            packet.version(),
            SignatureVersion::V4 | SignatureVersion::V6
        ) {
            return Err(BadKey::unsupported("a signature of an old version"));
        }
        let hash = config.hash_alg;
        if !is_known_hash(hash) {
            return Err(BadKey::unsupported(format!(
                "a signature over a {hash} digest"
            )));
        }
        let mut facts = Facts::default();
        for subpacket in config.hashed_subpackets() {
            if subpacket.is_critical && !is_known_subpacket(&subpacket.data) {
                return Err(BadKey::unsupported(
                    "a signature with an unknown critical part",
                ));
            }
            facts.take(&subpacket.data, subpacket.is_critical);
        }
        let created = facts
            .created
            .ok_or_else(|| BadKey::malformed("a signature without a time"))?;
        Ok(Self {
            created: i64::from(created),
            hash,
            key_use: facts.key_use,
            is_primary: facts.is_primary,
            reason: facts.reason,
            lifetime: facts.lifetime,
            key_lifetime: facts.key_lifetime,
            critical_notation: facts.critical_notation,
            packet,
        })
    }

    /// Whether the signature names this key as its maker.
    pub(crate) fn is_by(&self, key: &impl KeyDetails) -> bool {
        let fingerprints = self.packet.issuer_fingerprint();
        match fingerprints.last() {
            Some(issuer) => **issuer == key.fingerprint(),
            None => self
                .packet
                .issuer_key_id()
                .last()
                .is_some_and(|id| **id == key.legacy_key_id()),
        }
    }

    /// Whether the 64-bit id of the issuer is that of the key.
    pub(crate) fn names(&self, fingerprint: Fingerprint) -> bool {
        let id = fingerprint.key_id().0;
        let by_id = self
            .packet
            .issuer_key_id()
            .iter()
            .any(|issuer| issuer.as_ref() == id.as_slice());
        by_id
            || self
                .packet
                .issuer_fingerprint()
                .iter()
                .any(|issuer| Fingerprint::from((*issuer).clone()) == fingerprint)
    }

    /// When the key with this statement expires, given when the key was made.
    pub(crate) fn key_expires(&self, key_created: i64) -> Option<i64> {
        lifetime_end(key_created, self.key_lifetime)
    }

    /// When the statement itself expires.
    pub(crate) fn expires(&self) -> Option<i64> {
        lifetime_end(self.created, self.lifetime)
    }

    /// Whether the statement does not hold at `now`: over, or dated in the future.
    pub(crate) fn is_out_of_date(&self, now: i64) -> bool {
        self.created > now || self.expires().is_some_and(|end| now > end)
    }

    /// The name of a critical notation; none is known here.
    pub(crate) fn critical_notation(&self) -> Option<&str> {
        self.critical_notation.as_deref()
    }

    /// The signature of a signing subkey that is carried inside its binding.
    pub(crate) fn embedded(&self) -> Option<&Signature> {
        let config = self.packet.config()?;
        // It proves itself, so it may stand in the area that is not signed.
        let areas = config
            .hashed_subpackets()
            .chain(config.unhashed_subpackets());
        areas
            .filter_map(|subpacket| match &subpacket.data {
                SubpacketData::EmbeddedSignature(signature) => Some(signature.as_ref()),
                _ => None,
            })
            .last()
    }

    pub(crate) fn kind(&self) -> Option<SignatureType> {
        self.packet.typ()
    }
}

fn lifetime_end(start: i64, seconds: Option<u32>) -> Option<i64> {
    match seconds {
        None | Some(0) => None,
        Some(seconds) => start.checked_add(i64::from(seconds)),
    }
}

#[derive(Default)]
struct Facts {
    created: Option<u32>,
    lifetime: Option<u32>,
    key_lifetime: Option<u32>,
    key_use: Option<KeyUse>,
    is_primary: bool,
    reason: Option<(u8, String)>,
    critical_notation: Option<String>,
}

impl Facts {
    fn take(&mut self, data: &SubpacketData, is_critical: bool) {
        match data {
            SubpacketData::SignatureCreationTime(time) => self.created = Some(time.as_secs()),
            SubpacketData::SignatureExpirationTime(time) => self.lifetime = Some(time.as_secs()),
            SubpacketData::KeyExpirationTime(time) => self.key_lifetime = Some(time.as_secs()),
            SubpacketData::IsPrimary(is_primary) => self.is_primary = *is_primary,
            SubpacketData::KeyFlags(flags) => {
                self.key_use = Some(KeyUse {
                    certify: flags.certify(),
                    sign: flags.sign(),
                    encrypt: flags.encrypt_comms() || flags.encrypt_storage(),
                    authenticate: flags.authentication(),
                });
            }
            SubpacketData::RevocationReason(code, text) => {
                self.reason = Some((u8::from(*code), String::from_utf8_lossy(text).into_owned()));
            }
            SubpacketData::Notation(notation) if is_critical => {
                self.critical_notation
                    .get_or_insert_with(|| String::from_utf8_lossy(&notation.name).into_owned());
            }
            _ => {}
        }
    }
}
