//! Opening alone by not sharing. A lock would keep the bytes from the second handle too, by which they are hashed.

use std::{
    fs::{File, OpenOptions},
    io,
    os::windows::fs::OpenOptionsExt,
    path::Path,
};

/// Others may read the file and rename it.
const SHARED: u32 = 0x1 | 0x4;
/// What the system says where another handle writes.
const SHARING_VIOLATION: i32 = 32;

/// Opens the file at `path` for one transfer; none if another one has it.
pub(super) fn open_alone(options: &OpenOptions, path: &Path) -> io::Result<Option<File>> {
    match options.clone().share_mode(SHARED).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

/// There are no rights to run a file.
#[expect(clippy::unnecessary_wraps, reason = "on other systems it can fail")]
pub(super) fn make_runnable(_: &File) -> io::Result<()> {
    Ok(())
}
