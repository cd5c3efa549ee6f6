//! Importing and exporting.

use sif_keys::{
    Added, Certificate, Error, ImportChange, KeyringError, MergeReport, Policy, RevocationReason,
    Ring, SecretCertificate,
};

use crate::support::{DAY, Home, NOW, PASSPHRASE, at_once, three};

fn changes(home: &Home, data: &[u8]) -> Vec<ImportChange> {
    let preview = home.rings.preview_import(data, NOW, &mut at_once).unwrap();
    preview.items.into_iter().map(|item| item.change).collect()
}

fn import(home: &Home, data: &[u8]) -> Vec<Added> {
    let preview = home.rings.preview_import(data, NOW, &mut at_once).unwrap();
    home.rings
        .import(&preview, |_| true, &mut at_once)
        .into_iter()
        .map(|(_, added)| added.unwrap())
        .collect()
}

/// Ada's public key with another end, and revoked.
fn newer_ada() -> Vec<u8> {
    let key = three()[0].unlock(&PASSPHRASE.into()).unwrap();
    let block = key
        .extend(Some(NOW + DAY), NOW + 1)
        .unwrap()
        .apply_to(three()[0].certificate().to_bytes())
        .unwrap();
    key.revoke(RevocationReason::Retired, "", NOW + 2)
        .unwrap()
        .apply_to(&block)
        .unwrap()
        .to_vec()
}

#[test]
fn several_keys_armored_and_binary_public_and_secret() {
    let [ada, bo, cy] = three();
    let armored = [ada.certificate().to_armored(), bo.to_armored().to_string()].concat();
    let binary = [ada.certificate().to_bytes(), bo.to_bytes()].concat();
    for data in [armored.as_bytes(), &binary[..]] {
        let home = Home::new(Policy::RefuseLinks);
        assert_eq!(changes(&home, data), [ImportChange::New, ImportChange::New]);
        assert_eq!(import(&home, data), [Added::New, Added::New]);
        assert_eq!(
            home.bytes(Ring::Public),
            [ada, bo]
                .map(|key| key.certificate().to_bytes().to_vec())
                .concat()
        );
        assert_eq!(home.bytes(Ring::Secret), bo.to_bytes());
        assert_eq!(
            changes(&home, data),
            [ImportChange::Identical, ImportChange::Identical]
        );
        assert_eq!(import(&home, data), [Added::Identical, Added::Identical]);
        // One known key does not keep the others out, as it does with the command lines.
        let mixed = [&binary[..], cy.certificate().to_bytes()].concat();
        assert_eq!(
            import(&home, &mixed),
            [Added::Identical, Added::Identical, Added::New]
        );
    }
}

#[test]
fn only_the_wanted_keys_are_taken() {
    let home = Home::new(Policy::RefuseLinks);
    let data = three()
        .iter()
        .flat_map(|key| key.certificate().to_bytes().to_vec())
        .collect::<Vec<_>>();
    let preview = home.rings.preview_import(&data, NOW, &mut at_once).unwrap();
    let wanted = three()[1].fingerprint();
    let report = home.rings.import(
        &preview,
        |item| item.fingerprint() == Some(wanted),
        &mut at_once,
    );
    assert_eq!(report.len(), 1);
    assert_eq!(
        crate::support::fingerprints(&home.read(Ring::Public)),
        [wanted]
    );
}

#[test]
fn a_known_key_learns_expiry_and_revocation() {
    let home = Home::with_three();
    let newer = newer_ada();
    // Subkeys without an end get none, so there is one new statement and one revocation.
    assert_eq!(
        changes(&home, &newer),
        [ImportChange::Update(report_of(1, 1))]
    );
    assert_eq!(import(&home, &newer), [Added::Updated(report_of(1, 1))]);
    let contents = home.read(Ring::Public);
    let ada = contents
        .find(three()[0].fingerprint())
        .unwrap()
        .certificate()
        .unwrap();
    assert_eq!(ada.expires(), Some(NOW + DAY));
    assert!(ada.revocation(NOW + 2).is_some());
    assert_eq!(
        contents.entries()[1].to_bytes(),
        three()[1].certificate().to_bytes()
    );
    assert_eq!(import(&home, &newer), [Added::Identical]);
    // An older copy takes nothing away.
    assert_eq!(
        import(&home, three()[0].certificate().to_bytes()),
        [Added::Identical]
    );
}

fn report_of(self_signatures: usize, revocations: usize) -> MergeReport {
    MergeReport {
        self_signatures,
        revocations,
        ..MergeReport::default()
    }
}

#[test]
fn a_secret_part_comes_to_a_key_that_was_public_only() {
    let home = Home::new(Policy::RefuseLinks);
    let ada = &three()[0];
    import(&home, &newer_ada());
    assert_eq!(changes(&home, ada.to_bytes()), [ImportChange::BringsSecret]);
    assert_eq!(import(&home, ada.to_bytes()), [Added::New]);
    let public = home.read(Ring::Public);
    assert_eq!(public.entries().len(), 1);
    assert_eq!(
        public.entries()[0].certificate().unwrap().expires(),
        Some(NOW + DAY),
        "what is known stays known"
    );
}

#[test]
fn unusable_keys_are_shown_and_left() {
    let home = Home::new(Policy::RefuseLinks);
    let old_key = [0x99, 0, 4, 3, 1, 2, 3];
    let data = [&old_key, three()[0].certificate().to_bytes()].concat();
    let found = changes(&home, &data);
    assert!(matches!(found[0], ImportChange::Unsupported(_)));
    assert_eq!(found[1], ImportChange::New);
    assert_eq!(import(&home, &data), [Added::New]);
}

#[test]
fn a_mark_of_an_editor_before_the_text_is_passed_over() {
    let home = Home::new(Policy::RefuseLinks);
    let text = format!("\u{feff}{}", three()[0].certificate().to_armored());
    assert_eq!(import(&home, text.as_bytes()), [Added::New]);
    let secret = format!("\u{feff}{}", *three()[1].to_armored());
    assert_eq!(
        SecretCertificate::parse_all(secret.as_bytes())
            .unwrap()
            .len(),
        1
    );
    assert_eq!(import(&home, secret.as_bytes()), [Added::New]);
}

#[test]
fn what_is_no_key_is_named() {
    let home = Home::new(Policy::RefuseLinks);
    for (data, text) in [
        (&b""[..], "no key found"),
        (
            b"hello",
            "not OpenPGP keys: byte 0: no packet begins with the byte 0x68",
        ),
        (
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n",
            "not armored OpenPGP keys: a key block has no end line",
        ),
    ] {
        let error = home
            .rings
            .preview_import(data, NOW, &mut at_once)
            .unwrap_err();
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_tampered_key_is_not_taken() {
    let mut block = three()[0].certificate().to_bytes().to_vec();
    let name = block
        .windows(3)
        .position(|window| window == b"Ada")
        .unwrap();
    block[name] = b'E';
    assert!(matches!(
        Certificate::from_block(&block),
        Err(sif_keys::BadKey::Malformed(_))
    ));
    assert!(matches!(
        Certificate::parse_all(&block),
        Err(Error::Unusable(_))
    ));
    let both = [&block[..], three()[1].certificate().to_bytes()].concat();
    assert_eq!(
        Certificate::parse_all(&both).unwrap().len(),
        1,
        "the others are still read"
    );
}

#[test]
fn exports_are_read_back() {
    let ada = &three()[0];
    let again = SecretCertificate::parse_all(ada.to_armored().as_bytes()).unwrap();
    assert_eq!(again[0].to_bytes(), ada.to_bytes(), "locked as it was");
    let again = Certificate::parse_all(ada.certificate().to_armored().as_bytes()).unwrap();
    assert_eq!(again[0].to_bytes(), ada.certificate().to_bytes());
    assert!(!again[0].to_armored().contains("PRIVATE"));
}

#[test]
fn a_damaged_ring_stops_an_import_before_it_starts() {
    for (damaged, other) in [(Ring::Secret, Ring::Public), (Ring::Public, Ring::Secret)] {
        let home = Home::new(Policy::RefuseLinks);
        home.write(damaged, &[0; 10]);
        let preview = home
            .rings
            .preview_import(three()[0].to_bytes(), NOW, &mut at_once)
            .unwrap();
        let report = home.rings.import(&preview, |_| true, &mut at_once);
        assert!(matches!(report[0].1, Err(KeyringError::Damaged { .. })));
        assert!(
            !home.read(other).exists(),
            "nor is the other half taken alone"
        );
    }
}

#[test]
fn packets_that_say_nothing_may_stand_anywhere_behind_the_key() {
    let ada = three()[0].certificate();
    let packets = ada.to_bytes();
    let mut ends = Vec::new();
    let mut at = 0;
    while at < packets.len() {
        // A new packet with a length of one, two or five bytes.
        let byte = |index: usize| usize::from(packets[at + index]);
        at += match byte(1) {
            length @ 0..=191 => 2 + length,
            high @ 192..=223 => 3 + ((high - 192) << 8) + byte(2) + 192,
            _ => 6 + (byte(4) << 8) + byte(5),
        };
        ends.push(at);
    }
    assert!(ends.len() >= 3, "a key, a user id, a signature");
    for extra in [&b"\xCA\x03PGP"[..], &[0xCC, 1, 0], &[0xFC, 1, 0]] {
        for end in &ends {
            let block = [&packets[..*end], extra, &packets[*end..]].concat();
            let read = Certificate::parse_all(&block).unwrap();
            assert_eq!(
                read[0].fingerprint(),
                ada.fingerprint(),
                "{extra:x?} at {end}"
            );
            assert!(read[0].may_sign(NOW).is_ok(), "{extra:x?} at {end}");
        }
    }
}
