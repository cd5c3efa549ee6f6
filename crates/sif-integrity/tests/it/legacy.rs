//! Signatures as Singularity 3.0 to 3.5 made them: data only.

use std::io::Cursor;

use pgp::composed::{ArmorOptions, CleartextSignedMessage};
use sif::{HashType, Link, ObjectId, ObjectInput};
use sif_integrity::{Algorithm, Claims, Form, Mode, Part};
use sif_keys::SigningKey;

use crate::support::*;

fn legacy_text(key: &SigningKey, data: &[u8]) -> Vec<u8> {
    let digest = hex::encode(Algorithm::Sha384.digest(data).bytes());
    let text = format!("SIFHASH:\n{digest}");
    let message =
        CleartextSignedMessage::sign(rand::thread_rng(), &text, key.secret_key(), &key.password())
            .expect("a key that signs");
    message
        .to_armored_bytes(ArmorOptions::default())
        .expect("armor")
}

fn legacy(
    key: &SigningKey,
    data: &[u8],
    link: Link,
    hash: HashType,
) -> ObjectInput<Cursor<Vec<u8>>> {
    let armored = legacy_text(key, data);
    ObjectInput::signature(hash, key.fingerprint().as_v4(), link, Cursor::new(armored))
        .name("part-signature")
}

fn object_data(index: usize) -> Vec<u8> {
    let bytes = two_groups();
    image(&bytes).objects()[index]
        .read(&bytes, 1 << 20)
        .expect("memory")
}

fn objects_signed() -> Vec<u8> {
    let sign = |index: usize, id| {
        let link = Link::Object(ObjectId(id));
        legacy(&ALICE, &object_data(index), link, HashType::Sha384).group(Some(group(1)))
    };
    add(two_groups(), vec![sign(0, 1), sign(1, 2)])
}

pub(crate) fn group_signed_in_both_forms() -> Vec<u8> {
    let data = [object_data(0), object_data(1)].concat();
    let link = Link::Group(group(1));
    let old = legacy(&ALICE, &data, link, HashType::Sha384).group(None);
    sign(add(two_groups(), vec![old]), &ALICE)
}

fn run(bytes: &[u8], groups: &[u32], objects: &[u32], mode: Mode) -> String {
    // The library dates these signatures by the clock.
    let late = 4_000_000_000;
    verdict(&check_at(
        bytes,
        &keys(&[&ALICE]),
        &select(groups, objects, mode),
        late,
    ))
}

#[test]
fn object_signatures() {
    let bytes = objects_signed();
    assert_eq!(run(&bytes, &[], &[], Mode::Current), "SignatureNotFound 1");
    assert_eq!(run(&bytes, &[], &[], Mode::LegacyPrimary), "ok");
    assert_eq!(run(&bytes, &[], &[1], Mode::Legacy), "ok");
    assert_eq!(run(&bytes, &[], &[3], Mode::Legacy), "SignatureNotFound 3");
    assert_eq!(
        run(&bytes, &[], &[], Mode::LegacyAll),
        "SignatureNotFound 3"
    );
    assert_eq!(run(&bytes, &[], &[], Mode::Legacy), "SignatureNotFound 1");
    let found = check_at(&bytes, &keys(&[&ALICE]), &Default::default(), 4_000_000_000);
    let signature = &found.signatures[1];
    assert_eq!(
        (signature.form, signature.claims),
        (Form::LegacyObject, Claims::Agree)
    );
    assert_eq!(signature.covered, [ObjectId(2)]);

    let mut changed = bytes;
    let at = image(&changed).objects()[1].offset() as usize;
    changed[at] ^= 1;
    assert_eq!(
        run(&changed, &[], &[], Mode::LegacyPrimary),
        "ObjectIntegrity 2"
    );
    assert_eq!(run(&changed, &[], &[1], Mode::Legacy), "ok");
    let found = check_at(
        &changed,
        &keys(&[&ALICE]),
        &Default::default(),
        4_000_000_000,
    );
    assert_eq!(found.signatures[1].changed, [Part::Data(ObjectId(2))]);
}

#[test]
fn group_signatures() {
    let joined = [object_data(0), object_data(1)].concat();
    let sign = |hash| {
        add(
            two_groups(),
            vec![legacy(&ALICE, &joined, Link::Group(group(1)), hash)],
        )
    };
    let bytes = sign(HashType::Sha384);
    assert_eq!(run(&bytes, &[1], &[], Mode::Legacy), "ok");
    assert_eq!(run(&bytes, &[1], &[], Mode::Current), "SignatureNotFound 1");
    // The name is not covered.
    let mut renamed = bytes.clone();
    renamed[4096 + 73] ^= 1;
    assert_eq!(run(&renamed, &[1], &[], Mode::Legacy), "ok");
    let mut changed = bytes;
    let at = image(&changed).objects()[0].offset() as usize;
    changed[at] ^= 1;
    assert_eq!(run(&changed, &[1], &[], Mode::Legacy), "ObjectIntegrity");
    let found = check_at(
        &changed,
        &keys(&[&ALICE]),
        &Default::default(),
        4_000_000_000,
    );
    assert_eq!(found.signatures[0].changed, [Part::GroupData(group(1))]);

    assert_eq!(
        run(&sign(HashType::Sha256), &[1], &[], Mode::Legacy),
        "DigestMalformed"
    );
    assert_eq!(
        run(&sign(HashType::Blake2b256), &[1], &[], Mode::Legacy),
        "HashUnsupported"
    );
    assert_eq!(
        run(&sign(HashType::Other(0)), &[1], &[], Mode::Legacy),
        "HashUnsupported"
    );
}

#[test]
fn a_current_signature_is_no_legacy_one() {
    let bytes = sign(two_groups(), &ALICE);
    assert_eq!(run(&bytes, &[1], &[], Mode::Legacy), "SignatureNotFound 1");
    let current = image(&bytes).objects()[3]
        .read(&bytes, 1 << 20)
        .expect("memory");
    let link = Link::Object(ObjectId(1));
    let fingerprint = ALICE.fingerprint().as_v4();
    let object = ObjectInput::signature(HashType::Sha384, fingerprint, link, Cursor::new(current));
    assert_eq!(
        run(&add(two_groups(), vec![object]), &[], &[1], Mode::Legacy),
        "DigestMalformed"
    );
}

/// Each of these signatures is small and speaks of every object of the group.
#[test]
fn many_signatures_over_many_objects_stay_bounded() {
    let group_of = 1000;
    let objects = (0..group_of).map(|_| ObjectInput::new(sif::DataType::Generic, &b"x"[..]));
    let builder = sif::ImageBuilder::new(uuid::Uuid::nil(), sif::UnixTime(NOW)).capacity(2000);
    let bytes = builder.write(Vec::new(), objects).expect("memory");
    let link = Link::Group(group(1));
    let text = legacy_text(&ALICE, &vec![b'x'; group_of]);
    let fingerprint = ALICE.fingerprint().as_v4();
    let many = (0..400).map(|_| {
        ObjectInput::signature(
            HashType::Sha384,
            fingerprint,
            link,
            Cursor::new(text.clone()),
        )
    });
    let found = check(&add(bytes, many.collect()), &keys(&[&ALICE]));
    let covers: usize = found.objects.iter().map(|object| object.covers.len()).sum();
    // Four times the objects of the largest table.
    assert_eq!(covers, 262_000);
    let forms = |form| {
        found
            .signatures
            .iter()
            .filter(|one| one.form == form)
            .count()
    };
    assert_eq!(
        (forms(Form::LegacyGroup), forms(Form::Unrecognised)),
        (262, 138)
    );
}

/// The group is hashed as a whole for the old signature and object by object for the new one.
#[test]
fn a_group_with_both_forms_is_read_once() {
    let bytes = group_signed_in_both_forms();
    let image = image(&bytes);
    let size: u64 = image.objects().iter().map(|object| object.size()).sum();
    let source = crate::reading::Counting::new(bytes);
    let options = sif_integrity::Options {
        now: 4_000_000_000,
        ..Default::default()
    };
    let keys = keys(&[&ALICE]);
    let all = Default::default();
    let found = sif_integrity::verify(
        &source,
        &image,
        &keys,
        &all,
        &options,
        &sif_integrity::Silent,
    )
    .expect("memory");
    assert!(
        found
            .signatures
            .iter()
            .all(|one| one.claims == Claims::Agree)
    );
    assert_eq!(found.signatures.len(), 3);
    assert_eq!(source.count(), size);
}
