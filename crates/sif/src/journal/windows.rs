//! What differs between systems: file identity, owners, folders that must be synced. Windows.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::path::Path;

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

/// Permissions come from the folder: who may write here may write the image as well.
pub(super) fn is_trusted(_journal: &Metadata, _image: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Returns what kind of special file this is.
pub(super) fn special_kind(_kind: FileType) -> &'static str {
    "a special file"
}
