//! The error of this crate.

use thiserror::Error;

use crate::armor::ArmorError;
use crate::cert::KeyFault;
use crate::fingerprint::Fingerprint;
use crate::framing::FrameError;

/// What can go wrong with keys and the files that hold them.
#[derive(Debug, Error)]
pub enum Error {
    /// The bytes are no packets.
    #[error("not OpenPGP keys: {0}")]
    Frame(#[from] FrameError),
    /// The text is no armored key.
    #[error("not armored OpenPGP keys: {0}")]
    Armor(#[from] ArmorError),
    /// There is nothing in the data.
    #[error("no key found")]
    NoKeys,
    /// The data is larger than any sensible collection of keys.
    #[error("the keys are larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The one key in the data is not usable.
    #[error("the key cannot be used: {0}")]
    Unusable(#[from] BadKey),
    /// The key may not do what is asked of it.
    #[error("the key `{fingerprint}` may not be used: {fault}")]
    Fault {
        /// The key.
        fingerprint: Fingerprint,
        /// The reason.
        fault: KeyFault,
    },
    /// No key with this fingerprint is here.
    #[error("there is no key `{0}`")]
    NotFound(Fingerprint),
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the key `{0}`")]
    WrongPassphrase(Fingerprint),
    /// The secret part cannot be read, whatever the passphrase.
    #[error("the secret part of the key `{fingerprint}` is damaged: {reason}")]
    DamagedSecret {
        /// The key.
        fingerprint: Fingerprint,
        /// What the reader of the secret part found.
        reason: String,
    },
    /// The primary key has no secret part here.
    #[error("the secret part of the key `{0}` is not on this computer")]
    NoSecret(Fingerprint),
    /// A time that the format cannot hold or that lies before the key was made.
    #[error("the time {0} cannot be used for a key")]
    TimeOutOfRange(i64),
    /// The key has spoken about itself at a later time than now.
    #[error("the clock is behind the newest signature of the key, made at {newest}")]
    ClockBehind {
        /// The time of that signature, in seconds since 1970.
        newest: i64,
    },
    /// The text does not revoke the key.
    #[error("this is not a revocation of the key `{0}`")]
    NotARevocation(Fingerprint),
    /// The operation was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// An OpenPGP operation failed in the library.
    #[error("{what} failed: {reason}")]
    OpenPgp {
        /// What was being done.
        what: &'static str,
        /// What the library said.
        reason: String,
    },
}

/// Why one key in a collection cannot be used; the others can.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum BadKey {
    /// A version or algorithm that is not known here.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// The packets contradict each other or a signature is broken.
    #[error("malformed: {0}")]
    Malformed(String),
}

impl BadKey {
    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed(reason.into())
    }

    pub(crate) fn unsupported(reason: impl Into<String>) -> Self {
        Self::Unsupported(reason.into())
    }
}

impl Error {
    pub(crate) fn pgp(what: &'static str) -> impl FnOnce(pgp::errors::Error) -> Self {
        move |error| Self::OpenPgp {
            what,
            reason: error.to_string(),
        }
    }
}
