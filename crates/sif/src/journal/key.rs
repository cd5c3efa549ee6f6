//! What tells the journals of one owner from all other files.

use sha2::{Digest as _, Sha256};

/// Bytes of a key.
pub const JOURNAL_KEY_SIZE: usize = 32;

pub(super) const SEAL_SIZE: usize = 32;

/// A secret that journals are sealed with: random bytes that nobody but their owner can read. Not stored here.
#[derive(Clone)]
pub struct JournalKey([u8; JOURNAL_KEY_SIZE]);

impl From<[u8; JOURNAL_KEY_SIZE]> for JournalKey {
    fn from(bytes: [u8; JOURNAL_KEY_SIZE]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JournalKey(..)")
    }
}

impl JournalKey {
    /// Returns the seal of a record, which also covers the seal before it.
    ///
    /// The key goes in front of a digest and not of the record itself, so that no seal can be continued.
    pub(super) fn seal(&self, before: &[u8; SEAL_SIZE], record: &[u8]) -> [u8; SEAL_SIZE] {
        let inner = Sha256::new()
            .chain_update(before)
            .chain_update(record)
            .finalize();
        Sha256::new()
            .chain_update(self.0)
            .chain_update(inner)
            .finalize()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_hangs_on_everything() {
        let key = JournalKey::from([1; JOURNAL_KEY_SIZE]);
        let seal = key.seal(&[0; SEAL_SIZE], b"record");
        assert_eq!(seal, key.seal(&[0; SEAL_SIZE], b"record"));
        assert_ne!(seal, key.seal(&[1; SEAL_SIZE], b"record"));
        assert_ne!(seal, key.seal(&[0; SEAL_SIZE], b"recorD"));
        let other = JournalKey::from([2; JOURNAL_KEY_SIZE]);
        assert_ne!(seal, other.seal(&[0; SEAL_SIZE], b"record"));
        assert_eq!(format!("{key:?}"), "JournalKey(..)");
    }
}
