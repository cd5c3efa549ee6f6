//! A command line that writes between our reading and our renaming.

use super::*;
use crate::keyring::{Places, Policy};
use crate::make::{NewAlgorithm, NewKey, UserName};

fn key(name: &str) -> Vec<u8> {
    let key = NewKey {
        algorithm: NewAlgorithm::Ed25519,
        name: UserName::new(name, "", "").unwrap(),
        passphrase: "".into(),
        now: 1_700_000_000,
        expires: None,
    };
    key.make().unwrap().certificate().to_bytes().to_vec()
}

fn rings(folder: &Path) -> Keyrings {
    let places = Places {
        keyrings: folder.join("keys"),
        global: None,
        own: folder.join("own"),
    };
    Keyrings::open(places, Policy::RefuseLinks)
}

/// Adds `new` while `meanwhile` is run before each replacement.
fn add_while(
    rings: &Keyrings,
    new: &[u8],
    mut meanwhile: impl FnMut(&Path),
) -> Result<(), KeyringError> {
    let path = rings.path(Ring::Public).unwrap();
    rings.update(Ring::Public, &mut |_| true, |old| {
        let mut blocks = blocks(old);
        blocks.push(Zeroizing::new(new.to_vec()));
        meanwhile(&path);
        Ok((Some(blocks), ()))
    })
}

#[test]
fn a_key_appended_meanwhile_is_kept() {
    let folder = tempfile::TempDir::new().unwrap();
    let rings = rings(folder.path());
    let [first, appended, new] = ["A", "B", "C"].map(key);
    add_while(&rings, &first, |_| {}).unwrap();
    let mut rounds = 0;
    add_while(&rings, &new, |path| {
        rounds += 1;
        if rounds == 1 {
            fs::write(path, [&first[..], &appended].concat()).unwrap();
        }
    })
    .unwrap();
    assert_eq!(rounds, 2);
    let path = rings.path(Ring::Public).unwrap();
    assert_eq!(fs::read(path).unwrap(), [first, appended, new].concat());
}

#[test]
fn a_file_that_vanishes_meanwhile_is_not_brought_back() {
    let folder = tempfile::TempDir::new().unwrap();
    let rings = rings(folder.path());
    let [first, new] = ["A", "B"].map(key);
    add_while(&rings, &first, |_| {}).unwrap();
    add_while(&rings, &new, |path| drop(fs::remove_file(path))).unwrap();
    assert_eq!(fs::read(rings.path(Ring::Public).unwrap()).unwrap(), new);
}

#[test]
fn a_file_that_never_rests_is_left_alone() {
    let folder = tempfile::TempDir::new().unwrap();
    let rings = rings(folder.path());
    let [first, again, new] = ["A", "B", "C"].map(key);
    add_while(&rings, &first, |_| {}).unwrap();
    let mut meant = first.clone();
    let result = add_while(&rings, &new, |path| {
        meant.extend_from_slice(&again);
        fs::write(path, &meant).unwrap();
    });
    assert!(matches!(result, Err(KeyringError::KeepsChanging(_))));
    let path = rings.path(Ring::Public).unwrap();
    assert_eq!(fs::read(&path).unwrap(), meant);
    assert_eq!(
        fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "no half-made file is left"
    );
}

#[test]
fn what_does_not_read_back_is_not_written() {
    let folder = tempfile::TempDir::new().unwrap();
    let rings = rings(folder.path());
    let first = key("A");
    add_while(&rings, &first, |_| {}).unwrap();
    for bad in [
        &first[..first.len() - 1],
        b"text",
        &[first.clone(), vec![0]].concat(),
    ] {
        assert!(matches!(
            add_while(&rings, bad, |_| {}),
            Err(KeyringError::NotAsMeant(_))
        ));
        assert_eq!(fs::read(rings.path(Ring::Public).unwrap()).unwrap(), first);
    }
}

/// Adds `new`; `meanwhile` runs between the last look at the file and its replacement.
fn add_against(
    rings: &Keyrings,
    new: &[u8],
    meanwhile: &mut dyn FnMut(),
) -> Result<(), KeyringError> {
    let add = |old: &Contents| {
        let mut blocks = blocks(old);
        blocks.push(Zeroizing::new(new.to_vec()));
        Ok((Some(blocks), ()))
    };
    rings.update_while(Ring::Public, &mut |_| true, add, meanwhile)
}

#[cfg(unix)]
#[test]
fn an_append_in_the_last_moment_is_kept() {
    use std::io::Write;
    let folder = tempfile::TempDir::new().unwrap();
    let rings = rings(folder.path());
    let [first, appended, again, new] = ["A", "B", "C", "D"].map(key);
    add_while(&rings, &first, |_| {}).unwrap();
    let path = rings.path(Ring::Public).unwrap();
    let mut late = [appended.clone(), again.clone()].into_iter();
    add_against(&rings, &new, &mut || {
        if let Some(key) = late.next() {
            let mut file = File::options().append(true).open(&path).unwrap();
            file.write_all(&key).unwrap();
        }
    })
    .unwrap();
    // The second append met the file that we had just put in place.
    let mut keys = framing::split_keys(&fs::read(&path).unwrap())
        .unwrap()
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect::<Vec<_>>();
    assert!(keys.len() == 4 && keys[0] == first);
    keys.sort();
    let mut all = vec![first, appended, again, new];
    all.sort();
    assert!(keys == all);
}

#[cfg(unix)]
#[test]
fn a_removal_in_the_last_moment_stays_done() {
    let folder = tempfile::TempDir::new().unwrap();
    let rings = rings(folder.path());
    let [first, removed, new] = ["A", "B", "C"].map(key);
    for key in [&first, &removed] {
        add_while(&rings, key, |_| {}).unwrap();
    }
    let path = rings.path(Ring::Public).unwrap();
    let mut rounds = 0;
    add_against(&rings, &new, &mut || {
        rounds += 1;
        if rounds == 1 {
            // Written into the same file, as the command lines do.
            fs::write(&path, &first).unwrap();
        }
    })
    .unwrap();
    assert_eq!(fs::read(&path).unwrap(), [first, new].concat());
}

#[cfg(unix)]
#[test]
fn a_change_that_fails_on_what_came_late_keeps_it() {
    let folder = tempfile::TempDir::new().unwrap();
    let rings = rings(folder.path());
    let [first, other] = ["A", "B"].map(key);
    for key in [&first, &other] {
        add_while(&rings, key, |_| {}).unwrap();
    }
    let path = rings.path(Ring::Public).unwrap();
    let is_first = |entry: &Entry| entry.to_bytes() == first;
    let missing = || KeyringError::NotAsMeant(path.clone());
    let remove = |old: &Contents| {
        let (gone, kept): (Vec<&Entry>, Vec<&Entry>) =
            old.entries().iter().partition(|entry| is_first(entry));
        if gone.is_empty() {
            return Err(missing());
        }
        Ok((Some(kept.into_iter().map(block).collect()), ()))
    };
    let mut rounds = 0;
    let result = rings.update_while(Ring::Public, &mut |_| true, remove, &mut || {
        rounds += 1;
        if rounds == 1 {
            fs::write(&path, &other).unwrap();
        }
    });
    // The other program removed the same key: there is nothing left to remove, and nothing to put back.
    assert!(matches!(result, Err(KeyringError::NotAsMeant(_))));
    assert_eq!(fs::read(&path).unwrap(), other);
}

#[cfg(unix)]
#[test]
fn file_systems_without_locks_are_told_from_faults() {
    use rustix::io::Errno;
    for (errno, expected) in [
        (Errno::NOLCK, true),
        (Errno::NOTSUP, true),
        (Errno::OPNOTSUPP, true),
        (Errno::NOSYS, true),
        (Errno::IO, false),
        (Errno::ACCESS, false),
        (Errno::BADF, false),
    ] {
        let reason = std::io::Error::from_raw_os_error(errno.raw_os_error());
        assert_eq!(has_no_locks(&reason), expected, "{errno:?}");
    }
}
