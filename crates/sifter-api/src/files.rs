//! Opening files that may be anything, telling whether they changed, and writing whole files at once.

mod alone;
#[cfg_attr(unix, path = "files/unix.rs")]
#[cfg_attr(windows, path = "files/windows.rs")]
mod platform;

use std::{
    fs::{self, File, Metadata},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    Result,
    error::{ApiError, ErrorCode, io_error, name_of, write_error},
};

pub(crate) use alone::Alone;
pub(crate) use platform::{path_from_bytes, path_to_bytes};

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    /// Nanoseconds since the epoch.
    pub(crate) modified: i64,
    pub(crate) inode: u64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().map_or(0, |time| {
            match time.duration_since(std::time::UNIX_EPOCH) {
                Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
                Err(before) => {
                    i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos)
                }
            }
        });
        Self {
            size: metadata.len(),
            modified,
            inode: platform::inode(metadata),
        }
    }

    /// Returns the time of the last change in Unix seconds.
    pub(crate) fn modified_seconds(self) -> i64 {
        self.modified.div_euclid(1_000_000_000)
    }
}

/// A regular file, open for reading, with what it was when it was opened. All reading goes through this handle, so
/// that the file cannot be swapped for another one in between.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    pub(crate) stamp: Stamp,
}

impl OpenFile {
    /// Opens the regular file at `path` without ever waiting for a pipe's other end.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let before = fs::metadata(path).map_err(|error| io_error(path, &error))?;
        refuse_irregular(path, &before)?;
        let file = platform::open_without_waiting(path).map_err(|error| io_error(path, &error))?;
        let metadata = file.metadata().map_err(|error| io_error(path, &error))?;
        refuse_irregular(path, &metadata)?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
            stamp: Stamp::of(&metadata),
        })
    }

    /// Returns all bytes; none if they are more than `most`.
    pub(crate) fn read(&self, most: u64) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        (&self.file)
            .take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| io_error(&self.path, &error))?;
        Ok((bytes.len() as u64 <= most).then_some(bytes))
    }

    /// Returns an error if the bytes behind the handle changed since it was opened.
    pub(crate) fn unchanged(&self) -> Result<()> {
        let now = self
            .file
            .metadata()
            .map_err(|error| io_error(&self.path, &error))?;
        if Stamp::of(&now) == self.stamp {
            Ok(())
        } else {
            Err(changed(&self.path))
        }
    }
}

/// Returns the error for a file that another program changes.
pub(crate) fn changed(path: &Path) -> ApiError {
    ApiError::new(
        ErrorCode::FileChanged,
        format!("`{}` changed while it was read", name_of(path)),
    )
}

fn refuse_irregular(path: &Path, metadata: &Metadata) -> Result<()> {
    let name = name_of(path);
    if metadata.is_dir() {
        return Err(ApiError::new(
            ErrorCode::FileIsFolder,
            format!("`{name}` is a folder, not an image"),
        ));
    }
    if !metadata.is_file() {
        let what = platform::special_kind(metadata);
        return Err(ApiError::new(
            ErrorCode::FileIsSpecial,
            format!("`{name}` is {what}, not a file"),
        ));
    }
    Ok(())
}

/// Returns what a file that is neither regular nor a folder is, if it is one.
pub(crate) fn special_kind(metadata: &Metadata) -> Option<&'static str> {
    (!metadata.is_dir() && !metadata.is_file()).then(|| platform::special_kind(metadata))
}

/// Replaces the file at `path` by `bytes`, whole or not at all; missing folders are made, for this user only.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes).map_err(|error| write_error(path, &error))
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidFilename)?;
    make_private_folder(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    platform::put_in_place(temporary, path)?;
    platform::sync_folder(folder)
}

/// Makes `folder` and those above it where they are missing, readable by this user only.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        Ok(())
    } else {
        platform::make_private_folder(folder)
    }
}

/// Returns the first name like `path`, or `path` with a number, that is free.
pub(crate) fn free_name(path: &Path) -> PathBuf {
    let is_free = |candidate: &Path| fs::symlink_metadata(candidate).is_err();
    if is_free(path) {
        return path.to_path_buf();
    }
    free_name_but(path, is_free)
}

/// Returns the first of the names that are `path` with a number which `is_free` takes.
pub(crate) fn free_name_but(path: &Path, is_free: impl Fn(&Path) -> bool) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_owned();
    let extension = path.extension().map(ToOwned::to_owned);
    (2_u32..)
        .map(|number| {
            let mut name = stem.clone();
            name.push(format!("-{number}"));
            if let Some(extension) = &extension {
                name.push(".");
                name.push(extension);
            }
            path.with_file_name(name)
        })
        .find(|candidate| is_free(candidate))
        .unwrap_or_else(|| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_a_free_name_is_free() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("deep").join("key.asc");
        assert_eq!(free_name(&path), path);
        for content in [b"one".as_slice(), b"three"] {
            write_atomic(&path, content).expect("replaced");
            assert_eq!(fs::read(&path).expect("there"), content);
        }
        assert_eq!(free_name(&path), path.with_file_name("key-2.asc"));
        assert_eq!(
            fs::read_dir(folder.path().join("deep"))
                .expect("a folder")
                .count(),
            1,
            "nothing is left behind"
        );
    }

    #[test]
    fn no_more_is_read_than_is_wanted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("key.asc");
        fs::write(&path, b"12345").expect("written");
        for (most, bytes) in [(6, Some("12345")), (5, Some("12345")), (4, None), (0, None)] {
            let read = OpenFile::open(&path).expect("opened").read(most);
            let expected = bytes.map(|text| text.as_bytes().to_vec());
            assert_eq!(read, Ok(expected), "{most}");
        }
    }

    #[test]
    fn paths_survive_as_bytes() {
        let path = Path::new("folder/ümlaut.sif");
        assert_eq!(path_from_bytes(&path_to_bytes(path)), path);
    }

    #[test]
    fn a_change_is_seen_through_the_handle() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.sif");
        fs::write(&path, b"before").expect("written");
        let open = OpenFile::open(&path).expect("opened");
        open.unchanged().expect("nothing happened yet");
        fs::write(&path, b"after, and longer").expect("written");
        assert_eq!(
            open.unchanged().expect_err("it changed").code,
            ErrorCode::FileChanged
        );
    }
}
