//! Deleting objects, setting the primary partition, setting the fields of an object.

use std::collections::BTreeSet;

use zerocopy::little_endian::{I32, I64};

use super::place::signed;
use super::{ChangeTime, DeleteOptions, Editor};
use crate::object_input::{check_fields, extra_area};
use crate::raw::{EXTRA_SIZE, RawDescriptor};
use crate::{Architecture, Descriptor, Error, Extra, ObjectId, PartitionType, Storage, UnixTime};

impl<S: Storage> Editor<S> {
    /// Deletes one object. Signatures and links that refer to it stay as they are.
    ///
    /// # Errors
    /// [`Error::InvalidObjectId`] for 0, [`Error::ObjectNotFound`].
    pub fn delete(
        &mut self,
        id: ObjectId,
        options: DeleteOptions,
        time: ChangeTime,
    ) -> Result<(), Error> {
        let id = self.find(id)?.id();
        self.delete_where(|object| object.id() == id, options, time)
            .map(drop)
    }

    /// Deletes all objects that `select` picks and returns their numbers in table order.
    ///
    /// # Errors
    /// [`Error::NoObjectMatches`].
    pub fn delete_where(
        &mut self,
        select: impl Fn(&Descriptor) -> bool,
        options: DeleteOptions,
        time: ChangeTime,
    ) -> Result<Vec<ObjectId>, Error> {
        let picked: Vec<Descriptor> = self
            .image
            .objects()
            .iter()
            .filter(|object| select(object))
            .cloned()
            .collect();
        if picked.is_empty() {
            return Err(Error::NoObjectMatches);
        }
        let time = self.time(time);
        for object in &picked {
            if options.zero {
                self.leftovers.zero.insert(object.range());
            }
            self.mark_changed(object.slot());
        }
        let gone: BTreeSet<u32> = picked.iter().map(Descriptor::slot).collect();
        self.image.retain(|object| !gone.contains(&object.slot()));
        if picked.iter().any(Descriptor::is_primary_partition) {
            let left = self
                .image
                .objects()
                .iter()
                .find(|object| object.is_primary_partition());
            let architecture = left.and_then(|object| object.raw().partition_architecture());
            self.header_mut().architecture = architecture.unwrap_or(Architecture::UNKNOWN).bytes();
        }
        if options.compact {
            self.compact()?;
        }
        let free = self.free_slots();
        let header = self.header_mut();
        header.descriptors_free = I64::new(free);
        header.modified = I64::new(time.0);
        Ok(picked.iter().map(Descriptor::id).collect())
    }

    /// Makes a system partition the primary one; the present one becomes a system partition. Returns
    /// whether anything changed.
    ///
    /// Any signature that covers either partition breaks.
    ///
    /// # Errors
    /// [`Error::InvalidObjectId`], [`Error::ObjectNotFound`], [`Error::NotPartition`],
    /// [`Error::NotSystemPartition`], [`Error::SeveralPrimaryPartitions`].
    pub fn set_primary(&mut self, id: ObjectId, time: ChangeTime) -> Result<bool, Error> {
        let object = self.find(id)?.clone();
        let Extra::Partition {
            partition_type,
            architecture,
            ..
        } = object.extra()
        else {
            return Err(Error::NotPartition(id));
        };
        let present = self.image.primary_partition()?.cloned();
        match partition_type {
            PartitionType::PrimarySystem => return Ok(false),
            PartitionType::System => {}
            _ => return Err(Error::NotSystemPartition(id)),
        }
        let time = self.time(time);
        if let Some(present) = present {
            self.set_partition_type(&present, PartitionType::System, time)?;
        }
        self.set_partition_type(&object, PartitionType::PrimarySystem, time)?;
        let header = self.header_mut();
        header.architecture = architecture.bytes();
        header.modified = I64::new(time.0);
        Ok(true)
    }

    /// Replaces the fields of an object's data type, such as the digest of an OCI blob.
    ///
    /// # Errors
    /// [`Error::InvalidObjectId`], [`Error::ObjectNotFound`], [`Error::ExtraMismatch`],
    /// [`Error::UnknownArchitecture`], [`Error::PrimaryPartitionExists`].
    pub fn set_extra(
        &mut self,
        id: ObjectId,
        extra: &Extra,
        time: ChangeTime,
    ) -> Result<(), Error> {
        check_fields(self.find(id)?.data_type(), extra)?;
        self.replace_extra(id, extra.encode(), time)
    }

    /// Replaces the area of an object's data type by any bytes, with zeros behind them.
    ///
    /// # Errors
    /// As [`Editor::set_extra`]; [`Error::ExtraTooLarge`] for more than 384 bytes.
    pub fn set_extra_bytes(
        &mut self,
        id: ObjectId,
        bytes: &[u8],
        time: ChangeTime,
    ) -> Result<(), Error> {
        self.replace_extra(id, extra_area(bytes)?, time)
    }

    fn replace_extra(
        &mut self,
        id: ObjectId,
        area: [u8; EXTRA_SIZE],
        time: ChangeTime,
    ) -> Result<(), Error> {
        let object = self.find(id)?.clone();
        let time = self.time(time);
        let was_primary = object.is_primary_partition();
        let mut raw = object.raw().clone();
        raw.extra = area;
        raw.modified = I64::new(time.0);
        let changed = Descriptor::new(raw, object.slot()).ok_or(Error::TooLarge)?;
        if changed.is_primary_partition()
            && !was_primary
            && let Some(existing) = self.image.primary_partition()?
        {
            return Err(Error::PrimaryPartitionExists(existing.id()));
        }
        if changed.is_primary_partition() || was_primary {
            let architecture = changed
                .is_primary_partition()
                .then(|| changed.raw().partition_architecture())
                .flatten();
            self.header_mut().architecture = architecture.unwrap_or(Architecture::UNKNOWN).bytes();
        }
        self.mark_changed(changed.slot());
        self.image.put(changed);
        self.header_mut().modified = I64::new(time.0);
        Ok(())
    }

    fn find(&self, id: ObjectId) -> Result<&Descriptor, Error> {
        if id.0 == 0 {
            return Err(Error::InvalidObjectId);
        }
        self.image.object(id).ok_or(Error::ObjectNotFound(id))
    }

    fn set_partition_type(
        &mut self,
        object: &Descriptor,
        partition_type: PartitionType,
        time: UnixTime,
    ) -> Result<(), Error> {
        let mut raw: RawDescriptor = object.raw().clone();
        raw.extra[4..8].copy_from_slice(I32::new(partition_type.code()).as_ref());
        raw.modified = I64::new(time.0);
        let changed = Descriptor::new(raw, object.slot()).ok_or(Error::TooLarge)?;
        self.mark_changed(changed.slot());
        self.image.put(changed);
        Ok(())
    }

    /// Cuts the file behind the last object that is left.
    fn compact(&mut self) -> Result<(), Error> {
        let (start, end) = (self.data_start(), self.data_end());
        self.header_mut().data_size = I64::new(signed(end - start)?);
        self.leftovers.cut = Some(end);
        self.leftovers.zero.remove(&(end..u64::MAX));
        self.image.set_length(end);
        Ok(())
    }
}
