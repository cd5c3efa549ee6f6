//! What differs between systems: file identity, owners, folders that must be synced. Windows.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::Path;

/// Opened so that the file goes when it is closed, also by a crash.
const DELETE_ON_CLOSE: u32 = 0x0400_0000;
/// The right to write and the right to delete, which the flag needs.
const WRITE_AND_DELETE: u32 = 0x4000_0000 | 0x0001_0000;
/// What opening a file says that another has opened for itself alone.
const SHARING_VIOLATION: i32 = 32;

/// Held while an image is changed.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Takes the advisory lock of an image; `None` while another has it.
///
/// A lock on the image itself would keep everybody from reading it here, so a file beside it is opened
/// for this program alone.
pub(super) fn lock(_file: &File, path: &Path) -> io::Result<Option<Lock>> {
    let mut name = super::journal_path(path).into_os_string();
    name.push(".lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    match options
        .access_mode(WRITE_AND_DELETE)
        .share_mode(0)
        .custom_flags(DELETE_ON_CLOSE)
        .open(name)
    {
        Ok(file) => Ok(Some(Lock { _file: file })),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a new file; it inherits the folder's permissions.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes a new file for an image.
pub(super) fn create_executable(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
}

/// Folders cannot be synced; the file system keeps a log of its names.
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// An open file cannot be replaced under its name.
pub(super) fn is_same_file(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Tells whether an open file can be the one that was looked at before. There is no number to compare;
/// links need a right that other users do not have.
pub(super) fn is_described_by(file: &File, seen: &Metadata) -> io::Result<bool> {
    let open = file.metadata()?;
    Ok(open.is_file() && open.created().ok() == seen.created().ok())
}

/// Returns what kind of special file this is.
pub(super) fn special_kind(_kind: FileType) -> &'static str {
    "a special file"
}
