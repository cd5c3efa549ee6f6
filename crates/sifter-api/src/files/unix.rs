//! Files on Unix: kinds, inode numbers, names that are any bytes.

use std::{
    ffi::OsStr,
    fs::{DirBuilder, File, Metadata, OpenOptions},
    io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

/// `O_NONBLOCK`: opening a pipe for reading returns at once. It means nothing for regular files.
const NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 4 };

pub(super) fn open_without_waiting(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(NONBLOCK)
        .open(path)
}

pub(super) fn inode(metadata: &Metadata) -> u64 {
    metadata.ino()
}

pub(super) fn special_kind(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

pub(super) fn put_in_place(draft: NamedTempFile, path: &Path) -> io::Result<()> {
    draft.persist(path)?;
    Ok(())
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(crate) fn path_to_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
