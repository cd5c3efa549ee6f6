//! Taking keys over from GnuPG, which asks for passphrases itself.

use std::{path::PathBuf, time::Duration};

use sif_keys::{Fingerprint, GnuPg};

use super::{
    ImportItem, ImportPlanView,
    failure::gnupg_error,
    import::{item_view, parse_all},
    keyring_error,
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    profile::find_program,
};

/// An answer that needs no passphrase.
const ANSWER: Duration = Duration::from_secs(15);
/// A person has to find and type a passphrase.
const PERSON: Duration = Duration::from_secs(300);

impl Sifter {
    /// Returns the keys that GnuPG has, with what importing each would do.
    ///
    /// # Errors
    /// `gnupg-failed`.
    pub async fn list_gnupg_keys(&self) -> Result<Vec<ImportItem>> {
        self.off(|sifter| {
            let gnupg = sifter.gnupg()?;
            let secret: Vec<Fingerprint> = gnupg
                .secret_keys()
                .map_err(|error| gnupg_error(&error))?
                .iter()
                .filter(|key| !key.is_elsewhere)
                .filter_map(|key| key.fingerprint)
                .collect();
            let public = gnupg.public_keys().map_err(|error| gnupg_error(&error))?;
            let keyrings = sifter.keyrings();
            let mut items = Vec::new();
            for fingerprint in public.iter().filter_map(|key| key.fingerprint) {
                let packets = gnupg
                    .export_public(fingerprint)
                    .map_err(|error| gnupg_error(&error))?;
                let preview = keyrings
                    .preview_import(&packets, sifter.now().0, &mut |pause| sifter.wait(pause))
                    .map_err(|error| keyring_error(&error))?;
                items.extend(preview.items.iter().map(|item| ImportItem {
                    secret: secret.contains(&fingerprint),
                    ..item_view(item)
                }));
            }
            Ok(items)
        })
        .await
    }

    /// Fetches keys from GnuPG and shows what importing them would do. For secret parts GnuPG asks in its own window.
    ///
    /// # Errors
    /// `gnupg-failed`, `key-missing`.
    pub async fn plan_gnupg_import(
        &self,
        fingerprints: Vec<String>,
        secret: bool,
    ) -> Result<ImportPlanView> {
        self.off(move |sifter| {
            let gnupg = sifter.gnupg()?;
            let mut packets = Vec::new();
            for fingerprint in parse_all(&fingerprints)? {
                let one = if secret {
                    gnupg
                        .export_secret(fingerprint, PERSON, &mut || true)
                        .map(|bytes| bytes.to_vec())
                } else {
                    gnupg.export_public(fingerprint)
                };
                packets.push(one.map_err(|error| gnupg_error(&error))?);
            }
            sifter.plan_import(&packets)
        })
        .await
    }

    fn gnupg(&self) -> Result<GnuPg> {
        let homes = &self.inner.homes;
        let program = find_program(homes, "gpg").or_else(|| find_program(homes, "gpg2"));
        let program = program.ok_or_else(|| {
            ApiError::new(ErrorCode::GnupgFailed, "GnuPG is not on this computer")
                .with_hint("export the key where it is, and import the file")
        })?;
        let home = homes
            .variable("GNUPGHOME")
            .map_or_else(|| homes.home.join(".gnupg"), PathBuf::from);
        Ok(GnuPg::new(program, ANSWER).with_home(home))
    }
}
