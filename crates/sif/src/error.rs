//! What can go wrong, by what a caller can do about it.

use std::io;

use crate::{Fault, FaultKind, GroupId, ObjectId};

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes contradict the format: the file is not an image, or a damaged or hostile one.
    #[error("not a valid SIF image: {0}")]
    Invalid(Fault),
    /// The image is beyond what this crate takes.
    #[error("unsupported SIF image: {0}")]
    Unsupported(Fault),
    /// The file ends too early: a copy that was cut off, or one that shrank while it was read.
    #[error("incomplete SIF image: {0}")]
    Incomplete(Fault),
    /// Reading failed.
    #[error("reading the image failed")]
    Read(#[source] io::Error),
    /// Writing failed.
    #[error("writing the image failed")]
    Write(#[source] io::Error),

    /// No object has this number.
    #[error("object {0} not found")]
    ObjectNotFound(ObjectId),
    /// No object is in this group.
    #[error("group {0} not found")]
    GroupNotFound(GroupId),
    /// Nothing matches the selection.
    #[error("no object matches")]
    NoObjectMatches,
    /// 0 is not the number of an object.
    #[error("invalid object ID 0")]
    InvalidObjectId,
    /// More than one object is the primary system partition, so that none can be chosen.
    #[error("{count} objects claim to be the primary partition")]
    SeveralPrimaryPartitions {
        /// How many.
        count: usize,
    },
    /// The object is larger than the caller wants to hold in memory.
    #[error("object {id} holds {size} bytes, more than the limit of {limit}")]
    ObjectTooLarge {
        /// The object.
        id: ObjectId,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },

    /// All descriptors are in use.
    #[error("no descriptor is free: the image has room for {total} objects")]
    InsufficientCapacity {
        /// Capacity of the table.
        total: u32,
    },
    /// The image has a primary system partition already.
    #[error("object {0} is the primary partition already")]
    PrimaryPartitionExists(ObjectId),
    /// Only a partition can be made the primary one.
    #[error("object {0} is not a partition")]
    NotPartition(ObjectId),
    /// Only a system partition can be made the primary one.
    #[error("object {0} is not a system partition")]
    NotSystemPartition(ObjectId),
    /// The name does not fit.
    #[error("name of {0} bytes is longer than 128")]
    NameTooLarge(usize),
    /// The area that depends on the data type does not fit.
    #[error("extra of {0} bytes is longer than 384")]
    ExtraTooLarge(usize),
    /// The launch script does not fit.
    #[error("launch script of {0} bytes is longer than 31")]
    LaunchScriptTooLarge(usize),
    /// A partition needs an architecture of the list.
    #[error("architecture is not in the list of known ones")]
    UnknownArchitecture,
    /// The fields of an object do not belong to its data type.
    #[error("extra fields do not belong to the data type")]
    ExtraMismatch,
    /// More descriptors than this crate reads back.
    #[error("capacity of {0} objects is more than 65536")]
    CapacityTooLarge(u32),
    /// The result would be longer than a file can be.
    #[error("image would be longer than a file can be")]
    TooLarge,
    /// The header's data offset lies inside the header or the table, so that adding would overwrite them.
    #[error(
        "data offset {0} lies inside the header or the descriptor table; adding would overwrite them"
    )]
    UnsafeDataOffset(i64),
    /// The header says that the image is empty while it holds objects.
    #[error("header declares an empty image, but {0} objects are there")]
    DeclaredEmpty(usize),
    /// The bytes changed under an editor: another program wrote to the image.
    #[error("image changed since it was read")]
    Changed,
}

impl Error {
    /// Returns the fault behind a refused image.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Invalid(fault) | Self::Unsupported(fault) | Self::Incomplete(fault) => {
                Some(fault)
            }
            _ => None,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault.kind() {
            FaultKind::Invalid => Self::Invalid(fault),
            FaultKind::Unsupported => Self::Unsupported(fault),
            FaultKind::Incomplete => Self::Incomplete(fault),
        }
    }
}
