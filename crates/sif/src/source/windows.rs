//! Reading and writing at a position, Windows. The calls move the file's cursor, which nothing here uses.

use std::fs::File;
use std::io;
use std::os::windows::fs::FileExt as _;

pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    match file.seek_read(buffer, offset) {
        // ERROR_HANDLE_EOF: reading behind the end is the end, not a failure.
        Err(error) if error.raw_os_error() == Some(38) => Ok(0),
        result => result,
    }
}

pub(super) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_write(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                bytes = bytes.get(count..).ok_or(io::ErrorKind::InvalidData)?;
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
