//! The keyring files of the active profile, read anew for each request: a command line may change them at any time.

use std::{
    collections::{HashMap, HashSet},
    fs,
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use sif_keys::{
    Certificate, Contents, EntryKind, Fingerprint, Keyrings, Places, Policy, Ring,
    SecretCertificate, TrustLevel as Level,
};

use super::{Comparison, KeyringFile, KeyringProblem, TrustLevel, TrustView, keyring_error};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode},
    files::Stamp,
    store::TrustRecord,
    units::Timestamp,
};

/// All keys, with what is known about trust in each.
#[derive(Debug)]
pub(crate) struct KeySet {
    pub(crate) public: Contents,
    pub(crate) secret: Contents,
    pub(crate) global: Contents,
    pub(crate) records: HashMap<String, TrustRecord>,
    own: HashSet<Fingerprint>,
    of_administrator: HashSet<Fingerprint>,
    /// What all copies of a key say together, where they differ: a stale copy must not hide a revocation.
    joined: HashMap<Fingerprint, Certificate>,
}

impl KeySet {
    /// Returns the public part of a key, with what all its copies know.
    pub(crate) fn certificate(&self, fingerprint: Fingerprint) -> Option<&Certificate> {
        let rings = [&self.public, &self.secret, &self.global].into_iter();
        let first = || {
            rings.into_iter().find_map(|ring| {
                ring.find(fingerprint)
                    .and_then(sif_keys::Entry::certificate)
            })
        };
        self.joined.get(&fingerprint).or_else(first)
    }

    /// Returns the secret part of a key.
    pub(crate) fn secret(&self, fingerprint: Fingerprint) -> Result<&SecretCertificate> {
        let entry = self
            .secret
            .find(fingerprint)
            .and_then(sif_keys::Entry::secret);
        if let Some(secret) = entry.filter(|secret| secret.has_primary_secret()) {
            return Ok(secret);
        }
        let known = self.certificate(fingerprint).is_some();
        Err(ApiError::plain(if known {
            ErrorCode::NoSecretKey
        } else {
            ErrorCode::KeyMissing
        }))
    }

    pub(crate) fn is_own(&self, fingerprint: Fingerprint) -> bool {
        self.own.contains(&fingerprint)
    }

    /// Returns how far a key is trusted.
    pub(crate) fn trust(&self, fingerprint: Fingerprint) -> TrustView {
        let record = self.records.get(&fingerprint.to_string());
        let global = self.of_administrator.contains(&fingerprint);
        let level = sif_keys::trust_level(
            fingerprint,
            record
                .map(|record| plain_record(fingerprint, record))
                .as_ref(),
            self.is_own(fingerprint),
            global,
        );
        let view = |level, record: Option<&TrustRecord>| TrustView {
            level,
            since: record.map(|record| record.since),
            compared: record.map(|record| record.compared),
        };
        match level {
            Level::Own => view(TrustLevel::Yours, None),
            Level::ByUser { .. } => view(TrustLevel::TrustedByYou, record),
            Level::ByAdministrator => view(TrustLevel::TrustedByAdministrator, None),
            Level::Blocked { .. } => TrustView {
                compared: None,
                ..view(TrustLevel::Blocked, record)
            },
            Level::NotTrusted => view(TrustLevel::NotTrusted, None),
        }
    }

    /// Returns each fingerprint once: own keys first, then others, in file order.
    pub(crate) fn fingerprints(&self) -> Vec<Fingerprint> {
        let mut seen = HashSet::new();
        [&self.secret, &self.public, &self.global]
            .into_iter()
            .flat_map(Contents::entries)
            .filter(|entry| entry.certificate().is_some())
            .filter_map(sif_keys::Entry::fingerprint)
            .filter(|fingerprint| seen.insert(*fingerprint))
            .collect()
    }

    /// Returns where a key was found first.
    pub(crate) fn file_of(&self, fingerprint: Fingerprint) -> KeyringFile {
        if self.secret.find(fingerprint).is_some() {
            KeyringFile::Secret
        } else if self.public.find(fingerprint).is_some() {
            KeyringFile::Public
        } else {
            KeyringFile::Global
        }
    }

    /// Returns what is wrong with the files.
    pub(crate) fn problems(&self) -> Vec<KeyringProblem> {
        [
            (KeyringFile::Public, &self.public),
            (KeyringFile::Secret, &self.secret),
            (KeyringFile::Global, &self.global),
        ]
        .into_iter()
        .filter_map(|(file, contents)| {
            let damage = contents.damage()?;
            let name = ring_of(file);
            let message = format!("the keyring `{}` is damaged: {damage}", name_of_ring(name));
            let error = ApiError::new(ErrorCode::KeyringDamaged, message);
            let kept = u32::try_from(contents.entries().len()).unwrap_or(u32::MAX);
            let repair_keeps = (file != KeyringFile::Global).then_some(kept);
            Some(KeyringProblem {
                file,
                error,
                repair_keeps,
            })
        })
        .collect()
    }
}

pub(super) fn ring_of(file: KeyringFile) -> Ring {
    match file {
        KeyringFile::Public => Ring::Public,
        KeyringFile::Secret => Ring::Secret,
        KeyringFile::Global => Ring::Global,
    }
}

fn name_of_ring(ring: Ring) -> &'static str {
    match ring {
        Ring::Public => "pgp-public",
        Ring::Secret => "pgp-secret",
        Ring::Global => "global-pgp-public",
    }
}

fn plain_record(fingerprint: Fingerprint, record: &TrustRecord) -> sif_keys::TrustRecord {
    use sif_keys::{Compared, Decision};
    let decision = match (record.level, record.compared) {
        (TrustLevel::Blocked, _) => Decision::Block,
        (_, Comparison::Pasted) => Decision::Trust(Compared::Pasted),
        (_, Comparison::ReadAloud) => Decision::Trust(Compared::ReadAloud),
        (_, Comparison::NotCompared) => Decision::Trust(Compared::Not),
        (_, Comparison::FromCommandLine) => Decision::Trust(Compared::CommandLine),
    };
    sif_keys::TrustRecord {
        fingerprint,
        decision,
        at: record.since.0,
    }
}

impl Sifter {
    /// Spends the pause between two tries, while another program is at work on a keyring file.
    pub(super) fn wait(&self, pause: Duration) -> bool {
        self.inner.clock.wait(pause);
        true
    }

    pub(crate) fn keyrings(&self) -> Keyrings {
        let profile = self.profile();
        let policy = if profile.is_apptainer() {
            Policy::FollowLinks
        } else {
            Policy::RefuseLinks
        };
        let places = Places {
            own: self
                .inner
                .homes
                .data
                .join("keyrings")
                .join(profile.command()),
            global: Some(profile.global_keyring),
            keyrings: profile.keyring_folder,
        };
        Keyrings::open(places, policy)
    }

    /// Makes the keyring folder where it is missing, then returns the keyrings, to be written.
    pub(super) fn keyrings_to_write(&self) -> Result<Keyrings> {
        self.profile().prepare(&self.inner.homes)?;
        Ok(self.keyrings())
    }

    /// Reads all keyring files.
    ///
    /// # Errors
    /// A file cannot be read at all. A damaged one is no error: its whole keys are there.
    pub(crate) fn key_set(&self) -> Result<KeySet> {
        let keyrings = self.keyrings();
        let read = |ring| {
            keyrings
                .read_settled(ring, &mut |pause| self.wait(pause))
                .map_err(|error| keyring_error(&error))
        };
        let (public, secret, global) = (
            read(Ring::Public)?,
            read(Ring::Secret)?,
            read(Ring::Global)?,
        );
        let own = secret
            .entries()
            .iter()
            .filter(|entry| matches!(entry.kind(), EntryKind::Secret(secret) if secret.has_primary_secret()))
            .filter_map(sif_keys::Entry::fingerprint)
            .collect();
        let of_administrator = global
            .entries()
            .iter()
            .filter_map(sif_keys::Entry::fingerprint)
            .collect();
        let joined = sif_keys::join_copies(
            [&public, &secret, &global]
                .into_iter()
                .flat_map(Contents::certificates),
        );
        let records = self.inner.store.trust_records()?;
        let records = records
            .into_iter()
            .map(|record| (record.fingerprint.clone(), record))
            .collect();
        Ok(KeySet {
            public,
            secret,
            global,
            records,
            own,
            of_administrator,
            joined,
        })
    }

    /// Returns a word that changes with everything about keys that a verdict depends on.
    pub(crate) fn keyring_version(&self) -> String {
        let keyrings = self.keyrings();
        let mut hash = Sha256::new();
        for ring in [Ring::Public, Ring::Secret, Ring::Global] {
            let stamp = keyrings
                .path(ring)
                .and_then(|path| fs::metadata(path).ok())
                .map(|found| Stamp::of(&found));
            hash.update(format!("{ring:?} {stamp:?}\n"));
        }
        for record in self.inner.store.trust_records().unwrap_or_default() {
            hash.update(format!("{record:?}\n"));
        }
        hash.update(format!(
            "{}",
            self.settings_now().settings.require_every_signature
        ));
        hex::encode(&hash.finalize()[..16])
    }

    /// Tells when a keyring file changed since the last look; keeps what the first look and each change found.
    pub(crate) fn look_at_keyrings(&self) {
        let now = self.keyring_version();
        let before = crate::lock(&self.inner.keyring_seen).replace(now.clone());
        if before.as_ref() == Some(&now) {
            return;
        }
        if before.is_some() {
            self.tell(&ApiEvent::KeysChanged);
        }
        self.keep_secret_keys();
    }

    /// Tells that keys changed by our own hand.
    pub(super) fn keys_changed(&self) {
        *crate::lock(&self.inner.keyring_seen) = Some(self.keyring_version());
        self.inner.watch.watch_path(&self.profile().keyring_folder);
        self.tell(&ApiEvent::KeysChanged);
        self.keep_secret_keys();
    }

    /// Keeps the secret keyring as it is among the old versions: a command line that removes one secret key destroys
    /// the others, and only a version from before brings them back.
    fn keep_secret_keys(&self) {
        let kept = self
            .keyrings()
            .keep_version(Ring::Secret, &mut |pause| self.wait(pause));
        if let Err(error) = kept {
            tracing::warn!(%error, "the secret keyring was not kept");
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.timestamp()
    }
}

/// Reads a fingerprint that a front end sends.
pub(crate) fn parse(fingerprint: &str) -> Result<Fingerprint> {
    fingerprint
        .parse()
        .map_err(|error: sif_keys::FingerprintError| {
            ApiError::new(
                ErrorCode::InputInvalid,
                format!("not a fingerprint: {error}"),
            )
        })
}
