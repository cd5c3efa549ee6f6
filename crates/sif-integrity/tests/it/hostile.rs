//! Signature objects with any content: an answer, never a panic, never "verified".

use std::io::Cursor;

use proptest::prelude::*;
use sif::{HashType, Link, ObjectId, ObjectInput};
use sif_integrity::{Claims, Form, Mode, PrivateKey, PublicKey, X509Certificate};

use crate::support::*;

fn with_signature(data: Vec<u8>, link: Link, hash: i32) -> Vec<u8> {
    let hash = HashType::from_code(hash);
    let fingerprint = ALICE.fingerprint().as_v4();
    add(
        two_groups(),
        vec![ObjectInput::signature(
            hash,
            fingerprint,
            link,
            Cursor::new(data),
        )],
    )
}

fn never_verifies(data: Vec<u8>, link: Link, hash: i32) {
    let bytes = with_signature(data, link, hash);
    let mut material = keys(&[&ALICE]);
    material.pem.push(private("ed25519").public_key());
    for mode in [
        Mode::Current,
        Mode::Legacy,
        Mode::LegacyPrimary,
        Mode::LegacyAll,
    ] {
        let found = check_at(&bytes, &material, &select(&[], &[], mode), NOW);
        assert!(found.strict.result.is_err());
        assert!(!found.signatures[0].is_intact());
    }
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![
        Just(Link::None),
        (1_u32..6).prop_map(|id| Link::Object(ObjectId(id))),
        (1_u32..4).prop_map(|number| Link::Group(group(number))),
    ]
}

/// Frames that get further than random bytes do.
fn framed() -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..300);
    (bytes, "[ -~\n]{0,200}", 0..5).prop_map(|(bytes, text, frame)| {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(&bytes);
        match frame {
            0 => bytes,
            1 => clear_signed(&text, &base64),
            2 => clear_signed(&format!("SIFHASH:\n{text}"), &base64),
            3 => serde_json::json!({
                "payloadType": sif_integrity::PAYLOAD_TYPE,
                "payload": base64,
                "signatures": [{"keyid": "", "sig": base64}],
            })
            .to_string()
            .into_bytes(),
            _ => text.into_bytes(),
        }
    })
}

fn clear_signed(text: &str, base64: &str) -> Vec<u8> {
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|c| std::str::from_utf8(c).expect("ASCII"))
        .collect();
    format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{text}\n-----BEGIN PGP SIGNATURE-----\n\n{}\n-----END PGP SIGNATURE-----",
        lines.join("\n")
    )
    .into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_signature_object(data in framed(), link in link(), hash in 0..7) {
        never_verifies(data, link, hash);
    }

    #[test]
    fn one_changed_byte_of_a_signature(at in 0_usize..900, value in any::<u8>()) {
        let mut bytes = sign(two_groups(), &ALICE);
        let object = image(&bytes).objects()[3].clone();
        let at = object.offset() as usize + at % object.size() as usize;
        let same = bytes[at] == value;
        bytes[at] = value;
        let found = check(&bytes, &keys(&[&ALICE]));
        // A change in the frame may be harmless; what is signed cannot change.
        prop_assert!(same || found.strict.result.is_err() || found.signatures[0].is_intact());
    }

    #[test]
    fn any_pem(text in "(-----BEGIN (PUBLIC KEY|EC PRIVATE KEY|CERTIFICATE)-----\n)?[ -~\n]{0,200}(-----END PUBLIC KEY-----)?") {
        let _ = PublicKey::from_pem(text.as_bytes());
        let _ = PrivateKey::from_pem(text.as_bytes(), Some(b"x"));
        let _ = X509Certificate::pool_from_pem(text.as_bytes());
    }
}

#[test]
fn a_huge_clear_signed_block_is_not_read() {
    for text in [
        "x\n".repeat(5 << 19),
        "x".repeat(5 << 20),
        "- \n".repeat(5 << 19),
    ] {
        let data = clear_signed(&text, "AQID");
        assert!(data.len() > 5 << 20);
        let bytes = with_signature(data, Link::Group(group(1)), 1);
        let found = check(&bytes, &keys(&[&ALICE]));
        assert_eq!(verdict(&found), "SignatureFormatNotRecognized");
        assert_eq!(only(&found).form, Form::Unrecognised);
    }
}

#[test]
fn a_huge_signature_object_is_not_read() {
    let bytes = with_signature(vec![b'-'; (16 << 20) + 1], Link::Group(group(1)), 1);
    let found = check(&bytes, &keys(&[&ALICE]));
    assert_eq!(only(&found).form, Form::Unrecognised);
    assert_eq!(only(&found).claims, Claims::Unreadable);
}
