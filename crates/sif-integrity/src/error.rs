//! What stops the work itself, as opposed to what verification finds.

use std::io;

use sif::{GroupId, ObjectId};
use thiserror::Error;

use crate::private_key::PrivateKeyError;

/// Why a verification or a signing could not be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The progress sink asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// Reading an object failed.
    #[error("reading object {object} failed")]
    Read {
        /// The object.
        object: ObjectId,
        /// What the source said; the end of the file if it became shorter.
        source: io::Error,
    },
    /// Reading a signature object failed.
    #[error("reading signature failed")]
    ReadSignature(#[source] sif::Error),
    /// No group to sign.
    #[error("the image has no group to sign")]
    NoGroups,
    /// The group to sign is not there.
    #[error("group {0} not found")]
    GroupNotFound(GroupId),
    /// The object to sign is not there.
    #[error("object {0} not found")]
    ObjectNotFound(ObjectId),
    /// The object belongs to no group, so no signature can cover it.
    #[error("object {0} belongs to no group")]
    NonGroupedObject(ObjectId),
    /// A list of objects to sign is empty.
    #[error("no objects to sign were named")]
    NoObjectsSpecified,
    /// Nothing to sign with.
    #[error("no key to sign with")]
    NoKeyMaterial,
    /// The table has too few free descriptors for the signatures.
    #[error("the image has room for {free} more objects, {needed} signatures are needed")]
    InsufficientCapacity {
        /// Signatures to be added.
        needed: usize,
        /// Free descriptors.
        free: usize,
    },
    /// The header says that the image is empty, although objects are there.
    #[error("the header declares an empty image, but objects are there")]
    DeclaredEmpty,
    /// A key that the format has no room for.
    #[error("keys of version {0} cannot sign images")]
    KeyVersion(u8),
    /// A time that an OpenPGP signature cannot hold.
    #[error("a signature cannot be dated {0}")]
    SignatureTime(i64),
    /// OpenPGP signing failed.
    #[error("the OpenPGP key could not sign")]
    OpenPgp(#[source] Box<pgp::errors::Error>),
    /// A PEM key failed.
    #[error("the key could not sign")]
    PrivateKey(#[from] PrivateKeyError),
}
