//! Room on a disk.

use std::path::Path;

/// How many bytes are free where `folder` is; none if the file system does not tell.
#[must_use]
pub fn free_space(folder: &Path) -> Option<u64> {
    fs4::available_space(folder).ok()
}
