//! The real command line as the other party: `apptainer` on the path, or in the folder that `SIFTER_PEERS` names,
//! which holds a root file system with it under `root`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sif_keys::{
    EntryKind, Keyrings, NewAlgorithm, Places, Policy, Protection, Ring, SecretCertificate,
};
use tempfile::TempDir;

use crate::support::{PASSPHRASE, at_once, fingerprints, new_key, three};

pub(crate) struct Peer {
    /// The folder as we see it; its `keys` are the keyrings.
    folder: TempDir,
    /// The root that the command line runs in.
    root: Option<PathBuf>,
}

pub(crate) fn peer() -> Option<Peer> {
    let root = std::env::var_os("SIFTER_PEERS").map(|folder| PathBuf::from(folder).join("root"));
    let found = match &root {
        Some(root) => root.join("usr/bin/apptainer").exists(),
        None => Command::new("apptainer").arg("--version").output().is_ok(),
    };
    if !found {
        eprintln!("SKIPPED: no apptainer here; set SIFTER_PEERS to a folder with one");
        return None;
    }
    let folder = match &root {
        Some(root) => TempDir::new_in(root.join("tmp")).unwrap(),
        None => TempDir::new().unwrap(),
    };
    Some(Peer { folder, root })
}

impl Peer {
    pub(crate) fn rings(&self) -> Keyrings {
        let folder = self.folder.path();
        let places = Places {
            keyrings: folder.join("keys"),
            global: None,
            own: folder.join("own"),
        };
        Keyrings::open(places, Policy::FollowLinks)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let inside = match &self.root {
            Some(root) => Path::new("/").join(self.folder.path().strip_prefix(root).unwrap()),
            None => self.folder.path().to_path_buf(),
        };
        let mut command = match &self.root {
            Some(root) => {
                let mut command = Command::new("chroot");
                command.arg(root).arg("apptainer");
                command
            }
            None => Command::new("apptainer"),
        };
        command
            .env("HOME", &inside)
            .env("APPTAINER_CONFIGDIR", inside.join("config"));
        command
            .env("APPTAINER_KEYSDIR", inside.join("keys"))
            .args(arguments)
            .output()
            .unwrap()
    }

    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn apptainer_lists_our_keys_and_we_its_own() {
    let Some(peer) = peer() else { return };
    let rings = peer.rings();
    let rsa = new_key("Rsa", NewAlgorithm::Rsa2048).make().unwrap();
    let signing = rsa.unlock(&PASSPHRASE.into()).unwrap();
    for key in [&rsa, &three()[0]] {
        rings.add_secret(key, &mut at_once).unwrap();
    }
    let later = signing
        .extend(Some(4_000_000_000), crate::support::NOW + 1)
        .unwrap();
    rings.apply(&later, &mut at_once).unwrap();
    for list in [vec!["key", "list"], vec!["key", "list", "--secret"]] {
        let text = peer.text(&list);
        for key in [&rsa, &three()[0]] {
            assert!(
                text.contains(&key.fingerprint().to_string()),
                "{list:?}: {text}"
            );
        }
    }
    peer.text(&[
        "key",
        "newpair",
        "--name",
        "Other",
        "--email",
        "other@example.org",
        "--comment",
        "x",
        "--bit-length",
        "2048",
        "--password",
        "of theirs",
    ]);
    let secret = rings.read(Ring::Secret).unwrap();
    assert_eq!((secret.damage(), secret.entries().len()), (None, 3));
    let theirs = secret.entries()[2].secret().unwrap();
    assert_eq!(
        theirs.protection(),
        Protection::Partly,
        "its subkey lies open"
    );
    assert_eq!(
        theirs
            .unlock(&"of theirs".into())
            .unwrap()
            .may_sign(4_000_000_000),
        Ok(())
    );
    assert_eq!(
        theirs.certificate().primary_user_id().unwrap(),
        "Other (x) <other@example.org>"
    );
    assert_eq!(secret.entries()[1].to_bytes(), three()[0].to_bytes());
}

#[test]
fn what_apptainer_destroys_is_seen_and_restored() {
    let Some(peer) = peer() else { return };
    let rings = peer.rings();
    for key in three() {
        rings.add_secret(key, &mut at_once).unwrap();
    }
    let [ada, bo, cy] = three().each_ref().map(SecretCertificate::fingerprint);
    // So that an old version with all of them is kept.
    rings.remove(Ring::Secret, cy, &mut at_once).unwrap();
    rings.add_secret(&three()[2], &mut at_once).unwrap();
    peer.text(&["key", "remove", "--secret", &bo.to_string()]);
    let secret = rings.read(Ring::Secret).unwrap();
    assert_eq!(fingerprints(&secret), [ada, cy]);
    if secret
        .entries()
        .iter()
        .all(|entry| matches!(entry.kind(), EntryKind::Secret(_)))
    {
        eprintln!("SKIPPED: this apptainer removes keys without harm");
        return;
    }
    assert!(
        secret
            .entries()
            .iter()
            .all(|entry| matches!(entry.kind(), EntryKind::Destroyed(_)))
    );
    assert_eq!(
        rings.restore_destroyed(&mut at_once).unwrap().restored,
        [ada, cy]
    );
    for entry in rings.read(Ring::Secret).unwrap().entries() {
        entry.secret().unwrap().unlock(&PASSPHRASE.into()).unwrap();
    }
}
