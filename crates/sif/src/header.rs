//! The header of an image whose structure has been checked.

use uuid::Uuid;

use crate::raw::{DESCRIPTOR_SIZE, HEADER_SIZE, RawHeader};
use crate::{Architecture, UnixTime};

/// A checked header: the descriptor table lies inside the file and behind the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    raw: RawHeader,
    table: TablePlace,
}

/// Where the descriptor table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TablePlace {
    /// First byte.
    pub(crate) offset: u64,
    /// Bytes that the header reserves, at least those of all descriptors.
    pub(crate) window: u64,
    /// Capacity in descriptors.
    pub(crate) total: u32,
}

impl TablePlace {
    /// Bytes of all descriptors.
    pub(crate) fn size(self) -> u64 {
        u64::from(self.total) * DESCRIPTOR_SIZE as u64
    }

    /// Where the descriptors end. Checked when the place was made, so it cannot overflow.
    pub(crate) fn end(self) -> u64 {
        self.offset.saturating_add(self.size())
    }

    /// Where a descriptor stands.
    pub(crate) fn slot_offset(self, slot: u32) -> u64 {
        self.offset
            .saturating_add(u64::from(slot) * DESCRIPTOR_SIZE as u64)
    }
}

impl Header {
    pub(crate) fn new(raw: RawHeader, table: TablePlace) -> Self {
        Self { raw, table }
    }

    /// Returns the 128 bytes and their fields.
    #[must_use]
    pub fn raw(&self) -> &RawHeader {
        &self.raw
    }

    /// Returns the launch script without its trailing NULs; need not be UTF-8.
    #[must_use]
    pub fn launch_script(&self) -> &[u8] {
        self.raw.launch_script()
    }

    /// Returns the architecture that the header names. Nothing protects it: it is a hint.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        Architecture::from_bytes(self.raw.architecture)
    }

    /// Returns the image's UUID.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.raw.uuid()
    }

    /// Returns the time of creation.
    #[must_use]
    pub fn created(&self) -> UnixTime {
        UnixTime(self.raw.created.get())
    }

    /// Returns the time of the last change.
    #[must_use]
    pub fn modified(&self) -> UnixTime {
        UnixTime(self.raw.modified.get())
    }

    /// Returns the count of unused descriptors that the header claims.
    #[must_use]
    pub fn descriptors_free(&self) -> i64 {
        self.raw.descriptors_free.get()
    }

    /// Returns the capacity of the descriptor table.
    #[must_use]
    pub fn descriptors_total(&self) -> u32 {
        self.table.total
    }

    /// Returns where the descriptor table starts.
    #[must_use]
    pub fn descriptors_offset(&self) -> u64 {
        self.table.offset
    }

    /// Returns the bytes that the header reserves for the descriptor table.
    #[must_use]
    pub fn descriptors_size(&self) -> u64 {
        self.table.window
    }

    /// Returns where object data starts, as the header claims; any number is possible.
    #[must_use]
    pub fn data_offset(&self) -> i64 {
        self.raw.data_offset.get()
    }

    /// Returns the bytes of object data, as the header claims; any number is possible.
    #[must_use]
    pub fn data_size(&self) -> i64 {
        self.raw.data_size.get()
    }

    /// Tells whether the image is deterministic: nil UUID and no times.
    #[must_use]
    pub fn is_deterministic(&self) -> bool {
        self.raw.is_deterministic()
    }

    /// Tells whether the claimed count of unused descriptors equals the capacity.
    #[must_use]
    pub fn declares_empty(&self) -> bool {
        self.descriptors_free() == i64::from(self.table.total)
    }

    /// Returns where a writer may put data: behind the header and the table.
    ///
    /// `None` when the header's own data offset lies before that, so that writing is not safe.
    pub(crate) fn writable_data_offset(&self) -> Option<u64> {
        let reserved = self.table.offset.saturating_add(self.table.window);
        let lowest = reserved.max(self.table.end()).max(HEADER_SIZE as u64);
        u64::try_from(self.data_offset())
            .ok()
            .filter(|offset| *offset >= lowest)
    }

    pub(crate) fn table(&self) -> TablePlace {
        self.table
    }

    pub(crate) fn raw_mut(&mut self) -> &mut RawHeader {
        &mut self.raw
    }
}
