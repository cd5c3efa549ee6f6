//! Digests, signatures and their verification for SIF images.
//!
//! [`verify`] reads every covered object once and returns facts, no words: per object who covers it, per
//! signature what it says, who made it, in which state the key is and what has changed since. Beside the
//! facts stands the [`Strict`] verdict of the reference, and [`command_line`] turns that into what the
//! real `verify` command would print. [`plan_signing`] says what signing would lead to;
//! [`make_signatures`] makes the signatures, which are then added to the image by `sif`.
//!
//! ```
//! use sif::{DataType, Image, ImageBuilder, ObjectInput};
//! use sif_integrity::{Failure, KeyMaterial, Options, Selection, Silent, verify};
//!
//! let object = ObjectInput::new(DataType::Generic, &b"hello"[..]);
//! let file = ImageBuilder::deterministic().write(Vec::new(), [object])?;
//! let image = Image::read(&file)?;
//! let keys = KeyMaterial::default();
//! let options = Options { now: 1_800_000_000, ..Options::default() };
//! let found = verify(&file, &image, &keys, &Selection::default(), &options, &Silent)?;
//! assert_eq!(found.uncovered().len(), 1);
//! assert_eq!(
//!     found.strict.result,
//!     Err(Failure::SignatureNotFound { id: 1, is_group: true })
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate must not know files, keyring folders, settings, the network or the clock: sources, keys and
//! times are parameters. OCSP is therefore not done; see [`CertificateError::OcspNotSupported`].
#![deny(missing_docs)]

mod breakage;
mod certificate;
mod clear_sign;
pub mod command_line;
mod content;
mod digest;
mod dsse;
mod error;
mod evidence;
mod facts;
mod failure;
mod hashing;
mod json;
mod key_material;
mod locked_pem;
mod metadata;
mod openpgp;
mod pem;
mod private_key;
mod progress;
mod public_key;
mod selection;
mod sign;
mod stream;
mod strict;
mod verify;

pub use breakage::{Change, broken_by};
pub use certificate::{
    CertificateError, CertificatePools, VerifiedLeaf, X509Certificate, verify_leaf,
};
pub use clear_sign::MAX_BLOCK;
pub use digest::{Algorithm, Digest, DigestFault, Hasher};
pub use dsse::{PAYLOAD_TYPE, sign_envelope};
pub use error::Error;
pub use facts::{
    Claims, Cover, Cryptography, Form, KeyState, ObjectFacts, Part, SignatureFacts, SignerFacts,
};
pub use failure::{Cause, Failure, Malformed};
pub use key_material::{KeyMaterial, Ring, RingName};
pub use metadata::{Metadata, MetadataFault, ObjectMetadata};
pub use pem::{PemBlock, all_blocks, encode as encode_pem, first_block};
pub use private_key::{PrivateKey, PrivateKeyError};
pub use progress::{Progress, Silent};
pub use public_key::{PublicKey, PublicKeyError, RsaDigest};
pub use selection::{Mode, Selection};
pub use sign::{
    NewSignature, PlannedSignature, SignOptions, SigningKeys, SigningPlan, SigningRequest,
    SigningWarning, add_signatures, make_signatures, plan_signing,
};
pub use stream::{DESCRIPTOR_STREAM_SIZE, HEADER_STREAM_SIZE, descriptor_stream, header_stream};
pub use strict::{CheckedSignature, Signers, Stage, Strict};
pub use verify::{Options, Verification, verify};
