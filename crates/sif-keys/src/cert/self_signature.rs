//! What a signature says about the key that made it.
//!
//! Only the signed area is believed. A part that is there twice counts as its last occurrence.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::SignatureType;
use pgp::types::KeyDetails;

use super::signature::SignaturePacket;
use super::signature_parts::{Part, notation, part};
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
    pub(crate) packet: SignaturePacket,
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

impl SelfSignature {
    /// Returns the facts of a signature packet, or why it does not count.
    ///
    /// # Errors
    /// `Unsupported` for a signature to skip, `Malformed` for one that spoils its whole key.
    pub(crate) fn read(body: &[u8]) -> Result<Self, BadKey> {
        SignaturePacket::read(body).map(Self::of)
    }

    /// Returns the facts of a signature that was read.
    pub(crate) fn of(packet: SignaturePacket) -> Self {
        let mut facts = Facts::default();
        for (part, body) in packet.parts().filter(|(part, _)| part.is_hashed) {
            facts.take(part, body);
        }
        Self {
            created: i64::from(facts.created),
            hash: packet.hash(),
            key_use: facts.flags.map(KeyUse::of),
            is_primary: facts.is_primary,
            reason: facts.reason,
            lifetime: facts.lifetime,
            key_lifetime: facts.key_lifetime,
            critical_notation: facts.critical_notation,
            packet,
        }
    }

    /// Whether the signature names this key as its maker.
    pub(crate) fn is_by(&self, key: &impl KeyDetails) -> bool {
        let fingerprint = Fingerprint::from(key.fingerprint());
        match self.packet.issuer_fingerprints().last() {
            Some(issuer) => issuer == fingerprint,
            None => self.packet.issuer_ids().last() == Some(fingerprint.key_id()),
        }
    }

    /// Whether the signature names this key anywhere.
    pub(crate) fn names(&self, fingerprint: Fingerprint) -> bool {
        let mut ids = self.packet.issuer_ids();
        let mut fingerprints = self.packet.issuer_fingerprints();
        ids.any(|id| id == fingerprint.key_id()) || fingerprints.any(|one| one == fingerprint)
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

    pub(crate) fn kind(&self) -> SignatureType {
        self.packet.kind()
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
    created: u32,
    lifetime: Option<u32>,
    key_lifetime: Option<u32>,
    flags: Option<u8>,
    is_primary: bool,
    reason: Option<(u8, String)>,
    critical_notation: Option<String>,
}

impl Facts {
    /// Takes a part whose form was checked.
    fn take(&mut self, found: &Part, body: &[u8]) {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let seconds = || body.try_into().ok().map(u32::from_be_bytes);
        match found.kind {
            part::CREATED => self.created = seconds().unwrap_or_default(),
            part::EXPIRES => self.lifetime = seconds(),
            part::KEY_EXPIRES => self.key_lifetime = seconds(),
            part::PRIMARY_USER_ID => self.is_primary = body != [0],
            // Flags add up when they are there twice, unlike everything else.
            part::KEY_FLAGS => {
                self.flags = Some(self.flags.unwrap_or(0) | body.first().copied().unwrap_or(0));
            }
            part::REASON => {
                self.reason = body.split_first().map(|(code, rest)| (*code, text(rest)));
            }
            part::NOTATION if found.is_critical => {
                self.critical_notation
                    .get_or_insert_with(|| notation(body).map(text).unwrap_or_default());
            }
            _ => {}
        }
    }
}

impl KeyUse {
    /// Reads the first byte of key flags; the others say nothing that matters here.
    fn of(flags: u8) -> Self {
        let has = |bits: u8| flags & bits != 0;
        Self {
            certify: has(0x01),
            sign: has(0x02),
            encrypt: has(0x04 | 0x08),
            authenticate: has(0x20),
        }
    }
}
