//! Old versions of the keyring files, kept so that what other programs destroy can be brought back.

use std::fs;
use std::path::{Path, PathBuf};

use super::contents::Contents;
use super::update::{Blocks, backups, block};
use super::{Entry, KeyringError, Keyrings, Pause, Policy, Ring, file};
use crate::fingerprint::Fingerprint;
use crate::secret::SecretCertificate;
use crate::wiped;

/// What bringing back secret parts did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// The keys that have their secret part again.
    pub restored: Vec<Fingerprint>,
    /// The keys whose secret part no old version has.
    pub missing: Vec<Fingerprint>,
}

impl Keyrings {
    /// Returns the files with old versions of a ring, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn backups(&self, ring: Ring) -> Result<Vec<PathBuf>, KeyringError> {
        let folder = self.backup_folder();
        if !folder.exists() {
            return Ok(Vec::new());
        }
        Ok(backups(&folder, ring)?
            .into_iter()
            .map(|(_, path)| path)
            .collect())
    }

    /// Keeps the file as it is among the old versions, if it is sound and not the newest of them yet. Called at
    /// start and when a file changed, it lets later damage by other programs be undone.
    ///
    /// # Errors
    /// When the file cannot be read or the version not be written.
    pub fn keep_version(&self, ring: Ring, pause: Pause<'_>) -> Result<(), KeyringError> {
        self.writable_path(ring)?;
        let _lock = self.lock(pause)?;
        let contents = self.read_settled(ring, pause)?;
        if contents.damage().is_some() || contents.has_destroyed() {
            return Ok(());
        }
        self.back_up(ring, &contents, pause)
    }

    /// Brings back the secret parts that entries of `pgp-secret` lack from the newest old version that has them.
    ///
    /// # Errors
    /// As [`Keyrings::add_secret`].
    pub fn restore_destroyed(&self, pause: Pause<'_>) -> Result<Restored, KeyringError> {
        let mut found = Restored::default();
        let old_versions = self.backups(Ring::Secret)?;
        for entry in self.read_settled(Ring::Secret, pause)?.entries() {
            let has_secret = entry
                .secret()
                .is_some_and(SecretCertificate::has_primary_secret);
            let Some(wanted) = entry.fingerprint().filter(|_| !has_secret) else {
                continue;
            };
            if self.restore(wanted, &old_versions, pause)? {
                found.restored.push(wanted);
            } else {
                found.missing.push(wanted);
            }
        }
        Ok(found)
    }

    fn restore(
        &self,
        wanted: Fingerprint,
        old_versions: &[PathBuf],
        pause: Pause<'_>,
    ) -> Result<bool, KeyringError> {
        for path in old_versions.iter().rev() {
            let Some(version) = read(path, Ring::Secret)? else {
                continue;
            };
            let secret = version.find(wanted).and_then(Entry::secret);
            if let Some(secret) = secret.filter(|secret| secret.has_primary_secret()) {
                self.add_secret(secret, pause)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the old versions, of both rings, that hold a key.
    ///
    /// # Errors
    /// When the folder or a version cannot be read.
    pub fn backups_with(&self, fingerprint: Fingerprint) -> Result<Vec<PathBuf>, KeyringError> {
        let mut found = Vec::new();
        for ring in [Ring::Secret, Ring::Public] {
            for path in self.backups(ring)? {
                if read(&path, ring)?.is_some_and(|version| version.find(fingerprint).is_some()) {
                    found.push(path);
                }
            }
        }
        Ok(found)
    }

    /// Takes a key out of all old versions, so that nothing brings it back. Of damaged versions only the other whole
    /// keys are left; versions without any key are deleted. Returns how many held it.
    ///
    /// # Errors
    /// When a version cannot be read or replaced; those before it were dealt with.
    pub fn forget_in_backups(
        &self,
        fingerprint: Fingerprint,
        pause: Pause<'_>,
    ) -> Result<usize, KeyringError> {
        let _lock = self.lock(pause)?;
        let mut count = 0;
        for ring in [Ring::Secret, Ring::Public] {
            for path in self.backups(ring)? {
                let Some(version) = read(&path, ring)? else {
                    continue;
                };
                if version.find(fingerprint).is_none() {
                    continue;
                }
                let others = version.entries().iter();
                let others = others.filter(|entry| entry.fingerprint() != Some(fingerprint));
                replace(&path, &others.map(block).collect(), pause)?;
                count += 1;
            }
        }
        Ok(count)
    }
}

fn read(path: &Path, ring: Ring) -> Result<Option<Contents>, KeyringError> {
    let bytes = file::read(path, Policy::RefuseLinks)?;
    Ok(bytes.map(|bytes| Contents::read(bytes, ring)))
}

fn replace(path: &Path, blocks: &Blocks, pause: Pause<'_>) -> Result<(), KeyringError> {
    if blocks.is_empty() {
        return fs::remove_file(path).map_err(KeyringError::write("remove", path));
    }
    let bytes = wiped::concat(blocks.iter().map(|block| block.as_slice()));
    file::commit(file::stage(path, &bytes)?, path, pause)
}
