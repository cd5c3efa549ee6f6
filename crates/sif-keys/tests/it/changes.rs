//! Changes of a key by its owner.

use sif_keys::{
    Certificate, Error, KeyFault, KeyPart, Protection, RevocationReason, Ring, SecretCertificate,
};

use crate::support::{DAY, Home, NOW, PASSPHRASE, at_once, make, three};

fn parse(bytes: &[u8]) -> SecretCertificate {
    SecretCertificate::from_block(bytes).unwrap()
}

#[test]
fn the_end_is_moved_and_taken_away() {
    let key = &three()[0];
    let signing = key.unlock(&PASSPHRASE.into()).unwrap();
    let mut block = key.to_bytes().to_vec();
    for (now, expires) in [
        (NOW, Some(NOW + DAY)),
        (NOW + 1, Some(NOW + 9 * DAY)),
        (NOW + 2, None),
    ] {
        // From the key as it now is, so that the subkey's end is known too.
        let current = parse(&block).unlock(&PASSPHRASE.into()).unwrap();
        block = current
            .extend(expires, now)
            .unwrap()
            .apply_to(&block)
            .unwrap()
            .to_vec();
        let key = parse(&block);
        assert_eq!(key.certificate().expires(), expires);
        assert_eq!(key.certificate().may_sign(now), Ok(()));
        assert_eq!(
            key.certificate().primary_use(),
            signing.certificate().primary_use(),
            "all else is kept"
        );
    }
}

#[test]
fn a_clock_that_is_behind_is_noticed() {
    let signing = three()[0].unlock(&PASSPHRASE.into()).unwrap();
    assert!(matches!(
        signing.extend(None, NOW - 1),
        Err(Error::ClockBehind { newest: NOW })
    ));
    assert!(matches!(
        signing.extend(Some(NOW - 1), NOW),
        Err(Error::TimeOutOfRange(_))
    ));
}

#[test]
fn revocations_count_from_their_time_on_and_compromise_always() {
    for (reason, before) in [
        (RevocationReason::None, true),
        (RevocationReason::Superseded, true),
        (RevocationReason::Retired, true),
        (RevocationReason::Compromised, false),
    ] {
        let key = &three()[0];
        let signing = key.unlock(&PASSPHRASE.into()).unwrap();
        let update = signing.revoke(reason, "gone", NOW + 10).unwrap();
        let revoked =
            Certificate::from_block(&update.apply_to(key.certificate().to_bytes()).unwrap())
                .unwrap();
        let fault = KeyFault::Revoked {
            part: KeyPart::Primary,
            reason,
            time: NOW + 10,
        };
        let signer = revoked.signer(revoked.key_id()).unwrap();
        assert_eq!(revoked.judge(signer, NOW + 10), Err(fault.clone()));
        assert_eq!(revoked.judge(signer, NOW).is_ok(), before, "{reason:?}");
        assert_eq!(revoked.revocation(NOW + 10), Some(fault));
    }
}

#[test]
fn a_revocation_certificate_is_kept_and_used() {
    let home = Home::with_three();
    let [ada, bo, _] = three();
    let signing = ada.unlock(&PASSPHRASE.into()).unwrap();
    let text = signing
        .revocation_certificate(RevocationReason::None, "", NOW + 5)
        .unwrap();
    assert!(text.starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
    let with_colon = format!("some words\n:{text}");
    for text in [text.as_str(), with_colon.as_str()] {
        ada.certificate().read_revocation(text.as_bytes()).unwrap();
    }
    assert!(matches!(
        bo.certificate().read_revocation(text.as_bytes()),
        Err(Error::NotARevocation(_))
    ));
    assert!(bo.certificate().read_revocation(b"nothing").is_err());
    let others = home
        .read(Ring::Public)
        .find(bo.fingerprint())
        .unwrap()
        .to_bytes()
        .to_vec();
    let update = ada.certificate().read_revocation(text.as_bytes()).unwrap();
    home.rings.apply(&update, &mut at_once).unwrap();
    for ring in [Ring::Public, Ring::Secret] {
        let contents = home.read(ring);
        assert!(
            contents
                .find(ada.fingerprint())
                .unwrap()
                .certificate()
                .unwrap()
                .revocation(NOW + 5)
                .is_some()
        );
    }
    assert_eq!(
        home.read(Ring::Public)
            .find(bo.fingerprint())
            .unwrap()
            .to_bytes(),
        others
    );
    // A revoked key is not extended.
    let revoked = home
        .read(Ring::Secret)
        .find(ada.fingerprint())
        .unwrap()
        .secret()
        .unwrap()
        .unlock(&PASSPHRASE.into());
    assert!(matches!(
        revoked.unwrap().extend(None, NOW + 6),
        Err(Error::Fault { .. })
    ));
}

#[test]
fn the_passphrase_is_changed_on_all_packets() {
    let key = &three()[0];
    let changed = key
        .change_passphrase(&PASSPHRASE.into(), &"new".into())
        .unwrap();
    assert_eq!(changed.protection(), Protection::All);
    assert_eq!(
        changed.certificate().to_bytes(),
        key.certificate().to_bytes()
    );
    changed.unlock(&"new".into()).unwrap();
    assert!(matches!(
        changed.unlock(&PASSPHRASE.into()),
        Err(Error::WrongPassphrase(_))
    ));
    assert!(matches!(
        key.change_passphrase(&"no".into(), &"new".into()),
        Err(Error::WrongPassphrase(_))
    ));
    let open = changed
        .change_passphrase(&"new".into(), &"".into())
        .unwrap();
    assert_eq!(open.protection(), Protection::None);
    let closed = open.change_passphrase(&"".into(), &"again".into()).unwrap();
    assert_eq!(closed.protection(), Protection::All);
}

#[test]
fn damage_is_told_from_a_wrong_passphrase() {
    let key = &three()[0];
    let good = key.to_bytes();
    // The primary packet: two octets of header, 51 public ones, then the secret part, which ends in a digest.
    let length = usize::from(good[1]);
    let mut damaged = good.to_vec();
    damaged[2 + length - 5] ^= 1;
    let damaged = parse(&damaged);
    assert!(matches!(
        damaged.unlock(&PASSPHRASE.into()),
        Err(Error::DamagedSecret { .. })
    ));
    assert!(matches!(
        damaged.unlock(&"wrong".into()),
        Err(Error::WrongPassphrase(_))
    ));
    // The secret part of another key of the same length: the passphrase opens it, and it is still not taken.
    let other = std::iter::repeat_with(|| make("Bo"))
        .find(|other| other.to_bytes()[1] == good[1])
        .unwrap();
    let mut foreign = good.to_vec();
    foreign[53..2 + length].copy_from_slice(&other.to_bytes()[53..2 + length]);
    assert!(matches!(
        parse(&foreign).unlock(&PASSPHRASE.into()),
        Err(Error::DamagedSecret { .. })
    ));
}

#[test]
fn an_update_is_for_its_own_key() {
    let [ada, bo, _] = three();
    let update = ada
        .unlock(&PASSPHRASE.into())
        .unwrap()
        .extend(Some(NOW + DAY), NOW + 1)
        .unwrap();
    assert!(matches!(
        update.apply_to(bo.to_bytes()),
        Err(Error::NotFound(_))
    ));
}
