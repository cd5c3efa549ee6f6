//! The trash of macOS and Windows.

use std::path::Path;

use crate::{
    Result,
    error::{ApiError, ErrorCode, name_of},
    homes::Homes,
};

pub(crate) fn put(_homes: &Homes, path: &Path) -> Result<()> {
    trash::delete(path).map_err(|error| {
        let message = format!("`{}` could not be moved to the trash", name_of(path));
        ApiError::new(ErrorCode::FileNotWritable, message).because(&error)
    })
}
