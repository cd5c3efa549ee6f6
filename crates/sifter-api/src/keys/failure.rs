//! Failures of keys and keyrings, by what a person can do about them.

use std::io;

use sif_keys::{Error, GnuPgError, IdentityError, KeyFault, KeyringError};

use crate::error::{ApiError, ErrorCode, name_of};

/// Returns the error for a failure with a key.
pub(crate) fn key_error(error: &Error) -> ApiError {
    let code = match error {
        Error::NoKeys => ErrorCode::NoKeyInFile,
        Error::Fault { fault, .. } => fault_code(fault),
        Error::NotFound(_) => ErrorCode::KeyMissing,
        Error::WrongPassphrase(_) => return ApiError::plain(ErrorCode::WrongPassphrase),
        Error::NoSecret(_) => ErrorCode::NoSecretKey,
        Error::TimeOutOfRange(_) | Error::ClockBehind { .. } | Error::NotARevocation(_) => {
            ErrorCode::InputInvalid
        }
        Error::Cancelled => ErrorCode::Cancelled,
        Error::OpenPgp { .. } => ErrorCode::Internal,
        _ => ErrorCode::KeyMalformed,
    };
    ApiError::new(code, error.to_string()).because(error)
}

/// Returns the code for a key that does not count.
pub(crate) fn fault_code(fault: &KeyFault) -> ErrorCode {
    match fault {
        KeyFault::Revoked { .. } => ErrorCode::KeyRevoked,
        KeyFault::Expired { .. } => ErrorCode::KeyExpired,
        _ => ErrorCode::KeyNotForSigning,
    }
}

/// Returns the error for a failure with a keyring file.
pub(crate) fn keyring_error(error: &KeyringError) -> ApiError {
    let code = match error {
        KeyringError::Key(error) => return key_error(error),
        KeyringError::KeepsChanging(_) | KeyringError::Busy => ErrorCode::KeyringBusy,
        KeyringError::Cancelled => ErrorCode::Cancelled,
        KeyringError::NotFound(_) => ErrorCode::KeyMissing,
        KeyringError::ReadOnlyRing => ErrorCode::KeyringNotWritable,
        KeyringError::Read { .. } => ErrorCode::KeyringNotReadable,
        KeyringError::Write { source, .. } => write_code(source),
        _ => ErrorCode::KeyringDamaged,
    };
    let message = match error {
        KeyringError::Read {
            action,
            path,
            source,
        }
        | KeyringError::Write {
            action,
            path,
            source,
        } => format!("cannot {action} `{}`: {source}", name_of(path)),
        other => other.to_string(),
    };
    ApiError::new(code, message).because(error)
}

fn write_code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        _ => ErrorCode::KeyringNotWritable,
    }
}

/// Returns the error for a name that no key can have.
pub(super) fn identity_error(error: &IdentityError) -> ApiError {
    let code = match error {
        IdentityError::Character { .. } => ErrorCode::KeyNameNotAllowed,
        _ => ErrorCode::InputInvalid,
    };
    ApiError::new(code, error.to_string())
}

/// Returns the error for a failure of GnuPG.
pub(super) fn gnupg_error(error: &GnuPgError) -> ApiError {
    let code = match error {
        GnuPgError::Cancelled => ErrorCode::Cancelled,
        GnuPgError::NoSuchKey(_) => ErrorCode::KeyMissing,
        _ => ErrorCode::GnupgFailed,
    };
    ApiError::new(code, error.to_string()).because(error)
}
