//! The one way in which a keyring file is changed.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use zeroize::Zeroizing;

use super::contents::{Contents, Entry};
use super::{
    BACKUPS, KeyringError, Keyrings, LOCK_TRIES, MOST_BACKUPS, Pause, READ_PAUSE, Ring,
    WRITE_TRIES, file,
};
use crate::framing;

/// The keys that a changed file is to hold, in order, each with all its bytes.
pub(super) type Blocks = Vec<Zeroizing<Vec<u8>>>;

impl Keyrings {
    /// Changes a ring: reads it, lets `change` say what it is to hold, writes that beside it, reads it back, and
    /// puts it in place unless the file was changed meanwhile, in which case all is done anew.
    ///
    /// `change` gets a sound file and returns the blocks of the new one, or `None` to leave it alone.
    pub(super) fn update<T>(
        &self,
        ring: Ring,
        pause: Pause<'_>,
        mut change: impl FnMut(&Contents) -> Result<(Option<Blocks>, T), KeyringError>,
    ) -> Result<T, KeyringError> {
        let path = self.writable_path(ring)?;
        let _lock = self.lock(pause)?;
        for _ in 0..WRITE_TRIES {
            let old = self.read_settled(ring, pause)?;
            if let Some(damage) = old.damage() {
                return Err(KeyringError::Damaged { path, damage });
            }
            let (blocks, result) = change(&old)?;
            let Some(blocks) = blocks else {
                return Ok(result);
            };
            if self.replace(ring, &old, &blocks, pause)? {
                return Ok(result);
            }
        }
        Err(KeyringError::KeepsChanging(path))
    }

    pub(super) fn writable_path(&self, ring: Ring) -> Result<std::path::PathBuf, KeyringError> {
        match ring {
            Ring::Global => Err(KeyringError::ReadOnlyRing),
            ring => self.path(ring).ok_or(KeyringError::ReadOnlyRing),
        }
    }

    /// Puts the blocks in place of the old file. Returns false when that changed since it was read.
    pub(super) fn replace(
        &self,
        ring: Ring,
        old: &Contents,
        blocks: &Blocks,
        pause: Pause<'_>,
    ) -> Result<bool, KeyringError> {
        let path = self.writable_path(ring)?;
        let new = Zeroizing::new(
            blocks
                .iter()
                .flat_map(|block| block.iter().copied())
                .collect::<Vec<u8>>(),
        );
        if new.as_slice() == old.bytes() && old.exists() {
            return Ok(true);
        }
        check(&path, &new, blocks)?;
        file::private_folder(file::parent(&path))?;
        let target = file::resolve(&path, self.policy())?.unwrap_or_else(|| path.clone());
        let staged = file::stage(&target, &new)?;
        let written = Zeroizing::new(
            fs::read(staged.path()).map_err(KeyringError::io("read back", staged.path()))?,
        );
        check(&path, &written, blocks)?;
        self.back_up(ring, old, pause)?;
        // As late as can be: a command line may have appended a key.
        let now = self.read(ring)?;
        if now.exists() != old.exists() || now.bytes() != old.bytes() {
            return Ok(false);
        }
        file::commit(staged, &target, pause)?;
        Ok(true)
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
        let error = || KeyringError::io("lock", &path);
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

/// The old versions of a ring, oldest first.
pub(super) fn backups(
    folder: &Path,
    ring: Ring,
) -> Result<Vec<(u64, std::path::PathBuf)>, KeyringError> {
    let mut found = Vec::new();
    let error = || KeyringError::io("list", folder);
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
mod tests {
    //! A command line that writes between our reading and our renaming.

    use super::*;
    use crate::keyring::{Places, Policy};
    use crate::make::{NewAlgorithm, NewKey, UserName};

    fn key(name: &str) -> Vec<u8> {
        let key = NewKey {
            algorithm: NewAlgorithm::Ed25519,
            name: UserName::new(name, "", "").unwrap(),
            passphrase: "".into(),
            now: 1_700_000_000,
            expires: None,
        };
        key.make().unwrap().certificate().to_bytes().to_vec()
    }

    fn rings(folder: &Path) -> Keyrings {
        let places = Places {
            keyrings: folder.join("keys"),
            global: None,
            own: folder.join("own"),
        };
        Keyrings::open(places, Policy::RefuseLinks)
    }

    /// Adds `new` while `meanwhile` is run before each replacement.
    fn add_while(
        rings: &Keyrings,
        new: &[u8],
        mut meanwhile: impl FnMut(&Path),
    ) -> Result<(), KeyringError> {
        let path = rings.path(Ring::Public).unwrap();
        rings.update(Ring::Public, &mut |_| true, |old| {
            let mut blocks = blocks(old);
            blocks.push(Zeroizing::new(new.to_vec()));
            meanwhile(&path);
            Ok((Some(blocks), ()))
        })
    }

    #[test]
    fn a_key_appended_meanwhile_is_kept() {
        let folder = tempfile::TempDir::new().unwrap();
        let rings = rings(folder.path());
        let [first, appended, new] = ["A", "B", "C"].map(key);
        add_while(&rings, &first, |_| {}).unwrap();
        let mut rounds = 0;
        add_while(&rings, &new, |path| {
            rounds += 1;
            if rounds == 1 {
                fs::write(path, [&first[..], &appended].concat()).unwrap();
            }
        })
        .unwrap();
        assert_eq!(rounds, 2);
        let path = rings.path(Ring::Public).unwrap();
        assert_eq!(fs::read(path).unwrap(), [first, appended, new].concat());
    }

    #[test]
    fn a_file_that_vanishes_meanwhile_is_not_brought_back() {
        let folder = tempfile::TempDir::new().unwrap();
        let rings = rings(folder.path());
        let [first, new] = ["A", "B"].map(key);
        add_while(&rings, &first, |_| {}).unwrap();
        add_while(&rings, &new, |path| drop(fs::remove_file(path))).unwrap();
        assert_eq!(fs::read(rings.path(Ring::Public).unwrap()).unwrap(), new);
    }

    #[test]
    fn a_file_that_never_rests_is_left_alone() {
        let folder = tempfile::TempDir::new().unwrap();
        let rings = rings(folder.path());
        let [first, again, new] = ["A", "B", "C"].map(key);
        add_while(&rings, &first, |_| {}).unwrap();
        let mut meant = first.clone();
        let result = add_while(&rings, &new, |path| {
            meant.extend_from_slice(&again);
            fs::write(path, &meant).unwrap();
        });
        assert!(matches!(result, Err(KeyringError::KeepsChanging(_))));
        let path = rings.path(Ring::Public).unwrap();
        assert_eq!(fs::read(&path).unwrap(), meant);
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "no half-made file is left"
        );
    }

    #[test]
    fn what_does_not_read_back_is_not_written() {
        let folder = tempfile::TempDir::new().unwrap();
        let rings = rings(folder.path());
        let first = key("A");
        add_while(&rings, &first, |_| {}).unwrap();
        for bad in [
            &first[..first.len() - 1],
            b"text",
            &[first.clone(), vec![0]].concat(),
        ] {
            assert!(matches!(
                add_while(&rings, bad, |_| {}),
                Err(KeyringError::NotAsMeant(_))
            ));
            assert_eq!(fs::read(rings.path(Ring::Public).unwrap()).unwrap(), first);
        }
    }

    #[cfg(unix)]
    #[test]
    fn file_systems_without_locks_are_told_from_faults() {
        use rustix::io::Errno;
        for (errno, expected) in [
            (Errno::NOLCK, true),
            (Errno::NOTSUP, true),
            (Errno::OPNOTSUPP, true),
            (Errno::NOSYS, true),
            (Errno::IO, false),
            (Errno::ACCESS, false),
            (Errno::BADF, false),
        ] {
            let reason = std::io::Error::from_raw_os_error(errno.raw_os_error());
            assert_eq!(has_no_locks(&reason), expected, "{errno:?}");
        }
    }
}
