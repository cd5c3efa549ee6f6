//! Images and keys for the tests.

use std::io::Cursor;
use std::sync::LazyLock;

use sif::{
    Architecture, ChangeTime, DataType, Editor, FileSystem, GroupId, Image, ImageBuilder,
    ObjectInput, PartitionType, UnixTime,
};
use sif_integrity::{
    Failure, KeyMaterial, Mode, Options, PrivateKey, Ring, RingName, Selection, SignOptions,
    SignatureFacts, SigningKeys, SigningRequest, Silent, Verification, add_signatures,
    make_signatures, plan_signing, verify,
};
use sif_keys::{
    Certificate, NewAlgorithm, NewKey, Passphrase, SecretCertificate, SigningKey, UserName,
};
use uuid::Uuid;

/// When everything happens.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) static ALICE: LazyLock<SigningKey> =
    LazyLock::new(|| key("Alice", NewAlgorithm::Ed25519, None));
pub(crate) static BOB: LazyLock<SigningKey> =
    LazyLock::new(|| key("Bob", NewAlgorithm::Rsa2048, None));

pub(crate) fn secret(
    name: &str,
    algorithm: NewAlgorithm,
    expires: Option<i64>,
) -> SecretCertificate {
    let name = UserName::new(name, "", "someone@example.com").expect("a plain name");
    let passphrase = Passphrase::from("");
    NewKey {
        algorithm,
        name,
        passphrase,
        now: NOW - 1000,
        expires,
    }
    .make()
    .expect("a key")
}

pub(crate) fn unlocked(secret: &SecretCertificate) -> SigningKey {
    secret.unlock(&Passphrase::from("")).expect("no passphrase")
}

pub(crate) fn key(name: &str, algorithm: NewAlgorithm, expires: Option<i64>) -> SigningKey {
    unlocked(&secret(name, algorithm, expires))
}

pub(crate) fn group(number: u32) -> GroupId {
    GroupId::new(number).expect("a group number")
}

/// Objects 1 and 2 in group 1, object 3 in group 2.
pub(crate) fn two_groups() -> Vec<u8> {
    let generic = |data: &[u8]| ObjectInput::new(DataType::Generic, Cursor::new(data.to_vec()));
    let partition = ObjectInput::partition(
        FileSystem::Squashfs,
        PartitionType::PrimarySystem,
        Architecture::from_name("amd64").expect("a known name"),
        Cursor::new(vec![7; 70_000]),
    );
    ImageBuilder::new(Uuid::from_u128(77), UnixTime(NOW))
        .launch_script("#!/bin/sh\n")
        .write(
            Vec::new(),
            [
                generic(b"first object").name("first"),
                partition,
                generic(b"third").group(Some(group(2))),
            ],
        )
        .expect("a plain image")
}

pub(crate) fn image(bytes: &[u8]) -> Image {
    Image::read(bytes).expect("a sound image")
}

pub(crate) fn add(bytes: Vec<u8>, objects: Vec<ObjectInput<Cursor<Vec<u8>>>>) -> Vec<u8> {
    let mut editor = Editor::open(bytes).expect("a sound image");
    for object in objects {
        editor
            .add(object, ChangeTime::At(UnixTime(NOW)))
            .expect("room for it");
    }
    editor.finish().expect("memory can be written")
}

pub(crate) fn sign_with(
    bytes: Vec<u8>,
    request: &SigningRequest,
    keys: SigningKeys<'_>,
) -> Vec<u8> {
    let mut editor = Editor::open(bytes).expect("a sound image");
    let image = editor.image().clone();
    let plan = plan_signing(&image, request, keys, NOW).expect("something to sign");
    let options = SignOptions {
        now: NOW,
        threads: None,
        salt: true,
    };
    let made = make_signatures(editor.storage(), &image, &plan, keys, &options, &Silent)
        .expect("a key that signs");
    add_signatures(&mut editor, &made, ChangeTime::At(UnixTime(NOW))).expect("room for it");
    editor.finish().expect("memory can be written")
}

pub(crate) fn sign(bytes: Vec<u8>, key: &SigningKey) -> Vec<u8> {
    sign_with(bytes, &SigningRequest::default(), SigningKeys::OpenPgp(key))
}

pub(crate) fn sign_pem(bytes: Vec<u8>, keys: &[PrivateKey]) -> Vec<u8> {
    sign_with(bytes, &SigningRequest::default(), SigningKeys::Pem(keys))
}

pub(crate) fn ring(name: RingName, certificates: &[&Certificate]) -> Ring {
    Ring {
        name,
        certificates: certificates.iter().map(|key| (*key).clone()).collect(),
    }
}

/// A local keyring with the public halves of these keys.
pub(crate) fn keys(signers: &[&SigningKey]) -> KeyMaterial {
    let certificates: Vec<&Certificate> = signers.iter().map(|key| key.certificate()).collect();
    KeyMaterial {
        rings: vec![ring(RingName::Local, &certificates)],
        pem: Vec::new(),
    }
}

pub(crate) fn pem_keys(private: &[PrivateKey]) -> KeyMaterial {
    let pem = private.iter().map(PrivateKey::public_key).collect();
    KeyMaterial {
        rings: Vec::new(),
        pem,
    }
}

pub(crate) fn check_at(
    bytes: &[u8],
    keys: &KeyMaterial,
    selection: &Selection,
    now: i64,
) -> Verification {
    let options = Options {
        now,
        ..Options::default()
    };
    verify(bytes, &image(bytes), keys, selection, &options, &Silent).expect("memory can be read")
}

pub(crate) fn check(bytes: &[u8], keys: &KeyMaterial) -> Verification {
    check_at(bytes, keys, &Selection::default(), NOW)
}

pub(crate) fn select(groups: &[u32], objects: &[u32], mode: Mode) -> Selection {
    Selection {
        groups: groups.to_vec(),
        objects: objects.to_vec(),
        mode,
    }
}

pub(crate) fn only(found: &Verification) -> &SignatureFacts {
    assert_eq!(found.signatures.len(), 1);
    &found.signatures[0]
}

/// The class of the strict verdict, `ok` without one.
pub(crate) fn verdict(found: &Verification) -> String {
    let class = |failure: &Failure| match failure.cause() {
        Some(cause) => cause.class().to_owned(),
        None => format!(
            "{}{}",
            failure.class(),
            failure.id().map_or(String::new(), |id| format!(" {id}"))
        ),
    };
    found
        .strict
        .result
        .as_ref()
        .map_or_else(class, |()| "ok".to_owned())
}

pub(crate) fn data(path: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/data")
        .join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn private(name: &str) -> PrivateKey {
    PrivateKey::from_pem(&data(&format!("keys/{name}.pem")), None).expect("a plain key")
}
