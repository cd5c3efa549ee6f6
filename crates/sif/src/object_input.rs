//! What a new object is made of.

use crate::raw::{EXTRA_SIZE, NAME_SIZE};
use crate::{
    Architecture, DataType, Error, Extra, FINGERPRINT_SIZE, FileSystem, GroupId, HashType, Link,
    MessageFormat, MessageType, OciDigest, PartitionType, SbomFormat, UnixTime,
};

/// Where partitions start: at a multiple of this.
pub const PARTITION_ALIGNMENT: u64 = 4096;

/// A new object: its data, a reader, and what its descriptor will say.
#[derive(Debug, Clone)]
pub struct ObjectInput<R> {
    pub(crate) data: R,
    pub(crate) data_type: DataType,
    pub(crate) extra: ExtraInput,
    pub(crate) group: Option<GroupId>,
    pub(crate) link: Link,
    pub(crate) name: Vec<u8>,
    pub(crate) alignment: u64,
    pub(crate) time: Option<UnixTime>,
}

/// The area of the descriptor that depends on the data type.
#[derive(Debug, Clone)]
pub(crate) enum ExtraInput {
    /// Known fields.
    Fields(Extra),
    /// Any bytes.
    Bytes(Vec<u8>),
    /// The digest of the data, computed while it is written.
    DigestOfData,
}

impl<R> ObjectInput<R> {
    /// Returns an object of any type, in the default group, without fields of its type.
    ///
    /// OCI objects get the digest of their data.
    pub fn new(data_type: DataType, data: R) -> Self {
        let extra = match data_type {
            DataType::OciRootIndex | DataType::OciBlob => ExtraInput::DigestOfData,
            _ => ExtraInput::Fields(Extra::None),
        };
        Self {
            data,
            data_type,
            extra,
            group: Some(GroupId::DEFAULT),
            link: Link::None,
            name: Vec::new(),
            alignment: 0,
            time: None,
        }
    }

    /// Returns a partition, aligned to [`PARTITION_ALIGNMENT`].
    pub fn partition(
        file_system: FileSystem,
        partition_type: PartitionType,
        architecture: Architecture,
        data: R,
    ) -> Self {
        Self::new(DataType::Partition, data)
            .alignment(PARTITION_ALIGNMENT)
            .extra(Extra::Partition {
                file_system,
                partition_type,
                architecture,
            })
    }

    /// Returns a signature: in no group, linked to what it signs.
    pub fn signature(
        hash: HashType,
        fingerprint: Option<[u8; FINGERPRINT_SIZE]>,
        signed: Link,
        data: R,
    ) -> Self {
        Self::new(DataType::Signature, data)
            .group(None)
            .link(signed)
            .extra(Extra::Signature { hash, fingerprint })
    }

    /// Returns a cryptographic message.
    pub fn cryptographic_message(format: MessageFormat, message: MessageType, data: R) -> Self {
        Self::new(DataType::CryptographicMessage, data)
            .extra(Extra::CryptographicMessage { format, message })
    }

    /// Returns a bill of materials.
    pub fn sbom(format: SbomFormat, data: R) -> Self {
        Self::new(DataType::Sbom, data).extra(Extra::Sbom { format })
    }

    /// Sets the group, or none.
    #[must_use]
    pub fn group(self, group: Option<GroupId>) -> Self {
        Self { group, ..self }
    }

    /// Sets what the object refers to.
    #[must_use]
    pub fn link(self, link: Link) -> Self {
        Self { link, ..self }
    }

    /// Sets the name, at most 128 bytes.
    #[must_use]
    pub fn name(self, name: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            ..self
        }
    }

    /// Sets the alignment of the data's place; 0 for none. Any number works.
    #[must_use]
    pub fn alignment(self, alignment: u64) -> Self {
        Self { alignment, ..self }
    }

    /// Sets the object's own time instead of that of the operation.
    #[must_use]
    pub fn time(self, time: UnixTime) -> Self {
        Self {
            time: Some(time),
            ..self
        }
    }

    /// Sets the fields of the data type; they must belong to it.
    #[must_use]
    pub fn extra(self, extra: Extra) -> Self {
        Self {
            extra: ExtraInput::Fields(extra),
            ..self
        }
    }

    /// Sets the area of the data type to any bytes, at most 384.
    #[must_use]
    pub fn extra_bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            extra: ExtraInput::Bytes(bytes.into()),
            ..self
        }
    }

    /// Checks everything that does not depend on the image.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.name.len() > NAME_SIZE {
            return Err(Error::NameTooLarge(self.name.len()));
        }
        match &self.extra {
            ExtraInput::Bytes(bytes) => extra_area(bytes).map(drop),
            ExtraInput::Fields(extra) => check_fields(self.data_type, extra),
            ExtraInput::DigestOfData => Ok(()),
        }
    }

    /// Returns the area of the data type, given the digest of the data.
    pub(crate) fn extra_area(&self, sha256: [u8; 32]) -> Result<[u8; EXTRA_SIZE], Error> {
        match &self.extra {
            ExtraInput::Fields(extra) => Ok(extra.encode()),
            ExtraInput::Bytes(bytes) => extra_area(bytes),
            ExtraInput::DigestOfData => Ok(Extra::Oci {
                digest: OciDigest::from_sha256(sha256),
            }
            .encode()),
        }
    }
}

/// Checks that fields belong to the data type and can be written.
pub(crate) fn check_fields(data_type: DataType, extra: &Extra) -> Result<(), Error> {
    match (data_type, extra) {
        (DataType::Partition, Extra::Partition { architecture, .. }) => {
            if architecture.is_known() {
                Ok(())
            } else {
                Err(Error::UnknownArchitecture)
            }
        }
        (DataType::OciRootIndex | DataType::OciBlob, Extra::Oci { digest }) => {
            let size = digest.as_bytes().len();
            if size > EXTRA_SIZE {
                Err(Error::ExtraTooLarge(size))
            } else {
                Ok(())
            }
        }
        (DataType::Signature, Extra::Signature { .. })
        | (DataType::CryptographicMessage, Extra::CryptographicMessage { .. })
        | (DataType::Sbom, Extra::Sbom { .. }) => Ok(()),
        // These types mean nothing without their fields.
        (
            DataType::Partition
            | DataType::Signature
            | DataType::CryptographicMessage
            | DataType::Sbom
            | DataType::OciRootIndex
            | DataType::OciBlob,
            _,
        ) => Err(Error::ExtraMismatch),
        (_, Extra::None) => Ok(()),
        _ => Err(Error::ExtraMismatch),
    }
}

/// Returns the bytes at the start of an area of zeros.
pub(crate) fn extra_area(bytes: &[u8]) -> Result<[u8; EXTRA_SIZE], Error> {
    let mut area = [0; EXTRA_SIZE];
    let start = area
        .get_mut(..bytes.len())
        .ok_or(Error::ExtraTooLarge(bytes.len()))?;
    start.copy_from_slice(bytes);
    Ok(area)
}
