//! What signatures are checked with.

use pgp::composed::{Deserializable, SignedPublicKey};
use pgp::types::KeyDetails;
use sif_keys::{Certificate, KeyId};

use crate::public_key::PublicKey;

/// Keyrings and PEM keys. Opening files and asking a keyserver is the caller's.
#[derive(Debug, Clone, Default)]
pub struct KeyMaterial {
    /// Keyrings, in the order of looking up; none at all is not the same as an empty one.
    pub rings: Vec<Ring>,
    /// Keys for envelopes.
    pub pem: Vec<PublicKey>,
}

/// A set of OpenPGP certificates.
#[derive(Debug, Clone)]
pub struct Ring {
    /// Where it comes from.
    pub name: RingName,
    /// The certificates.
    pub certificates: Vec<Certificate>,
}

/// Where a ring comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RingName {
    /// The keyring of the machine, kept by an administrator.
    Global,
    /// The user's keyring.
    Local,
    /// Given for this verification.
    Given,
}

impl KeyMaterial {
    /// Tells whether a certificate with this key is there, whatever the key may be used for.
    #[must_use]
    pub fn has_key(&self, key_id: KeyId) -> bool {
        let certificates = self.rings.iter().flat_map(|ring| &ring.certificates);
        certificates
            .into_iter()
            .any(|key| key.key_id() == key_id || has_subkey(key, key_id))
    }
}

fn has_subkey(certificate: &Certificate, key_id: KeyId) -> bool {
    SignedPublicKey::from_bytes(certificate.to_bytes()).is_ok_and(|key| {
        key.public_subkeys
            .iter()
            .any(|subkey| KeyId::from(subkey.key.legacy_key_id()) == key_id)
    })
}
