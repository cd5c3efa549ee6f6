//! What a keyring file holds, good and bad.

use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::Ring;
use super::rescue::whole_keys;
use crate::armor;
use crate::cert::{Certificate, ring};
use crate::error::BadKey;
use crate::fingerprint::Fingerprint;
use crate::framing::{self, FrameError};
use crate::secret::SecretCertificate;
use crate::summary::Protection;

/// What a file is that should be a keyring and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKeyring {
    /// Armored text.
    Armored,
    /// A keybox of GnuPG.
    Keybox,
}

/// What is wrong with a keyring file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// From this byte on there are no whole packets.
    Bytes(FrameError),
    /// It is another kind of file.
    Kind(NotKeyring),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(error) => error.fmt(f),
            Self::Kind(NotKeyring::Armored) => f.write_str("it is armored text"),
            Self::Kind(NotKeyring::Keybox) => f.write_str("it is a GnuPG keybox"),
        }
    }
}

/// What one entry of a keyring is.
#[derive(Debug)]
pub enum EntryKind {
    /// A public key.
    Public(Box<Certificate>),
    /// A secret key. In `pgp-public` it does not belong there.
    Secret(Box<SecretCertificate>),
    /// An entry of the secret ring without any secret packet: what the command line's removal of another key
    /// leaves behind.
    Destroyed(Box<Certificate>),
    /// A key that cannot be used. It is kept.
    Unusable(BadKey),
}

/// One key in a keyring file.
#[derive(Debug)]
pub struct Entry {
    pub(crate) raw: Zeroizing<Vec<u8>>,
    kind: EntryKind,
    /// Whether an earlier entry is the same key.
    is_duplicate: bool,
}

impl Entry {
    /// Returns what the entry is.
    pub fn kind(&self) -> &EntryKind {
        &self.kind
    }

    /// Returns the public key of the entry, if it can be used at all.
    pub fn certificate(&self) -> Option<&Certificate> {
        match &self.kind {
            EntryKind::Public(key) | EntryKind::Destroyed(key) => Some(key),
            EntryKind::Secret(key) => Some(key.certificate()),
            EntryKind::Unusable(_) => None,
        }
    }

    /// Returns the secret key of the entry, locked as it lies there.
    pub fn secret(&self) -> Option<&SecretCertificate> {
        match &self.kind {
            EntryKind::Secret(key) => Some(key),
            _ => None,
        }
    }

    /// Returns the fingerprint of the entry, if it can be read.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.certificate().map(Certificate::fingerprint)
    }

    /// Returns the packets exactly as they lie in the file.
    pub fn to_bytes(&self) -> &[u8] {
        &self.raw
    }

    /// Returns whether an earlier entry of the file is the same key.
    pub fn is_duplicate(&self) -> bool {
        self.is_duplicate
    }

    fn read(raw: &[u8], ring: Ring) -> Self {
        let kind = match SecretCertificate::from_block(raw) {
            Err(error) => EntryKind::Unusable(error),
            Ok(key) if key.protection() == Protection::Destroyed => {
                let certificate = Box::new(key.certificate().clone());
                match ring {
                    Ring::Secret if !key.has_secret_packet() => EntryKind::Destroyed(certificate),
                    Ring::Secret => EntryKind::Secret(Box::new(key)),
                    _ => EntryKind::Public(certificate),
                }
            }
            Ok(key) => EntryKind::Secret(Box::new(key)),
        };
        Self {
            raw: Zeroizing::new(raw.to_vec()),
            kind,
            is_duplicate: false,
        }
    }
}

/// What a keyring file holds.
#[derive(Debug)]
pub struct Contents {
    exists: bool,
    bytes: Zeroizing<Vec<u8>>,
    entries: Vec<Entry>,
    damage: Option<Damage>,
    /// The keys as the command lines read them, where that may differ.
    for_verification: OnceLock<Option<Vec<Certificate>>>,
}

impl Contents {
    pub(super) fn missing() -> Self {
        Self {
            exists: false,
            bytes: Zeroizing::default(),
            entries: Vec::new(),
            damage: None,
            for_verification: OnceLock::new(),
        }
    }

    /// Reads the bytes of a whole file.
    pub(super) fn read(bytes: Zeroizing<Vec<u8>>, ring: Ring) -> Self {
        let (blocks, damage) = cut(&bytes);
        let mut known = HashSet::new();
        let read = |block| {
            let mut entry = Entry::read(block, ring);
            entry.is_duplicate = entry.fingerprint().is_some_and(|new| !known.insert(new));
            entry
        };
        let entries = blocks.into_iter().map(read).collect();
        Self {
            exists: true,
            bytes,
            entries,
            damage,
            for_verification: OnceLock::new(),
        }
    }

    /// Returns whether there is a file.
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// Returns the keys of the file, in order; of a damaged file, those that are whole.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns what is wrong with the file as a whole. While something is, the command lines see no key in it, and
    /// nothing is written to it but a repair.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// Returns the entry with this fingerprint, the first if there are several.
    pub fn find(&self, fingerprint: Fingerprint) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.fingerprint() == Some(fingerprint))
    }

    /// Returns the usable public keys, for a verification: those that the command lines find, also where they read
    /// past what an edit would refuse. Of a file in which they find none because they give up, the keys that are whole.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        let read = self.for_verification.get_or_init(|| self.read_otherwise());
        let entries = self.entries.iter().filter(|_| read.is_none());
        let entries = entries.filter_map(Entry::certificate);
        read.iter().flatten().chain(entries)
    }

    fn read_otherwise(&self) -> Option<Vec<Certificate>> {
        let is_other = |entry: &Entry| matches!(entry.kind, EntryKind::Unusable(_));
        if !self.entries.iter().any(is_other) && ring::is_plain(&self.bytes) {
            return None;
        }
        ring::read(&self.bytes).ok().filter(|keys| !keys.is_empty())
    }

    /// Returns the bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole keys of a damaged file, as a repair keeps them.
    pub(super) fn rescued(&self) -> super::update::Blocks {
        if self.damage == Some(Damage::Kind(NotKeyring::Armored)) {
            let bytes = armor::decode(&self.bytes).unwrap_or_default();
            return whole_keys(&bytes)
                .into_iter()
                .map(|block| Zeroizing::new(block.to_vec()))
                .collect();
        }
        super::update::blocks(self)
    }

    /// Returns whether entries lack the secret parts that they had.
    pub fn has_destroyed(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| matches!(entry.kind, EntryKind::Destroyed(_)))
    }

    /// Whether a program may be in the middle of writing the file. Empty files are sound, but a removal by a command
    /// line empties the file first.
    pub(super) fn looks_half_written(&self, is_fresh: bool) -> bool {
        let is_emptied = self.exists && self.bytes.is_empty() && is_fresh;
        is_emptied || matches!(self.damage, Some(Damage::Bytes(_)))
    }
}

/// Cuts a file into its whole keys, and says where that ends.
fn cut(bytes: &[u8]) -> (Vec<&[u8]>, Option<Damage>) {
    if armor::is_armored(bytes) {
        return (Vec::new(), Some(Damage::Kind(NotKeyring::Armored)));
    }
    if bytes.get(8..12) == Some(b"KBXf".as_slice()) {
        return (Vec::new(), Some(Damage::Kind(NotKeyring::Keybox)));
    }
    match framing::split_keys(bytes) {
        Ok(blocks) => (blocks, None),
        Err(error) => (whole_keys(bytes), Some(Damage::Bytes(error))),
    }
}
