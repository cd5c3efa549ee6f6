//! Images for the tests, made by the crate itself.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use sif::{
    Architecture, DataType, FileSystem, GroupId, ImageBuilder, Link, ObjectInput, PartitionType,
    Source, UnixTime,
};
use uuid::Uuid;

/// A time in 2023.
pub(crate) const TIME: UnixTime = UnixTime(1_700_000_000);
/// Where the descriptor table of the images starts.
pub(crate) const TABLE: usize = 4096;
/// Bytes of a descriptor.
pub(crate) const DESCRIPTOR: usize = 585;

pub(crate) fn amd64() -> Architecture {
    Architecture::from_name("amd64").unwrap()
}

pub(crate) fn builder() -> ImageBuilder {
    ImageBuilder::new(Uuid::from_u128(0x1234), TIME).capacity(8)
}

pub(crate) fn partition(kind: PartitionType, data: &[u8]) -> ObjectInput<&[u8]> {
    ObjectInput::partition(FileSystem::Squashfs, kind, amd64(), data)
}

pub(crate) fn generic(data: &[u8]) -> ObjectInput<&[u8]> {
    ObjectInput::new(DataType::Generic, data)
}

/// A definition file, a primary partition, a signature of group 1 and a blob in group 2.
pub(crate) fn image() -> Vec<u8> {
    let group = GroupId::new(1).unwrap();
    let objects = vec![
        ObjectInput::new(DataType::DefinitionFile, b"bootstrap: docker\n".as_slice()).name("a.def"),
        partition(PartitionType::PrimarySystem, &[0x5A; 5000]),
        ObjectInput::signature(
            sif::HashType::Sha256,
            Some([7; 20]),
            Link::Group(group),
            b"signed",
        ),
        ObjectInput::new(DataType::OciBlob, b"blob".as_slice()).group(GroupId::new(2)),
    ];
    builder()
        .launch_script("#!/usr/bin/env run-singularity\n")
        .write(Vec::new(), objects)
        .unwrap()
}

/// Writes a number into an image, little-endian.
pub(crate) fn put_i64(image: &mut [u8], at: usize, value: i64) {
    image[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

/// Writes a number into an image, little-endian.
pub(crate) fn put_u32(image: &mut [u8], at: usize, value: u32) {
    image[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Counts what is read of a source.
pub(crate) struct Counting<S> {
    source: S,
    read: AtomicU64,
}

impl<S> Counting<S> {
    pub(crate) fn new(source: S) -> Self {
        Self {
            source,
            read: AtomicU64::new(0),
        }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl<S: Source> Source for Counting<S> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let count = self.source.read_at(buffer, offset)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn size(&self) -> io::Result<u64> {
        self.source.size()
    }
}
