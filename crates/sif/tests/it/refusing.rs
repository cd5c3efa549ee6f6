//! Every kind of bad structure is refused with the field that is wrong, and still listed leniently.

use sif::{Error, FaultKind, Field, Image, Inspection, LooksLike, ObjectId, Problem};

use crate::support::{Counting, DESCRIPTOR, TABLE, image, put_i64, put_u32};

/// What a damage does and how it must be refused.
type Case = (&'static str, fn(&mut Vec<u8>), Field, FaultKind);

const SECOND: usize = TABLE + DESCRIPTOR;
const TOTAL: usize = 88;
const TABLE_OFFSET: usize = 96;
const TABLE_SIZE: usize = 104;

const CASES: &[Case] = &[
    ("empty", Vec::clear, Field::Header, FaultKind::Incomplete),
    (
        "half a header",
        |i| i.truncate(64),
        Field::Header,
        FaultKind::Incomplete,
    ),
    (
        "one byte short of a header",
        |i| i.truncate(127),
        Field::Header,
        FaultKind::Incomplete,
    ),
    ("magic", |i| i[32] = b's', Field::Magic, FaultKind::Invalid),
    (
        "magic's end",
        |i| i[41] = b' ',
        Field::Magic,
        FaultKind::Invalid,
    ),
    (
        "version 02",
        |i| i[43] = b'2',
        Field::Version,
        FaultKind::Unsupported,
    ),
    (
        "version 00",
        |i| i[43] = b'0',
        Field::Version,
        FaultKind::Unsupported,
    ),
    (
        "version's end",
        |i| i[44] = b'1',
        Field::Version,
        FaultKind::Unsupported,
    ),
    (
        "total -1",
        |i| put_i64(i, TOTAL, -1),
        Field::DescriptorsTotal,
        FaultKind::Invalid,
    ),
    (
        "total 2^40",
        |i| put_i64(i, TOTAL, 1 << 40),
        Field::DescriptorsTotal,
        FaultKind::Unsupported,
    ),
    (
        "total 2^62",
        |i| put_i64(i, TOTAL, 1 << 62),
        Field::DescriptorsTotal,
        FaultKind::Unsupported,
    ),
    (
        "total 65537",
        |i| put_i64(i, TOTAL, 65_537),
        Field::DescriptorsTotal,
        FaultKind::Unsupported,
    ),
    (
        "total one more",
        |i| put_i64(i, TOTAL, 9),
        Field::DescriptorsSize,
        FaultKind::Invalid,
    ),
    (
        "table at -1",
        |i| put_i64(i, TABLE_OFFSET, -1),
        Field::DescriptorsOffset,
        FaultKind::Invalid,
    ),
    (
        "table at 127",
        |i| put_i64(i, TABLE_OFFSET, 127),
        Field::DescriptorsOffset,
        FaultKind::Invalid,
    ),
    (
        "table behind the end",
        |i| put_i64(i, TABLE_OFFSET, i64::MAX),
        Field::DescriptorsOffset,
        FaultKind::Incomplete,
    ),
    (
        "window -1",
        |i| put_i64(i, TABLE_SIZE, -1),
        Field::DescriptorsSize,
        FaultKind::Invalid,
    ),
    (
        "window 0",
        |i| put_i64(i, TABLE_SIZE, 0),
        Field::DescriptorsSize,
        FaultKind::Invalid,
    ),
    (
        "window 2^62",
        |i| put_i64(i, TABLE_SIZE, 1 << 62),
        Field::DescriptorsSize,
        FaultKind::Incomplete,
    ),
    (
        "window 2^63 - 1",
        |i| put_i64(i, TABLE_SIZE, i64::MAX),
        Field::DescriptorsSize,
        FaultKind::Incomplete,
    ),
    (
        "cut in the table",
        |i| i.truncate(TABLE + 99),
        Field::Descriptors,
        FaultKind::Incomplete,
    ),
    (
        "cut to the header",
        |i| i.truncate(128),
        Field::DescriptorsOffset,
        FaultKind::Incomplete,
    ),
    (
        "cut in the data",
        |i| i.truncate(i.len() - 1),
        Field::ObjectSize,
        FaultKind::Incomplete,
    ),
    (
        "ID 0",
        |i| put_u32(i, TABLE + 5, 0),
        Field::ObjectId,
        FaultKind::Invalid,
    ),
    (
        "ID 2 twice",
        |i| put_u32(i, TABLE + 5, 2),
        Field::ObjectId,
        FaultKind::Invalid,
    ),
    (
        "ID 2^32 - 1",
        |i| put_u32(i, TABLE + 5, u32::MAX),
        Field::ObjectId,
        FaultKind::Invalid,
    ),
    (
        "offset -1",
        |i| put_i64(i, TABLE + 17, -1),
        Field::ObjectOffset,
        FaultKind::Invalid,
    ),
    (
        "offset behind the end",
        |i| put_i64(i, TABLE + 17, 1 << 62),
        Field::ObjectOffset,
        FaultKind::Incomplete,
    ),
    (
        "offset in the header",
        |i| put_i64(i, TABLE + 17, 127),
        Field::ObjectOffset,
        FaultKind::Invalid,
    ),
    (
        "offset in the table",
        |i| put_i64(i, TABLE + 17, 4096),
        Field::ObjectOffset,
        FaultKind::Invalid,
    ),
    (
        "end in the table",
        |i| put_i64(i, TABLE + 17, 4090),
        Field::ObjectOffset,
        FaultKind::Invalid,
    ),
    (
        "size -1",
        |i| put_i64(i, TABLE + 25, -1),
        Field::ObjectSize,
        FaultKind::Invalid,
    ),
    (
        "size 2^63 - 1",
        |i| put_i64(i, TABLE + 25, i64::MAX),
        Field::ObjectSize,
        FaultKind::Invalid,
    ),
    (
        "size behind the end",
        |i| put_i64(i, TABLE + 25, 1 << 40),
        Field::ObjectSize,
        FaultKind::Incomplete,
    ),
    (
        "two objects at one place",
        |i| i.copy_within(TABLE + 17..TABLE + 25, SECOND + 17),
        Field::ObjectOffset,
        FaultKind::Invalid,
    ),
    (
        "one object inside another",
        |i| {
            let inside = i64::from_le_bytes(i[SECOND + 17..SECOND + 25].try_into().unwrap()) + 9;
            put_i64(i, TABLE + 17, inside);
        },
        Field::ObjectOffset,
        FaultKind::Invalid,
    ),
];

#[test]
fn bad_structures_are_refused_by_field() {
    for (name, damage, field, kind) in CASES {
        let mut bytes = image();
        damage(&mut bytes);
        let error = Image::read(&bytes).expect_err(name);
        let fault = error.fault().unwrap_or_else(|| panic!("{name}: {error}"));
        assert_eq!(
            (fault.field, fault.kind()),
            (*field, *kind),
            "{name}: {error}"
        );
        let variant = match error {
            Error::Invalid(_) => FaultKind::Invalid,
            Error::Unsupported(_) => FaultKind::Unsupported,
            Error::Incomplete(_) => FaultKind::Incomplete,
            _ => panic!("{name}: {error}"),
        };
        assert_eq!(variant, *kind, "{name}");
        let found = Inspection::read(&bytes).unwrap();
        assert!(found.faults.contains(fault), "{name}: {:?}", found.faults);
    }
}

#[test]
fn messages_name_object_field_and_place() {
    let mut bytes = image();
    put_i64(&mut bytes, TABLE + DESCRIPTOR + 25, -5);
    let error = Image::read(&bytes).unwrap_err().to_string();
    let place = TABLE + DESCRIPTOR + 25;
    let expected = format!(
        "not a valid SIF image: object 2 in slot 1: `size` at byte {place} is negative (-5)"
    );
    assert_eq!(error, expected);

    let error = Image::read(b"".as_slice()).unwrap_err().to_string();
    assert_eq!(
        error,
        "incomplete SIF image: `header` at byte 0 ends at 128, but the file ends at 0"
    );
}

#[test]
fn every_truncation_is_refused_or_keeps_all_objects() {
    let bytes = image();
    let whole = Image::read(&bytes).unwrap();
    for length in (0..bytes.len()).rev().step_by(7).chain(0..200) {
        let cut = &bytes[..length];
        assert!(Image::read(cut).is_err(), "{length} of {}", bytes.len());
        assert!(Inspection::read(cut).unwrap().is_refused(), "{length}");
    }
    assert_eq!(whole.objects().len(), 4);
}

#[test]
fn an_inspection_lists_what_is_there_and_all_reasons() {
    let mut bytes = image();
    put_i64(&mut bytes, TABLE + 17, -1);
    put_i64(&mut bytes, TABLE + DESCRIPTOR + 25, 1 << 40);
    let found = Inspection::read(&bytes).unwrap();
    assert_eq!(found.descriptors.len(), 4);
    let fields: Vec<Field> = found.faults.iter().map(|fault| fault.field).collect();
    assert_eq!(fields, [Field::ObjectOffset, Field::ObjectSize]);
    assert_eq!(found.faults[0].object, Some(ObjectId(1)));
    assert_eq!(found.faults[0].problem, Problem::Negative { value: -1 });
    assert_eq!(found.faults[0].offset, TABLE as u64 + 17);
    assert_eq!(found.looks_like, None);
}

#[test]
fn an_inspection_of_a_wrong_table_lists_what_fits() {
    let mut bytes = image();
    put_i64(&mut bytes, TOTAL, 1 << 62);
    let found = Inspection::read(&bytes).unwrap();
    assert_eq!(found.faults[0].field, Field::DescriptorsTotal);
    assert!(found.descriptors.len() >= 4);
}

#[test]
fn an_inspection_of_a_hostile_table_stays_small() {
    // 65 536 descriptors, all in use, all wrong.
    let mut bytes = image()[..TABLE].to_vec();
    put_i64(&mut bytes, TOTAL, 65_536);
    put_i64(&mut bytes, TABLE_SIZE, 65_536 * 585);
    bytes.resize(TABLE + 65_536 * DESCRIPTOR, 1);
    let source = Counting::new(bytes);
    let found = Inspection::read(&source).unwrap();
    assert!(found.descriptors.len() <= sif::MAX_LISTED && found.more_descriptors);
    assert!(found.faults.len() <= sif::MAX_FAULTS && found.more_faults);
    assert!(source.bytes_read() < 1 << 20, "{}", source.bytes_read());
    assert!(Image::read(&source).is_err());
}

#[test]
fn other_files_are_named() {
    for (bytes, expected) in [
        (b"\x1f\x8b\x08".to_vec(), LooksLike::Gzip),
        (
            [b"hsqs".as_slice(), &[0; 300]].concat(),
            LooksLike::Squashfs,
        ),
        (Vec::new(), LooksLike::Empty),
        (vec![0; 4096], LooksLike::Zeros),
        (b"{\"schemaVersion\": 2}".to_vec(), LooksLike::Json),
    ] {
        let found = Inspection::read(&bytes).unwrap();
        assert_eq!(found.looks_like, Some(expected));
        assert!(found.is_refused() && found.header.is_none());
    }
}
