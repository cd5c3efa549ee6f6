//! A descriptor in use whose object lies inside the file.

use std::borrow::Cow;
use std::ops::Range;

use crate::raw::RawDescriptor;
use crate::{
    DataType, Error, Extra, GroupId, Link, ObjectId, ObjectReader, PartitionType, Source, UnixTime,
};

/// A checked descriptor: in use, with a number of its own, its data inside the file and its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    raw: RawDescriptor,
    slot: u32,
    offset: u64,
    size: u64,
}

impl Descriptor {
    /// Returns `None` if offset or size is negative or their sum too large for a file.
    pub(crate) fn new(raw: RawDescriptor, slot: u32) -> Option<Self> {
        let offset = u64::try_from(raw.offset.get()).ok()?;
        let size = u64::try_from(raw.size.get()).ok()?;
        raw.offset.get().checked_add(raw.size.get())?;
        Some(Self {
            raw,
            slot,
            offset,
            size,
        })
    }

    /// Returns the 585 bytes and their fields.
    #[must_use]
    pub fn raw(&self) -> &RawDescriptor {
        &self.raw
    }

    /// Returns the position in the descriptor table, from 0.
    #[must_use]
    pub fn slot(&self) -> u32 {
        self.slot
    }

    /// Returns the object's number.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.raw.id()
    }

    /// Returns what the object holds.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.raw.data_type()
    }

    /// Returns the object's group, `None` for none.
    #[must_use]
    pub fn group(&self) -> Option<GroupId> {
        self.raw.group()
    }

    /// Returns what the object refers to.
    #[must_use]
    pub fn link(&self) -> Link {
        self.raw.link()
    }

    /// Returns where the data starts.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the bytes of data.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns where the data ends: the byte behind the last one.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.size)
    }

    /// Returns the bytes of the file that hold the data.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.offset..self.end()
    }

    /// Returns the time of creation.
    #[must_use]
    pub fn created(&self) -> UnixTime {
        self.raw.created()
    }

    /// Returns the time of the last change.
    #[must_use]
    pub fn modified(&self) -> UnixTime {
        self.raw.modified()
    }

    /// Returns the name for people: bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        self.raw.name()
    }

    /// Returns the name's bytes without trailing NULs.
    #[must_use]
    pub fn name_bytes(&self) -> &[u8] {
        self.raw.name_bytes()
    }

    /// Returns the fields that depend on the data type.
    #[must_use]
    pub fn extra(&self) -> Extra {
        self.raw.extra()
    }

    /// Tells whether this is a primary system partition.
    #[must_use]
    pub fn is_primary_partition(&self) -> bool {
        matches!(
            self.extra(),
            Extra::Partition {
                partition_type: PartitionType::PrimarySystem,
                ..
            }
        )
    }

    /// Returns a reader over exactly the object's bytes.
    pub fn reader<S: Source>(&self, source: S) -> ObjectReader<S> {
        ObjectReader::new(source, self.range())
    }

    /// Returns the object's bytes.
    ///
    /// # Errors
    /// [`Error::ObjectTooLarge`] above `limit` bytes, before anything is read; [`Error::Read`] if
    /// reading fails or the file has become shorter.
    pub fn read<S: Source + ?Sized>(&self, source: &S, limit: u64) -> Result<Vec<u8>, Error> {
        let too_large = || Error::ObjectTooLarge {
            id: self.id(),
            size: self.size,
            limit,
        };
        if self.size > limit {
            return Err(too_large());
        }
        let mut bytes = vec![0; usize::try_from(self.size).map_err(|_| too_large())?];
        crate::source::read_exact_at(source, &mut bytes, self.offset).map_err(Error::Read)?;
        Ok(bytes)
    }
}
