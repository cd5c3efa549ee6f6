//! Envelopes: signing with every kind of key, and what is refused.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use sif::{HashType, Link, ObjectInput};
use sif_integrity::{Claims, Cryptography, Form, KeyState};

use crate::support::*;

#[test]
fn every_kind_of_key_signs_and_verifies() {
    for kind in ["rsa", "p224", "p256", "p384", "p521", "ed25519"] {
        let signer = [private(kind)];
        let signed = sign_pem(two_groups(), &signer);
        let found = check(&signed, &pem_keys(&signer));
        assert_eq!(verdict(&found), "ok", "{kind}");
        assert!(
            found
                .signatures
                .iter()
                .all(|s| s.is_intact() && s.form == Form::Dsse),
            "{kind}"
        );
        assert_eq!(
            found.signatures[0].accepted_keys,
            [signer[0].public_key().key_id()],
            "{kind}"
        );
        let other = check(
            &signed,
            &pem_keys(&[private(if kind == "rsa" { "p256" } else { "rsa" })]),
        );
        assert_eq!(verdict(&other), "DsseEnvelopeFailed", "{kind}");
        assert_eq!(other.signatures[0].claims, Claims::Agree, "{kind}");
    }
}

#[test]
fn one_good_signature_of_several_is_enough() {
    let signed = sign_pem(two_groups(), &[private("ed25519"), private("rsa")]);
    for kind in ["ed25519", "rsa"] {
        assert_eq!(
            verdict(&check(&signed, &pem_keys(&[private(kind)]))),
            "ok",
            "{kind}"
        );
    }
    let found = check(&signed, &keys(&[&ALICE]));
    assert_eq!(verdict(&found), "NoKeyMaterialDsse");
    assert_eq!(found.signatures[0].key_state, KeyState::Unknown);
    assert_eq!(found.signatures[0].cryptography, Cryptography::NotChecked);
}

/// The first signature of an image, as JSON.
fn envelope(bytes: &[u8]) -> serde_json::Value {
    let signature = image(bytes).objects()[3]
        .read(bytes, 1 << 20)
        .expect("memory");
    serde_json::from_slice(&signature).expect("JSON")
}

/// One group only, with this text as its signature.
fn with_signature(text: impl Into<Vec<u8>>) -> Vec<u8> {
    let link = Link::Group(group(1));
    let object = ObjectInput::signature(HashType::Sha256, None, link, Cursor::new(text.into()));
    add(two_groups(), vec![object])
}

#[test]
fn malformed_envelopes() {
    let signer = [private("ed25519")];
    let good = envelope(&sign_pem(two_groups(), &signer));
    let verdict_of = |text: String| {
        let found = check_at(
            &with_signature(text),
            &pem_keys(&signer),
            &select(&[1], &[], Default::default()),
            NOW,
        );
        verdict(&found)
    };
    let edited = |edit: &dyn Fn(&mut serde_json::Value)| {
        let mut value = good.clone();
        edit(&mut value);
        value.to_string()
    };
    let payload = STANDARD
        .decode(good["payload"].as_str().expect("text"))
        .expect("base64");
    let url_safe = URL_SAFE.encode(&payload);
    let failed = "DsseEnvelopeFailed";
    let unrecognised = "SignatureFormatNotRecognized";
    let other_key = private("p256").public_key().key_id();
    let cases: Vec<(&str, String, &str)> = vec![
        ("as it is", edited(&|_| {}), "ok"),
        ("line feed behind", edited(&|_| {}) + "\n", "ok"),
        ("bytes behind", edited(&|_| {}) + "x", failed),
        (
            "URL-safe payload",
            edited(&|v| v["payload"] = url_safe.clone().into()),
            "ok",
        ),
        ("unknown field", edited(&|v| v["more"] = 1.into()), "ok"),
        (
            "no key ID",
            edited(&|v| v["signatures"][0]["keyid"] = "".into()),
            "ok",
        ),
        (
            "another key's ID",
            edited(&|v| v["signatures"][0]["keyid"] = other_key.clone().into()),
            failed,
        ),
        (
            "no signatures",
            edited(&|v| v["signatures"] = serde_json::json!([])),
            failed,
        ),
        (
            "broken signature",
            edited(&|v| v["signatures"][0]["sig"] = "!".into()),
            failed,
        ),
        (
            "wrong signature",
            edited(&|v| v["signatures"][0]["sig"] = "AAAA".into()),
            failed,
        ),
        (
            "broken payload",
            edited(&|v| v["payload"] = "!".into()),
            failed,
        ),
        (
            "other type",
            edited(&|v| v["payloadType"] = "text/plain".into()),
            unrecognised,
        ),
        ("not an object", "[]".to_owned(), unrecognised),
        ("cut", edited(&|_| {})[..40].to_owned(), unrecognised),
    ];
    for (name, text, expected) in cases {
        assert_eq!(verdict_of(text), expected, "{name}");
    }
    // One good signature does not save an envelope with an undecodable one.
    let both = edited(&|v| {
        let list = v["signatures"].as_array_mut().expect("a list");
        list.push(serde_json::json!({"keyid": "", "sig": "!"}));
    });
    assert_eq!(verdict_of(both), failed);
}

#[test]
fn signed_text_that_is_not_metadata() {
    let signer = [private("ed25519")];
    let digest = "sha256:".to_owned() + &"0".repeat(64);
    for (payload, expected) in [
        ("no JSON".to_owned(), "MetadataNotJson"),
        (
            r#"{"version":1,"header":{"digest":"sha256:00"}}"#.to_owned(),
            "DigestMalformed",
        ),
        (
            r#"{"version":1,"header":{"digest":"md5:00"}}"#.to_owned(),
            "HashUnsupported",
        ),
        (r#"{"version":1}"#.to_owned(), "ObjectNotSigned 1"),
        (
            r#"{"version":1,"objects":[{},{"relativeId":1}]}"#.to_owned(),
            "HashUnavailable",
        ),
        (
            format!(
                r#"{{"version":1,"header":{{"digest":"{digest}"}},"objects":[{{}},{{"relativeId":1}}]}}"#
            ),
            "HeaderIntegrity",
        ),
    ] {
        let text = sif_integrity::sign_envelope(
            sif_integrity::PAYLOAD_TYPE,
            payload.as_bytes(),
            &signer,
            sif_integrity::RsaDigest::Sha256,
        );
        let bytes = with_signature(text.expect("a key that signs"));
        let found = check_at(
            &bytes,
            &pem_keys(&signer),
            &select(&[1], &[], Default::default()),
            NOW,
        );
        assert_eq!(verdict(&found), expected, "{payload}");
    }
}

/// An envelope whose only good signature stands behind this many others.
fn behind(count: usize) -> Vec<u8> {
    let signer = [private("ed25519")];
    let mut value = envelope(&sign_pem(two_groups(), &signer));
    let good = value["signatures"][0].clone();
    let other = serde_json::json!({"keyid": "", "sig": STANDARD.encode([1; 64])});
    let mut signatures = vec![other; count];
    signatures.push(good);
    value["signatures"] = signatures.into();
    with_signature(value.to_string())
}

#[test]
fn an_envelope_with_more_signatures_than_anybody_makes_fails() {
    let signer = pem_keys(&[private("ed25519")]);
    let group = select(&[1], &[], Default::default());
    for (others, expected) in [(255, "ok"), (256, "DsseEnvelopeFailed")] {
        let found = check_at(&behind(others), &signer, &group, NOW);
        assert_eq!(verdict(&found), expected, "{others}");
    }
}

#[test]
fn checking_an_envelope_can_be_cancelled() {
    /// Ends the work after some steps.
    struct After(std::sync::atomic::AtomicUsize);
    impl sif_integrity::Progress for After {
        fn step(&self, _: u64, _: u64) -> std::ops::ControlFlow<()> {
            let left = &self.0;
            let counted = left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
            match counted {
                Ok(_) => std::ops::ControlFlow::Continue(()),
                Err(_) => std::ops::ControlFlow::Break(()),
            }
        }
    }
    use std::sync::atomic::Ordering::Relaxed;
    let bytes = behind(255);
    let progress = After(100.into());
    let result = sif_integrity::verify(
        &bytes,
        &image(&bytes),
        &pem_keys(&[private("ed25519")]),
        &Default::default(),
        &sif_integrity::Options {
            now: NOW,
            threads: Some(1),
            ..Default::default()
        },
        &progress,
    );
    assert!(
        matches!(result, Err(sif_integrity::Error::Cancelled)),
        "{result:?}"
    );
    // It ended inside the envelope: hashing alone has far fewer steps.
    assert_eq!(progress.0.load(Relaxed), 0);
    let whole = After(100_000.into());
    let steps = |bytes: &Vec<u8>| {
        let _ = sif_integrity::verify(
            bytes,
            &image(bytes),
            &pem_keys(&[private("ed25519")]),
            &Default::default(),
            &sif_integrity::Options {
                now: NOW,
                threads: Some(1),
                ..Default::default()
            },
            &whole,
        );
        100_000 - whole.0.swap(100_000, Relaxed)
    };
    assert!(steps(&behind(0)) < 50 && steps(&bytes) > 255);
}
