//! What is signed, and what verifies then.

use sif::{DataType, ObjectId, ObjectInput};
use sif_integrity::{
    Claims, Cryptography, Error, Form, KeyMaterial, KeyState, Mode, Ring, RingName, SigningKeys,
    SigningRequest, SigningWarning, plan_signing,
};
use sif_keys::KeyFault;
use std::io::Cursor;

use crate::support::*;

fn objects(list: &[u32]) -> SigningRequest {
    let list = list.iter().map(|id| ObjectId(*id)).collect();
    SigningRequest {
        groups: Vec::new(),
        objects: vec![list],
    }
}

#[test]
fn all_groups_verify_with_the_signer_only() {
    for key in [&*ALICE, &*BOB] {
        let signed = sign(two_groups(), key);
        let found = check(&signed, &keys(&[key]));
        assert_eq!(verdict(&found), "ok");
        assert_eq!(found.signatures.len(), 2);
        for signature in &found.signatures {
            assert!(signature.is_intact());
            assert_eq!(signature.form, Form::OpenPgp);
            assert_eq!(signature.key_state, KeyState::Good);
            assert_eq!(signature.created, Some(NOW));
            assert_eq!(signature.digest.as_deref(), Some("SHA256"));
            assert_eq!(signature.claimed_fingerprint, key.fingerprint().as_v4());
            assert_eq!(signature.issuer_fingerprint, Some(key.fingerprint()));
            let signer = signature.signer.as_ref().expect("a known signer");
            assert_eq!(
                (signer.fingerprint, signer.ring),
                (key.fingerprint(), RingName::Local)
            );
        }
        assert!(found.uncovered().is_empty() && found.unsigned_groups().is_empty());
        assert_eq!(found.signatures[0].covered, [ObjectId(1), ObjectId(2)]);
        let signers = found.strict.signers.expect("tasks were found");
        assert_eq!(signers.all, [key.fingerprint().as_v4().expect("version 4")]);
    }
    let other = check(&sign(two_groups(), &ALICE), &keys(&[&BOB]));
    assert_eq!(verdict(&other), "UnknownIssuer");
}

#[test]
fn salted_signatures_differ_each_time() {
    assert_ne!(sign(two_groups(), &ALICE), sign(two_groups(), &ALICE));
}

#[test]
fn without_a_signature_or_a_keyring() {
    let found = check(&two_groups(), &keys(&[&ALICE]));
    assert_eq!(verdict(&found), "SignatureNotFound 1");
    assert_eq!(found.uncovered().len(), 3);
    let signed = sign(two_groups(), &ALICE);
    assert_eq!(
        verdict(&check(&signed, &KeyMaterial::default())),
        "NoKeyMaterialPgp"
    );
    let empty = KeyMaterial {
        rings: vec![Ring {
            name: RingName::Local,
            certificates: vec![],
        }],
        pem: vec![],
    };
    assert_eq!(verdict(&check(&signed, &empty)), "UnknownIssuer");
}

#[test]
fn an_unknown_key_still_tells_whether_the_digests_agree() {
    let signed = sign(two_groups(), &ALICE);
    for (changed, claims) in [(false, Claims::Agree), (true, Claims::Disagree)] {
        let mut bytes = signed.clone();
        let first = image(&bytes).objects()[0].offset();
        bytes[first as usize] ^= u8::from(changed);
        let found = check(&bytes, &keys(&[&BOB]));
        let signature = &found.signatures[0];
        assert_eq!(signature.cryptography, Cryptography::NotChecked);
        assert_eq!(signature.key_state, KeyState::Unknown);
        assert_eq!(signature.claims, claims);
        assert_eq!(signature.issuer, Some(ALICE.fingerprint().key_id()));
        assert_eq!(found.signatures[1].claims, Claims::Agree);
    }
}

#[test]
fn two_signers_both_count_for_the_strict_verdict() {
    let signed = sign(sign(two_groups(), &ALICE), &BOB);
    assert_eq!(verdict(&check(&signed, &keys(&[&ALICE, &BOB]))), "ok");
    let found = check(&signed, &keys(&[&BOB]));
    assert_eq!(verdict(&found), "UnknownIssuer");
    assert_eq!(
        found
            .signatures
            .iter()
            .filter(|signature| signature.is_intact())
            .count(),
        2
    );
    assert_eq!(found.objects[0].covers.len(), 2);
    let options = sif_integrity::Options {
        now: NOW,
        ignore_errors: true,
        ..Default::default()
    };
    let found = sif_integrity::verify(
        &signed,
        &image(&signed),
        &keys(&[&BOB]),
        &Default::default(),
        &options,
        &sif_integrity::Silent,
    );
    assert_eq!(found.expect("memory").strict.checked.len(), 4);
}

#[test]
fn partial_signing_breaks_the_whole_and_says_so_before() {
    let signed = sign(two_groups(), &ALICE);
    let request = objects(&[1]);
    let plan = plan_signing(&image(&signed), &request, SigningKeys::OpenPgp(&ALICE), NOW)
        .expect("object 1 is there");
    let partial = SigningWarning::PartialSignature {
        group: group(1),
        has_signatures: true,
    };
    assert_eq!(plan.warnings, [partial]);
    assert_eq!(plan.bytes, 12);
    let signed = sign_with(signed, &request, SigningKeys::OpenPgp(&ALICE));
    let found = check(&signed, &keys(&[&ALICE]));
    assert_eq!(verdict(&found), "ObjectNotSigned 2");
    assert!(found.signatures[2].is_partial && found.signatures[2].is_intact());
    let verdict_of = |objects: &[u32]| {
        verdict(&check_at(
            &signed,
            &keys(&[&ALICE]),
            &select(&[], objects, Mode::Current),
            NOW,
        ))
    };
    assert_eq!(verdict_of(&[1]), "ok");
    assert_eq!(verdict_of(&[2]), "ObjectNotSigned 2");
    assert_eq!(verdict_of(&[3]), "ok");
}

#[test]
fn one_group_of_two() {
    let request = SigningRequest {
        groups: vec![group(2)],
        objects: vec![],
    };
    let plan = plan_signing(
        &image(&two_groups()),
        &request,
        SigningKeys::OpenPgp(&ALICE),
        NOW,
    );
    assert_eq!(
        plan.expect("group 2").warnings,
        [SigningWarning::UnsignedGroups(vec![group(1)])]
    );
    let signed = sign_with(two_groups(), &request, SigningKeys::OpenPgp(&ALICE));
    let found = check(&signed, &keys(&[&ALICE]));
    assert_eq!(verdict(&found), "SignatureNotFound 1");
    assert_eq!(found.unsigned_groups(), [group(1)]);
    let found = check_at(
        &signed,
        &keys(&[&ALICE]),
        &select(&[2], &[], Mode::Current),
        NOW,
    );
    assert_eq!(verdict(&found), "ok");
}

#[test]
fn objects_added_later() {
    let more = |group| vec![ObjectInput::new(DataType::Generic, Cursor::new(vec![1])).group(group)];
    let signed = sign(two_groups(), &ALICE);
    for (added, expected) in [
        (Some(group(1)), "ObjectNotSigned 6"),
        (Some(group(3)), "SignatureNotFound 3"),
        (None, "NonGroupedObject"),
    ] {
        let bytes = add(signed.clone(), more(added));
        let found = check(&bytes, &keys(&[&ALICE]));
        assert_eq!(verdict(&found), expected);
        assert_eq!(found.uncovered(), [ObjectId(6)]);
        assert_eq!(found.ungrouped().len(), usize::from(added.is_none()));
        assert!(
            found
                .signatures
                .iter()
                .all(|signature| signature.is_intact())
        );
    }
}

#[test]
fn requests_that_cannot_be_met() {
    let plan = |bytes: &[u8], request: &SigningRequest| {
        plan_signing(&image(bytes), request, SigningKeys::OpenPgp(&ALICE), NOW)
            .expect_err("no plan")
    };
    let bytes = two_groups();
    let groups = SigningRequest {
        groups: vec![group(9)],
        objects: vec![],
    };
    assert!(matches!(plan(&bytes, &groups), Error::GroupNotFound(_)));
    assert!(matches!(
        plan(&bytes, &objects(&[9])),
        Error::ObjectNotFound(ObjectId(9))
    ));
    assert!(matches!(
        plan(&bytes, &objects(&[])),
        Error::NoObjectsSpecified
    ));
    let signed = sign(bytes, &ALICE);
    assert!(matches!(
        plan(&signed, &objects(&[4])),
        Error::NonGroupedObject(ObjectId(4))
    ));
    let builder = sif::ImageBuilder::deterministic().capacity(1);
    let one = ObjectInput::new(DataType::Generic, Cursor::new(vec![1]));
    let full = builder.write(Vec::new(), [one]).expect("one object fits");
    let error = plan(&full, &SigningRequest::default());
    assert!(matches!(
        error,
        Error::InsufficientCapacity { needed: 1, free: 0 }
    ));
    let empty = sif::ImageBuilder::deterministic()
        .write(Vec::new(), [] as [ObjectInput<Cursor<Vec<u8>>>; 0])
        .expect("an empty image");
    assert!(matches!(
        plan(&empty, &SigningRequest::default()),
        Error::NoGroups
    ));
}

#[test]
fn a_key_that_would_be_refused_is_named() {
    let expired = key("Old", sif_keys::NewAlgorithm::Ed25519, Some(NOW - 10));
    let plan = plan_signing(
        &image(&two_groups()),
        &SigningRequest::default(),
        SigningKeys::OpenPgp(&expired),
        NOW,
    );
    let warnings = plan.expect("a plan with a warning").warnings;
    assert!(matches!(
        warnings[..],
        [SigningWarning::KeyRefused(KeyFault::Expired { .. })]
    ));
}

#[test]
fn changes_name_the_signatures_they_break() {
    use sif_integrity::{Change, broken_by};
    let bytes = sign(two_groups(), &ALICE);
    let found = check(&bytes, &keys(&[&ALICE]));
    let image = image(&bytes);
    for (change, broken) in [
        (Change::AddToGroup(group(2)), vec![5]),
        (Change::AddToGroup(group(7)), vec![]),
        (Change::AddUngrouped, vec![4, 5]),
        (Change::Delete(ObjectId(3)), vec![5]),
        (Change::Delete(ObjectId(4)), vec![]),
        (Change::SetPrimary(ObjectId(2)), vec![]),
        (Change::SetPrimary(ObjectId(3)), vec![4, 5]),
    ] {
        let broken: Vec<ObjectId> = broken.into_iter().map(ObjectId).collect();
        assert_eq!(
            broken_by(&image, &found.signatures, change),
            broken,
            "{change:?}"
        );
    }
}

/// A key of a kind that this program does not make, but whose owner may have one.
fn other_key(kind: pgp::composed::KeyType) -> sif_keys::SigningKey {
    use pgp::ser::Serialize as _;
    let parameters = pgp::composed::SecretKeyParamsBuilder::default()
        .key_type(kind)
        .can_certify(true)
        .can_sign(true)
        .primary_user_id("Carol <carol@example.com>".to_owned())
        .build()
        .expect("sound parameters");
    let key = parameters.generate(rand::thread_rng()).expect("a key");
    let bytes = key.to_bytes().expect("bytes");
    unlocked(&sif_keys::SecretCertificate::from_block(&bytes).expect("a usable key"))
}

#[test]
fn larger_curves_take_larger_digests() {
    use pgp::composed::KeyType;
    use pgp::crypto::ecc_curve::ECCCurve;
    // The library dates keys by the clock, so everything is looked at later.
    let late = 4_000_000_000;
    for (curve, digest) in [
        (ECCCurve::P256, "SHA256"),
        (ECCCurve::P384, "SHA384"),
        (ECCCurve::P521, "SHA512"),
    ] {
        let key = other_key(KeyType::ECDSA(curve.clone()));
        let bytes = two_groups();
        let before = image(&bytes);
        let signing = SigningKeys::OpenPgp(&key);
        let request = SigningRequest::default();
        let plan = plan_signing(&before, &request, signing, late).expect("two groups");
        let options = sif_integrity::SignOptions {
            now: late,
            threads: None,
            salt: true,
        };
        let silent = &sif_integrity::Silent;
        let made =
            sif_integrity::make_signatures(&bytes, &before, &plan, signing, &options, silent)
                .expect("a key that signs");
        let text = String::from_utf8_lossy(&made[0].data).into_owned();
        assert!(text.contains(&format!("\nHash: {digest}\n\n")), "{curve:?}");
        let mut editor = sif::Editor::open(bytes).expect("sound");
        let time = sif::ChangeTime::Deterministic;
        sif_integrity::add_signatures(&mut editor, &made, time).expect("room");
        let signed = editor.finish().expect("memory");
        let found = check_at(&signed, &keys(&[&key]), &Default::default(), late);
        assert_eq!(verdict(&found), "ok", "{curve:?}");
        assert_eq!(found.signatures[0].digest.as_deref(), Some(digest));
    }
}
