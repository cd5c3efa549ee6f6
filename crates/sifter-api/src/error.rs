//! The one error that crosses to a front end, and the closed list of its codes.

mod from_files;
mod text;

pub use text::{ErrorText, TEXTS, text_of};

pub(crate) use from_files::{io_error, name_of, sif_error, write_error};

use std::time::Duration;

use serde::{Deserialize, Serialize};
use specta::Type;

/// A failure that a front end shows: *what* is by `code`, *why* is `message`, *next* is `hint`.
///
/// Holds no path, token or passphrase beyond the file that the action names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type, thiserror::Error)]
#[error("{message}")]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// Stable name of the case.
    pub code: ErrorCode,
    /// What happened and why, in one line without a full stop.
    pub message: String,
    /// What to do next, where there is something to do.
    pub hint: Option<String>,
    /// The chain of causes, outermost first.
    pub causes: Vec<String>,
    /// Whether the same request may succeed when tried again.
    pub retryable: bool,
    /// How long the server asked to wait before that. Not for a front end: a task that is tried again says when.
    #[serde(skip)]
    #[specta(skip)]
    pub wait: Option<Duration>,
}

impl ApiError {
    /// Returns an error of `code` that says `message`; hint and retryability are those of the code.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let text = text_of(code);
        Self {
            code,
            message: message.into(),
            hint: Some(text.hint.to_owned()),
            causes: Vec::new(),
            retryable: text.retryable,
            wait: None,
        }
    }

    /// Returns an error of `code` with the words of its code.
    #[must_use]
    pub fn plain(code: ErrorCode) -> Self {
        Self::new(code, text_of(code).message)
    }

    /// Adds the chain of causes below `error`, and `error` itself where the message does not repeat it.
    #[must_use]
    pub fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            let line = cause.to_string();
            if !self.message.contains(&line) && self.causes.last() != Some(&line) {
                self.causes.push(line);
            }
            next = cause.source();
        }
        self
    }

    /// Replaces what to do next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds how long the server asked to wait.
    #[must_use]
    pub(crate) const fn after(mut self, wait: Option<Duration>) -> Self {
        self.wait = wait;
        self
    }

    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::plain(ErrorCode::Internal).because(error)
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        let code = match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => ErrorCode::DiskFull,
            Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => {
                ErrorCode::FileNotWritable
            }
            Some(rusqlite::ErrorCode::SystemIoFailure) => ErrorCode::Io,
            _ => ErrorCode::Internal,
        };
        Self::new(code, "Sifter's own database could not be used").because(&error)
    }
}

impl From<tokio::task::JoinError> for ApiError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::internal(&error)
    }
}

/// The cases that a front end tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// Not a SIF file; the message says what it seems to be.
    NotSif,
    /// An empty file.
    FileEmpty,
    /// A SIF file that ends too early.
    SifTruncated,
    /// A SIF file whose structure is refused (overlaps, out of bounds, absurd counts).
    SifMalformed,
    /// A form of the format that this version does not know.
    SifUnsupported,
    /// No file there.
    FileMissing,
    /// The file is a folder.
    FileIsFolder,
    /// The file is a pipe, socket or device.
    FileIsSpecial,
    /// Reading is not permitted.
    FileNotReadable,
    /// Writing is not permitted, or the folder is read-only.
    FileNotWritable,
    /// The file changed while it was read.
    FileChanged,
    /// Another program is changing the file.
    FileLocked,
    /// Links lead in a circle.
    LinkLoop,
    /// The path or name is too long.
    PathTooLong,
    /// A file of that name exists.
    FileExists,
    /// No space left.
    DiskFull,
    /// Any other failure to read or write.
    Io,
    /// The image has no free descriptor.
    NoCapacity,
    /// The image was tampered with: signing it is refused.
    ImageTampered,
    /// The key has signed this already.
    AlreadySigned,
    /// The part asked for does not exist.
    PartMissing,
    /// The plan's inputs changed since it was shown.
    PlanOutdated,
    /// The plan, task, image or file handle is not known (any more).
    HandleUnknown,
    /// Wrong passphrase.
    WrongPassphrase,
    /// The key is locked and a passphrase is needed.
    PassphraseNeeded,
    /// No such key.
    KeyMissing,
    /// The secret part of the key is not here.
    NoSecretKey,
    /// The key has expired.
    KeyExpired,
    /// The key was revoked.
    KeyRevoked,
    /// The key is not for signing.
    KeyNotForSigning,
    /// The key file cannot be read.
    KeyMalformed,
    /// No key in the file.
    NoKeyInFile,
    /// A name, mail or comment has a character that a key cannot hold.
    KeyNameNotAllowed,
    /// The keyring file is damaged.
    KeyringDamaged,
    /// The keyring cannot be read (permissions, a failing disk).
    KeyringNotReadable,
    /// The keyring cannot be written (locked, read-only).
    KeyringNotWritable,
    /// Another program changes the keyring again and again.
    KeyringBusy,
    /// PEM text cannot be read.
    PemMalformed,
    /// The certificate chain does not hold.
    CertificateRefused,
    /// GnuPG is not installed or answered with an error.
    GnupgFailed,
    /// No keychain service runs.
    KeychainMissing,
    /// The keychain is locked.
    KeychainLocked,
    /// The keychain refused.
    KeychainDenied,
    /// A setting is locked by the administrator.
    SettingLocked,
    /// A file of Sifter's own (database, settings) was damaged and is new; the message says where the old one is.
    StateReplaced,
    /// An input is not of the expected form; the message says which.
    InputInvalid,
    /// A fingerprint is too short or differs.
    FingerprintMismatch,
    /// One has to be signed in for this.
    TokenMissing,
    /// The service does not know the token.
    TokenWrong,
    /// The token is too old, or was withdrawn.
    TokenExpired,
    /// The account may not do this.
    Forbidden,
    /// There is no such thing, or it may not be seen.
    NotFoundOrPrivate,
    /// The container takes no images.
    LibraryReadOnly,
    /// The account has no room left at the service.
    QuotaExceeded,
    /// A name in a reference is not allowed.
    NameNotAllowed,
    /// The text is no reference.
    ReferenceInvalid,
    /// The address had a signature in it, which is not kept.
    AddressNeeded,
    /// A kind of reference that cannot be pulled here.
    TransportUnsupported,
    /// There is no image for this architecture.
    ArchMissing,
    /// The image is for another architecture than asked for.
    ArchMismatch,
    /// No network.
    Offline,
    /// The name of the server is not known (DNS).
    HostUnknown,
    /// The server does not take the connection, or broke it.
    ServerUnreachable,
    /// The proxy does not let through.
    ProxyFailed,
    /// The certificate is for another name.
    TlsNameWrong,
    /// The certificate is of an authority that is not known here.
    TlsIssuerUnknown,
    /// A secure connection cannot be made, for another reason.
    TlsFailed,
    /// The certificate is expired or not yet good: one of the two clocks may be wrong.
    ClockWrong,
    /// The server failed (5xx).
    ServerFailed,
    /// Too many requests.
    RateLimited,
    /// The server answers with something that is not what it should.
    ServerAnswerInvalid,
    /// The bytes that arrived are not those that were announced.
    DigestMismatch,
    /// The remote has no such service.
    ServiceMissing,
    /// No remote of this handle.
    RemoteUnknown,
    /// A remote of this name exists.
    RemoteNameTaken,
    /// The remote is given by the administrator or by Sifter itself.
    RemoteFixed,
    /// The administrator allows one remote only.
    RemoteExclusive,
    /// `remote.yaml` is none that the command lines would read.
    RemoteFileDamaged,
    /// User or password is wrong.
    LoginRefused,
    /// Another Sifter has the embedded cloud.
    CloudInUse,
    /// The task was cancelled.
    Cancelled,
    /// A defect of Sifter.
    Internal,
}
