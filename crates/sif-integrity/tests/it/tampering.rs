//! Every covered byte matters, and the changed part is named; bytes that are not covered do not matter.

use sif::raw::DESCRIPTOR_SIZE;
use sif::{DataType, DeleteOptions, Editor, ObjectId, UnixTime};
use sif_integrity::{Claims, Cryptography, Part};

use crate::support::*;

/// The table of a new image starts here.
const TABLE: usize = 4096;

fn changed(offset: usize, value: u8) -> Vec<u8> {
    let mut bytes = sign(two_groups(), &ALICE);
    bytes[offset] ^= value;
    bytes
}

#[test]
fn covered_bytes() {
    let second = TABLE + DESCRIPTOR_SIZE;
    let data = |index: usize| {
        let bytes = two_groups();
        let object = image(&bytes).objects()[index].clone();
        (object.offset() as usize, object.end() as usize - 1)
    };
    let one = ObjectId(1);
    let cases = [
        ("launch script", 0, "HeaderIntegrity", Part::Header),
        (
            "last byte of launch script",
            31,
            "HeaderIntegrity",
            Part::Header,
        ),
        ("image ID", 63, "HeaderIntegrity", Part::Header),
        (
            "data type",
            TABLE,
            "DescriptorIntegrity 1",
            Part::Descriptor(one),
        ),
        (
            "link",
            TABLE + 13,
            "DescriptorIntegrity 1",
            Part::Descriptor(one),
        ),
        (
            "creation time",
            TABLE + 41,
            "DescriptorIntegrity 1",
            Part::Descriptor(one),
        ),
        (
            "UID",
            TABLE + 57,
            "DescriptorIntegrity 1",
            Part::Descriptor(one),
        ),
        (
            "GID",
            TABLE + 72,
            "DescriptorIntegrity 1",
            Part::Descriptor(one),
        ),
        (
            "name",
            TABLE + 73,
            "DescriptorIntegrity 1",
            Part::Descriptor(one),
        ),
        (
            "last byte of name",
            TABLE + 200,
            "DescriptorIntegrity 1",
            Part::Descriptor(one),
        ),
        (
            "last byte of extra",
            TABLE + 584,
            "DescriptorIntegrity 1",
            Part::Descriptor(one),
        ),
        (
            "partition",
            second + 201,
            "DescriptorIntegrity 2",
            Part::Descriptor(ObjectId(2)),
        ),
        (
            "first byte of data",
            data(0).0,
            "ObjectIntegrity 1",
            Part::Data(one),
        ),
        (
            "last byte of data",
            data(1).1,
            "ObjectIntegrity 2",
            Part::Data(ObjectId(2)),
        ),
    ];
    for (name, offset, expected, part) in cases {
        let found = check(&changed(offset, 1), &keys(&[&ALICE]));
        assert_eq!(verdict(&found), expected, "{name}");
        let signature = &found.signatures[0];
        assert_eq!(signature.changed, [part], "{name}");
        assert_eq!(signature.cryptography, Cryptography::Good, "{name}");
        assert_eq!(signature.claims, Claims::Disagree, "{name}");
        assert!(!signature.is_intact(), "{name}");
    }
}

#[test]
fn bytes_that_are_not_covered() {
    for (name, offset) in [
        ("header's architecture", 46),
        ("header's creation time", 64),
        ("header's time of change", 72),
        ("data size", 120),
        ("behind the header", 2000),
        ("used flag", TABLE + 4),
        ("padded size", TABLE + 33),
        ("time of change", TABLE + 49),
    ] {
        let found = check(&changed(offset, 2), &keys(&[&ALICE]));
        assert_eq!(verdict(&found), "ok", "{name}");
    }
}

#[test]
fn the_signature_itself() {
    let signed = sign(two_groups(), &ALICE);
    let object = image(&signed).objects()[3].clone();
    let extra = object.slot() as usize * DESCRIPTOR_SIZE + TABLE + 201;
    let text =
        object.offset() as usize + "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n".len();
    let armor = object.end() as usize - "-----END PGP SIGNATURE-----".len() - 20;
    let replaced = |offset: usize, value: u8| {
        let mut bytes = signed.clone();
        bytes[offset] = if bytes[offset] == value {
            value + 1
        } else {
            value
        };
        check(&bytes, &keys(&[&ALICE]))
    };
    assert_eq!(verdict(&replaced(text + 70, b'0')), "BadSignature");
    assert_eq!(verdict(&replaced(armor, b'A')), "BadSignature");
    assert_eq!(verdict(&replaced(armor, b'!')), "MalformedSignature");
    assert_eq!(verdict(&replaced(extra, 9)), "HashUnsupported");
    assert_eq!(verdict(&replaced(extra + 4, 9)), "FingerprintMismatch");
    assert_eq!(
        verdict(&replaced(object.offset() as usize, b'+')),
        "SignatureFormatNotRecognized"
    );
    let bad = replaced(text + 70, b'0');
    assert_eq!(bad.signatures[0].cryptography, Cryptography::Bad);
    let forged = replaced(extra + 4, 9);
    assert!(!forged.signatures[0].is_intact());
}

#[test]
fn deleted_objects() {
    let delete = |id| {
        let mut editor = Editor::open(sign(two_groups(), &ALICE)).expect("sound");
        let time = sif::ChangeTime::At(UnixTime(NOW));
        editor
            .delete(ObjectId(id), DeleteOptions::default(), time)
            .expect("it is there");
        editor.finish().expect("memory")
    };
    let found = check(&delete(2), &keys(&[&ALICE]));
    assert_eq!(verdict(&found), "SignedObjectNotFound 2");
    assert_eq!(found.signatures[0].changed, [Part::Missing(ObjectId(2))]);
    // Without the lowest number all relative numbers shift.
    let found = check(&delete(1), &keys(&[&ALICE]));
    assert_eq!(verdict(&found), "SignedObjectNotFound 3");
    let found = check(&delete(3), &keys(&[&ALICE]));
    assert_eq!(verdict(&found), "ok");
    assert_eq!(
        found
            .objects
            .iter()
            .filter(|o| o.data_type == DataType::Signature)
            .count(),
        2
    );
}

#[test]
fn signature_of_another_image() {
    let signed = sign(two_groups(), &ALICE);
    let mut other = signed.clone();
    other[48..64].fill(9);
    assert_eq!(verdict(&check(&other, &keys(&[&ALICE]))), "HeaderIntegrity");
}
