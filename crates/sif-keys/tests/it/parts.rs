//! Parts of self-signatures in every form that others write, and those that nobody should.

use pgp::composed::KeyType;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PubKeyInner, PublicKey, SecretKey};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, KeyVersion, Mpi, Password, SignatureBytes, SigningKey, Timestamp};
use rand::rngs::OsRng;
use sif_keys::{BadKey, Certificate};

use crate::support::NOW;

const NAME: &[u8] = b"Odd <odd@example.org>";
const CREATED: u8 = 2;
const EXPORTABLE: u8 = 4;
const KEY_EXPIRES: u8 = 9;
const CRITICAL: u8 = 0x80;
const PRIMARY: u8 = 25;
const FLAGS: u8 = 27;
const FEATURES: u8 = 30;
const NOTATION: u8 = 20;

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[0xC0 | tag, 255], &length[..], body].concat()
}

/// A part with its length in one byte, or in five.
fn part(kind: u8, body: &[u8], is_long: bool) -> Vec<u8> {
    let length = u32::try_from(body.len() + 1).unwrap();
    let mut bytes = match is_long {
        true => [&[255], &length.to_be_bytes()[..]].concat(),
        false => vec![u8::try_from(length).unwrap()],
    };
    bytes.push(kind);
    bytes.extend(body);
    bytes
}

/// A key whose only user id is certified with these bytes as the signed parts.
fn key(parts: &[u8]) -> (Vec<u8>, SecretKey) {
    let kind = KeyType::Ed25519Legacy;
    let (public, secret) = kind.generate(OsRng).unwrap();
    let time = Timestamp::from_secs(u32::try_from(NOW).unwrap());
    let inner = PubKeyInner::new(KeyVersion::V4, kind.to_alg(), time, None, public).unwrap();
    let public = PublicKey::from_inner(inner).unwrap();
    let body = public.to_bytes().unwrap();
    let secret = SecretKey::new(public, secret).unwrap();

    let length = u16::try_from(parts.len()).unwrap().to_be_bytes();
    let signed = [&[4, 0x13, 22, 8], &length[..], parts].concat();
    let mut hasher = HashAlgorithm::Sha256.new_hasher().unwrap();
    hasher.update(&[0x99]);
    hasher.update(&u16::try_from(body.len()).unwrap().to_be_bytes());
    hasher.update(&body);
    hasher.update(&[0xB4]);
    hasher.update(&u32::try_from(NAME.len()).unwrap().to_be_bytes());
    hasher.update(NAME);
    hasher.update(&signed);
    hasher.update(&[4, 255]);
    hasher.update(&u32::try_from(signed.len()).unwrap().to_be_bytes());
    let digest = hasher.finalize();
    let numbers = secret
        .sign(&Password::empty(), HashAlgorithm::Sha256, &digest)
        .unwrap();
    let SignatureBytes::Mpis(numbers) = numbers else {
        panic!("two numbers")
    };
    let numbers: Vec<u8> = numbers
        .iter()
        .flat_map(|number: &Mpi| number.to_bytes().unwrap())
        .collect();
    let issuer = part(16, secret.legacy_key_id().as_ref(), false);
    let unsigned = [&[0, u8::try_from(issuer.len()).unwrap()], &issuer[..]].concat();
    let signature = [&signed[..], &unsigned, &digest[..2], &numbers].concat();
    let bytes = [packet(6, &body), packet(13, NAME), packet(2, &signature)].concat();
    (bytes, secret)
}

/// Signed parts in a form, and whether a key with them is one.
fn cases() -> Vec<(&'static str, Vec<u8>, bool)> {
    let time = u32::try_from(NOW).unwrap().to_be_bytes();
    let created = part(CREATED, &time, false);
    let flags = part(FLAGS, &[3], false);
    let with = |parts: &[u8]| [&created[..], &flags, parts].concat();
    let text = |flags: &[u8]| [flags, &[0, 3, 0, 1], b"x@yz"].concat();
    vec![
        ("as usual", with(&[]), true),
        (
            "lengths of five bytes",
            [part(CREATED, &time, true), part(FLAGS, &[3], true)].concat(),
            true,
        ),
        (
            "the primary user id by another number",
            with(&part(PRIMARY, &[2], false)),
            true,
        ),
        (
            "a notation with other flags",
            with(&part(NOTATION, &text(&[0x40, 0, 0, 0]), false)),
            true,
        ),
        (
            "a notation with flags everywhere",
            with(&part(NOTATION, &text(&[0x80, 1, 2, 3]), false)),
            true,
        ),
        (
            "exportable by another number",
            with(&part(EXPORTABLE, &[7], false)),
            true,
        ),
        ("empty features", with(&part(FEATURES, &[], false)), true),
        ("an unknown part", with(&part(99, b"what", true)), true),
        (
            "flags of four bytes",
            with(&part(FLAGS, &[3, 0, 0, 0], false)),
            true,
        ),
        (
            "a time of five bytes",
            with(&part(KEY_EXPIRES, &[0, 0, 0, 0, 0], false)),
            false,
        ),
        (
            "an unknown critical part",
            with(&part(99 | CRITICAL, b"what", false)),
            false,
        ),
        (
            "a notation cut short",
            with(&part(NOTATION, &text(&[0; 4])[..9], false)),
            false,
        ),
        ("empty flags", with(&part(FLAGS, &[], false)), true),
        (
            "flags in two parts",
            [
                &created[..],
                &part(FLAGS, &[2], false),
                &part(FLAGS, &[1], false),
            ]
            .concat(),
            true,
        ),
        ("no time", flags.clone(), false),
        (
            "not for others",
            with(&part(EXPORTABLE, &[0], false)),
            false,
        ),
        ("a part without type", with(&[0]), false),
        ("a part cut short", with(&[9, FEATURES]), false),
    ]
}

#[test]
fn parts_in_other_forms_are_hashed_as_they_are() {
    for (title, parts, is_good) in cases() {
        let (bytes, _) = key(&parts);
        match Certificate::from_block(&bytes) {
            Ok(certificate) => {
                assert!(is_good, "{title}");
                assert_eq!(certificate.may_sign(NOW + 1), Ok(()), "{title}");
                assert_eq!(certificate.to_bytes(), bytes, "{title}");
            }
            Err(error) => assert!(
                !is_good && matches!(error, BadKey::Malformed(_)),
                "{title}: {error}"
            ),
        }
    }
}

#[test]
fn gpg_takes_the_same_forms() {
    let Some(gpg) = crate::gpg::gpg() else { return };
    for (title, parts, is_good) in cases() {
        // It is more lenient with a few, and its own user may import what is not for others.
        if !is_good {
            continue;
        }
        let file = gpg.file("key", &key(&parts).0);
        let output = gpg.command(&["--import", &file]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{title}: {said}");
    }
}

#[test]
fn apptainer_takes_the_same_forms() {
    let Some(peer) = crate::apptainer::peer() else {
        return;
    };
    for (title, parts, is_good) in cases() {
        let (bytes, secret) = key(&parts);
        let path = peer.rings().path(sif_keys::Ring::Public).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Of a file without any good key it says an error; another key lets it go on.
        let other = crate::support::three()[0].certificate().to_bytes();
        std::fs::write(&path, [&bytes[..], other].concat()).unwrap();
        let list = peer.text(&["key", "list"]).to_uppercase();
        let fingerprint = secret.fingerprint().to_string().to_uppercase();
        assert_eq!(list.contains(&fingerprint), is_good, "{title}: {list}");
    }
}
