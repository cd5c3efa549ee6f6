//! What differs between systems: file identity, owners, folders that must be synced. Unix.

use std::fs::{self, File, FileType, Metadata, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// `ENOTSUP`, `EOPNOTSUPP`, `ENOSYS`.
const UNSUPPORTED: &[i32] = if cfg!(target_os = "linux") {
    &[95, 38]
} else {
    &[45, 102, 78]
};
/// `ENOLCK`.
const NO_LOCKS: &[i32] = if cfg!(target_os = "linux") {
    &[37]
} else {
    &[77]
};

/// Held while an image is changed; here the lock goes with the open file.
#[derive(Debug)]
pub(super) struct Lock;

/// Takes the advisory lock of an open image; `None` while another has it.
pub(super) fn lock(file: &File, _path: &Path) -> io::Result<Option<Lock>> {
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        // Some network file systems have no locks. The lock is a courtesy, not what safety rests on.
        Err(TryLockError::Error(error)) if is_unsupported(&error, NO_LOCKS) => Ok(Some(Lock)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Makes a new file that only its owner can read.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Makes a new file for an image, which can be run: 0755 less the umask, and readable for the writer.
pub(super) fn create_executable(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o755)
        .open(path)
}

/// Returns when the names in a folder are safe on disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // A folder may be closed to reading and yet take new names.
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some network file systems cannot sync a folder.
        Err(error)
            if is_unsupported(&error, &[])
                || matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied
                ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Tells whether the file system cannot do this at all; `also` are further codes that say so.
fn is_unsupported(error: &io::Error, also: &[i32]) -> bool {
    let known = |code| UNSUPPORTED.contains(&code) || also.contains(&code);
    error.kind() == io::ErrorKind::Unsupported || error.raw_os_error().is_some_and(known)
}

/// Tells whether the path still leads to the open file.
pub(super) fn is_same_file(file: &File, path: &Path) -> io::Result<bool> {
    let (open, named) = (file.metadata()?, fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

/// Tells whether an open file is the one that was looked at before.
pub(super) fn is_described_by(file: &File, seen: &Metadata) -> io::Result<bool> {
    let open = file.metadata()?;
    Ok((open.dev(), open.ino()) == (seen.dev(), seen.ino()))
}

/// Returns what kind of special file this is.
pub(super) fn special_kind(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn file_systems_without_locks_or_folder_syncs_are_known() {
        let error = io::Error::from_raw_os_error;
        for code in [37, 38, 95] {
            assert!(is_unsupported(&error(code), NO_LOCKS), "{code}");
        }
        for code in [5, 11, 13, 28] {
            assert!(!is_unsupported(&error(code), NO_LOCKS), "{code}");
        }
        assert!(!is_unsupported(&error(37), &[]));
    }
}
