//! Secret keys: locked as they lie in a keyring, and unlocked for signing.

mod part;
mod passphrase;
pub(crate) mod rsa_numbers;
mod signing;

pub(crate) use part::{Lock, SecretPart};
pub use passphrase::Passphrase;
pub use signing::SigningKey;
pub(crate) use signing::open_error;

use zeroize::Zeroizing;

use crate::armor;
use crate::cert::{self, Certificate, ParsedKey};
use crate::error::{BadKey, Error};
use crate::fingerprint::Fingerprint;
use crate::framing;

/// One transferable secret key, locked or not, with its public half.
pub struct SecretCertificate {
    certificate: Certificate,
    raw: Zeroizing<Vec<u8>>,
    primary: Option<SecretPart>,
    subkeys: Vec<Option<SecretPart>>,
}

impl std::fmt::Debug for SecretCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretCertificate")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

impl SecretCertificate {
    /// Returns every usable key in binary or armored data, in order, also those whose secret part is missing.
    ///
    /// # Errors
    /// As [`Certificate::parse_all`].
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        let binary;
        let bytes = if armor::is_armored(bytes) {
            binary = cert::decode_limited(bytes)?;
            &binary[..]
        } else {
            bytes
        };
        cert::check_size(bytes)?;
        let mut good = Vec::new();
        let mut last = None;
        for block in framing::split_keys(bytes)? {
            match Self::from_block(block) {
                Ok(key) => good.push(key),
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) if good.is_empty() => Err(error.into()),
            _ => Ok(good),
        }
    }

    /// Returns the key whose packets are exactly `block`.
    ///
    /// # Errors
    /// When the key is malformed or of a kind that is not supported.
    pub fn from_block(block: &[u8]) -> Result<Self, BadKey> {
        let parsed = ParsedKey::read(block)?;
        Ok(Self {
            certificate: parsed.certificate,
            raw: Zeroizing::new(block.to_vec()),
            primary: parsed.secret,
            subkeys: parsed.secret_subkeys,
        })
    }

    /// Returns the public half.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the fingerprint of the primary key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.certificate.fingerprint()
    }

    /// Returns the packets as they were read.
    pub fn to_bytes(&self) -> &[u8] {
        &self.raw
    }

    /// Returns the armored text of the key, protected by whatever passphrase it has.
    pub fn to_armored(&self) -> Zeroizing<String> {
        armor::encode(armor::Kind::Secret, &self.raw)
    }

    /// Returns whether any secret packet is there, also one without a secret in it.
    pub fn has_secret_packet(&self) -> bool {
        self.primary.is_some() || self.subkeys.iter().any(Option::is_some)
    }

    /// Returns whether the secret part of the primary key is there, locked or not.
    pub fn has_primary_secret(&self) -> bool {
        self.primary
            .as_ref()
            .is_some_and(|part| part.lock() != Lock::Absent)
    }

    pub(crate) fn primary(&self) -> Option<&SecretPart> {
        self.primary.as_ref()
    }

    pub(crate) fn subkeys(&self) -> &[Option<SecretPart>] {
        &self.subkeys
    }
}
