//! The parts of a signature packet, and the bytes that they are read from.

use std::ops::Range;

use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::types::{Mpi, SignatureBytes};

use crate::error::BadKey;

/// Types of the parts of a signature.
pub(crate) mod part {
    pub(crate) const CREATED: u8 = 2;
    pub(crate) const EXPIRES: u8 = 3;
    pub(crate) const EXPORTABLE: u8 = 4;
    pub(crate) const TRUST: u8 = 5;
    pub(crate) const REGULAR_EXPRESSION: u8 = 6;
    pub(crate) const KEY_EXPIRES: u8 = 9;
    pub(crate) const PREFERRED_CIPHERS: u8 = 11;
    pub(crate) const ISSUER: u8 = 16;
    pub(crate) const NOTATION: u8 = 20;
    pub(crate) const PREFERRED_HASHES: u8 = 21;
    pub(crate) const PREFERRED_COMPRESSION: u8 = 22;
    pub(crate) const KEYSERVER_PREFERENCES: u8 = 23;
    pub(crate) const PREFERRED_KEYSERVER: u8 = 24;
    pub(crate) const PRIMARY_USER_ID: u8 = 25;
    pub(crate) const POLICY: u8 = 26;
    pub(crate) const KEY_FLAGS: u8 = 27;
    pub(crate) const SIGNERS_USER_ID: u8 = 28;
    pub(crate) const REASON: u8 = 29;
    pub(crate) const FEATURES: u8 = 30;
    pub(crate) const EMBEDDED: u8 = 32;
    pub(crate) const ISSUER_FINGERPRINT: u8 = 33;
    pub(crate) const RECIPIENT: u8 = 35;
    pub(crate) const PREFERRED_SUITES: u8 = 39;
}

/// One part of a signature.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) kind: u8,
    pub(crate) is_critical: bool,
    pub(crate) is_hashed: bool,
    pub(super) body: Range<usize>,
}

/// Checks the form of a part that counts.
pub(super) fn check_part(found: &Part, body: &[u8]) -> Result<(), BadKey> {
    let is_right = match found.kind {
        part::CREATED | part::EXPIRES | part::KEY_EXPIRES => body.len() == 4,
        part::EXPORTABLE if body.first() == Some(&0) => {
            return Err(BadKey::unsupported("a signature that is not for others"));
        }
        part::EXPORTABLE | part::REGULAR_EXPRESSION | part::REASON => !body.is_empty(),
        part::TRUST => body.len() == 2,
        part::ISSUER => body.len() == 8,
        part::NOTATION => notation(body).is_some(),
        part::PRIMARY_USER_ID => body.len() == 1,
        part::ISSUER_FINGERPRINT | part::RECIPIENT => match body.split_first() {
            Some((version, fingerprint)) if *version >= 5 => fingerprint.len() == 32,
            Some((_, fingerprint)) => fingerprint.len() == 20,
            None => false,
        },
        part::PREFERRED_SUITES => body.len().is_multiple_of(2),
        part::PREFERRED_CIPHERS
        | part::PREFERRED_HASHES
        | part::PREFERRED_COMPRESSION
        | part::KEYSERVER_PREFERENCES
        | part::PREFERRED_KEYSERVER
        | part::POLICY
        | part::SIGNERS_USER_ID
        | part::KEY_FLAGS
        | part::FEATURES
        | part::EMBEDDED => true,
        _ if found.is_critical => {
            return Err(BadKey::unsupported(
                "a signature with an unknown critical part",
            ));
        }
        _ => true,
    };
    if is_right {
        Ok(())
    } else {
        Err(BadKey::malformed(format!(
            "part {} of a signature has a wrong length",
            found.kind
        )))
    }
}

/// Returns the name of a notation, if its lengths fit.
pub(crate) fn notation(body: &[u8]) -> Option<&[u8]> {
    let length = |at: usize| {
        Some(usize::from(u16::from_be_bytes([
            *body.get(at)?,
            *body.get(at + 1)?,
        ])))
    };
    let (name, value) = (length(4)?, length(6)?);
    (body.len() == 8 + name + value).then(|| &body[8..8 + name])
}

/// Why a packet was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It ends too early.
    Cut,
    /// What is in it is not right, or not known.
    Bad(BadKey),
}

impl From<BadKey> for Unread {
    fn from(error: BadKey) -> Self {
        Self::Bad(error)
    }
}

impl From<Unread> for BadKey {
    fn from(error: Unread) -> Self {
        match error {
            Unread::Cut => Self::malformed("a packet is cut short"),
            Unread::Bad(error) => error,
        }
    }
}

/// A place in the body of a packet.
pub(super) struct Bytes<'a> {
    pub(super) all: &'a [u8],
    pub(super) at: usize,
}

impl Bytes<'_> {
    pub(super) fn range(&mut self, length: usize) -> Result<Range<usize>, Unread> {
        let end = self.at.checked_add(length);
        let end = end.filter(|end| *end <= self.all.len());
        let end = end.ok_or(Unread::Cut)?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Unread> {
        let range = self.range(1)?;
        Ok(self.all[range.start])
    }

    pub(super) fn number(&mut self, width: usize) -> Result<usize, Unread> {
        let range = self.range(width)?;
        let digits = self.all[range].iter();
        Ok(digits.fold(0, |sum, digit| (sum << 8) | usize::from(*digit)))
    }

    /// Reads the next part of an area. One that is longer than the area is no cut packet.
    pub(super) fn part(&mut self, is_hashed: bool) -> Result<Part, BadKey> {
        // Unlike lengths of packets, those up to 254 in the first byte have two bytes.
        let length = match self.number(1)? {
            short @ 0..=191 => short,
            high @ 192..=254 => ((high - 192) << 8) + self.number(1)? + 192,
            _ => self.number(4)?,
        };
        let body = self.range(length)?;
        let kind = self.all[body.clone()].first();
        let kind = *kind.ok_or_else(|| BadKey::malformed("a signature has a part without type"))?;
        Ok(Part {
            kind: kind & 0x7F,
            is_critical: kind & 0x80 != 0,
            is_hashed,
            body: body.start + 1..body.end,
        })
    }

    pub(super) fn numbers(
        &mut self,
        algorithm: PublicKeyAlgorithm,
    ) -> Result<SignatureBytes, Unread> {
        let native = match algorithm {
            PublicKeyAlgorithm::Ed25519 => 64,
            PublicKeyAlgorithm::Ed448 => 114,
            PublicKeyAlgorithm::RSA | PublicKeyAlgorithm::RSASign => {
                return Ok(SignatureBytes::Mpis(vec![self.mpi()?]));
            }
            _ => return Ok(SignatureBytes::Mpis(vec![self.mpi()?, self.mpi()?])),
        };
        let range = self.range(native)?;
        Ok(SignatureBytes::Native(self.all[range].to_vec().into()))
    }

    pub(super) fn mpi(&mut self) -> Result<Mpi, Unread> {
        let bits = self.number(2)?;
        let range = self.range(bits.div_ceil(8))?;
        Ok(Mpi::from_slice(&self.all[range]))
    }
}
