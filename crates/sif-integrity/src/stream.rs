//! The bytes of header and descriptor that a signature covers.
//!
//! What is left out (architecture, counts, offsets, times of change, object numbers) may change without
//! breaking a signature; an object's number is replaced by its distance from the lowest of its group.

use sif::raw::{DESCRIPTOR_SIZE, RawDescriptor, RawHeader};

/// Bytes of the header stream.
pub const HEADER_STREAM_SIZE: usize = 61;
/// Bytes of a descriptor stream.
pub const DESCRIPTOR_STREAM_SIZE: usize = 557;

/// Returns the covered bytes of the header.
#[must_use]
pub fn header_stream(header: &RawHeader) -> Vec<u8> {
    let mut stream = Vec::with_capacity(HEADER_STREAM_SIZE);
    stream.extend_from_slice(&header.launch);
    stream.extend_from_slice(&header.magic);
    stream.extend_from_slice(&header.version);
    stream.extend_from_slice(&header.id);
    stream
}

/// Returns the covered bytes of a descriptor whose object has this relative number.
#[must_use]
pub fn descriptor_stream(descriptor: &RawDescriptor, relative_id: u32) -> Vec<u8> {
    let mut stream = Vec::with_capacity(DESCRIPTOR_SIZE);
    stream.extend_from_slice(&descriptor.data_type.get().to_le_bytes());
    // Any byte but 0 means "used"; the signature covers the meaning, not the byte.
    stream.push(u8::from(descriptor.used != 0));
    stream.extend_from_slice(&relative_id.to_le_bytes());
    stream.extend_from_slice(&descriptor.link.get().to_le_bytes());
    stream.extend_from_slice(&descriptor.size.get().to_le_bytes());
    stream.extend_from_slice(&descriptor.created.get().to_le_bytes());
    stream.extend_from_slice(&descriptor.uid.get().to_le_bytes());
    stream.extend_from_slice(&descriptor.gid.get().to_le_bytes());
    stream.extend_from_slice(&descriptor.name);
    stream.extend_from_slice(&descriptor.extra);
    stream
}
