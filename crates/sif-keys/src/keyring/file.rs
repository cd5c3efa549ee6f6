//! Reading and replacing one file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::{KeyringError, Pause, Policy, READ_PAUSE, WRITE_TRIES};
use crate::cert::MAX_BYTES;
use crate::wiped::{self, Wiped};

/// A command line takes far less than this from emptying a file to filling it again.
const FRESH: Duration = Duration::from_secs(2);

/// Returns the bytes of the file; `None` when it is not there.
pub(super) fn read(path: &Path, policy: Policy) -> Result<Option<Wiped>, KeyringError> {
    let Some(path) = resolve(path, policy)? else {
        return Ok(None);
    };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(KeyringError::read("open the keyring", &path)(error)),
    };
    read_all(&file, &path).map(Some)
}

fn read_all(file: &File, path: &Path) -> Result<Wiped, KeyringError> {
    let length = file.metadata().map_or(0, |meta| meta.len());
    let expected = usize::try_from(length).unwrap_or(usize::MAX);
    let mut bytes = Wiped::default();
    wiped::read_to_end(file, expected, MAX_BYTES, &mut bytes)
        .map_err(KeyringError::read("read the keyring", path))?;
    if bytes.len() > MAX_BYTES {
        return Err(KeyringError::TooLarge {
            path: path.to_path_buf(),
            limit: MAX_BYTES,
        });
    }
    Ok(bytes)
}

/// A file that is about to be replaced, held open: a program that opened it before may still write into it, where
/// nobody would see it.
pub(super) struct Replaced {
    #[cfg(unix)]
    file: Option<File>,
}

impl Replaced {
    /// Opens the file. Where open files cannot be replaced, nothing is held.
    pub(super) fn hold(target: &Path) -> Self {
        #[cfg(not(unix))]
        let _ = target;
        Self {
            #[cfg(unix)]
            file: File::open(target).ok(),
        }
    }

    /// Returns what the file holds now, also when it has lost its name; `None` when there was none.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Wiped>, KeyringError> {
        #[cfg(unix)]
        {
            use std::io::{Seek, SeekFrom};
            let Some(mut file) = self.file.as_ref() else {
                return Ok(None);
            };
            file.seek(SeekFrom::Start(0))
                .map_err(KeyringError::read("read the keyring", path))?;
            read_all(file, path).map(Some)
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            Ok(None)
        }
    }
}

/// Returns the file to read or replace after links are dealt with; `None` when there is none.
pub(super) fn resolve(path: &Path, policy: Policy) -> Result<Option<PathBuf>, KeyringError> {
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(KeyringError::read("look at the keyring", path)(error)),
    };
    let target = match (meta.is_symlink(), policy) {
        (false, _) => path.to_path_buf(),
        (true, Policy::RefuseLinks) => return Err(KeyringError::Link(path.to_path_buf())),
        (true, Policy::FollowLinks) => fs::canonicalize(path)
            .map_err(KeyringError::read("follow the link of the keyring", path))?,
    };
    // Asked before opening, because opening a pipe would wait for its other end.
    let meta = fs::metadata(&target).map_err(KeyringError::read("look at the keyring", &target))?;
    if meta.is_file() {
        Ok(Some(target))
    } else {
        Err(KeyringError::NotAFile(target))
    }
}

/// Whether the file was written so lately that its writer may still be at it.
pub(super) fn is_fresh(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|meta| meta.modified()).ok();
    written
        .and_then(|written| written.elapsed().ok())
        .is_none_or(|age| age < FRESH)
}

/// Writes a new file beside `target`, safely on disk and with the rights of a keyring, but not yet in its place. It
/// belongs to whom the old file belongs.
pub(super) fn stage(target: &Path, bytes: &[u8]) -> Result<NamedTempFile, KeyringError> {
    let folder = parent(target);
    let error = || KeyringError::write("write a new keyring in", folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sifter-keyring-");
    private_file(&mut builder);
    let mut file = builder.tempfile_in(folder).map_err(error())?;
    keep_owner(file.as_file(), target)?;
    file.write_all(bytes).map_err(error())?;
    file.as_file().sync_all().map_err(error())?;
    Ok(file)
}

/// Puts a staged file into its place. Where a file that another program has open cannot be replaced, it is tried
/// again after a pause.
pub(super) fn commit(
    mut staged: NamedTempFile,
    target: &Path,
    pause: Pause<'_>,
) -> Result<(), KeyringError> {
    for _ in 1..WRITE_TRIES {
        match staged.persist(target) {
            Ok(_) => {
                sync_folder(parent(target));
                return Ok(());
            }
            Err(error)
                if cfg!(windows) && error.error.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                staged = error.file;
                if !pause(READ_PAUSE) {
                    return Err(KeyringError::Cancelled);
                }
            }
            Err(error) => {
                return Err(KeyringError::write("replace the keyring", target)(
                    error.error,
                ));
            }
        }
    }
    Err(KeyringError::KeepsChanging(target.to_path_buf()))
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Makes a folder that only the user may enter, or repairs the rights of one that is there.
pub(super) fn private_folder(path: &Path) -> Result<(), KeyringError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
        builder.mode(0o700);
        builder
            .create(path)
            .map_err(KeyringError::write("make the folder", path))?;
        let meta = fs::metadata(path).map_err(KeyringError::write("look at the folder", path))?;
        if meta.permissions().mode() & 0o777 != 0o700 {
            // A folder of somebody else may refuse that; the keys in it are still private.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o700));
        }
        Ok(())
    }
    #[cfg(not(unix))]
    builder
        .create(path)
        .map_err(KeyringError::write("make the folder", path))
}

/// Gives a new file to the owner of the one whose place it will take: an administrator who works in the home of
/// somebody else must not lock that person out.
#[cfg(unix)]
fn keep_owner(file: &File, target: &Path) -> Result<(), KeyringError> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let old = match fs::metadata(target) {
        Ok(old) => old,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(KeyringError::read("look at the keyring", target)(error)),
    };
    let error = || KeyringError::write("keep the owner of the keyring", target);
    let new = file.metadata().map_err(error())?;
    let differs = |old: u32, new: u32| (old != new).then_some(old);
    match (differs(old.uid(), new.uid()), differs(old.gid(), new.gid())) {
        (None, None) => Ok(()),
        (uid, gid) => fchown(file, uid, gid).map_err(error()),
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _target: &Path) -> Result<(), KeyringError> {
    Ok(())
}

#[cfg(unix)]
fn private_file(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o600));
}

#[cfg(not(unix))]
fn private_file(_builder: &mut tempfile::Builder<'_, '_>) {}

/// Makes the rename itself last. A file system that cannot do that has no better way, so failure is let pass.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = folder;
}
