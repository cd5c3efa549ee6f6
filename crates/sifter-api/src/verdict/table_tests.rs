//! Every row of the table, as data.

use sif_integrity::{Part, RingName, SignerFacts};
use sif_keys::{Fingerprint, KeyPart};

use super::*;

/// A signature with nothing against it, by a key that is here.
fn good() -> SignatureFacts {
    let fingerprint = Fingerprint::from_v4([7; 20]);
    SignatureFacts {
        id: sif::ObjectId(9),
        form: Form::OpenPgp,
        link: sif::Link::None,
        claimed_fingerprint: Some([7; 20]),
        claimed_hash: sif::HashType::Sha256,
        issuer: None,
        issuer_fingerprint: Some(fingerprint),
        created: Some(1_000),
        digest: Some("SHA256".into()),
        signer: Some(SignerFacts {
            fingerprint,
            signing_key: fingerprint,
            user_id: Some("Anna".into()),
            ring: RingName::Local,
        }),
        envelope_keys: Vec::new(),
        accepted_keys: Vec::new(),
        key_state: KeyState::Good,
        cryptography: Cryptography::Good,
        claims: Claims::Agree,
        covered: vec![sif::ObjectId(1)],
        changed: Vec::new(),
        is_partial: false,
        failure: None,
    }
}

fn with(change: impl FnOnce(&mut SignatureFacts)) -> SignatureFacts {
    let mut facts = good();
    change(&mut facts);
    facts
}

/// A signature by a key that is not here.
fn unknown(change: impl FnOnce(&mut SignatureFacts)) -> SignatureFacts {
    with(|facts| {
        facts.signer = None;
        facts.key_state = KeyState::Unknown;
        facts.cryptography = Cryptography::NotChecked;
        change(facts);
    })
}

fn revoked(reason: RevocationReason, signed_before: bool) -> SignatureFacts {
    with(|facts| {
        facts.key_state = KeyState::Revoked {
            part: KeyPart::Primary,
            reason,
            at: 2_000,
            signed_before,
            expires: None,
        };
    })
}

/// A signature of the time 1 000 by a key that ended at `end` and was withdrawn at 2 000.
fn revoked_and_over(reason: RevocationReason, end: i64) -> SignatureFacts {
    with(|facts| {
        facts.key_state = KeyState::Revoked {
            part: KeyPart::Primary,
            reason,
            at: 2_000,
            signed_before: true,
            expires: Some(end),
        };
    })
}

#[test]
fn one_result_for_each_signature() {
    use SignatureResult as Is;
    let trusted = TrustLevel::TrustedByYou;
    let not = TrustLevel::NotTrusted;
    let disagree = |facts: &mut SignatureFacts, part| {
        facts.claims = Claims::Disagree;
        facts.changed = vec![part];
    };
    let object = sif::ObjectId(1);
    let cases: Vec<(&str, SignatureFacts, TrustLevel, Is)> = vec![
        // Row 1: evidence, with the key here.
        (
            "bad arithmetic",
            with(|facts| facts.cryptography = Cryptography::Bad),
            trusted,
            Is::Tampered,
        ),
        (
            "another fingerprint beside it",
            with(|facts| facts.claimed_fingerprint = Some([8; 20])),
            trusted,
            Is::Tampered,
        ),
        (
            "refused for its fingerprint",
            with(|f| f.failure = Some(Failure::FingerprintMismatch)),
            trusted,
            Is::Tampered,
        ),
        (
            "header differs",
            with(|facts| disagree(facts, Part::Header)),
            trusted,
            Is::Tampered,
        ),
        (
            "description differs",
            with(|facts| disagree(facts, Part::Descriptor(object))),
            trusted,
            Is::Tampered,
        ),
        (
            "data differs",
            with(|facts| disagree(facts, Part::Data(object))),
            trusted,
            Is::Tampered,
        ),
        (
            "a part is missing",
            with(|facts| disagree(facts, Part::Missing(object))),
            trusted,
            Is::Tampered,
        ),
        (
            "data differs, not trusted",
            with(|facts| disagree(facts, Part::Data(object))),
            not,
            Is::Tampered,
        ),
        (
            "broken block",
            with(|facts| facts.cryptography = Cryptography::Unreadable),
            trusted,
            Is::Tampered,
        ),
        // Row 2: evidence, without the key.
        (
            "unknown key, data differs",
            unknown(|facts| disagree(facts, Part::Data(object))),
            not,
            Is::Tampered,
        ),
        // Row 3: no key.
        ("unknown key", unknown(|_| {}), not, Is::UnknownKey),
        (
            "envelope without a chosen key",
            unknown(|facts| {
                facts.form = Form::Dsse;
                facts.claimed_fingerprint = None;
                facts.envelope_keys = vec!["SHA256:abc".into()];
            }),
            not,
            Is::UnknownKey,
        ),
        (
            "envelope with a chosen key",
            with(|facts| {
                facts.form = Form::Dsse;
                facts.signer = None;
                facts.claimed_fingerprint = None;
                facts.accepted_keys = vec!["SHA256:abc".into()];
            }),
            trusted,
            Is::Good,
        ),
        // Row 4: revoked.
        (
            "revoked, compromised",
            revoked(RevocationReason::Compromised, true),
            trusted,
            Is::RevokedKey,
        ),
        (
            "revoked, no reason",
            revoked(RevocationReason::None, true),
            trusted,
            Is::RevokedKey,
        ),
        (
            "revoked, odd reason",
            revoked(RevocationReason::Other(9), true),
            trusted,
            Is::RevokedKey,
        ),
        (
            "retired before signing",
            revoked(RevocationReason::Retired, false),
            trusted,
            Is::RevokedKey,
        ),
        (
            "superseded before signing",
            revoked(RevocationReason::Superseded, false),
            not,
            Is::RevokedKey,
        ),
        // Row 5: expired before signing.
        (
            "expired before signing",
            with(|facts| {
                facts.key_state = KeyState::Expired {
                    at: 500,
                    signed_before: false,
                }
            }),
            trusted,
            Is::ExpiredKey,
        ),
        (
            "retired, and expired before signing",
            revoked_and_over(RevocationReason::Retired, 999),
            trusted,
            Is::ExpiredKey,
        ),
        (
            "compromised, and expired before signing",
            revoked_and_over(RevocationReason::Compromised, 999),
            trusted,
            Is::RevokedKey,
        ),
        (
            "retired and expired after signing",
            revoked_and_over(RevocationReason::Retired, 1_000),
            trusted,
            Is::Good,
        ),
        (
            "retired, expired, and no time of signing",
            SignatureFacts {
                created: None,
                ..revoked_and_over(RevocationReason::Superseded, 1_500)
            },
            trusted,
            Is::ExpiredKey,
        ),
        // Row 6: not trusted.
        ("not trusted", good(), not, Is::UntrustedKey),
        ("blocked", good(), TrustLevel::Blocked, Is::UntrustedKey),
        (
            "legacy and not trusted",
            with(|facts| facts.form = Form::LegacyGroup),
            not,
            Is::UntrustedKey,
        ),
        // Row 7: the old form.
        (
            "legacy group",
            with(|facts| facts.form = Form::LegacyGroup),
            trusted,
            Is::OldSignature,
        ),
        (
            "legacy part",
            with(|facts| facts.form = Form::LegacyObject),
            trusted,
            Is::OldSignature,
        ),
        // Row 8: good.
        ("good, own", good(), TrustLevel::Yours, Is::Good),
        (
            "good, by the administrator",
            good(),
            TrustLevel::TrustedByAdministrator,
            Is::Good,
        ),
        (
            "expired after signing",
            with(|facts| {
                facts.key_state = KeyState::Expired {
                    at: 2_000,
                    signed_before: true,
                }
            }),
            trusted,
            Is::Good,
        ),
        (
            "retired after signing",
            revoked(RevocationReason::Retired, true),
            trusted,
            Is::Good,
        ),
        (
            "superseded after signing",
            revoked(RevocationReason::Superseded, true),
            trusted,
            Is::Good,
        ),
        // No verdict.
        (
            "neither form",
            with(|facts| {
                facts.form = Form::Unrecognised;
                facts.cryptography = Cryptography::Unreadable;
                facts.claims = Claims::Unreadable;
            }),
            trusted,
            Is::CantCheck,
        ),
        (
            "refused digest",
            with(|facts| {
                facts.cryptography = Cryptography::Unreadable;
                facts.digest = Some("SHA-1".into());
            }),
            trusted,
            Is::CantCheck,
        ),
        (
            "not for signing",
            with(|facts| facts.key_state = KeyState::NotForSigning),
            trusted,
            Is::CantCheck,
        ),
        (
            "signed text unreadable",
            with(|facts| facts.claims = Claims::Unreadable),
            trusted,
            Is::CantCheck,
        ),
        (
            "not looked at",
            with(|facts| facts.claims = Claims::NotChecked),
            trusted,
            Is::CantCheck,
        ),
    ];
    for (name, facts, trust, expected) in cases {
        assert_eq!(signature_result(&facts, trust), expected, "{name}");
    }
}

#[test]
fn notes_beside_a_result() {
    let cases = [
        (good(), TrustLevel::Yours, vec![]),
        (
            with(|facts| {
                facts.key_state = KeyState::Expired {
                    at: 2_000,
                    signed_before: true,
                }
            }),
            TrustLevel::Yours,
            vec![SignatureNote::KeyExpiredSince],
        ),
        (
            revoked(RevocationReason::Retired, true),
            TrustLevel::Yours,
            vec![SignatureNote::KeyRetiredSince],
        ),
        (
            revoked(RevocationReason::Compromised, true),
            TrustLevel::Yours,
            vec![],
        ),
        (
            revoked_and_over(RevocationReason::Retired, 999),
            TrustLevel::Yours,
            vec![],
        ),
        (
            with(|facts| facts.created = Some(9_999)),
            TrustLevel::Yours,
            vec![SignatureNote::FromTheFuture],
        ),
        (
            with(|facts| facts.digest = Some("MD5".into())),
            TrustLevel::Yours,
            vec![SignatureNote::Weak],
        ),
        (
            good(),
            TrustLevel::TrustedByAdministrator,
            vec![SignatureNote::GlobalKey],
        ),
    ];
    for (facts, trust, expected) in cases {
        assert_eq!(notes_of(&facts, trust, 5_000), expected);
    }
}

#[test]
fn one_badge_for_the_file() {
    use Badge as B;
    use IntactState as I;
    use SignatureResult::{
        CantCheck, ExpiredKey, Good, OldSignature, RevokedKey, Tampered, UnknownKey, UntrustedKey,
    };
    /// Signatures are numbered from 11, parts from 1; each part lists the signatures that cover it.
    struct Case {
        signatures: &'static [SignatureResult],
        parts: &'static [&'static [u32]],
        every: bool,
        badge: Badge,
        decisive: Option<u32>,
        intact: IntactState,
        uncovered: &'static [u32],
    }
    let case = |signatures, parts, badge, decisive, intact, uncovered| Case {
        signatures,
        parts,
        every: false,
        badge,
        decisive,
        intact,
        uncovered,
    };
    let every = |case: Case| Case {
        every: true,
        ..case
    };
    let cases = [
        case(&[], &[&[], &[]], B::NotSigned, None, I::Unsigned, &[1, 2]),
        case(&[Good], &[&[11], &[11]], B::Verified, Some(11), I::All, &[]),
        case(
            &[Good, Good],
            &[&[11], &[12]],
            B::Verified,
            Some(11),
            I::All,
            &[],
        ),
        case(
            &[UnknownKey, Good],
            &[&[11, 12]],
            B::Verified,
            Some(12),
            I::All,
            &[],
        ),
        case(
            &[Good, RevokedKey],
            &[&[11]],
            B::Verified,
            Some(11),
            I::All,
            &[],
        ),
        case(
            &[Good, Tampered],
            &[&[11]],
            B::Tampered,
            Some(12),
            I::Differs,
            &[],
        ),
        case(
            &[UnknownKey, Tampered],
            &[&[11], &[]],
            B::Tampered,
            Some(12),
            I::Differs,
            &[2],
        ),
        case(
            &[Good],
            &[&[11], &[]],
            B::PartlySigned,
            Some(11),
            I::Partly,
            &[2],
        ),
        // Another's signature does not fill the gap of a good one.
        case(
            &[Good, UnknownKey],
            &[&[11], &[12]],
            B::PartlySigned,
            Some(11),
            I::Partly,
            &[2],
        ),
        case(
            &[OldSignature, UntrustedKey],
            &[&[11]],
            B::OldSignature,
            Some(11),
            I::All,
            &[],
        ),
        case(
            &[ExpiredKey, UntrustedKey],
            &[&[11]],
            B::UntrustedKey,
            Some(12),
            I::All,
            &[],
        ),
        case(
            &[UnknownKey, ExpiredKey],
            &[&[11]],
            B::ExpiredKey,
            Some(12),
            I::All,
            &[],
        ),
        case(
            &[RevokedKey, UnknownKey],
            &[&[11]],
            B::UnknownKey,
            Some(12),
            I::All,
            &[],
        ),
        case(
            &[RevokedKey],
            &[&[11], &[]],
            B::RevokedKey,
            Some(11),
            I::Partly,
            &[2],
        ),
        case(
            &[UnknownKey],
            &[&[11], &[]],
            B::UnknownKey,
            Some(11),
            I::Partly,
            &[2],
        ),
        case(
            &[CantCheck],
            &[&[11]],
            B::CantCheck,
            Some(11),
            I::Unknown,
            &[1],
        ),
        case(
            &[CantCheck, UnknownKey],
            &[&[11, 12]],
            B::UnknownKey,
            Some(12),
            I::All,
            &[],
        ),
        case(&[Good], &[], B::PartlySigned, Some(11), I::Partly, &[]),
        // "Require every signature to be good".
        every(case(&[Good], &[&[11]], B::Verified, Some(11), I::All, &[])),
        every(case(
            &[Good, UnknownKey],
            &[&[11]],
            B::UnknownKey,
            Some(12),
            I::All,
            &[],
        )),
        every(case(
            &[Good, OldSignature],
            &[&[11]],
            B::OldSignature,
            Some(12),
            I::All,
            &[],
        )),
        every(case(
            &[Good, CantCheck],
            &[&[11]],
            B::CantCheck,
            Some(12),
            I::All,
            &[],
        )),
        every(case(
            &[Good, Tampered],
            &[&[11]],
            B::Tampered,
            Some(12),
            I::Differs,
            &[],
        )),
        every(case(
            &[Good],
            &[&[11], &[]],
            B::PartlySigned,
            Some(11),
            I::Partly,
            &[2],
        )),
    ];
    for (number, case) in cases.iter().enumerate() {
        let judged: Vec<Judged> = case
            .signatures
            .iter()
            .zip(11..)
            .map(|(result, id)| Judged {
                id,
                result: *result,
            })
            .collect();
        let covers: Vec<(u32, Vec<u32>)> = case
            .parts
            .iter()
            .zip(1..)
            .map(|(by, id)| (id, by.to_vec()))
            .collect();
        let conclusion = conclude(&judged, &covers, case.every);
        let found = (
            conclusion.badge,
            conclusion.decisive,
            conclusion.intact,
            conclusion.uncovered,
        );
        let expected = (
            case.badge,
            case.decisive,
            case.intact,
            case.uncovered.to_vec(),
        );
        assert_eq!(
            found, expected,
            "case {number}: {:?} over {:?}",
            case.signatures, case.parts
        );
    }
}
