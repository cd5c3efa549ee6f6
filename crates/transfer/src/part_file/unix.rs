//! Opening alone by a lock, and the rights of images.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

/// Opens the file at `path` for one transfer; none if another one has it.
pub(super) fn open_alone(options: &OpenOptions, path: &Path) -> io::Result<Option<File>> {
    let file = options.open(path)?;
    // A file system without locks is no reason not to download: the name must do.
    let is_taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    // Between opening and locking another transfer may have given this very file its final name.
    Ok((!is_taken && is_still(&file, path)).then_some(file))
}

/// Whether `file` is what has the name `path`.
fn is_still(file: &File, path: &Path) -> bool {
    let same = || {
        let (open, named) = (file.metadata().ok()?, fs::symlink_metadata(path).ok()?);
        Some((open.dev(), open.ino()) == (named.dev(), named.ino()))
    };
    same().unwrap_or(false)
}

/// Images can be run: they get the rights that the command lines give them.
pub(super) fn make_runnable(file: &File) -> io::Result<()> {
    let mode = file.metadata()?.permissions().mode();
    // Whoever may read it may run it, so the mask of the process still counts.
    file.set_permissions(fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2)))
}
