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
mod cert;
mod error;
mod fingerprint;
mod framing;
mod secret;

pub use armor::ArmorError;
pub use cert::{Certificate, KeyFault, KeyPart, KeyUse, RevocationReason, Signer, SignerKey};
pub use error::{BadKey, Error};
pub use fingerprint::{Fingerprint, FingerprintError, KeyId};
pub use framing::{FrameError, FrameFault};
pub use secret::{Passphrase, SecretCertificate, SigningKey};
