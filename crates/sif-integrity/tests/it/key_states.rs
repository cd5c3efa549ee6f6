//! Keys that are over, revoked, or not meant for signing.

use sif_integrity::{Cryptography, KeyState, RingName};
use sif_keys::{Certificate, KeyPart, NewAlgorithm, RevocationReason};

use crate::support::*;

#[test]
fn expired_after_and_before_signing() {
    let key = key("Soon", NewAlgorithm::Ed25519, Some(NOW + 100));
    let signed = sign(two_groups(), &key);
    assert_eq!(verdict(&check(&signed, &keys(&[&key]))), "ok");
    let found = check_at(&signed, &keys(&[&key]), &Default::default(), NOW + 200);
    assert_eq!(verdict(&found), "KeyExpired");
    let signature = &found.signatures[0];
    assert_eq!(
        signature.key_state,
        KeyState::Expired {
            at: NOW + 100,
            signed_before: true
        }
    );
    assert_eq!(signature.cryptography, Cryptography::Good);
    assert!(found.strict.checked[0].signer.is_some());

    let old = crate::support::key("Old", NewAlgorithm::Ed25519, Some(NOW - 100));
    let found = check(&sign(two_groups(), &old), &keys(&[&old]));
    let state = &found.signatures[0].key_state;
    assert_eq!(
        *state,
        KeyState::Expired {
            at: NOW - 100,
            signed_before: false
        }
    );
}

#[test]
fn a_signature_from_the_future() {
    let found = check_at(
        &sign(two_groups(), &ALICE),
        &keys(&[&ALICE]),
        &Default::default(),
        NOW - 1,
    );
    assert_eq!(verdict(&found), "SignatureExpired");
}

#[test]
fn revoked() {
    let secret = secret("Gone", NewAlgorithm::Ed25519, None);
    let key = unlocked(&secret);
    let signed = sign(two_groups(), &key);
    for (reason, time) in [
        (RevocationReason::Compromised, NOW - 5),
        (RevocationReason::Retired, NOW + 5),
    ] {
        let update = key.revoke(reason, "", time).expect("a revocation");
        let bytes = update
            .apply_to(key.certificate().to_bytes())
            .expect("the same key");
        let revoked = Certificate::from_block(&bytes).expect("still a key");
        let mut material = keys(&[]);
        material.rings = vec![ring(RingName::Local, &[&revoked])];
        let found = check_at(&signed, &material, &Default::default(), NOW + 10);
        assert_eq!(verdict(&found), "KeyRevoked");
        let signed_before = time > NOW;
        let part = KeyPart::Primary;
        let state = KeyState::Revoked {
            part,
            reason,
            at: time,
            signed_before,
            expires: None,
        };
        assert_eq!(found.signatures[0].key_state, state);
    }
}

#[test]
fn an_end_is_told_behind_a_revocation() {
    let secret = secret("Gone", NewAlgorithm::Ed25519, Some(NOW + 3));
    let key = unlocked(&secret);
    let signed = sign(two_groups(), &key);
    let update = key
        .revoke(RevocationReason::Retired, "", NOW + 5)
        .expect("a revocation");
    let bytes = update
        .apply_to(key.certificate().to_bytes())
        .expect("the same key");
    let revoked = Certificate::from_block(&bytes).expect("still a key");
    let mut material = keys(&[]);
    material.rings = vec![ring(RingName::Local, &[&revoked])];
    let found = check_at(&signed, &material, &Default::default(), NOW + 10);
    assert_eq!(verdict(&found), "KeyRevoked");
    let KeyState::Revoked { expires, .. } = found.signatures[0].key_state else {
        panic!("{:?}", found.signatures[0].key_state);
    };
    assert_eq!(expires, Some(NOW + 3));
}

#[test]
fn a_stale_copy_in_the_first_ring_hides_nothing_from_the_facts() {
    let secret = secret("Stale", NewAlgorithm::Ed25519, Some(NOW + 50));
    let key = unlocked(&secret);
    let signed = sign(two_groups(), &key);
    let changed = |update: sif_keys::KeyUpdate| {
        let bytes = update.apply_to(key.certificate().to_bytes());
        Certificate::from_block(&bytes.expect("the same key")).expect("still a key")
    };
    let reason = RevocationReason::Retired;
    let revoked = changed(key.revoke(reason, "", NOW + 5).expect("a revocation"));
    let extended = changed(key.extend(None, NOW + 5).expect("another end"));
    let look = |newer: &Certificate, now| {
        let mut material = keys(&[]);
        material.rings = vec![
            ring(RingName::Global, &[key.certificate()]),
            ring(RingName::Local, &[newer]),
        ];
        let found = check_at(&signed, &material, &Default::default(), now);
        let state = found.signatures[0].key_state.clone();
        (verdict(&found), state)
    };
    let (strict, state) = look(&revoked, NOW + 10);
    assert_eq!(strict, "ok", "the reference asks the first ring");
    assert!(matches!(state, KeyState::Revoked { .. }), "{state:?}");
    let (strict, state) = look(&extended, NOW + 100);
    assert_eq!((strict.as_str(), state), ("KeyExpired", KeyState::Good));
}

#[test]
fn the_first_ring_with_the_key_is_named() {
    let signed = sign(two_groups(), &ALICE);
    let mut material = keys(&[]);
    material.rings = vec![
        ring(RingName::Global, &[BOB.certificate()]),
        ring(RingName::Local, &[ALICE.certificate()]),
        ring(RingName::Given, &[ALICE.certificate()]),
    ];
    let found = check(&signed, &material);
    let signer = found.signatures[0].signer.as_ref().expect("Alice is known");
    assert_eq!(signer.ring, RingName::Local);
    assert_eq!(
        signer.user_id.as_deref(),
        Some("Alice <someone@example.com>")
    );
}
