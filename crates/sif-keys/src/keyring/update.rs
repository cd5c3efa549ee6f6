//! The one way in which a keyring file is changed.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::path::Path;

use zeroize::Zeroizing;

use super::contents::{Contents, Entry};
use super::file::Replaced;
use super::{
    BACKUPS, KeyringError, Keyrings, LOCK_TRIES, MOST_BACKUPS, Pause, READ_PAUSE, READ_TRIES, Ring,
    WRITE_TRIES, file,
};
use crate::framing;
use crate::wiped;

/// The keys that a changed file is to hold, in order, each with all its bytes.
pub(super) type Blocks = Vec<Zeroizing<Vec<u8>>>;

/// What a change starts from.
pub(super) struct Base {
    pub(super) contents: Contents,
    /// What lies in the place of the file, where that is not `contents`: we have put it there, and then found out that
    /// another program had changed the file that it replaced.
    in_place: Option<Zeroizing<Vec<u8>>>,
}

impl Base {
    fn in_place(&self) -> &[u8] {
        self.in_place
            .as_deref()
            .map_or(self.contents.bytes(), Vec::as_slice)
    }

    /// Whether what another program wrote must be put back.
    pub(super) fn is_late(&self) -> bool {
        self.in_place.is_some()
    }

    fn exists(&self) -> bool {
        self.in_place.is_some() || self.contents.exists()
    }
}

impl Keyrings {
    /// Changes a ring: reads it, lets `change` say what it is to hold, writes that beside it, reads it back, and
    /// puts it in place unless the file was changed meanwhile, in which case all is done anew.
    ///
    /// `change` gets a sound file and returns the blocks of the new one, or `None` to leave it alone.
    pub(super) fn update<T>(
        &self,
        ring: Ring,
        pause: Pause<'_>,
        change: impl FnMut(&Contents) -> Result<(Option<Blocks>, T), KeyringError>,
    ) -> Result<T, KeyringError> {
        self.update_while(ring, pause, change, &mut || {})
    }

    /// As [`Self::update`]; `meanwhile` is called between the last look at the file and its replacement.
    fn update_while<T>(
        &self,
        ring: Ring,
        pause: Pause<'_>,
        mut change: impl FnMut(&Contents) -> Result<(Option<Blocks>, T), KeyringError>,
        meanwhile: &mut dyn FnMut(),
    ) -> Result<T, KeyringError> {
        let path = self.writable_path(ring)?;
        let _lock = self.lock(pause)?;
        let mut base = self.base(ring, pause)?;
        for _ in 0..WRITE_TRIES {
            if let Some(damage) = base.contents.damage() {
                return Err(KeyringError::Damaged { path, damage });
            }
            let (wanted, result) = match change(&base.contents) {
                Ok((wanted, result)) => (wanted, Ok(result)),
                Err(error) => (None, Err(error)),
            };
            // What another program wrote is put back, whatever becomes of the change.
            let kept = || base.is_late().then(|| blocks(&base.contents));
            let Some(wanted) = wanted.or_else(kept) else {
                return result;
            };
            match self.replace(ring, base, &wanted, pause, meanwhile)? {
                None => return result,
                Some(again) => base = again,
            }
        }
        Err(KeyringError::KeepsChanging(path))
    }

    /// Reads what a change starts from.
    pub(super) fn base(&self, ring: Ring, pause: Pause<'_>) -> Result<Base, KeyringError> {
        Ok(Base {
            contents: self.read_settled(ring, pause)?,
            in_place: None,
        })
    }

    pub(super) fn writable_path(&self, ring: Ring) -> Result<std::path::PathBuf, KeyringError> {
        match ring {
            Ring::Global => Err(KeyringError::ReadOnlyRing),
            ring => self.path(ring).ok_or(KeyringError::ReadOnlyRing),
        }
    }

    /// Puts the blocks in place of the file. Returns what to begin anew with when another program changed it.
    pub(super) fn replace(
        &self,
        ring: Ring,
        base: Base,
        blocks: &Blocks,
        pause: Pause<'_>,
        meanwhile: &mut dyn FnMut(),
    ) -> Result<Option<Base>, KeyringError> {
        let path = self.writable_path(ring)?;
        let new = wiped::concat(blocks.iter().map(|block| block.as_slice()));
        if new.as_slice() == base.in_place() && base.exists() {
            return Ok(None);
        }
        check(&path, &new, blocks)?;
        file::private_folder(file::parent(&path))?;
        let target = file::resolve(&path, self.policy())?.unwrap_or_else(|| path.clone());
        let staged = file::stage(&target, &new)?;
        let written = Zeroizing::new(
            fs::read(staged.path()).map_err(KeyringError::write("read back", staged.path()))?,
        );
        check(&path, &written, blocks)?;
        self.back_up(ring, &base.contents, pause)?;
        let replaced = Replaced::hold(&target);
        // As late as can be: a command line may have appended a key.
        let now = self.read(ring)?;
        if now.exists() != base.exists() || now.bytes() != base.in_place() {
            return match base.in_place {
                None => self.base(ring, pause).map(Some),
                Some(ours) => Ok(Some(Base {
                    contents: both(ring, &base.contents, &ours, &now),
                    in_place: Some(Zeroizing::new(now.bytes().to_vec())),
                })),
            };
        }
        meanwhile();
        file::commit(staged, &target, pause)?;
        let Some(late) = changed(&replaced, base.in_place(), ring, &target, pause)? else {
            return Ok(None);
        };
        if late.damage().is_some() {
            // No program could use it; it is kept for the person.
            self.back_up(ring, &late, pause)?;
            return Ok(None);
        }
        let contents = match base.in_place {
            None => late,
            Some(ours) => both(ring, &base.contents, &ours, &late),
        };
        Ok(Some(Base {
            contents,
            in_place: Some(new),
        }))
    }

    /// Keeps the old file among the last versions.
    pub(super) fn back_up(
        &self,
        ring: Ring,
        old: &Contents,
        pause: Pause<'_>,
    ) -> Result<(), KeyringError> {
        if old.bytes().is_empty() {
            return Ok(());
        }
        let folder = self.backup_folder();
        file::private_folder(&folder)?;
        let known = backups(&folder, ring)?;
        if let Some((_, newest)) = known.last() {
            let same =
                fs::read(newest).is_ok_and(|bytes| Zeroizing::new(bytes).as_slice() == old.bytes());
            if same {
                return Ok(());
            }
        }
        let number = known
            .last()
            .map_or(1, |(number, _)| number.saturating_add(1));
        let target = folder.join(format!("{}.{number:06}", ring.file_name()));
        file::commit(file::stage(&target, old.bytes())?, &target, pause)?;
        // While entries lack their secret parts, the version that still has them must not be pushed out.
        let limit = if old.has_destroyed() {
            MOST_BACKUPS
        } else {
            BACKUPS
        };
        let surplus = (known.len() + 1).saturating_sub(limit);
        for (_, path) in known.iter().take(surplus) {
            // One old version too many does no harm.
            let _ = fs::remove_file(path);
        }
        Ok(())
    }

    /// Takes the lock that keeps two Sifters apart; it is gone with the returned value.
    pub(super) fn lock(&self, pause: Pause<'_>) -> Result<Lock, KeyringError> {
        file::private_folder(&self.places().own)?;
        let path = self.places().own.join("keyrings.lock");
        let error = || KeyringError::write("lock", &path);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(error())?;
        for _ in 0..LOCK_TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(Lock(lock)),
                Err(TryLockError::WouldBlock) if pause(READ_PAUSE) => {}
                Err(TryLockError::WouldBlock) => return Err(KeyringError::Cancelled),
                // The check before the rename still guards the keys.
                Err(TryLockError::Error(reason)) if has_no_locks(&reason) => {
                    return Ok(Lock(lock));
                }
                Err(TryLockError::Error(reason)) => return Err(error()(reason)),
            }
        }
        Err(KeyringError::Busy)
    }
}

/// Whether the failure means that the file system has no locks, such as a network folder without its lock service.
fn has_no_locks(reason: &std::io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let known = [Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS];
        let code = reason.raw_os_error();
        if known.iter().any(|errno| code == Some(errno.raw_os_error())) {
            return true;
        }
    }
    reason.kind() == std::io::ErrorKind::Unsupported
}

/// The lock on the keyrings, held while this lives.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a program that is being started may hold the same open file for a moment.
        let _ = self.0.unlock();
    }
}

/// What another program made of the replaced file, once it seems to be done; `None` when that holds what it held.
fn changed(
    replaced: &Replaced,
    held: &[u8],
    ring: Ring,
    path: &Path,
    pause: Pause<'_>,
) -> Result<Option<Contents>, KeyringError> {
    for tries in 1.. {
        let Some(bytes) = replaced
            .read(path)?
            .filter(|bytes| bytes.as_slice() != held)
        else {
            return Ok(None);
        };
        let late = Contents::read(bytes, ring);
        // The new file is in place, so there is no way back from here.
        if !late.looks_half_written(true) || tries == READ_TRIES || !pause(READ_PAUSE) {
            return Ok(Some(late));
        }
    }
    Ok(None)
}

/// The keys of two files that another program changed: one that we had replaced, and what it then made of `ours`.
fn both(ring: Ring, late: &Contents, ours: &[u8], now: &Contents) -> Contents {
    let known: HashSet<&[u8]> = framing::split_keys(ours)
        .into_iter()
        .flatten()
        .chain(late.entries().iter().map(Entry::to_bytes))
        .collect();
    let added = now.entries().iter().map(Entry::to_bytes);
    let added = added.filter(|block| !known.contains(block));
    let parts: Vec<&[u8]> = std::iter::once(late.bytes()).chain(added).collect();
    Contents::read(wiped::concat(parts.into_iter()), ring)
}

/// The old versions of a ring, oldest first.
pub(super) fn backups(
    folder: &Path,
    ring: Ring,
) -> Result<Vec<(u64, std::path::PathBuf)>, KeyringError> {
    let mut found = Vec::new();
    let error = || KeyringError::read("list", folder);
    for entry in fs::read_dir(folder).map_err(error())? {
        let entry = entry.map_err(error())?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| {
            name.strip_prefix(ring.file_name())?
                .strip_prefix('.')?
                .parse()
                .ok()
        });
        if let Some(number) = number {
            found.push((number, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// Makes sure that bytes are exactly these keys.
fn check(path: &Path, bytes: &[u8], blocks: &Blocks) -> Result<(), KeyringError> {
    let read =
        framing::split_keys(bytes).map_err(|_| KeyringError::NotAsMeant(path.to_path_buf()))?;
    let same = read.len() == blocks.len()
        && read
            .iter()
            .zip(blocks)
            .all(|(read, meant)| *read == meant.as_slice());
    if same {
        Ok(())
    } else {
        Err(KeyringError::NotAsMeant(path.to_path_buf()))
    }
}

/// The entries of a file as blocks, unchanged.
pub(super) fn blocks(contents: &Contents) -> Blocks {
    contents.entries().iter().map(block).collect()
}

pub(super) fn block(entry: &Entry) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(entry.to_bytes().to_vec())
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
