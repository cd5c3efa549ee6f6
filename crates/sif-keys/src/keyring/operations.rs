//! What can be done to keyrings.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::contents::Contents;
use super::update::{backups, block, blocks};
use super::{KeyringError, Keyrings, Pause, Ring};
use crate::cert::Certificate;
use crate::change::KeyUpdate;
use crate::fingerprint::Fingerprint;
use crate::merge::{MergeReport, Taking, merge, with_secrets};
use crate::secret::SecretCertificate;

/// What adding a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// The key was not there and is now the last one.
    New,
    /// The key was there and has learned something.
    Updated(MergeReport),
    /// The secret part was missing or destroyed and is there again.
    Restored,
    /// Nothing was new; the file was not touched.
    Identical,
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// How many keys were kept.
    pub kept: usize,
    /// How many bytes were left out.
    pub dropped_bytes: usize,
    /// Where the damaged file was kept.
    pub backup: Option<PathBuf>,
}

impl Keyrings {
    /// Adds a public key at the end of `pgp-public`, or merges it with the one that is there.
    ///
    /// # Errors
    /// When the file is damaged or cannot be written, or when the two do not fit together.
    pub fn add_public(&self, key: &Certificate, pause: Pause<'_>) -> Result<Added, KeyringError> {
        self.update(Ring::Public, pause, |old| {
            let mut blocks = blocks(old);
            let Some(at) = position(old, key.fingerprint()) else {
                blocks.push(Zeroizing::new(key.to_bytes().to_vec()));
                return Ok((Some(blocks), Added::New));
            };
            let (merged, report) = merge(&blocks[at], key, true)?;
            if report.is_empty() {
                return Ok((None, Added::Identical));
            }
            blocks[at] = merged;
            Ok((Some(blocks), Added::Updated(report)))
        })
    }

    /// Adds a secret key at the end of `pgp-secret`, and its public half to `pgp-public`.
    ///
    /// A key that is there learns what the new one knows more; its secret packets are replaced only when they were
    /// missing or destroyed.
    ///
    /// # Errors
    /// As [`Keyrings::add_public`]. When the second file fails, the secret key stays in the first one.
    pub fn add_secret(
        &self,
        key: &SecretCertificate,
        pause: Pause<'_>,
    ) -> Result<Added, KeyringError> {
        self.check_sound(Ring::Public, pause)?;
        let added = self.update(Ring::Secret, pause, |old| {
            let mut blocks = blocks(old);
            let Some(at) = position(old, key.fingerprint()) else {
                blocks.push(Zeroizing::new(key.to_bytes().to_vec()));
                return Ok((Some(blocks), Added::New));
            };
            let entry = &old.entries()[at];
            let has_secret = entry
                .secret()
                .is_some_and(SecretCertificate::has_primary_secret);
            if !has_secret && key.has_primary_secret() {
                blocks[at] = with_secrets(&blocks[at], key, Taking::Missing)?;
                return Ok((Some(blocks), Added::Restored));
            }
            let (merged, report) = merge(&blocks[at], key.certificate(), false)?;
            if report.is_empty() {
                return Ok((None, Added::Identical));
            }
            blocks[at] = merged;
            Ok((Some(blocks), Added::Updated(report)))
        })?;
        let public = self.add_public(key.certificate(), pause)?;
        Ok(if added == Added::Identical {
            public
        } else {
            added
        })
    }

    /// Puts the same key with other locks in place of the one in `pgp-secret`.
    ///
    /// # Errors
    /// When the key is not there, or the file is damaged or cannot be written.
    pub fn replace_secret(
        &self,
        key: &SecretCertificate,
        pause: Pause<'_>,
    ) -> Result<(), KeyringError> {
        let fingerprint = key.fingerprint();
        self.update(Ring::Secret, pause, |old| {
            let at = position(old, fingerprint).ok_or(KeyringError::NotFound(fingerprint))?;
            let mut blocks = blocks(old);
            // What the file learned since the key was read is kept.
            blocks[at] = with_secrets(&blocks[at], key, Taking::All)?;
            Ok((Some(blocks), ()))
        })
    }

    /// Puts an update of a key into both rings, wherever the key is.
    ///
    /// # Errors
    /// `NotFound` when it is in neither; otherwise as [`Keyrings::add_public`].
    pub fn apply(&self, update: &KeyUpdate, pause: Pause<'_>) -> Result<(), KeyringError> {
        let mut is_anywhere = false;
        self.check_sound(Ring::Secret, pause)?;
        // The public ring first: a revocation counts there.
        for ring in [Ring::Public, Ring::Secret] {
            is_anywhere |= self.update(ring, pause, |old| {
                let mut blocks = blocks(old);
                let mut found = false;
                for (at, entry) in old.entries().iter().enumerate() {
                    if entry.fingerprint() == Some(update.fingerprint()) {
                        blocks[at] = update.apply_to(&blocks[at])?;
                        found = true;
                    }
                }
                Ok((found.then_some(blocks), found))
            })?;
        }
        if is_anywhere {
            Ok(())
        } else {
            Err(KeyringError::NotFound(update.fingerprint()))
        }
    }

    /// Takes a key out of a ring, with its duplicates there. All other keys keep their bytes and their order.
    ///
    /// # Errors
    /// `NotFound` when it is not there; otherwise as [`Keyrings::add_public`].
    pub fn remove(
        &self,
        ring: Ring,
        fingerprint: Fingerprint,
        pause: Pause<'_>,
    ) -> Result<(), KeyringError> {
        self.update(ring, pause, |old| {
            let kept: Vec<_> = old
                .entries()
                .iter()
                .filter(|entry| entry.fingerprint() != Some(fingerprint))
                .map(block)
                .collect();
            if kept.len() == old.entries().len() {
                return Err(KeyringError::NotFound(fingerprint));
            }
            Ok((Some(kept), ()))
        })
    }

    /// Repairs a damaged ring: keeps the whole keys byte for byte, leaves the rest out, and keeps the damaged file
    /// among the old versions. A file that is not damaged is left alone.
    ///
    /// Armored text becomes the keys in it. A keybox is left to GnuPG: its file is kept and an empty ring begins.
    ///
    /// # Errors
    /// When the file cannot be read or replaced.
    pub fn repair(&self, ring: Ring, pause: Pause<'_>) -> Result<Repaired, KeyringError> {
        let path = self.writable_path(ring)?;
        let _lock = self.lock(pause)?;
        let mut base = self.base(ring, pause)?;
        for _ in 0..super::WRITE_TRIES {
            let old = &base.contents;
            let kept = old.rescued();
            let kept_bytes: usize = kept.iter().map(|block| block.len()).sum();
            let report = Repaired {
                kept: kept.len(),
                dropped_bytes: old.bytes().len().saturating_sub(kept_bytes),
                backup: None,
            };
            if old.damage().is_none() && !base.is_late() {
                return Ok(report);
            }
            // Kept first: a repair that cannot keep the damaged file is none.
            self.back_up(ring, old, pause)?;
            match self.replace(ring, base, &kept, pause, &mut || {})? {
                Some(again) => base = again,
                None => {
                    let backup = backups(&self.backup_folder(), ring)?
                        .pop()
                        .map(|(_, path)| path);
                    return Ok(Repaired { backup, ..report });
                }
            }
        }
        Err(KeyringError::KeepsChanging(path))
    }
}

impl Keyrings {
    /// Makes sure that a ring can be changed, before another one is.
    fn check_sound(&self, ring: Ring, pause: Pause<'_>) -> Result<(), KeyringError> {
        let path = self.writable_path(ring)?;
        match self.read_settled(ring, pause)?.damage() {
            Some(damage) => Err(KeyringError::Damaged { path, damage }),
            None => Ok(()),
        }
    }
}

fn position(contents: &Contents, fingerprint: Fingerprint) -> Option<usize> {
    contents
        .entries()
        .iter()
        .position(|entry| entry.fingerprint() == Some(fingerprint))
}
