//! Keys with every kind of fault, made by hand, and what the rules of the command lines say about them.

use pgp::composed::KeyType;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    KeyFlags, Notation, PubKeyInner, PublicKey, RevocationCode, SecretKey, Signature,
    SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::ser::Serialize;
use pgp::types::{Duration, KeyDetails, KeyVersion, PacketHeaderVersion, Password, Tag, Timestamp};
use rand::rngs::OsRng;
use sif_keys::{BadKey, Certificate, KeyFault, KeyPart, RevocationReason, Weakness};

use crate::support::{DAY, NOW};

type Parts = Vec<Subpacket>;

/// A key whose packets are put together by the test.
struct Handmade {
    secret: SecretKey,
    bytes: Vec<u8>,
}

fn packet(bytes: &mut Vec<u8>, tag: u8, body: &[u8]) {
    bytes.extend([0xC0 | tag, 255]);
    bytes.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(body);
}

fn regular(data: SubpacketData) -> Subpacket {
    Subpacket::regular(data).unwrap()
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_secs(u32::try_from(seconds).unwrap())
}

fn created(seconds: i64) -> Subpacket {
    regular(SubpacketData::SignatureCreationTime(time(seconds)))
}

fn flags(sign: bool) -> Subpacket {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(sign);
    regular(SubpacketData::KeyFlags(flags))
}

fn notation(critical: bool) -> Subpacket {
    let notation = Notation {
        readable: true,
        name: "x@example.org".into(),
        value: "y".into(),
    };
    let data = SubpacketData::Notation(notation);
    if critical {
        Subpacket::critical(data).unwrap()
    } else {
        regular(data)
    }
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(u32::try_from(count).unwrap())
}

impl Handmade {
    fn new() -> Self {
        Self::of(&KeyType::Ed25519Legacy)
    }

    fn of(kind: &KeyType) -> Self {
        let (public, secret) = kind.generate(OsRng).unwrap();
        let inner =
            PubKeyInner::new(KeyVersion::V4, kind.to_alg(), time(NOW), None, public).unwrap();
        let public = PublicKey::from_inner(inner).unwrap();
        let mut bytes = Vec::new();
        packet(&mut bytes, 6, &public.to_bytes().unwrap());
        Self {
            secret: SecretKey::new(public, secret).unwrap(),
            bytes,
        }
    }

    fn issuer(&self) -> Subpacket {
        regular(SubpacketData::IssuerKeyId(self.secret.legacy_key_id()))
    }

    fn config(&self, kind: SignatureType, hash: HashAlgorithm, parts: Parts) -> SignatureConfig {
        let mut config = SignatureConfig::v4(kind, self.secret.algorithm(), hash);
        config.hashed_subpackets = parts;
        config.hashed_subpackets.push(self.issuer());
        config
    }

    fn push(mut self, signature: &Signature) -> Self {
        packet(&mut self.bytes, 2, &signature.to_bytes().unwrap());
        self
    }

    fn name(mut self, text: &str) -> Self {
        packet(&mut self.bytes, 13, text.as_bytes());
        self
    }

    fn about_name(
        self,
        text: &str,
        kind: SignatureType,
        hash: HashAlgorithm,
        parts: Parts,
    ) -> Self {
        let id = UserId::from_str(PacketHeaderVersion::New, text).unwrap();
        let config = self.config(kind, hash, parts);
        let public = self.secret.public_key();
        let signature = config
            .sign_certification(&self.secret, public, &Password::empty(), Tag::UserId, &id)
            .unwrap();
        self.push(&signature)
    }

    fn certified(self, text: &str, parts: Parts) -> Self {
        self.name(text).about_name(
            text,
            SignatureType::CertPositive,
            HashAlgorithm::Sha256,
            parts,
        )
    }

    fn revoked_by(self, signer: &SecretKey, parts: Parts) -> Self {
        let mut config = SignatureConfig::v4(
            SignatureType::KeyRevocation,
            signer.algorithm(),
            HashAlgorithm::Sha256,
        );
        config.hashed_subpackets = parts;
        config
            .hashed_subpackets
            .push(regular(SubpacketData::IssuerKeyId(signer.legacy_key_id())));
        let signature = config
            .sign_key(signer, &Password::empty(), self.secret.public_key())
            .unwrap();
        self.push(&signature)
    }

    fn read(&self) -> Result<Certificate, BadKey> {
        Certificate::from_block(&self.bytes)
    }

    fn fault(&self, now: i64) -> Result<(), KeyFault> {
        self.read().unwrap().may_sign(now)
    }
}

fn plain() -> Parts {
    vec![created(NOW), flags(true)]
}

#[test]
fn statements_with_faults() {
    let with = |extra: Subpacket| Handmade::new().certified("Ada", [plain(), vec![extra]].concat());
    let unknown = KeyFault::UnknownCriticalNotation("x@example.org".into());
    assert_eq!(with(notation(true)).fault(NOW), Err(unknown));
    assert_eq!(with(notation(false)).fault(NOW), Ok(()));
    let over = |part| Err(KeyFault::SelfSignatureExpired { part });
    let short = with(regular(SubpacketData::SignatureExpirationTime(seconds(10))));
    assert_eq!(short.fault(NOW + 10), Ok(()));
    assert_eq!(short.fault(NOW + 11), over(KeyPart::Primary));
    let future = Handmade::new().certified("Ada", vec![created(NOW + 5), flags(true)]);
    assert_eq!(future.fault(NOW), over(KeyPart::Primary));
    let never = with(regular(SubpacketData::KeyExpirationTime(seconds(0))));
    assert_eq!(
        never.read().unwrap().expires(),
        None,
        "no seconds mean no end"
    );
}

#[test]
fn keys_without_the_sign_flag_are_as_good_as_absent() {
    for parts in [vec![created(NOW)], vec![created(NOW), flags(false)]] {
        let key = Handmade::new().certified("Ada", parts).read().unwrap();
        assert!(key.signer(key.key_id()).is_none());
        assert_eq!(key.may_sign(NOW), Err(KeyFault::NoSignFlag));
    }
    // Flags count only in the signed area.
    let made = Handmade::new();
    let mut config = made.config(
        SignatureType::CertPositive,
        HashAlgorithm::Sha256,
        vec![created(NOW)],
    );
    config.unhashed_subpackets = vec![flags(true)];
    let id = UserId::from_str(PacketHeaderVersion::New, "Ada").unwrap();
    let public = made.secret.public_key().clone();
    let signature = config
        .sign_certification(&made.secret, &public, &Password::empty(), Tag::UserId, &id)
        .unwrap();
    assert_eq!(
        made.name("Ada").push(&signature).fault(NOW),
        Err(KeyFault::NoSignFlag)
    );
}

#[test]
fn the_newest_statement_counts() {
    let key = Handmade::new().certified("Ada", plain()).about_name(
        "Ada",
        SignatureType::CertPositive,
        HashAlgorithm::Sha256,
        vec![created(NOW + 1), flags(false)],
    );
    assert_eq!(key.fault(NOW + 1), Err(KeyFault::NoSignFlag));
    // Of two from the same second, the first.
    let key = Handmade::new().certified("Ada", plain()).about_name(
        "Ada",
        SignatureType::CertGeneric,
        HashAlgorithm::Sha256,
        vec![created(NOW), flags(false)],
    );
    assert_eq!(key.fault(NOW), Ok(()));
}

#[test]
fn the_user_id_that_speaks_for_the_key() {
    let primary = |parts: Parts| [parts, vec![regular(SubpacketData::IsPrimary(true))]].concat();
    let newer = vec![created(NOW + 1), flags(true)];
    let name = |key: &Handmade| key.read().unwrap().primary_user_id().unwrap();
    assert_eq!(
        name(
            &Handmade::new()
                .certified("A", plain())
                .certified("B", plain())
        ),
        "A"
    );
    assert_eq!(
        name(
            &Handmade::new()
                .certified("A", plain())
                .certified("B", newer.clone())
        ),
        "B"
    );
    assert_eq!(
        name(
            &Handmade::new()
                .certified("A", primary(plain()))
                .certified("B", newer.clone())
        ),
        "A"
    );
    let revoked = Handmade::new()
        .certified("A", primary(plain()))
        .about_name(
            "A",
            SignatureType::CertRevocation,
            HashAlgorithm::Sha256,
            vec![created(NOW + 1)],
        )
        .certified("B", newer);
    assert_eq!(name(&revoked), "B");
    assert_eq!(
        revoked.fault(NOW + 2),
        Ok(()),
        "another user id speaks for the key now"
    );
    let revoked = revoked.read().unwrap();
    assert_eq!(revoked.user_ids(), ["A", "B"]);
    let told = |now| -> Vec<_> {
        let user_ids = revoked.summary(now).user_ids.into_iter();
        user_ids
            .map(|one| (one.text, one.primary, one.revoked))
            .collect()
    };
    let row = |text: &str, primary, revoked| (text.to_owned(), primary, revoked);
    assert_eq!(
        told(NOW + 2),
        [row("A", false, true), row("B", true, false)]
    );
}

#[test]
fn a_revoked_only_user_id_revokes_the_key() {
    let key = Handmade::new().certified("Ada", plain()).about_name(
        "Ada",
        SignatureType::CertRevocation,
        HashAlgorithm::Sha256,
        vec![created(NOW + 1)],
    );
    let fault = KeyFault::Revoked {
        part: KeyPart::UserId,
        reason: RevocationReason::None,
        time: NOW + 1,
    };
    assert_eq!(key.fault(NOW), Ok(()));
    assert_eq!(key.fault(NOW + 1), Err(fault));
}

#[test]
fn revocations_of_the_key() {
    let revoke = |parts: Parts| {
        let key = Handmade::new();
        let secret = key.secret.clone();
        key.revoked_by(&secret, parts).certified("Ada", plain())
    };
    let reason = |code| regular(SubpacketData::RevocationReason(code, "".into()));
    let fault = |reason, time| {
        Err(KeyFault::Revoked {
            part: KeyPart::Primary,
            reason,
            time,
        })
    };
    let later = revoke(vec![
        created(NOW + DAY),
        reason(RevocationCode::KeySuperseded),
    ]);
    assert_eq!(later.fault(NOW), Ok(()));
    assert_eq!(
        later.fault(NOW + DAY),
        fault(RevocationReason::Superseded, NOW + DAY)
    );
    let compromised = revoke(vec![
        created(NOW + DAY),
        reason(RevocationCode::KeyCompromised),
    ]);
    assert_eq!(
        compromised.fault(NOW),
        fault(RevocationReason::Compromised, NOW + DAY)
    );
    let short = revoke(vec![
        created(NOW),
        regular(SubpacketData::SignatureExpirationTime(seconds(5))),
    ]);
    assert_eq!(short.fault(NOW), fault(RevocationReason::None, NOW));
    assert_eq!(
        short.fault(NOW + 6),
        Ok(()),
        "the revocation itself is over"
    );
    // Revocation is said before expiry.
    let both = Handmade::new();
    let secret = both.secret.clone();
    let end = regular(SubpacketData::KeyExpirationTime(seconds(1)));
    let both = both
        .revoked_by(&secret, vec![created(NOW)])
        .certified("Ada", [plain(), vec![end]].concat());
    assert_eq!(both.fault(NOW + DAY), fault(RevocationReason::None, NOW));
}

#[test]
fn what_makes_a_key_malformed() {
    let stranger = Handmade::new();
    let third_party = Handmade::new()
        .revoked_by(&stranger.secret, vec![created(NOW)])
        .certified("Ada", plain());
    let nameless = Handmade::new();
    let uncertified = Handmade::new().name("Ada");
    let broken = Handmade::new().name("Bo").about_name(
        "Ada",
        SignatureType::CertPositive,
        HashAlgorithm::Sha256,
        plain(),
    );
    let wrong_kind = Handmade::new().certified("Ada", plain());
    let key_signature = {
        let config = wrong_kind.config(
            SignatureType::KeyRevocation,
            HashAlgorithm::Sha256,
            vec![created(NOW)],
        );
        config
            .sign_key(
                &wrong_kind.secret,
                &Password::empty(),
                wrong_kind.secret.public_key(),
            )
            .unwrap()
    };
    let wrong_kind = wrong_kind.push(&key_signature);
    let mut bare_subkey = Handmade::new().certified("Ada", plain());
    let body = stranger.secret.public_key().to_bytes().unwrap();
    packet(&mut bare_subkey.bytes, 14, &body);
    for (name, key) in [
        ("revoked by another", third_party),
        ("without a user id", nameless),
        ("with a user id that it did not sign", uncertified),
        ("with a broken self-signature", broken),
        ("with a revocation behind a user id", wrong_kind),
        ("with a subkey that it did not sign", bare_subkey),
    ] {
        assert!(
            matches!(key.read(), Err(BadKey::Malformed(_))),
            "{name}: {:?}",
            key.read()
        );
    }
}

#[test]
fn weak_and_unknown_digests() {
    let rsa = KeyType::Rsa(1024);
    let with = |hash| {
        Handmade::of(&rsa)
            .name("Ada")
            .about_name("Ada", SignatureType::CertPositive, hash, plain())
    };
    let sha1 = with(HashAlgorithm::Sha1).read().unwrap();
    assert_eq!(sha1.may_sign(NOW), Ok(()), "the command lines take it");
    assert_eq!(
        sha1.summary(NOW).weaknesses,
        [Weakness::SmallRsa(1024), Weakness::Sha1SelfSignature]
    );
    assert!(
        with(HashAlgorithm::Md5).read().is_err(),
        "nothing is left of a key with MD5 only"
    );
}

#[test]
fn unknown_critical_parts_make_a_statement_unread() {
    let target = Subpacket::critical(SubpacketData::Revocable(true)).unwrap();
    let key = Handmade::new().certified("Ada", plain()).about_name(
        "Ada",
        SignatureType::CertPositive,
        HashAlgorithm::Sha256,
        vec![created(NOW + 1), flags(false), target],
    );
    assert_eq!(key.fault(NOW + 1), Ok(()), "the older one still counts");
}

#[test]
fn the_worst_revocation_decides_in_any_order() {
    use RevocationCode as Code;
    let statement = |code: Option<Code>, at: i64| {
        let reason = code.map(|code| regular(SubpacketData::RevocationReason(code, "why".into())));
        [Some(created(at)), reason].into_iter().flatten().collect()
    };
    let [none, retired] = [None, Some(Code::KeyRetired)];
    let [superseded, compromised] = [Code::KeySuperseded, Code::KeyCompromised].map(Some);
    let now = NOW + 10;
    // Two revocations with their times, and the one that decides.
    for (one, other, reason, time) in [
        (
            (retired, NOW + 1),
            (compromised, NOW + 2),
            RevocationReason::Compromised,
            NOW + 2,
        ),
        (
            (none, NOW + 1),
            (compromised, NOW + 2),
            RevocationReason::Compromised,
            NOW + 2,
        ),
        // A compromise counts before its date too.
        (
            (none, NOW + 1),
            (compromised, NOW + 20),
            RevocationReason::Compromised,
            NOW + 20,
        ),
        (
            (retired, NOW + 1),
            (none, NOW + 2),
            RevocationReason::None,
            NOW + 2,
        ),
        (
            (superseded, NOW + 1),
            (none, NOW + 2),
            RevocationReason::None,
            NOW + 2,
        ),
        (
            (superseded, NOW + 1),
            (retired, NOW + 2),
            RevocationReason::Superseded,
            NOW + 1,
        ),
        (
            (retired, NOW + 1),
            (retired, NOW + 2),
            RevocationReason::Retired,
            NOW + 1,
        ),
        (
            (compromised, NOW + 1),
            (compromised, NOW + 2),
            RevocationReason::Compromised,
            NOW + 1,
        ),
        // One from the future does not hold.
        (
            (retired, NOW + 1),
            (none, NOW + 20),
            RevocationReason::Retired,
            NOW + 1,
        ),
    ] {
        for [first, second] in [[one, other], [other, one]] {
            let made = Handmade::new();
            let signer = made.secret.clone();
            let key = made
                .revoked_by(&signer, statement(first.0, first.1))
                .revoked_by(&signer, statement(second.0, second.1))
                .certified("Ada", plain());
            let fault = KeyFault::Revoked {
                part: KeyPart::Primary,
                reason,
                time,
            };
            assert_eq!(key.fault(now), Err(fault.clone()), "{first:?} {second:?}");
            assert_eq!(key.read().unwrap().revocation(now), Some(fault));
        }
    }
}

#[test]
fn a_revocation_of_a_part_is_not_hidden_by_a_milder_one_of_the_key() {
    let made = Handmade::new();
    let signer = made.secret.clone();
    let reason = |code| regular(SubpacketData::RevocationReason(code, "why".into()));
    let retired = vec![created(NOW + 1), reason(RevocationCode::KeyRetired)];
    let key = made
        .revoked_by(&signer, retired)
        .certified("Ada", plain())
        .about_name(
            "Ada",
            SignatureType::CertRevocation,
            HashAlgorithm::Sha256,
            vec![created(NOW + 1), reason(RevocationCode::KeyCompromised)],
        );
    let fault = KeyFault::Revoked {
        part: KeyPart::UserId,
        reason: RevocationReason::Compromised,
        time: NOW + 1,
    };
    assert_eq!(key.fault(NOW + 2), Err(fault));
}

#[test]
fn the_end_of_a_revoked_key_is_still_told() {
    let end = regular(SubpacketData::KeyExpirationTime(seconds(5)));
    let made = Handmade::new();
    let signer = made.secret.clone();
    let reason = SubpacketData::RevocationReason(RevocationCode::KeyRetired, "why".into());
    let key = made
        .revoked_by(&signer, vec![created(NOW + 1), regular(reason)])
        .certified("Ada", [plain(), vec![end]].concat())
        .read()
        .unwrap();
    let signer = key.signer(key.key_id()).unwrap();
    assert!(matches!(
        key.judge(signer, NOW + 9),
        Err(KeyFault::Revoked { .. })
    ));
    assert_eq!(
        (signer.expires(), key.expires()),
        (Some(NOW + 5), Some(NOW + 5))
    );
}
