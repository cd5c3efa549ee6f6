//! Names of keys: fingerprints and 64-bit key ids.
//!
//! A fingerprint is compared and stored in full. The shorter ids exist only to look keys up, because signatures
//! carry them; they are never a reason to trust anything.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The digest that names a key: 20 bytes for version 4 keys, 32 bytes for version 6 keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(Bytes);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Bytes {
    V4([u8; 20]),
    V6([u8; 32]),
}

/// Why a text is not a fingerprint.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum FingerprintError {
    /// A character is not a hexadecimal digit.
    #[error("`{0}` is not a hexadecimal digit")]
    NotHex(char),
    /// The number of digits fits no fingerprint.
    #[error("a fingerprint has 40 or 64 digits, this has {0}")]
    WrongLength(usize),
}

impl Fingerprint {
    /// Returns the fingerprint of a version 4 key.
    pub fn from_v4(bytes: [u8; 20]) -> Self {
        Self(Bytes::V4(bytes))
    }

    /// Returns the fingerprint of a version 6 key.
    pub fn from_v6(bytes: [u8; 32]) -> Self {
        Self(Bytes::V6(bytes))
    }

    /// Returns the fingerprint with these bytes, or `None` when there are not 20 or 32 of them.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            20 => bytes.try_into().ok().map(Self::from_v4),
            32 => bytes.try_into().ok().map(Self::from_v6),
            _ => None,
        }
    }

    /// Returns the bytes, 20 or 32 of them.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::V4(bytes) => bytes,
            Bytes::V6(bytes) => bytes,
        }
    }

    /// Returns the 20 bytes of a version 4 fingerprint, the only kind that a SIF signature descriptor can hold.
    pub fn as_v4(&self) -> Option<[u8; 20]> {
        match self.0 {
            Bytes::V4(bytes) => Some(bytes),
            Bytes::V6(_) => None,
        }
    }

    /// Returns the 64-bit id by which signatures name the key.
    pub fn key_id(&self) -> KeyId {
        let mut id = [0; 8];
        match &self.0 {
            Bytes::V4(bytes) => id.copy_from_slice(&bytes[12..]),
            Bytes::V6(bytes) => id.copy_from_slice(&bytes[..8]),
        }
        KeyId(id)
    }

    /// Returns the upper-case digits in groups of four, with a wider gap in the middle.
    pub fn grouped(&self) -> String {
        let hex = self.to_string();
        let groups: Vec<&str> = (0..hex.len())
            .step_by(4)
            .map(|at| &hex[at..at + 4])
            .collect();
        let (left, right) = groups.split_at(groups.len() / 2);
        format!("{}  {}", left.join(" "), right.join(" "))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.as_bytes()))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Returns the fingerprint written as exactly 40 or 64 digits, of either case and without anything else.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(bad) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(FingerprintError::NotHex(bad));
        }
        hex::decode(text)
            .ok()
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or(FingerprintError::WrongLength(text.len()))
    }
}

impl From<pgp::types::Fingerprint> for Fingerprint {
    fn from(value: pgp::types::Fingerprint) -> Self {
        match Self::from_slice(value.as_bytes()) {
            Some(fingerprint) => fingerprint,
            // Version 2 and 3 keys never get this far; the padding keeps the conversion total.
            None => {
                let mut bytes = [0; 20];
                let known = &value.as_bytes()[..value.as_bytes().len().min(20)];
                bytes[..known.len()].copy_from_slice(known);
                Self::from_v4(bytes)
            }
        }
    }
}

/// The 64-bit id of a key. It can be forged: use it to find keys, never to recognise one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl From<pgp::types::KeyId> for KeyId {
    fn from(value: pgp::types::KeyId) -> Self {
        let mut id = [0; 8];
        id.copy_from_slice(value.as_ref());
        Self(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "7064B1D6EFF01B1262FED3F03581D99FE87EAFD1";

    #[test]
    fn text_round_trip_and_key_id() {
        let fingerprint: Fingerprint = HEX.to_lowercase().parse().unwrap();
        assert_eq!(fingerprint.to_string(), HEX);
        assert_eq!(fingerprint.key_id().to_string(), "3581D99FE87EAFD1");
        assert_eq!(
            fingerprint.grouped(),
            "7064 B1D6 EFF0 1B12 62FE  D3F0 3581 D99F E87E AFD1"
        );
    }

    #[test]
    fn only_whole_fingerprints_are_read() {
        for (text, error) in [
            ("", FingerprintError::WrongLength(0)),
            (&HEX[1..], FingerprintError::WrongLength(39)),
            (&HEX[..16], FingerprintError::WrongLength(16)),
            (" 7064", FingerprintError::NotHex(' ')),
            ("0x7064", FingerprintError::NotHex('x')),
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(error), "{text:?}");
        }
    }
}
