//! Keys and temporary homes for the tests.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use sif_keys::{
    Contents, Fingerprint, Keyrings, NewAlgorithm, NewKey, Places, Policy, Ring, SecretCertificate,
    UserName,
};
use tempfile::TempDir;

/// When the tests take place.
pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const DAY: i64 = 86_400;
pub(crate) const PASSPHRASE: &str = "correct horse";

/// A pause that is none.
pub(crate) fn at_once(_: Duration) -> bool {
    true
}

pub(crate) fn new_key(name: &str, algorithm: NewAlgorithm) -> NewKey {
    NewKey {
        algorithm,
        name: UserName::new(name, "", &format!("{}@example.org", name.to_lowercase())).unwrap(),
        passphrase: PASSPHRASE.into(),
        now: NOW,
        expires: None,
    }
}

pub(crate) fn make(name: &str) -> SecretCertificate {
    new_key(name, NewAlgorithm::Ed25519).make().unwrap()
}

/// Three keys that are made once for all tests.
pub(crate) fn three() -> &'static [SecretCertificate; 3] {
    static KEYS: OnceLock<[SecretCertificate; 3]> = OnceLock::new();
    KEYS.get_or_init(|| ["Ada", "Bo", "Cy"].map(make))
}

/// A temporary profile.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) rings: Keyrings,
}

impl Home {
    pub(crate) fn new(policy: Policy) -> Self {
        let folder = TempDir::new().unwrap();
        let places = Places {
            keyrings: folder.path().join("profile/keys"),
            global: Some(folder.path().join("global-pgp-public")),
            own: folder.path().join("own"),
        };
        Self {
            rings: Keyrings::open(places, policy),
            folder,
        }
    }

    /// With three secret keys and their public halves.
    pub(crate) fn with_three() -> Self {
        let home = Self::new(Policy::RefuseLinks);
        for key in three() {
            home.rings.add_secret(key, &mut at_once).unwrap();
        }
        home
    }

    pub(crate) fn path(&self, ring: Ring) -> PathBuf {
        self.rings.path(ring).unwrap()
    }

    pub(crate) fn bytes(&self, ring: Ring) -> Vec<u8> {
        std::fs::read(self.path(ring)).unwrap()
    }

    pub(crate) fn write(&self, ring: Ring, bytes: &[u8]) {
        let path = self.path(ring);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, ring: Ring) -> Contents {
        self.rings.read(ring).unwrap()
    }
}

pub(crate) fn fingerprints(contents: &Contents) -> Vec<Fingerprint> {
    contents
        .entries()
        .iter()
        .filter_map(sif_keys::Entry::fingerprint)
        .collect()
}

#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Names of all files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
