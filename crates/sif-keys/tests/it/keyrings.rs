//! What the keyring files are like after each operation.

use sif_keys::{
    Added, EntryKind, KeyringError, Places, Policy, Protection, Ring, SecretCertificate,
};

use crate::support::{DAY, Home, NOW, PASSPHRASE, at_once, files, fingerprints, three};

#[test]
fn keys_are_appended_in_order() {
    let home = Home::with_three();
    let expected = three()
        .iter()
        .map(SecretCertificate::fingerprint)
        .collect::<Vec<_>>();
    for ring in [Ring::Public, Ring::Secret] {
        assert_eq!(fingerprints(&home.read(ring)), expected);
    }
    let all: Vec<u8> = three()
        .iter()
        .flat_map(|key| key.to_bytes().to_vec())
        .collect();
    assert_eq!(home.bytes(Ring::Secret), all);
    let all: Vec<u8> = three()
        .iter()
        .flat_map(|key| key.certificate().to_bytes().to_vec())
        .collect();
    assert_eq!(
        home.bytes(Ring::Public),
        all,
        "no secret ever goes into the public ring"
    );
}

#[test]
fn nothing_is_made_by_looking() {
    let home = Home::new(Policy::RefuseLinks);
    for ring in [Ring::Public, Ring::Secret, Ring::Global] {
        let contents = home.read(ring);
        assert!(!contents.exists() && contents.entries().is_empty() && contents.damage().is_none());
    }
    assert!(files(home.folder.path()).is_empty());
}

#[test]
fn the_same_key_again_changes_nothing() {
    let home = Home::with_three();
    let before = std::fs::metadata(home.path(Ring::Secret))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(
        home.rings.add_secret(&three()[1], &mut at_once).unwrap(),
        Added::Identical
    );
    assert_eq!(
        std::fs::metadata(home.path(Ring::Secret))
            .unwrap()
            .modified()
            .unwrap(),
        before
    );
}

#[test]
fn removing_the_middle_secret_key_leaves_the_others_whole() {
    let home = Home::with_three();
    let [ada, bo, cy] = three();
    home.rings
        .remove(Ring::Secret, bo.fingerprint(), &mut at_once)
        .unwrap();
    assert_eq!(
        home.bytes(Ring::Secret),
        [ada.to_bytes(), cy.to_bytes()].concat()
    );
    for entry in home.read(Ring::Secret).entries() {
        entry.secret().unwrap().unlock(&PASSPHRASE.into()).unwrap();
    }
    assert_eq!(
        fingerprints(&home.read(Ring::Public)).len(),
        3,
        "the public half stays"
    );
    let again = home
        .rings
        .remove(Ring::Secret, bo.fingerprint(), &mut at_once);
    assert!(matches!(again, Err(KeyringError::NotFound(_))));
}

#[test]
fn removing_the_last_key_leaves_an_empty_file() {
    let home = Home::new(Policy::RefuseLinks);
    home.rings
        .add_public(three()[0].certificate(), &mut at_once)
        .unwrap();
    home.rings
        .remove(Ring::Public, three()[0].fingerprint(), &mut at_once)
        .unwrap();
    assert_eq!(home.bytes(Ring::Public), b"");
    assert!(home.read(Ring::Public).exists());
}

#[test]
fn updates_go_into_both_rings_and_nowhere_else() {
    let home = Home::with_three();
    let [ada, bo, cy] = three();
    let signing = bo.unlock(&PASSPHRASE.into()).unwrap();
    home.rings
        .apply(
            &signing.extend(Some(NOW + DAY), NOW + 1).unwrap(),
            &mut at_once,
        )
        .unwrap();
    for ring in [Ring::Public, Ring::Secret] {
        let contents = home.read(ring);
        assert_eq!(
            contents
                .find(bo.fingerprint())
                .unwrap()
                .certificate()
                .unwrap()
                .expires(),
            Some(NOW + DAY)
        );
        assert_eq!(
            fingerprints(&contents),
            [ada, bo, cy].map(SecretCertificate::fingerprint)
        );
    }
    let secret = home.read(Ring::Secret);
    assert_eq!(
        secret.find(ada.fingerprint()).unwrap().to_bytes(),
        ada.to_bytes()
    );
    assert_eq!(
        secret.find(cy.fingerprint()).unwrap().to_bytes(),
        cy.to_bytes()
    );
    secret
        .find(bo.fingerprint())
        .unwrap()
        .secret()
        .unwrap()
        .unlock(&PASSPHRASE.into())
        .unwrap();
}

#[test]
fn a_new_passphrase_keeps_what_the_ring_learned() {
    let home = Home::with_three();
    let bo = &three()[1];
    let signing = bo.unlock(&PASSPHRASE.into()).unwrap();
    home.rings
        .apply(
            &signing.extend(Some(NOW + DAY), NOW + 1).unwrap(),
            &mut at_once,
        )
        .unwrap();
    let changed = bo
        .change_passphrase(&PASSPHRASE.into(), &"new".into())
        .unwrap();
    home.rings.replace_secret(&changed, &mut at_once).unwrap();
    let secret = home.read(Ring::Secret);
    let entry = secret.find(bo.fingerprint()).unwrap().secret().unwrap();
    entry.unlock(&"new".into()).unwrap();
    assert_eq!(entry.certificate().expires(), Some(NOW + DAY));
}

#[test]
fn the_last_ten_versions_are_kept() {
    let home = Home::with_three();
    let [ada, ..] = three();
    let mut versions = Vec::new();
    for round in 0..7 {
        versions.push(home.bytes(Ring::Secret));
        home.rings
            .remove(Ring::Secret, ada.fingerprint(), &mut at_once)
            .unwrap();
        versions.push(home.bytes(Ring::Secret));
        home.rings.add_secret(ada, &mut at_once).unwrap();
        assert_eq!(home.read(Ring::Secret).entries().len(), 3, "{round}");
    }
    let kept: Vec<Vec<u8>> = home
        .rings
        .backups(Ring::Secret)
        .unwrap()
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert_eq!(kept, versions[versions.len() - 10..]);
}

#[cfg(unix)]
#[test]
fn rights_are_private_after_every_write() {
    use std::os::unix::fs::PermissionsExt;

    use crate::support::mode;
    let home = Home::with_three();
    let folder = home.path(Ring::Secret).parent().unwrap().to_path_buf();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(home.path(Ring::Secret), PermissionsExt::from_mode(0o644)).unwrap();
    home.rings
        .remove(Ring::Secret, three()[0].fingerprint(), &mut at_once)
        .unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&home.path(Ring::Secret)), 0o600);
    assert_eq!(mode(&home.path(Ring::Public)), 0o600);
    assert_eq!(mode(&home.rings.backup_folder()), 0o700);
    for path in home.rings.backups(Ring::Secret).unwrap() {
        assert_eq!(mode(&path), 0o600);
    }
    assert_eq!(
        files(&folder),
        ["pgp-public", "pgp-secret"],
        "nothing else is left in the folder"
    );
}

#[test]
fn the_ring_of_the_system_is_only_read() {
    let home = Home::new(Policy::RefuseLinks);
    std::fs::write(home.path(Ring::Global), three()[0].certificate().to_bytes()).unwrap();
    assert_eq!(
        fingerprints(&home.read(Ring::Global)),
        [three()[0].fingerprint()]
    );
    let removed = home
        .rings
        .remove(Ring::Global, three()[0].fingerprint(), &mut at_once);
    assert!(matches!(removed, Err(KeyringError::ReadOnlyRing)));
    assert!(matches!(
        home.rings.repair(Ring::Global, &mut at_once),
        Err(KeyringError::ReadOnlyRing)
    ));
}

/// Wine does not let go of a lock as Windows does.
#[cfg(unix)]
#[test]
fn another_sifter_at_work_is_waited_for_and_then_named() {
    let home = Home::with_three();
    let lock = std::fs::File::open(home.folder.path().join("own/keyrings.lock")).unwrap();
    lock.lock().unwrap();
    let mut pauses = 0;
    let mut count = |_| {
        pauses += 1;
        true
    };
    let added = home
        .rings
        .remove(Ring::Public, three()[0].fingerprint(), &mut count);
    assert!(matches!(added, Err(KeyringError::Busy)));
    assert!(pauses > 50);
    let stopped = home
        .rings
        .remove(Ring::Public, three()[0].fingerprint(), &mut |_| false);
    assert!(matches!(stopped, Err(KeyringError::Cancelled)));
    // The other one is done while we wait.
    let mut unlock = |_| {
        lock.unlock().unwrap();
        true
    };
    home.rings
        .remove(Ring::Public, three()[0].fingerprint(), &mut unlock)
        .unwrap();
}

#[test]
fn protection_of_each_entry_is_seen() {
    let home = Home::with_three();
    for entry in home.read(Ring::Secret).entries() {
        assert!(
            matches!(entry.kind(), EntryKind::Secret(key) if key.protection() == Protection::All)
        );
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_is_lost() {
    if !cfg!(target_os = "linux") {
        eprintln!("SKIPPED: needs a folder that nobody may write to");
        return;
    }
    let own = tempfile::TempDir::new().unwrap();
    let places = Places {
        keyrings: "/proc/self/task".into(),
        global: None,
        own: own.path().join("own"),
    };
    let rings = sif_keys::Keyrings::open(places, Policy::RefuseLinks);
    let added = rings.add_public(three()[0].certificate(), &mut at_once);
    let error = added.unwrap_err();
    assert!(matches!(error, KeyringError::Write { .. }), "{error}");
    assert!(
        error
            .to_string()
            .starts_with("cannot write a new keyring in `/proc/self/task`"),
        "{error}"
    );
}

/// Only an administrator can give files away, so elsewhere there is nothing to see.
#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_owner() {
    use std::os::unix::fs::{MetadataExt, chown};
    let home = Home::with_three();
    let path = home.path(Ring::Public);
    if chown(&path, Some(12_345), Some(23_456)).is_err() {
        return;
    }
    let key = three()[0].fingerprint();
    home.rings.remove(Ring::Public, key, &mut at_once).unwrap();
    let meta = std::fs::metadata(&path).unwrap();
    assert_eq!(home.read(Ring::Public).entries().len(), 2);
    assert_eq!((meta.uid(), meta.gid()), (12_345, 23_456));
    assert_eq!(crate::support::mode(&path), 0o600);
}
