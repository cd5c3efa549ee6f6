//! OpenPGP keys and the keyring files shared with the command lines.
//!
//! This room makes, reads, judges, changes and stores keys. It gives facts and typed errors, no words for a
//! screen. It knows no images, no network, no settings and no clock: times are passed in as seconds since 1970.
//!
//! ```
//! use sif_keys::{Certificate, KeyId};
//!
//! // Nothing in an empty keyring, and no error either.
//! let certificates = Certificate::parse_all(&[]).unwrap();
//! let id = KeyId([0; 8]);
//! assert!(certificates.iter().all(|certificate| certificate.signer(id).is_none()));
//! ```
#![deny(missing_docs)]

mod armor;
mod brainpool;
mod cache;
mod cert;
mod change;
mod compare;
mod ecdsa;
mod error;
mod fingerprint;
mod framing;
mod gnupg;
mod keyring;
mod make;
mod merge;
mod publish;
mod relock;
mod secret;
mod summary;
mod trust;
mod wiped;
mod words;

pub use armor::ArmorError;
pub use cache::{Keep, PassphraseCache};
pub use cert::{Certificate, KeyFault, KeyPart, KeyUse, RevocationReason, Signer, SignerKey};
pub use change::KeyUpdate;
pub use compare::{Comparison, compare_fingerprint};
pub use ecdsa::Lenient;
pub use error::{BadKey, Error};
pub use fingerprint::{Fingerprint, FingerprintError, KeyId};
pub use framing::{FrameError, FrameFault};
pub use gnupg::{GnuPg, GnuPgError, GnuPgKey};
pub use keyring::{
    Added, Contents, Damage, Entry, EntryKind, ImportChange, ImportItem, ImportPreview,
    ImportReport, KeyringError, Keyrings, NotKeyring, Pause, Places, Policy, Repaired, Restored,
    Ring,
};
pub use make::{Cancel, IdentityError, Making, NewAlgorithm, NewKey, UserName};
pub use merge::{MergeReport, join_copies};
pub use secret::{Passphrase, SecretCertificate, SigningKey};
pub use summary::{Algorithm, Protection, SubkeySummary, Summary, UserIdSummary, Weakness};
pub use trust::{Compared, Decision, TrustLevel, TrustRecord, UnknownDecision, trust_level};
pub use words::WordsError;
