//! Section `integrityStreams`: which fields a signature covers.
//!
//! A recorded stream is put back into a header or descriptor whose uncovered fields hold something else;
//! the stream made of it must be the recorded one. Then the named field is changed, to see whether the
//! stream changes with it.

use sha2::{Digest as _, Sha256};
use sif::raw::{RawDescriptor, RawHeader};
use sif_integrity::{DESCRIPTOR_STREAM_SIZE, HEADER_STREAM_SIZE, descriptor_stream, header_stream};
use zerocopy::FromBytes as _;
use zerocopy::little_endian::{I32, I64, U32};

use crate::expected::StreamCase;
use crate::{Corpus, Tally, same, same_bytes};

pub(crate) fn run(corpus: &Corpus) -> Tally {
    let mut tally = Tally::new("integrityStreams");
    for case in &corpus.expected.integrity_streams {
        tally.case(&case.file, || check(&corpus.read(&case.file)?, case));
    }
    tally
}

fn check(stream: &[u8], case: &StreamCase) -> Result<(), String> {
    same("digest", &hex::encode(Sha256::digest(stream)), &case.sha256)?;
    let field = case.changed_field.as_str();
    let changed = match stream.len() {
        HEADER_STREAM_SIZE => {
            let mut header = header_of(stream);
            same_bytes(&header_stream(&header), stream)?;
            change_header(&mut header, field)?;
            header_stream(&header)
        }
        DESCRIPTOR_STREAM_SIZE => {
            let (mut descriptor, mut relative_id) = descriptor_of(stream);
            same_bytes(&descriptor_stream(&descriptor, relative_id), stream)?;
            change_descriptor(&mut descriptor, &mut relative_id, field)?;
            descriptor_stream(&descriptor, relative_id)
        }
        other => return Err(format!("a stream of {other} bytes")),
    };
    same(
        "affects the stream",
        &(changed != stream),
        &case.affects_stream,
    )
}

fn header_of(stream: &[u8]) -> RawHeader {
    let mut header = RawHeader::read_from_bytes(&[0xA5; 128]).expect("128 bytes");
    header.launch.copy_from_slice(&stream[..32]);
    header.magic.copy_from_slice(&stream[32..42]);
    header.version.copy_from_slice(&stream[42..45]);
    header.id.copy_from_slice(&stream[45..]);
    header
}

fn change_header(header: &mut RawHeader, field: &str) -> Result<(), String> {
    let number = I64::new(0x77);
    match field {
        "Arch" => header.architecture[0] ^= 1,
        "CreatedAt" => header.created = number,
        "ModifiedAt" => header.modified = number,
        "DataOffset" => header.data_offset = number,
        "DataSize" => header.data_size = number,
        "DescriptorsFree" => header.descriptors_free = number,
        "DescriptorsOffset" => header.descriptors_offset = number,
        "DescriptorsSize" => header.descriptors_size = number,
        "DescriptorsTotal" => header.descriptors_total = number,
        "ID" => header.id[15] ^= 1,
        "LaunchScript" => header.launch[31] ^= 1,
        "Magic" => header.magic[9] ^= 1,
        "Version" => header.version[2] ^= 1,
        other => return Err(format!("unknown field `{other}`")),
    }
    Ok(())
}

fn descriptor_of(stream: &[u8]) -> (RawDescriptor, u32) {
    fn take<const N: usize>(stream: &mut &[u8]) -> [u8; N] {
        let (head, rest) = stream
            .split_first_chunk()
            .expect("as many bytes as the stream has");
        *stream = rest;
        *head
    }
    let mut rest = stream;
    let mut descriptor = RawDescriptor::read_from_bytes(&[0xA5; 585]).expect("585 bytes");
    descriptor.data_type = I32::from_bytes(take(&mut rest));
    descriptor.used = take::<1>(&mut rest)[0];
    let relative_id = u32::from_le_bytes(take(&mut rest));
    descriptor.link = U32::from_bytes(take(&mut rest));
    descriptor.size = I64::from_bytes(take(&mut rest));
    descriptor.created = I64::from_bytes(take(&mut rest));
    descriptor.uid = I64::from_bytes(take(&mut rest));
    descriptor.gid = I64::from_bytes(take(&mut rest));
    descriptor.name = take(&mut rest);
    descriptor.extra = take(&mut rest);
    (descriptor, relative_id)
}

fn change_descriptor(
    descriptor: &mut RawDescriptor,
    relative_id: &mut u32,
    field: &str,
) -> Result<(), String> {
    let number = I64::new(0x77);
    match field {
        "DataType" => descriptor.data_type = I32::new(0x4fff),
        "Used" => descriptor.used = u8::from(descriptor.used == 0),
        "ID" => descriptor.id = U32::new(0x77),
        "RelativeID" => *relative_id ^= 1,
        "GroupID" => descriptor.group = U32::new(0x77),
        "LinkedID" => descriptor.link = U32::new(0x77),
        "Offset" => descriptor.offset = number,
        "Size" => descriptor.size = number,
        "SizeWithPadding" => descriptor.padded_size = number,
        "CreatedAt" => descriptor.created = number,
        "ModifiedAt" => descriptor.modified = number,
        "UID" => descriptor.uid = number,
        "GID" => descriptor.gid = number,
        "Name" => descriptor.name[127] ^= 1,
        "Extra" => descriptor.extra[383] ^= 1,
        other => return Err(format!("unknown field `{other}`")),
    }
    Ok(())
}
