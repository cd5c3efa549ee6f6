//! Import: what a file would bring, and bringing it.

use super::contents::Contents;
use super::{Added, KeyringError, Keyrings, Pause, Ring};
use crate::armor;
use crate::cert;
use crate::error::{BadKey, Error};
use crate::fingerprint::Fingerprint;
use crate::framing;
use crate::merge::{MergeReport, merge};
use crate::secret::SecretCertificate;
use crate::summary::Summary;

/// What the import of one key would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportChange {
    /// The key is not here yet.
    New,
    /// The key is here and would learn something.
    Update(MergeReport),
    /// The key is here without its secret part, which the file has.
    BringsSecret,
    /// Nothing in it is new.
    Identical,
    /// The key cannot be used.
    Unsupported(BadKey),
}

/// One key of an import.
#[derive(Debug)]
pub struct ImportItem {
    key: Option<SecretCertificate>,
    /// What a list shows about the key, at the time of the preview; `None` when it cannot be read.
    pub summary: Option<Summary>,
    /// Whether a usable secret part comes with it.
    pub has_secret: bool,
    /// What importing it would do.
    pub change: ImportChange,
}

impl ImportItem {
    /// Returns the fingerprint, if the key can be read.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.summary.as_ref().map(|summary| summary.fingerprint)
    }
}

/// The keys of an import, before anything is changed.
#[derive(Debug)]
pub struct ImportPreview {
    /// The keys, in the order of the file.
    pub items: Vec<ImportItem>,
}

/// What an import did: each key, or why it could not be taken. One failure does not stop the others.
pub type ImportReport = Vec<(Fingerprint, Result<Added, KeyringError>)>;

impl Keyrings {
    /// Returns what importing this data would do: binary or armored, public or secret, any number of keys.
    ///
    /// # Errors
    /// When the data holds no keys, or when a ring cannot be read.
    pub fn preview_import(
        &self,
        data: &[u8],
        now: i64,
        pause: Pause<'_>,
    ) -> Result<ImportPreview, KeyringError> {
        cert::check_size(data)?;
        let decoded;
        let bytes = if armor::is_armored(data) {
            decoded = cert::decode_limited(data)?;
            &decoded[..]
        } else {
            data
        };
        let public = self.read_settled(Ring::Public, pause)?;
        let secret = self.read_settled(Ring::Secret, pause)?;
        let mut items = Vec::new();
        for block in framing::split_keys(bytes).map_err(Error::from)? {
            items.push(preview_item(block, &public, &secret, now)?);
        }
        if items.is_empty() {
            return Err(Error::NoKeys.into());
        }
        Ok(ImportPreview { items })
    }

    /// Imports those keys of a preview for which `wanted` says so.
    pub fn import(
        &self,
        preview: &ImportPreview,
        mut wanted: impl FnMut(&ImportItem) -> bool,
        pause: Pause<'_>,
    ) -> ImportReport {
        let mut report = Vec::new();
        for item in &preview.items {
            let Some(key) = item.key.as_ref().filter(|_| wanted(item)) else {
                continue;
            };
            let added = if item.has_secret {
                self.add_secret(key, pause)
            } else {
                self.add_public(key.certificate(), pause)
            };
            report.push((key.fingerprint(), added));
        }
        report
    }
}

fn preview_item(
    block: &[u8],
    public: &Contents,
    secret: &Contents,
    now: i64,
) -> Result<ImportItem, KeyringError> {
    let key = match SecretCertificate::from_block(block) {
        Ok(key) => key,
        Err(error) => {
            let change = ImportChange::Unsupported(error);
            return Ok(ImportItem {
                key: None,
                summary: None,
                has_secret: false,
                change,
            });
        }
    };
    let has_secret = key.has_secret_packet();
    let change = change(&key, public, secret)?;
    let summary = Some(key.certificate().summary(now));
    Ok(ImportItem {
        key: Some(key),
        summary,
        has_secret,
        change,
    })
}

fn change(
    key: &SecretCertificate,
    public: &Contents,
    secret: &Contents,
) -> Result<ImportChange, KeyringError> {
    let known_public = public.find(key.fingerprint());
    let known_secret = secret.find(key.fingerprint());
    if key.has_primary_secret() {
        let is_there = known_secret
            .and_then(super::Entry::secret)
            .is_some_and(SecretCertificate::has_primary_secret);
        if !is_there && (known_public.is_some() || known_secret.is_some()) {
            return Ok(ImportChange::BringsSecret);
        }
    }
    let Some(known) = known_public.or(known_secret) else {
        return Ok(ImportChange::New);
    };
    match merge(known.to_bytes(), key.certificate(), true) {
        Ok((_, report)) if report.is_empty() => Ok(ImportChange::Identical),
        Ok((_, report)) => Ok(ImportChange::Update(report)),
        Err(Error::Unusable(error)) => Ok(ImportChange::Unsupported(error)),
        Err(error) => Err(error.into()),
    }
}
