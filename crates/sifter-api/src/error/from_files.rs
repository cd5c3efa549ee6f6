//! Failures of files and of the image format, by what a person can do about them.

use std::{io, path::Path};

use super::{ApiError, ErrorCode};

/// Returns the last part of `path` for a message; bytes that are not UTF-8 are replaced.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Returns the error for a failure to do something with the file at `path`.
pub(crate) fn io_error(path: &Path, error: &io::Error) -> ApiError {
    let code = io_code(error);
    let what = super::text_of(code).message;
    ApiError::new(code, format!("`{}`: {what}", name_of(path))).because(error)
}

fn io_code(error: &io::Error) -> ErrorCode {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::NotFound | Kind::NotADirectory => ErrorCode::FileMissing,
        Kind::PermissionDenied => ErrorCode::FileNotReadable,
        Kind::ReadOnlyFilesystem => ErrorCode::FileNotWritable,
        Kind::IsADirectory => ErrorCode::FileIsFolder,
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => ErrorCode::DiskFull,
        Kind::AlreadyExists => ErrorCode::FileExists,
        Kind::InvalidFilename => ErrorCode::PathTooLong,
        Kind::ResourceBusy | Kind::ExecutableFileBusy | Kind::WouldBlock => ErrorCode::FileLocked,
        _ if is_link_loop(error) => ErrorCode::LinkLoop,
        _ => ErrorCode::Io,
    }
}

/// The kind `FilesystemLoop` is not stable; the number is the system's own.
#[cfg(unix)]
fn is_link_loop(error: &io::Error) -> bool {
    let number = if cfg!(target_os = "linux") { 40 } else { 62 };
    error.raw_os_error() == Some(number)
}

/// `ERROR_CANT_RESOLVE_FILENAME`.
#[cfg(windows)]
fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(1921)
}

/// Returns the error for a failure of the format on the file at `path`. A failure to write names the file as not
/// writable where a failure to read names it as not readable.
pub(crate) fn sif_error(path: &Path, error: &sif::Error) -> ApiError {
    let name = name_of(path);
    let code = match error {
        sif::Error::Invalid(fault) if matches!(fault.problem, sif::Problem::NotMagic) => {
            ErrorCode::NotSif
        }
        sif::Error::Invalid(_) | sif::Error::UnsafeDataOffset(_) | sif::Error::DeclaredEmpty(_) => {
            ErrorCode::SifMalformed
        }
        sif::Error::Unsupported(fault) => match fault.problem {
            sif::Problem::TooMany { .. } => ErrorCode::SifMalformed,
            _ => ErrorCode::SifUnsupported,
        },
        sif::Error::Incomplete(_) => ErrorCode::SifTruncated,
        sif::Error::Read(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            ErrorCode::FileChanged
        }
        sif::Error::Read(cause) => return io_error(path, cause),
        sif::Error::Write(cause) => return write_error(path, cause),
        sif::Error::ObjectNotFound(_)
        | sif::Error::GroupNotFound(_)
        | sif::Error::NoObjectMatches => ErrorCode::PartMissing,
        sif::Error::InsufficientCapacity { .. } => ErrorCode::NoCapacity,
        sif::Error::Changed => ErrorCode::FileChanged,
        _ => ErrorCode::InputInvalid,
    };
    ApiError::new(code, format!("`{name}`: {error}")).because(error)
}

/// Returns the error for a failure to write the file at `path`.
pub(crate) fn write_error(path: &Path, error: &io::Error) -> ApiError {
    let mut told = io_error(path, error);
    if told.code == ErrorCode::FileNotReadable {
        let text = super::text_of(ErrorCode::FileNotWritable);
        told.code = text.code;
        told.message = format!("`{}`: {}", name_of(path), text.message);
        told.hint = Some(text.hint.to_owned());
    }
    told
}
