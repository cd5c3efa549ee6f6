//! An image whose structure has been checked, ready for verifying, signing and changing.

use std::io;
use std::ops::ControlFlow;

use crate::header::Header;
use crate::index::Index;
use crate::layout::{Segment, segments};
use crate::load;
use crate::raw::RawDescriptor;
use crate::{Descriptor, Error, Fault, Field, Finding, GroupId, ObjectId, Problem, Source};

/// Header and descriptors of an image, read strictly.
///
/// Holds no file: data is read through the same [`Source`] that the image was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub(crate) header: Header,
    /// Sorted by slot.
    pub(crate) objects: Vec<Descriptor>,
    pub(crate) length: u64,
    pub(crate) index: Index,
}

impl Image {
    /// Reads the image's header and descriptors and checks their structure.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Unsupported`] or [`Error::Incomplete`] with the first field that is
    /// wrong; [`Error::Read`] if reading fails.
    pub fn read<S: Source + ?Sized>(source: &S) -> Result<Self, Error> {
        let length = source.size().map_err(Error::Read)?;
        let raw = load::read_header(source, length).map_err(Error::Read)??;
        if let Some(fault) = load::check_identity(&raw).into_iter().next() {
            return Err(fault.into());
        }
        let table = load::check_table(&raw, length)?;
        let mut checker = load::Checker::new(table, length);
        let check = |slot, raw: &RawDescriptor| {
            checker.take(slot, raw);
            ControlFlow::Continue(())
        };
        load::visit_used(source, table, check)
            .map_err(|error| table_error(error, table.end(), length))?;
        let (objects, faults) = checker.finish();
        match faults.into_iter().next() {
            Some(fault) => Err(fault.into()),
            None => Ok(Self::from_parts(Header::new(raw, table), objects, length)),
        }
    }

    /// Returns the header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the length of the file when it was read.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns the descriptors in use, in table order.
    #[must_use]
    pub fn objects(&self) -> &[Descriptor] {
        &self.objects
    }

    /// Returns the object of this number.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<&Descriptor> {
        self.in_slot(self.index.slot(id)?)
    }

    /// Returns all groups, ascending.
    #[must_use]
    pub fn groups(&self) -> Vec<GroupId> {
        self.index.groups().collect()
    }

    /// Returns the objects of a group, in table order.
    pub fn group_members(&self, group: GroupId) -> impl Iterator<Item = &Descriptor> {
        let slots = self.index.members(group);
        slots.filter_map(|slot| self.in_slot(slot))
    }

    /// Returns the primary system partition, `None` if there is none.
    ///
    /// # Errors
    /// [`Error::SeveralPrimaryPartitions`] if there is more than one: a guess could be the wrong one.
    pub fn primary_partition(&self) -> Result<Option<&Descriptor>, Error> {
        let mut primaries = self
            .objects
            .iter()
            .filter(|object| object.is_primary_partition());
        let first = primaries.next();
        match primaries.count() {
            0 => Ok(first),
            more => Err(Error::SeveralPrimaryPartitions { count: more + 1 }),
        }
    }

    /// Tells whether the header claims that no descriptor is in use. The reference then treats the
    /// image as empty, whatever the table says.
    #[must_use]
    pub fn declares_empty(&self) -> bool {
        self.header.declares_empty()
    }

    /// Returns what is odd about the image without being a reason to refuse it.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        crate::finding::findings(self)
    }

    /// Returns the parts of the file from its first to its last byte, without holes.
    #[must_use]
    pub fn layout(&self) -> Vec<Segment> {
        segments(self)
    }

    /// Returns where the data of the last object ends, 0 without objects.
    #[must_use]
    pub fn objects_end(&self) -> u64 {
        self.objects.iter().map(Descriptor::end).max().unwrap_or(0)
    }

    pub(crate) fn from_parts(header: Header, objects: Vec<Descriptor>, length: u64) -> Self {
        Self {
            header,
            index: Index::of(&objects),
            objects,
            length,
        }
    }
}

/// A table that was inside the file a moment ago and cannot be read now: the file shrank.
fn table_error(error: io::Error, end: u64, length: u64) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        let problem = Problem::FileEnds { end, length };
        return Fault::of_header(Field::Descriptors, problem).into();
    }
    Error::Read(error)
}
