//! What signatures are checked with.

use std::collections::BTreeSet;

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
    /// Returns the IDs of all keys and subkeys in the rings, whatever they may be used for.
    #[must_use]
    pub fn key_ids(&self) -> BTreeSet<KeyId> {
        let certificates = self.rings.iter().flat_map(|ring| &ring.certificates);
        certificates.flat_map(key_ids).collect()
    }
}

fn key_ids(certificate: &Certificate) -> Vec<KeyId> {
    // The time only matters for what is not asked for here.
    let subkeys = certificate.summary(0).subkeys;
    let mut ids: Vec<KeyId> = subkeys
        .iter()
        .map(|subkey| subkey.fingerprint.key_id())
        .collect();
    ids.push(certificate.key_id());
    ids
}
