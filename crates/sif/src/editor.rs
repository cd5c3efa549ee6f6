//! Changing an image: add, delete, set the primary partition, set the fields of an object.
//!
//! An editor writes new data at once, into space that belongs to no object, and keeps descriptors and
//! header in memory until [`Editor::finish`]. Until then the image on disk is the old one. What the
//! format's reference would do earlier (zero the bytes of a deleted object, cut the file) happens last,
//! so that a crash before the header is written has destroyed nothing; the resulting bytes are the same.

mod change;
mod place;

use crate::header::Header;
use crate::index::Index;
use crate::ranges::Ranges;
use crate::raw::{HEADER_SIZE, RawDescriptor, RawHeader};
use crate::source::read_exact_at;
use crate::{Descriptor, Error, Image, Storage, UnixTime};

/// The time that an operation leaves in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeTime {
    /// The present time, as the caller's clock has it; a deterministic image stays without times.
    Now(UnixTime),
    /// This time, whatever the image is.
    At(UnixTime),
    /// No time.
    Deterministic,
}

/// What deleting does beyond clearing the descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeleteOptions {
    /// Overwrite the object's bytes with zeros.
    pub zero: bool,
    /// Cut the file behind the last object that is left. Nothing is moved.
    pub compact: bool,
}

/// An open change of an image in `S`.
#[derive(Debug)]
pub struct Editor<S> {
    storage: S,
    /// The image with all operations so far applied.
    image: Image,
    /// The header's bytes as they were read.
    before: [u8; HEADER_SIZE],
    /// Slots whose descriptor differs from the one in the storage.
    changed: Vec<u32>,
    header_changed: bool,
    leftovers: Leftovers,
    /// Where new data may start at the earliest.
    floor: u64,
}

/// What remains to be done when header and table are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Leftovers {
    /// Bytes that must become zero.
    pub(crate) zero: Ranges,
    /// The length to cut the storage to.
    pub(crate) cut: Option<u64>,
}

/// The bytes that turn the old image into the new one, once all new data is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The new header.
    pub(crate) header: RawHeader,
    /// Where each changed descriptor stands and its new bytes.
    pub(crate) descriptors: Vec<(u64, RawDescriptor)>,
    pub(crate) leftovers: Leftovers,
}

impl<S: Storage> Editor<S> {
    /// Reads the image in `storage` strictly and starts a change.
    ///
    /// # Errors
    /// Those of [`Image::read`]; [`Error::UnsafeDataOffset`] and [`Error::DeclaredEmpty`] for images
    /// that can be read but not changed safely.
    pub fn open(storage: S) -> Result<Self, Error> {
        let image = Image::read(&storage)?;
        let header = image.header();
        if header.writable_data_offset().is_none() {
            return Err(Error::UnsafeDataOffset(header.data_offset()));
        }
        if image.declares_empty() && !image.objects().is_empty() {
            return Err(Error::DeclaredEmpty(image.objects().len()));
        }
        Ok(Self::with_image(storage, image))
    }

    /// Starts a change of an image whose header and table are not written yet.
    pub(crate) fn with_image(storage: S, image: Image) -> Self {
        Self {
            storage,
            before: header_bytes(image.header().raw()),
            image,
            changed: Vec::new(),
            header_changed: false,
            leftovers: Leftovers::default(),
            floor: 0,
        }
    }

    /// Puts new data behind all objects of the present image, those that are deleted in this change
    /// included: what takes a change back then never has to write where an object was.
    pub(crate) fn keep_old_data(&mut self) {
        self.floor = self.image.objects_end();
    }

    /// Returns the image as it will be.
    #[must_use]
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Returns the storage, for reading objects: new data is there already.
    #[must_use]
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// Tells whether anything was changed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.header_changed
    }

    /// Writes descriptors and header, then zeroes and cuts what was deleted, and returns the storage.
    ///
    /// # Errors
    /// [`Error::Changed`] if someone else changed the image meanwhile, before anything is written;
    /// [`Error::Write`] and [`Error::Read`].
    pub fn finish(mut self) -> Result<S, Error> {
        if let Some(outcome) = self.outcome()? {
            self.storage.sync().map_err(Error::Write)?;
            write_outcome(&mut self.storage, &outcome)?;
            write_leftovers(&mut self.storage, &outcome.leftovers)?;
        }
        Ok(self.storage)
    }

    /// Returns what is to be written, `None` if nothing was changed.
    pub(crate) fn outcome(&self) -> Result<Option<Outcome>, Error> {
        if !self.header_changed {
            return Ok(None);
        }
        self.check_unchanged()?;
        let table = self.image.header().table();
        let descriptor = |slot: &u32| {
            let object = self.image.in_slot(*slot);
            let raw = object.map_or_else(RawDescriptor::unused, |object| object.raw().clone());
            (table.slot_offset(*slot), raw)
        };
        Ok(Some(Outcome {
            header: self.image.header().raw().clone(),
            descriptors: self.changed.iter().map(descriptor).collect(),
            leftovers: self.leftovers.clone(),
        }))
    }

    pub(crate) fn into_storage(self) -> S {
        self.storage
    }

    /// Another program's write since the image was read would be lost or make nonsense.
    fn check_unchanged(&self) -> Result<(), Error> {
        let mut bytes = [0; HEADER_SIZE];
        match read_exact_at(&self.storage, &mut bytes, 0) {
            Ok(()) if bytes == self.before => Ok(()),
            Ok(()) => Err(Error::Changed),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(Error::Changed),
            Err(error) => Err(Error::Read(error)),
        }
    }

    /// For a new image: the storage holds zeros, and the header is to be written in any case.
    pub(crate) fn start_from_zeros(&mut self) {
        self.before = [0; HEADER_SIZE];
        self.header_changed = true;
    }

    fn header_mut(&mut self) -> &mut RawHeader {
        self.header_changed = true;
        self.image.header_mut().raw_mut()
    }

    fn mark_changed(&mut self, slot: u32) {
        if let Err(at) = self.changed.binary_search(&slot) {
            self.changed.insert(at, slot);
        }
    }

    /// Resolves the time of an operation and returns it.
    fn time(&self, time: ChangeTime) -> UnixTime {
        match time {
            ChangeTime::Now(_) if self.image.header().is_deterministic() => UnixTime::ZERO,
            ChangeTime::Now(time) | ChangeTime::At(time) => time,
            ChangeTime::Deterministic => UnixTime::ZERO,
        }
    }
}

/// Writes the descriptors, then the header, each safe on disk before the next.
pub(crate) fn write_outcome<S: Storage>(storage: &mut S, outcome: &Outcome) -> Result<(), Error> {
    for (offset, descriptor) in &outcome.descriptors {
        storage
            .write_all_at(descriptor.bytes(), *offset)
            .map_err(Error::Write)?;
    }
    storage.sync().map_err(Error::Write)?;
    storage
        .write_all_at(outcome.header.bytes(), 0)
        .map_err(Error::Write)?;
    storage.sync().map_err(Error::Write)
}

/// Zeroes and cuts what was deleted. Doing it again does no harm.
pub(crate) fn write_leftovers<S: Storage>(
    storage: &mut S,
    leftovers: &Leftovers,
) -> Result<(), Error> {
    if *leftovers == Leftovers::default() {
        return Ok(());
    }
    static ZEROS: [u8; 65_536] = [0; 65_536];
    for range in leftovers.zero.iter() {
        let mut position = range.start;
        while position < range.end {
            let left = usize::try_from(range.end - position).unwrap_or(usize::MAX);
            let count = left.min(ZEROS.len());
            storage
                .write_all_at(&ZEROS[..count], position)
                .map_err(Error::Write)?;
            position += count as u64;
        }
    }
    if let Some(length) = leftovers.cut {
        storage.set_len(length).map_err(Error::Write)?;
    }
    storage.sync().map_err(Error::Write)
}

fn header_bytes(header: &RawHeader) -> [u8; HEADER_SIZE] {
    let mut bytes = [0; HEADER_SIZE];
    bytes.copy_from_slice(header.bytes());
    bytes
}

impl Image {
    pub(crate) fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    /// Puts a descriptor into its slot, or in place of the one that is there.
    pub(crate) fn put(&mut self, descriptor: Descriptor) {
        let slot = descriptor.slot();
        match self.objects.binary_search_by_key(&slot, Descriptor::slot) {
            Ok(at) => {
                self.index.remove(&self.objects[at]);
                self.index.insert(&descriptor);
                self.objects[at] = descriptor;
            }
            Err(at) => {
                self.index.insert(&descriptor);
                self.objects.insert(at, descriptor);
            }
        }
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&Descriptor) -> bool) {
        self.objects.retain(keep);
        self.index = Index::of(&self.objects);
    }

    pub(crate) fn in_slot(&self, slot: u32) -> Option<&Descriptor> {
        let at = self
            .objects
            .binary_search_by_key(&slot, Descriptor::slot)
            .ok()?;
        self.objects.get(at)
    }

    pub(crate) fn set_length(&mut self, length: u64) {
        self.length = length;
    }
}
