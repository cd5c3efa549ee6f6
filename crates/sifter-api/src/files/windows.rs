//! Files on Windows: names are 16-bit units, kept as little-endian bytes.

use std::{
    ffi::OsString,
    fs::{DirBuilder, File, Metadata},
    io,
    os::windows::{
        ffi::{OsStrExt as _, OsStringExt as _},
        fs::MetadataExt as _,
    },
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use tempfile::NamedTempFile;

pub(super) fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// The file index is not stable in the standard library; the time of creation tells one file from its replacement.
pub(super) fn inode(metadata: &Metadata) -> u64 {
    metadata.creation_time()
}

pub(super) fn special_kind(_metadata: &Metadata) -> &'static str {
    "a device"
}

pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(folder)
}

/// A file cannot be replaced while another program reads it, which is over in a moment.
pub(super) fn put_in_place(mut draft: NamedTempFile, path: &Path) -> io::Result<()> {
    const TRIES: u32 = 50;
    for _ in 1..TRIES {
        match draft.persist(path) {
            Ok(_) => return Ok(()),
            Err(failed) if failed.error.kind() == io::ErrorKind::PermissionDenied => {
                draft = failed.file;
                thread::sleep(Duration::from_millis(20));
            }
            Err(failed) => return Err(failed.error),
        }
    }
    draft.persist(path)?;
    Ok(())
}

/// Folders cannot be flushed here; a rename is durable with the file system's journal.
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn path_to_bytes(path: &Path) -> Vec<u8> {
    path.as_os_str()
        .encode_wide()
        .flat_map(u16::to_le_bytes)
        .collect()
}

pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    PathBuf::from(OsString::from_wide(&units))
}
