//! Failures of verifying and signing, by what a person can do about them.

use std::path::Path;

use crate::{
    error::{ApiError, ErrorCode, io_error, name_of, sif_error},
    files,
};

/// Returns the error for a verification or a signing that could not be done.
pub(crate) fn integrity_error(path: &Path, error: &sif_integrity::Error) -> ApiError {
    use sif_integrity::Error;
    let name = name_of(path);
    let code = match error {
        Error::Cancelled => return ApiError::plain(ErrorCode::Cancelled),
        Error::Read { source, .. } if source.kind() == std::io::ErrorKind::UnexpectedEof => {
            return files::changed(path).because(error);
        }
        Error::Read { source, .. } => return io_error(path, source),
        Error::ReadSignature(source) => return sif_error(path, source),
        Error::GroupNotFound(_) | Error::ObjectNotFound(_) => ErrorCode::PartMissing,
        Error::InsufficientCapacity { .. } => ErrorCode::NoCapacity,
        Error::DeclaredEmpty => ErrorCode::SifMalformed,
        Error::KeyVersion(_) => ErrorCode::KeyNotForSigning,
        Error::PrivateKey(source) => return pem_error(source),
        Error::OpenPgp(_) => ErrorCode::Internal,
        _ => ErrorCode::InputInvalid,
    };
    ApiError::new(code, format!("`{name}`: {error}")).because(error)
}

/// Returns the error for a private key in PEM form.
pub(crate) fn pem_error(error: &sif_integrity::PrivateKeyError) -> ApiError {
    use sif_integrity::PrivateKeyError as Error;
    let code = match error {
        Error::Locked => ErrorCode::PassphraseNeeded,
        Error::WrongPassphrase => ErrorCode::WrongPassphrase,
        Error::CannotSign => ErrorCode::KeyNotForSigning,
        _ => ErrorCode::PemMalformed,
    };
    ApiError::new(code, error.to_string())
}
