//! The two structures as they stand in a file: the 128-byte header and the 585-byte descriptor.
//!
//! Everything is little-endian and packed. These types say what the bytes are, not whether they make
//! sense: [`crate::Header`] and [`crate::Descriptor`] are the checked ones.

use std::borrow::Cow;

use uuid::Uuid;
use zerocopy::little_endian::{I32, I64, U32};
use zerocopy::{FromBytes, FromZeros as _, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::{Architecture, DataType, Extra, GroupId, Link, ObjectId, UnixTime};

/// Bytes of the header.
pub const HEADER_SIZE: usize = 128;
/// Bytes of one descriptor.
pub const DESCRIPTOR_SIZE: usize = 585;
/// What stands at offset 32 of every image.
pub const MAGIC: [u8; 10] = *b"SIF_MAGIC\0";
/// The one version of the format.
pub const VERSION: [u8; 3] = *b"01\0";
/// Bytes of an object's name field.
pub const NAME_SIZE: usize = 128;
/// Bytes of the area that depends on the data type.
pub const EXTRA_SIZE: usize = 384;
/// Bytes of the launch script field, its closing NUL included.
pub const LAUNCH_SIZE: usize = 32;

/// The header as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct RawHeader {
    /// Launch script, padded with NUL.
    pub launch: [u8; LAUNCH_SIZE],
    /// [`MAGIC`].
    pub magic: [u8; 10],
    /// [`VERSION`].
    pub version: [u8; 3],
    /// Architecture of the primary partition.
    pub architecture: [u8; 3],
    /// UUID in its usual byte order.
    pub id: [u8; 16],
    /// Unix seconds.
    pub created: I64,
    /// Unix seconds.
    pub modified: I64,
    /// Count of unused descriptors.
    pub descriptors_free: I64,
    /// Capacity of the descriptor table.
    pub descriptors_total: I64,
    /// Where the descriptor table starts.
    pub descriptors_offset: I64,
    /// Bytes of the descriptor table.
    pub descriptors_size: I64,
    /// Where object data starts.
    pub data_offset: I64,
    /// Bytes from there to the end of the last object; only informative.
    pub data_size: I64,
}

impl RawHeader {
    /// Returns the 128 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    /// Returns the launch script without its trailing NULs.
    #[must_use]
    pub fn launch_script(&self) -> &[u8] {
        without_trailing_nuls(&self.launch)
    }

    /// Returns the image's UUID.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        Uuid::from_bytes(self.id)
    }

    /// Tells whether the image is deterministic: nil UUID and no times.
    #[must_use]
    pub fn is_deterministic(&self) -> bool {
        self.uuid().is_nil()
            && UnixTime(self.created.get()).is_zero()
            && UnixTime(self.modified.get()).is_zero()
    }
}

/// A descriptor as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct RawDescriptor {
    /// [`DataType`].
    pub data_type: I32,
    /// Not 0 when the descriptor is in use.
    pub used: u8,
    /// Object number.
    pub id: U32,
    /// Group number under the group mask.
    pub group: U32,
    /// Linked object, or group under the group mask.
    pub link: U32,
    /// Where the data starts, from the start of the file.
    pub offset: I64,
    /// Bytes of data.
    pub size: I64,
    /// Bytes of data and of the gap in front of it.
    pub padded_size: I64,
    /// Unix seconds.
    pub created: I64,
    /// Unix seconds.
    pub modified: I64,
    /// Owner; 0 in files of today.
    pub uid: I64,
    /// Owner's group; 0 in files of today.
    pub gid: I64,
    /// Name, padded with NUL.
    pub name: [u8; NAME_SIZE],
    /// Fields that depend on the data type; see [`Extra`].
    pub extra: [u8; EXTRA_SIZE],
}

impl RawDescriptor {
    /// Returns the 585 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    /// Returns a descriptor that is not in use: zeros only.
    #[must_use]
    pub fn unused() -> Self {
        Self::new_zeroed()
    }

    /// Tells whether the descriptor is in use.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.used != 0
    }

    /// Returns what the object holds.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        DataType::from_code(self.data_type.get())
    }

    /// Returns the object's number.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        ObjectId(self.id.get())
    }

    /// Returns the object's group, `None` for none.
    #[must_use]
    pub fn group(&self) -> Option<GroupId> {
        GroupId::from_field(self.group.get())
    }

    /// Returns what the object refers to.
    #[must_use]
    pub fn link(&self) -> Link {
        Link::from_field(self.link.get())
    }

    /// Returns the name's bytes without trailing NULs.
    #[must_use]
    pub fn name_bytes(&self) -> &[u8] {
        without_trailing_nuls(&self.name)
    }

    /// Returns the name for people: bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.name_bytes())
    }

    /// Returns the time of creation.
    #[must_use]
    pub fn created(&self) -> UnixTime {
        UnixTime(self.created.get())
    }

    /// Returns the time of the last change.
    #[must_use]
    pub fn modified(&self) -> UnixTime {
        UnixTime(self.modified.get())
    }

    /// Returns the fields that depend on the data type.
    #[must_use]
    pub fn extra(&self) -> Extra {
        Extra::decode(self.data_type(), &self.extra)
    }

    /// Returns the partition's architecture, `None` for other objects.
    pub(crate) fn partition_architecture(&self) -> Option<Architecture> {
        match self.extra() {
            Extra::Partition { architecture, .. } => Some(architecture),
            _ => None,
        }
    }
}

fn without_trailing_nuls(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    #[test]
    fn structures_have_the_size_and_places_of_the_format() {
        assert_eq!(size_of::<RawHeader>(), HEADER_SIZE);
        assert_eq!(size_of::<RawDescriptor>(), DESCRIPTOR_SIZE);
        assert_eq!(offset_of!(RawHeader, id), 48);
        assert_eq!(offset_of!(RawHeader, data_size), 120);
        assert_eq!(offset_of!(RawDescriptor, used), 4);
        assert_eq!(offset_of!(RawDescriptor, offset), 17);
        assert_eq!(offset_of!(RawDescriptor, name), 73);
        assert_eq!(offset_of!(RawDescriptor, extra), 201);
    }

    #[test]
    fn names_lose_only_trailing_nuls() {
        let mut raw = RawDescriptor::unused();
        assert_eq!(raw.name(), "");
        raw.name[0] = b'a';
        raw.name[2] = b'b';
        assert_eq!(raw.name_bytes(), b"a\0b");
        raw.name = [0xFF; NAME_SIZE];
        assert_eq!(raw.name_bytes().len(), NAME_SIZE);
        assert!(raw.name().contains('\u{FFFD}'));
    }
}
