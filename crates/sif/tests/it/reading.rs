//! What a good image says about itself, and what is odd but accepted.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use sif::raw::{HEADER_SIZE, RawDescriptor, RawHeader};
use sif::{
    DataType, Error, Extra, Finding, GroupId, Image, Inspection, Link, ObjectId, PartitionType,
    Segment, SegmentKind, Storage as _,
};
use zerocopy::FromBytes as _;

use crate::support::{
    Counting, DESCRIPTOR, TABLE, TIME, amd64, builder, generic, image, partition, put_i64, put_u32,
};

fn group(number: u32) -> GroupId {
    GroupId::new(number).unwrap()
}

#[test]
fn header_and_objects() {
    let bytes = image();
    let image = Image::read(&bytes).unwrap();
    let header = image.header();
    assert_eq!(header.launch_script(), b"#!/usr/bin/env run-singularity\n");
    assert_eq!((header.architecture(), header.created()), (amd64(), TIME));
    assert_eq!(
        (header.descriptors_free(), header.descriptors_total()),
        (4, 8)
    );
    assert_eq!(header.raw().bytes(), &bytes[..HEADER_SIZE]);
    assert!(!header.is_deterministic());

    let types: Vec<DataType> = image
        .objects()
        .iter()
        .map(|object| object.data_type())
        .collect();
    let expected = [
        DataType::DefinitionFile,
        DataType::Partition,
        DataType::Signature,
        DataType::OciBlob,
    ];
    assert_eq!(types, expected);
    assert_eq!(image.groups(), [group(1), group(2)]);
    let members: Vec<ObjectId> = image
        .group_members(group(1))
        .map(|object| object.id())
        .collect();
    assert_eq!(members, [ObjectId(1), ObjectId(2)]);
    assert_eq!(
        image.object(ObjectId(3)).unwrap().link(),
        Link::Group(group(1))
    );
    assert_eq!(image.object(ObjectId(1)).unwrap().name(), "a.def");
    assert_eq!(
        image.primary_partition().unwrap().unwrap().id(),
        ObjectId(2)
    );
    assert_eq!(image.object(ObjectId(9)), None);
    assert_eq!(image.findings(), []);
    let first = image.object(ObjectId(1)).unwrap();
    assert_eq!(first.raw().bytes(), &bytes[TABLE..TABLE + DESCRIPTOR]);
}

#[test]
fn object_data_by_reader_and_at_once() {
    let bytes = image();
    let image = Image::read(&bytes).unwrap();
    let object = image.object(ObjectId(4)).unwrap();
    assert_eq!(object.read(&bytes, 4).unwrap(), b"blob");
    let error = object.read(&bytes, 3).unwrap_err();
    assert!(matches!(
        error,
        Error::ObjectTooLarge {
            id: ObjectId(4),
            size: 4,
            limit: 3
        }
    ));

    let mut reader = object.reader(&bytes);
    reader.seek(SeekFrom::Start(2)).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "ob");
}

#[test]
fn a_file_that_shrinks_after_opening_gives_errors_not_less_data() {
    let bytes = image();
    let image = Image::read(&bytes).unwrap();
    let shrunk = &bytes[..bytes.len() - 1];
    let object = image.object(ObjectId(4)).unwrap();
    assert!(matches!(object.read(shrunk, 100), Err(Error::Read(_))));
    assert!(object.reader(shrunk).read_to_end(&mut Vec::new()).is_err());
    assert!(sif::text::dump(shrunk, object, &mut Vec::new()).is_err());
}

#[test]
fn the_layout_covers_the_file() {
    let mut bytes = image();
    bytes.extend([1; 10]);
    let length = bytes.len() as u64;
    let image = Image::read(&bytes).unwrap();
    let layout = image.layout();
    let kinds: Vec<SegmentKind> = layout.iter().map(|segment| segment.kind).collect();
    let object = |id| SegmentKind::Object(ObjectId(id));
    let expected = [
        SegmentKind::Header,
        SegmentKind::Gap,
        SegmentKind::Table,
        object(1),
        SegmentKind::Gap,
        object(2),
        object(3),
        object(4),
        SegmentKind::Trailing,
    ];
    assert_eq!(kinds, expected);
    assert!(
        layout
            .windows(2)
            .all(|two| two[0].range.end == two[1].range.start)
    );
    let last = Segment {
        range: length - 10..length,
        kind: SegmentKind::Trailing,
    };
    assert_eq!(layout.last(), Some(&last));
    assert_eq!(
        image.findings(),
        [Finding::TrailingBytes {
            offset: length - 10,
            length: 10
        }]
    );
}

#[test]
fn odd_images_are_accepted_and_told() {
    let check = |damage: fn(&mut Vec<u8>), expected: Finding| {
        let mut bytes = image();
        damage(&mut bytes);
        let image = Image::read(&bytes).unwrap();
        assert!(
            image.findings().contains(&expected),
            "{:?}",
            image.findings()
        );
    };
    check(
        |i| put_i64(i, 80, 1),
        Finding::FreeCount {
            declared: 1,
            counted: 4,
        },
    );
    check(
        |i| put_i64(i, 80, -1),
        Finding::FreeCount {
            declared: -1,
            counted: 4,
        },
    );
    check(|i| put_i64(i, 80, 8), Finding::DeclaredEmpty { objects: 4 });
    check(|i| put_i64(i, 112, 7), Finding::DataOffset { declared: 7 });
    check(
        |i| put_i64(i, 112, -7),
        Finding::DataOffset { declared: -7 },
    );
    check(
        |i| put_i64(i, 112, 9000),
        Finding::DataBeforeDataOffset {
            object: ObjectId(1),
        },
    );
    check(
        |i| i[46] = b'4',
        Finding::Architecture {
            header: sif::Architecture::from_name("arm64").unwrap(),
            partition: amd64(),
        },
    );
    let mut bytes = image();
    put_i64(&mut bytes, 120, -1);
    let found = Image::read(&bytes).unwrap().findings();
    assert!(
        matches!(found[..], [Finding::DataSize { declared: -1, .. }]),
        "{found:?}"
    );
}

#[test]
fn two_primary_partitions_are_told_and_none_is_chosen() {
    let objects = vec![
        partition(PartitionType::PrimarySystem, b"one"),
        partition(PartitionType::System, b"two"),
    ];
    let mut bytes = builder().write(Vec::new(), objects).unwrap();
    put_u32(&mut bytes, TABLE + DESCRIPTOR + 201 + 4, 2);
    let image = Image::read(&bytes).unwrap();
    let objects = vec![ObjectId(1), ObjectId(2)];
    assert!(
        image
            .findings()
            .contains(&Finding::SeveralPrimaryPartitions { objects })
    );
    let error = image.primary_partition().unwrap_err();
    assert!(matches!(
        error,
        Error::SeveralPrimaryPartitions { count: 2 }
    ));
}

#[test]
fn unknown_values_survive() {
    let mut bytes = image();
    put_u32(&mut bytes, TABLE, 0x7777);
    put_u32(&mut bytes, TABLE + 5, 4000);
    bytes[TABLE + 4] = 0xFF;
    bytes[TABLE + 73..TABLE + 201].fill(0xFE);
    bytes[TABLE + DESCRIPTOR + 201] = 99;
    let image = Image::read(&bytes).unwrap();
    let object = image.object(ObjectId(4000)).unwrap();
    assert_eq!(
        (object.data_type(), object.data_type().name()),
        (DataType::Other(0x7777), "Unknown")
    );
    assert_eq!(object.name_bytes(), [0xFE; 128]);
    assert_eq!(object.raw().bytes(), &bytes[TABLE..TABLE + DESCRIPTOR]);
    let Extra::Partition { file_system, .. } = image.object(ObjectId(2)).unwrap().extra() else {
        panic!("a partition")
    };
    assert_eq!((file_system.code(), file_system.name()), (99, "Unknown"));
}

#[test]
fn a_table_without_descriptors_needs_no_bytes() {
    let bytes = builder()
        .capacity(0)
        .write(Vec::new(), Vec::<sif::ObjectInput<&[u8]>>::new())
        .unwrap();
    for length in [bytes.len(), 128] {
        let image = Image::read(&bytes[..length]).unwrap();
        assert!(image.objects().is_empty() && image.declares_empty());
        assert_eq!(image.layout()[0].range, 0..128);
    }
}

#[test]
fn an_empty_object_may_be_anywhere_in_the_file() {
    let mut bytes = builder()
        .write(Vec::new(), vec![generic(b""), generic(b"x")])
        .unwrap();
    let end = i64::try_from(bytes.len()).unwrap();
    for offset in [0, 100, 4096, end] {
        put_i64(&mut bytes, TABLE + 17, offset);
        assert!(Image::read(&bytes).is_ok(), "{offset}");
    }
    put_i64(&mut bytes, TABLE + 17, end + 1);
    assert!(Image::read(&bytes).is_err());
}

#[test]
fn a_table_behind_the_data_is_accepted_but_not_changed() {
    let mut bytes = image();
    let table = bytes[TABLE..TABLE + 8 * DESCRIPTOR].to_vec();
    bytes[TABLE..TABLE + 8 * DESCRIPTOR].fill(0);
    let offset = i64::try_from(bytes.len()).unwrap();
    put_i64(&mut bytes, 96, offset);
    bytes.extend(table);
    assert_eq!(Image::read(&bytes).unwrap().objects().len(), 4);
    let error = sif::Editor::open(bytes).unwrap_err();
    assert!(matches!(error, Error::UnsafeDataOffset(_)), "{error}");
}

#[test]
fn a_20_gb_image_opens_with_little_reading() {
    const SIZE: u64 = 20_000_000_000;
    let mut bytes = image();
    put_i64(&mut bytes, TABLE + DESCRIPTOR * 3 + 25, SIZE as i64);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    let offset = Image::read(&image())
        .unwrap()
        .object(ObjectId(4))
        .unwrap()
        .offset();
    sif::Storage::set_len(&mut file, offset + SIZE).unwrap();

    let source = Counting::new(file);
    let image = Image::read(&source).unwrap();
    assert_eq!(image.object(ObjectId(4)).unwrap().size(), SIZE);
    assert!(!Inspection::read(&source).unwrap().is_refused());
    let _ = (image.layout(), image.findings(), sif::text::list(&image));
    assert!(
        source.bytes_read() < 1 << 20,
        "{} bytes read",
        source.bytes_read()
    );
}

#[test]
fn raw_structures_read_and_write_the_same_bytes() {
    let mut bytes = image();
    let descriptor = bytes[TABLE..TABLE + DESCRIPTOR].to_vec();
    let raw = RawDescriptor::read_from_bytes(&descriptor).unwrap();
    assert_eq!(raw.bytes(), descriptor);
    let header = RawHeader::read_from_bytes(&bytes[..HEADER_SIZE]).unwrap();
    bytes.write_all_at(header.bytes(), 0).unwrap();
    assert_eq!(bytes, image());
}
