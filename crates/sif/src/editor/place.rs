//! Adding an object: finding its slot, its number and its place, and writing its data.

use std::collections::HashSet;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};
use zerocopy::little_endian::{I32, I64, U32};

use super::{ChangeTime, Editor};
use crate::raw::{NAME_SIZE, RawDescriptor};
use crate::{
    Descriptor, Error, Extra, GroupId, ObjectId, ObjectInput, PartitionType, Storage, UnixTime,
};

/// Data is copied in pieces of this size.
const PIECE: usize = 256 * 1024;

/// Where a new object goes.
struct Place {
    slot: u32,
    id: ObjectId,
    /// Where the last object ends.
    end: u64,
    /// Where the data starts: `end` rounded up.
    offset: u64,
}

impl<S: Storage> Editor<S> {
    /// Writes the object's data behind all others and returns the number of the new object.
    ///
    /// # Errors
    /// [`Error::InsufficientCapacity`], [`Error::PrimaryPartitionExists`], [`Error::NameTooLarge`],
    /// [`Error::ExtraTooLarge`], [`Error::ExtraMismatch`], [`Error::UnknownArchitecture`] before
    /// anything is written; [`Error::Read`] if the data cannot be read, [`Error::Write`]. After an error
    /// the editor is as before the call.
    pub fn add<R: Read>(
        &mut self,
        input: ObjectInput<R>,
        time: ChangeTime,
    ) -> Result<ObjectId, Error> {
        let time = self.time(time);
        self.place(input, time)
    }

    /// As [`Editor::add`], at a time that is settled.
    pub(crate) fn place<R: Read>(
        &mut self,
        mut input: ObjectInput<R>,
        time: UnixTime,
    ) -> Result<ObjectId, Error> {
        input.check()?;
        let place = self.find_place(input.alignment)?;
        let architecture = self.architecture_if_primary(&input)?;

        let (size, sha256) = self.write_or_undo(&mut input.data, place.offset)?;
        let raw = describe(&input, &place, size, sha256, input.time.unwrap_or(time))?;
        let descriptor = Descriptor::new(raw, place.slot).ok_or(Error::TooLarge)?;

        let end = descriptor.end();
        self.claim(&descriptor)?;
        self.mark_changed(place.slot);
        self.image.put(descriptor);
        self.image.set_length(self.image.length().max(end));
        let data_start = self.data_start();
        let free = self.free_slots();
        let header = self.header_mut();
        if let Some(architecture) = architecture {
            header.architecture = architecture.bytes();
        }
        header.descriptors_free = I64::new(free);
        header.data_size = I64::new(signed(end.saturating_sub(data_start))?);
        header.modified = I64::new(time.0);
        Ok(place.id)
    }

    fn find_place(&self, alignment: u64) -> Result<Place, Error> {
        let total = self.image.header().descriptors_total();
        let objects = self.image.objects();
        // Objects are sorted by slot, so the first one out of step leaves a free slot before it.
        let slot = (0..)
            .zip(objects)
            .find(|(slot, object)| object.slot() != *slot);
        let slot = slot.map_or(
            u32::try_from(objects.len()).unwrap_or(u32::MAX),
            |(slot, _)| slot,
        );
        if slot >= total {
            return Err(Error::InsufficientCapacity { total });
        }
        let end = self.data_end().max(self.floor);
        let offset = match alignment {
            0 => end,
            _ => end
                .checked_next_multiple_of(alignment)
                .ok_or(Error::TooLarge)?,
        };
        signed(offset)?;
        Ok(Place {
            slot,
            id: self.free_id(slot),
            end,
            offset,
        })
    }

    /// Slot + 1, unless an object with numbers out of step has taken it.
    fn free_id(&self, slot: u32) -> ObjectId {
        let usual = ObjectId(slot + 1);
        if self.image.object(usual).is_none() {
            return usual;
        }
        let taken: HashSet<ObjectId> = self.image.objects().iter().map(Descriptor::id).collect();
        (1..=u32::MAX)
            .map(ObjectId)
            .find(|id| !taken.contains(id))
            .unwrap_or(usual)
    }

    fn architecture_if_primary<R>(
        &self,
        input: &ObjectInput<R>,
    ) -> Result<Option<crate::Architecture>, Error> {
        let area = input.extra_area([0; 32])?;
        let Extra::Partition {
            partition_type: PartitionType::PrimarySystem,
            architecture,
            ..
        } = Extra::decode(input.data_type, &area)
        else {
            return Ok(None);
        };
        match self.image.primary_partition()? {
            Some(existing) => Err(Error::PrimaryPartitionExists(existing.id())),
            None => Ok(Some(architecture)),
        }
    }

    /// Copies the data; if that fails, the storage gets its length back.
    fn write_or_undo(&mut self, data: &mut impl Read, at: u64) -> Result<(u64, [u8; 32]), Error> {
        let length = self.storage.size().map_err(Error::Read)?;
        self.write_data(data, at).inspect_err(|_| {
            // The failure that led here is the one to report; bytes that stay belong to no object.
            if self.storage.size().is_ok_and(|now| now > length) {
                let _ = self.storage.set_len(length);
            }
        })
    }

    /// Copies the data and returns its size and digest.
    fn write_data(&mut self, data: &mut impl Read, offset: u64) -> Result<(u64, [u8; 32]), Error> {
        let mut piece = vec![0; PIECE];
        let mut digest = Sha256::new();
        let mut position = offset;
        loop {
            let count = fill(data, &mut piece).map_err(Error::Read)?;
            if count == 0 {
                return Ok((position - offset, digest.finalize().into()));
            }
            let bytes = &piece[..count];
            digest.update(bytes);
            self.storage
                .write_all_at(bytes, position)
                .map_err(Error::Write)?;
            position = position.checked_add(count as u64).ok_or(Error::TooLarge)?;
            signed(position)?;
        }
    }

    /// Makes the place belong to the new object: the file reaches it, and what earlier operations left
    /// to be done there no longer touches it.
    fn claim(&mut self, descriptor: &Descriptor) -> Result<(), Error> {
        // A writer that cuts first leaves zeros in the gap; here the old bytes are still there.
        if let Some(cut) = self.leftovers.cut.take() {
            self.leftovers.zero.insert(cut..descriptor.offset());
            let end = descriptor.end().max(cut);
            let actual = self.storage.size().map_err(Error::Read)?;
            self.leftovers.cut = (actual > end).then_some(end);
        }
        self.leftovers.zero.remove(&descriptor.range());
        // Data of no bytes does not make the storage longer, yet its place must lie inside.
        let actual = self.storage.size().map_err(Error::Read)?;
        if actual < descriptor.offset() {
            self.storage
                .set_len(descriptor.offset())
                .map_err(Error::Write)?;
        }
        Ok(())
    }

    /// Where the header says that data starts; checked when the editor was opened.
    pub(super) fn data_start(&self) -> u64 {
        u64::try_from(self.image.header().data_offset()).unwrap_or(0)
    }

    /// Where the last object ends, at least where data starts.
    pub(super) fn data_end(&self) -> u64 {
        self.image.objects_end().max(self.data_start())
    }

    pub(super) fn free_slots(&self) -> i64 {
        let used = i64::try_from(self.image.objects().len()).unwrap_or(i64::MAX);
        i64::from(self.image.header().descriptors_total()) - used
    }
}

fn describe<R>(
    input: &ObjectInput<R>,
    place: &Place,
    size: u64,
    sha256: [u8; 32],
    time: UnixTime,
) -> Result<RawDescriptor, Error> {
    let padded = (place.offset - place.end)
        .checked_add(size)
        .ok_or(Error::TooLarge)?;
    let mut name = [0; NAME_SIZE];
    name.get_mut(..input.name.len())
        .ok_or(Error::NameTooLarge(input.name.len()))?
        .copy_from_slice(&input.name);
    Ok(RawDescriptor {
        data_type: I32::new(input.data_type.code()),
        used: 1,
        id: U32::new(place.id.0),
        group: U32::new(GroupId::field(input.group)),
        link: U32::new(input.link.field()),
        offset: I64::new(signed(place.offset)?),
        size: I64::new(signed(size)?),
        padded_size: I64::new(signed(padded)?),
        created: I64::new(time.0),
        modified: I64::new(time.0),
        uid: I64::new(0),
        gid: I64::new(0),
        name,
        extra: input.extra_area(sha256)?,
    })
}

pub(super) fn signed(value: u64) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::TooLarge)
}

/// Reads until the buffer is full or the data ends, so that small reads do not make small writes.
fn fill(data: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match data.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
