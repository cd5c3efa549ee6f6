//! New keys.

use std::time::{Duration, Instant};

use sif_keys::{
    Algorithm, Certificate, Error, KeyFault, KeyPart, Making, NewAlgorithm, Passphrase, Protection,
    SecretCertificate, Weakness,
};

use crate::support::{DAY, NOW, PASSPHRASE, new_key, three};

/// What of a key made by `key newpair` can be checked without other tools.
fn check_shape(key: &SecretCertificate, algorithm: Algorithm, expires: Option<i64>) {
    let summary = key.certificate().summary(NOW);
    assert_eq!(summary.algorithm, algorithm);
    assert_eq!((summary.created, summary.expires), (NOW, expires));
    assert_eq!(summary.signing, Ok(()));
    assert_eq!(summary.revoked, None);
    assert_eq!(summary.weaknesses, Vec::<Weakness>::new());
    let own = summary.key_use.unwrap();
    assert!(own.certify && own.sign && !own.encrypt && !own.authenticate);
    assert_eq!(summary.subkeys.len(), 1);
    let subkey = summary.subkeys[0].key_use.unwrap();
    assert!(subkey.encrypt && !subkey.sign && !subkey.certify);
    assert_eq!(summary.subkeys[0].expires, expires);
    assert_eq!(key.protection(), Protection::All);
    assert!(!key.has_old_protection());
    let signing = key.unlock(&PASSPHRASE.into()).unwrap();
    assert_eq!(signing.fingerprint(), key.fingerprint());
    assert_eq!(signing.may_sign(NOW), Ok(()));
    assert!(matches!(
        key.unlock(&"wrong".into()),
        Err(Error::WrongPassphrase(_))
    ));
    assert!(matches!(
        key.unlock(&"".into()),
        Err(Error::WrongPassphrase(_))
    ));
}

#[test]
fn ed25519_has_the_shape_of_the_command_lines() {
    check_shape(&three()[0], Algorithm::Ed25519, None);
    assert_eq!(
        three()[0].certificate().primary_user_id().unwrap(),
        "Ada <ada@example.org>"
    );
}

#[test]
fn rsa_has_the_shape_of_the_command_lines() {
    let mut wanted = new_key("Ada", NewAlgorithm::Rsa2048);
    wanted.expires = Some(NOW + 730 * DAY);
    check_shape(
        &wanted.make().unwrap(),
        Algorithm::Rsa(2048),
        wanted.expires,
    );
}

#[test]
fn the_packets_are_those_of_newpair() {
    use pgp::packet::{Packet, PacketParser, SubpacketType};
    let key = &three()[0];
    let packets: Vec<Packet> = PacketParser::new(key.to_bytes())
        .map(Result::unwrap)
        .collect();
    let [
        _,
        Packet::UserId(_),
        Packet::Signature(own),
        _,
        Packet::Signature(binding),
    ] = &packets[..]
    else {
        panic!("{packets:?}");
    };
    let parts = |signature: &pgp::packet::Signature| -> Vec<(u8, bool)> {
        let config = signature.config().unwrap();
        config
            .hashed_subpackets()
            .map(|part| (part.typ().as_u8(false), part.is_critical))
            .collect()
    };
    let number = |kind: SubpacketType| kind.as_u8(false);
    assert_eq!(
        own.hash_alg(),
        Some(pgp::crypto::hash::HashAlgorithm::Sha384)
    );
    assert_eq!(
        parts(own),
        [
            (2, true),
            (11, false),
            (16, false),
            (20, false),
            (21, false),
            (22, false),
            (25, false),
            (27, true),
            (30, false),
            (33, false)
        ]
    );
    assert_eq!(
        parts(binding),
        [(2, true), (16, false), (20, false), (27, true), (33, false)]
    );
    assert_eq!(number(SubpacketType::KeyFlags), 27);
    let salts: Vec<_> = [own, binding]
        .iter()
        .map(|signature| signature.notations()[0].value.clone())
        .collect();
    assert!(salts.iter().all(|salt| salt.len() == 24) && salts[0] != salts[1]);
}

#[test]
fn an_empty_passphrase_leaves_the_key_open() {
    let mut wanted = new_key("Ada", NewAlgorithm::Ed25519);
    wanted.passphrase = Passphrase::new(String::new());
    let key = wanted.make().unwrap();
    assert_eq!(key.protection(), Protection::None);
    key.unlock(&"".into()).unwrap();
}

#[test]
fn times_that_the_format_cannot_hold_are_refused() {
    for (now, expires) in [
        (NOW, Some(NOW)),
        (NOW, Some(NOW - 1)),
        (-1, None),
        (i64::MAX, None),
        (NOW, Some(i64::MAX)),
    ] {
        let mut wanted = new_key("Ada", NewAlgorithm::Ed25519);
        (wanted.now, wanted.expires) = (now, expires);
        assert!(
            matches!(wanted.make(), Err(Error::TimeOutOfRange(_))),
            "{now} {expires:?}"
        );
    }
}

#[test]
fn keys_expire_and_come_from_the_future() {
    let mut wanted = new_key("Ada", NewAlgorithm::Ed25519);
    wanted.expires = Some(NOW + DAY);
    let key = wanted.make().unwrap();
    let certificate = key.certificate();
    let expired = KeyFault::Expired {
        part: KeyPart::Primary,
        at: NOW + DAY,
    };
    let future = KeyFault::CreatedInFuture {
        part: KeyPart::Primary,
        at: NOW,
    };
    for (now, result) in [
        (NOW, Ok(())),
        (NOW + DAY, Ok(())),
        (NOW + DAY + 1, Err(expired)),
        (NOW - 1, Err(future)),
    ] {
        let signer = certificate.signer(certificate.key_id()).unwrap();
        assert_eq!(certificate.judge(signer, now), result, "{}", now - NOW);
        assert_eq!(certificate.may_sign(now), result);
    }
}

#[test]
fn only_keys_that_may_sign_are_signers() {
    let certificate = three()[0].certificate();
    assert!(
        certificate
            .signer(certificate.key_id())
            .unwrap()
            .is_primary()
    );
    let subkey = certificate.summary(NOW).subkeys[0].fingerprint;
    assert!(
        certificate.signer(subkey.key_id()).is_none(),
        "an encryption subkey signs nothing"
    );
    assert!(certificate.signer(sif_keys::KeyId([0; 8])).is_none());
}

#[test]
fn cancelling_returns_at_once() {
    let making = Making::start(new_key("Ada", NewAlgorithm::Rsa4096)).unwrap();
    making.cancel_handle().cancel();
    let start = Instant::now();
    assert!(matches!(making.wait(), Err(Error::Cancelled)));
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn making_elsewhere_gives_the_key() {
    let key = Making::start(new_key("Ada", NewAlgorithm::Ed25519))
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(
        Certificate::parse_all(key.to_bytes()).unwrap()[0].fingerprint(),
        key.fingerprint()
    );
}

#[test]
fn nothing_secret_is_printed() {
    let key = &three()[0];
    let signing = key.unlock(&PASSPHRASE.into()).unwrap();
    let mut wanted = new_key("Ada", NewAlgorithm::Ed25519);
    wanted.passphrase = "hunter2".into();
    let printed = format!("{key:?} {signing:?} {wanted:?}");
    assert!(
        !printed.contains("hunter2") && printed.len() < 600,
        "{printed}"
    );
}
