//! Every way in which a keyring file can be bad, and what must then not happen.

use sif_keys::{
    Added, Damage, EntryKind, FrameFault, KeyringError, NotKeyring, Policy, Ring, SecretCertificate,
};

use crate::support::{Home, PASSPHRASE, at_once, fingerprints, three};

fn public_bytes() -> Vec<u8> {
    three()
        .iter()
        .flat_map(|key| key.certificate().to_bytes().to_vec())
        .collect()
}

/// A damaged file: nothing can be written, a repair keeps `kept` keys byte for byte and the bad file as a backup.
fn check_damage(bad: &[u8], damage: Damage, kept: &[&[u8]]) {
    let home = Home::new(Policy::RefuseLinks);
    home.write(Ring::Public, bad);
    assert_eq!(home.read(Ring::Public).damage(), Some(damage));
    let other = crate::support::make("Dee");
    let fingerprint = three()[0].fingerprint();
    for result in [
        home.rings
            .add_public(other.certificate(), &mut at_once)
            .map(|_| ()),
        home.rings.remove(Ring::Public, fingerprint, &mut at_once),
    ] {
        assert!(
            matches!(result, Err(KeyringError::Damaged { damage: found, .. }) if found == damage)
        );
    }
    assert_eq!(
        home.bytes(Ring::Public),
        bad,
        "a damaged file is left alone"
    );
    let repaired = home.rings.repair(Ring::Public, &mut at_once).unwrap();
    assert_eq!(repaired.kept, kept.len());
    assert_eq!(home.bytes(Ring::Public), kept.concat());
    assert_eq!(home.read(Ring::Public).damage(), None);
    assert_eq!(std::fs::read(repaired.backup.unwrap()).unwrap(), bad);
    assert_eq!(
        home.rings
            .add_public(other.certificate(), &mut at_once)
            .unwrap(),
        Added::New
    );
}

fn bytes_damage(offset: usize, fault: FrameFault) -> Damage {
    Damage::Bytes(sif_keys::FrameError { offset, fault })
}

#[test]
fn zeros_behind_the_keys() {
    let good = public_bytes();
    let keys = three().each_ref().map(|key| key.certificate().to_bytes());
    for count in [1, 64] {
        let bad = [good.clone(), vec![0; count]].concat();
        check_damage(
            &bad,
            bytes_damage(good.len(), FrameFault::NotAPacket(0)),
            &keys,
        );
    }
}

#[test]
fn text_behind_the_keys() {
    let good = public_bytes();
    let keys = three().each_ref().map(|key| key.certificate().to_bytes());
    let bad = [&good[..], b"hello"].concat();
    check_damage(
        &bad,
        bytes_damage(good.len(), FrameFault::NotAPacket(b'h')),
        &keys,
    );
}

#[test]
fn the_last_packet_cut_short() {
    let good = public_bytes();
    let [ada, bo, cy] = three().each_ref().map(|key| key.certificate().to_bytes());
    let bad = &good[..good.len() - 10];
    let home = Home::new(Policy::RefuseLinks);
    home.write(Ring::Public, bad);
    let Some(Damage::Bytes(error)) = home.read(Ring::Public).damage() else {
        panic!()
    };
    assert_eq!(error.fault, FrameFault::CutShort);
    assert!(error.offset > ada.len() + bo.len() && error.offset < good.len());
    // Cy's subkey has lost its signature, so that the whole key would be malformed to every reader.
    check_damage(bad, Damage::Bytes(error), &[ada, bo]);
    // Cut within the first signature of a key nothing usable is left either; within its subkey the rest stands.
    let until_subkey = error.offset - 58;
    let bad = &good[..until_subkey + 3];
    check_damage(
        bad,
        bytes_damage(until_subkey, FrameFault::CutShort),
        &[ada, bo, &cy[..until_subkey - ada.len() - bo.len()]],
    );
}

#[test]
fn garbage_between_keys() {
    let [ada, bo, cy] = three().each_ref().map(|key| key.certificate().to_bytes());
    let bad = [ada, &[0x7f; 30], bo, cy].concat();
    check_damage(
        &bad,
        bytes_damage(ada.len(), FrameFault::NotAPacket(0x7f)),
        &[ada, bo, cy],
    );
}

#[test]
fn garbage_before_the_first_key() {
    let [ada, bo, _] = three().each_ref().map(|key| key.certificate().to_bytes());
    let bad = [&[0xB4, 1, b'x'], ada, bo].concat();
    check_damage(&bad, bytes_damage(0, FrameFault::NoKeyFirst), &[ada, bo]);
}

#[test]
fn armored_text() {
    let [ada, bo, _] = three().each_ref().map(SecretCertificate::certificate);
    let bad = [ada.to_armored(), bo.to_armored()].concat();
    check_damage(
        bad.as_bytes(),
        Damage::Kind(NotKeyring::Armored),
        &[ada.to_bytes(), bo.to_bytes()],
    );
}

#[test]
fn a_keybox_of_gnupg() {
    let bad = [&[0, 0, 0, 32, 1, 1, 0, 2], b"KBXf".as_slice(), &[0; 20]].concat();
    check_damage(&bad, Damage::Kind(NotKeyring::Keybox), &[]);
}

#[test]
fn a_sound_file_is_not_repaired() {
    let home = Home::with_three();
    let before = home.bytes(Ring::Public);
    let report = home.rings.repair(Ring::Public, &mut at_once).unwrap();
    assert_eq!(
        (report.kept, report.dropped_bytes, report.backup),
        (3, 0, None)
    );
    assert_eq!(home.bytes(Ring::Public), before);
}

#[test]
fn empty_files_are_sound() {
    let home = Home::new(Policy::RefuseLinks);
    home.write(Ring::Public, b"");
    home.write(Ring::Secret, b"");
    assert!(home.read(Ring::Public).damage().is_none());
    assert_eq!(
        home.rings.add_secret(&three()[0], &mut at_once).unwrap(),
        Added::New
    );
}

#[test]
fn duplicates_are_seen_kept_and_removed_together() {
    let home = Home::new(Policy::RefuseLinks);
    let [ada, bo, _] = three().each_ref().map(|key| key.certificate().to_bytes());
    home.write(Ring::Public, &[ada, bo, ada].concat());
    let contents = home.read(Ring::Public);
    let duplicates: Vec<bool> = contents
        .entries()
        .iter()
        .map(sif_keys::Entry::is_duplicate)
        .collect();
    assert_eq!(duplicates, [false, false, true]);
    home.rings
        .add_public(three()[2].certificate(), &mut at_once)
        .unwrap();
    assert!(
        home.bytes(Ring::Public)
            .starts_with(&[ada, bo, ada].concat())
    );
    home.rings
        .remove(Ring::Public, three()[0].fingerprint(), &mut at_once)
        .unwrap();
    assert_eq!(home.read(Ring::Public).entries().len(), 2);
}

#[test]
fn secret_keys_in_the_public_ring_are_seen_and_kept() {
    let home = Home::new(Policy::RefuseLinks);
    let [ada, bo, _] = three();
    home.write(Ring::Public, ada.to_bytes());
    assert!(matches!(
        home.read(Ring::Public).entries()[0].kind(),
        EntryKind::Secret(_)
    ));
    home.rings
        .add_public(bo.certificate(), &mut at_once)
        .unwrap();
    assert!(home.bytes(Ring::Public).starts_with(ada.to_bytes()));
    assert_eq!(home.read(Ring::Public).certificates().count(), 2);
}

#[test]
fn what_the_command_lines_destroyed_is_named_and_can_be_restored() {
    let home = Home::with_three();
    let [ada, bo, cy] = three();
    // What `key remove --secret` does to the others. A backup with the secrets exists by then.
    home.rings
        .remove(Ring::Secret, cy.fingerprint(), &mut at_once)
        .unwrap();
    let destroyed = [ada.certificate().to_bytes(), bo.certificate().to_bytes()].concat();
    home.write(Ring::Secret, &destroyed);
    let contents = home.read(Ring::Secret);
    assert!(contents.damage().is_none(), "the file itself is sound");
    assert!(
        contents
            .entries()
            .iter()
            .all(|entry| matches!(entry.kind(), EntryKind::Destroyed(_)))
    );
    // Other changes keep such entries.
    home.rings.add_secret(cy, &mut at_once).unwrap();
    assert!(home.bytes(Ring::Secret).starts_with(&destroyed));
    let restored = home.rings.restore_destroyed(&mut at_once).unwrap().restored;
    assert_eq!(restored, [ada.fingerprint(), bo.fingerprint()]);
    let contents = home.read(Ring::Secret);
    assert_eq!(
        fingerprints(&contents),
        three().each_ref().map(|key| key.fingerprint()),
        "in their places"
    );
    for entry in contents.entries() {
        entry.secret().unwrap().unlock(&PASSPHRASE.into()).unwrap();
    }
}

#[test]
fn what_no_old_version_has_is_told() {
    let home = Home::new(Policy::RefuseLinks);
    let [ada, bo, _] = three();
    home.write(
        Ring::Secret,
        &[ada.to_bytes(), bo.certificate().to_bytes()].concat(),
    );
    let found = home.rings.restore_destroyed(&mut at_once).unwrap();
    assert_eq!(found.missing, [bo.fingerprint()]);
    assert!(found.restored.is_empty());
}

#[test]
fn a_key_is_taken_out_of_the_old_versions_too() {
    let home = Home::with_three();
    let [ada, bo, cy] = three();
    for key in [bo, ada] {
        for ring in [Ring::Secret, Ring::Public] {
            home.rings
                .remove(ring, key.fingerprint(), &mut at_once)
                .unwrap();
        }
    }
    // A damaged version with the key in it.
    let damaged = home.rings.backup_folder().join("pgp-secret.000099");
    let zeros = [bo.to_bytes(), ada.to_bytes(), &[0; 9]].concat();
    std::fs::write(&damaged, zeros).unwrap();
    let held = home.rings.backups_with(ada.fingerprint()).unwrap().len();
    let other = home.rings.backups_with(bo.fingerprint()).unwrap().len();
    assert!(held > 4 && other > 4, "{held} {other}");
    let taken = home
        .rings
        .forget_in_backups(ada.fingerprint(), &mut at_once)
        .unwrap();
    assert_eq!(taken, held);
    assert!(
        home.rings
            .backups_with(ada.fingerprint())
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        home.rings.backups_with(bo.fingerprint()).unwrap().len(),
        other,
        "the others are still there"
    );
    assert_eq!(std::fs::read(&damaged).unwrap(), bo.to_bytes());
    assert_eq!(home.bytes(Ring::Secret), cy.to_bytes());
    let left: Vec<u8> = crate::support::files(&home.rings.backup_folder())
        .iter()
        .flat_map(|name| std::fs::read(home.rings.backup_folder().join(name)).unwrap())
        .collect();
    let name = b"ada@example.org";
    assert!(!left.windows(name.len()).any(|bytes| bytes == name));
}

#[test]
fn the_version_with_the_secrets_is_not_pushed_out() {
    let home = Home::new(Policy::RefuseLinks);
    let [ada, bo, cy] = three();
    // Made by a command line, so that we have changed nothing yet.
    home.write(Ring::Secret, ada.to_bytes());
    home.rings.keep_version(Ring::Secret, &mut at_once).unwrap();
    home.rings.keep_version(Ring::Secret, &mut at_once).unwrap();
    assert_eq!(
        home.rings.backups(Ring::Secret).unwrap().len(),
        1,
        "the same file is kept once"
    );
    home.write(Ring::Secret, ada.certificate().to_bytes());
    for _ in 0..8 {
        for key in [bo, cy] {
            home.rings.add_secret(key, &mut at_once).unwrap();
            home.rings
                .remove(Ring::Secret, key.fingerprint(), &mut at_once)
                .unwrap();
        }
    }
    assert_eq!(
        home.rings.restore_destroyed(&mut at_once).unwrap().restored,
        [ada.fingerprint()]
    );
    assert_eq!(home.bytes(Ring::Secret), ada.to_bytes());
}

#[test]
fn unusable_keys_and_unknown_packets_are_kept() {
    let [ada, bo, _] = three().each_ref().map(|key| key.certificate().to_bytes());
    // A version 3 key, a key without any user id, and a packet of an unassigned type behind a good key.
    let old_key = [0x99, 0, 4, 3, 1, 2, 3];
    let nameless = &ada[..2 + 51];
    let unknown = [0xC0 | 60, 3, 1, 2, 3];
    let home = Home::new(Policy::RefuseLinks);
    let bytes = [&old_key, nameless, bo, &unknown].concat();
    home.write(Ring::Public, &bytes);
    let contents = home.read(Ring::Public);
    assert!(contents.damage().is_none());
    let usable: Vec<bool> = contents
        .entries()
        .iter()
        .map(|entry| entry.certificate().is_some())
        .collect();
    assert_eq!(usable, [false, false, true]);
    home.rings
        .add_public(three()[2].certificate(), &mut at_once)
        .unwrap();
    home.rings
        .remove(Ring::Public, three()[2].fingerprint(), &mut at_once)
        .unwrap();
    assert_eq!(home.bytes(Ring::Public), bytes);
}

#[cfg(unix)]
#[test]
fn links_are_refused_or_followed() {
    for policy in [Policy::RefuseLinks, Policy::FollowLinks] {
        let home = Home::new(policy);
        let real = home.folder.path().join("elsewhere");
        std::fs::create_dir(&real).unwrap();
        let real = real.join("ring");
        std::fs::write(&real, three()[0].certificate().to_bytes()).unwrap();
        std::fs::create_dir_all(home.path(Ring::Public).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&real, home.path(Ring::Public)).unwrap();
        let added = home
            .rings
            .add_public(three()[1].certificate(), &mut at_once);
        if policy == Policy::RefuseLinks {
            assert!(matches!(added, Err(KeyringError::Link(_))));
            assert!(matches!(
                home.rings.read(Ring::Public),
                Err(KeyringError::Link(_))
            ));
            assert_eq!(
                std::fs::read(&real).unwrap(),
                three()[0].certificate().to_bytes()
            );
        } else {
            assert_eq!(added.unwrap(), Added::New);
            assert!(
                home.path(Ring::Public)
                    .symlink_metadata()
                    .unwrap()
                    .is_symlink(),
                "the link stays"
            );
            assert_eq!(home.read(Ring::Public).entries().len(), 2);
            assert_eq!(crate::support::files(real.parent().unwrap()), ["ring"]);
        }
    }
}

#[test]
fn folders_and_pipes_are_no_keyrings() {
    let home = Home::new(Policy::RefuseLinks);
    std::fs::create_dir_all(home.path(Ring::Public)).unwrap();
    assert!(matches!(
        home.rings.read(Ring::Public),
        Err(KeyringError::NotAFile(_))
    ));
    #[cfg(unix)]
    {
        let made = std::process::Command::new("mkfifo")
            .arg(home.path(Ring::Secret))
            .status();
        if made.is_ok_and(|status| status.success()) {
            assert!(matches!(
                home.rings.read(Ring::Secret),
                Err(KeyringError::NotAFile(_))
            ));
        } else {
            eprintln!("SKIPPED: no mkfifo here");
        }
    }
}

#[test]
fn a_half_written_file_is_read_again() {
    let home = Home::with_three();
    let whole = home.bytes(Ring::Public);
    home.write(Ring::Public, &whole[..whole.len() / 2]);
    let mut pauses = 0;
    let contents = home
        .rings
        .read_settled(Ring::Public, &mut |_| {
            pauses += 1;
            // The other program finishes during the second pause.
            if pauses == 2 {
                home.write(Ring::Public, &whole);
            }
            true
        })
        .unwrap();
    assert_eq!((pauses, contents.entries().len()), (2, 3));
    home.write(Ring::Public, &whole[..whole.len() - 1]);
    let mut pauses = 0;
    let contents = home.rings.read_settled(Ring::Public, &mut |_| {
        pauses += 1;
        true
    });
    assert!(contents.unwrap().damage().is_some());
    assert_eq!(pauses, 3, "then it is told");
    assert!(matches!(
        home.rings.read_settled(Ring::Public, &mut |_| false),
        Err(KeyringError::Cancelled)
    ));
}

#[test]
fn an_emptied_file_is_waited_for_before_a_change() {
    let home = Home::with_three();
    let whole = home.bytes(Ring::Public);
    let dee = crate::support::make("Dee");
    home.write(Ring::Public, b"");
    let mut refill = |_| {
        home.write(Ring::Public, &whole);
        true
    };
    home.rings
        .add_public(dee.certificate(), &mut refill)
        .unwrap();
    assert_eq!(home.read(Ring::Public).entries().len(), 4);
}
