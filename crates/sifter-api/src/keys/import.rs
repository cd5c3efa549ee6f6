//! Importing keys: a plan that is shown, then run.

use std::{collections::HashMap, path::Path, sync::Mutex};

use sif_keys::{
    Fingerprint, ImportChange, ImportPreview, KeyUpdate, MergeReport, Passphrase, Protection,
};

use super::{
    ImportEffect, ImportItem, ImportPlanView, ImportSource, ImportedKeys, KeySet, RefusedKey,
    UserId, key_error, keyring_error, rings::parse, unlock::passphrase_of,
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files::OpenFile,
    units::{PlanId, Timestamp},
};

/// Files with keys are small; a larger one is something else.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Imports that were shown and not run yet.
#[derive(Debug, Default)]
pub(crate) struct ImportPlans(Mutex<HashMap<PlanId, Plan>>);

#[derive(Debug)]
struct Plan {
    keyrings: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Keys(Box<ImportPreview>),
    Revocation(KeyUpdate),
}

impl Sifter {
    /// Reads keys and shows what importing them would do. Changes nothing.
    ///
    /// # Errors
    /// `no-key-in-file`, `key-malformed`, `handle-unknown`, and the codes of files and keyrings.
    pub async fn plan_key_import(&self, from: ImportSource) -> Result<ImportPlanView> {
        self.off(move |sifter| match from {
            ImportSource::Text(text) => sifter.plan_import(&[text.into_bytes()]),
            ImportSource::Files(files) => {
                let sorted = sifter.inner.drops.get(&files)?;
                // A person who chose files in the dialog for keys means them, whatever they seem to be.
                let others = sorted.others.iter().map(|(path, _)| path);
                let texts = sorted
                    .keys
                    .iter()
                    .chain(others)
                    .map(|path| read(path))
                    .collect::<Result<Vec<_>>>()?;
                if texts.is_empty() {
                    return Err(ApiError::plain(ErrorCode::NoKeyInFile));
                }
                sifter.plan_import(&texts)
            }
        })
        .await
    }

    /// Runs a plan once and returns the keys that were new or have learned something, and those that could not be
    /// taken. With a passphrase, secret parts that lie open are put under it.
    ///
    /// # Errors
    /// `handle-unknown`; `plan-outdated` when the keyrings changed since; the codes of keyrings when no key was taken.
    pub async fn run_key_import(
        &self,
        plan: PlanId,
        passphrase: Option<Secret>,
    ) -> Result<ImportedKeys> {
        self.off(move |sifter| {
            let unknown = || {
                ApiError::new(
                    ErrorCode::HandleUnknown,
                    "this import is not known any more",
                )
            };
            let found = crate::lock(&sifter.inner.imports.0)
                .remove(&plan)
                .ok_or_else(unknown)?;
            if found.keyrings != sifter.keyring_version() {
                return Err(ApiError::new(
                    ErrorCode::PlanOutdated,
                    "the keyrings changed since this was shown",
                ));
            }
            let (taken, refused) = sifter.run_import(&found)?;
            if let Some(passphrase) = passphrase.filter(|passphrase| !passphrase.is_empty()) {
                sifter.lock_open_parts(&taken, &passphrase)?;
            }
            Ok(ImportedKeys {
                taken: taken.iter().map(ToString::to_string).collect(),
                refused,
            })
        })
        .await
    }

    pub(super) fn plan_import(&self, texts: &[Vec<u8>]) -> Result<ImportPlanView> {
        let keyrings = self.keyrings();
        let keys = self.key_set()?;
        let mut parts = Vec::new();
        let mut items = Vec::new();
        for text in texts {
            match keyrings.preview_import(text, self.now().0, &mut |pause| self.wait(pause)) {
                Ok(preview) => {
                    items.extend(preview.items.iter().map(item_view));
                    parts.push(Part::Keys(Box::new(preview)));
                }
                Err(error) => {
                    let Some((item, update)) = self.revocation_in(&keys, text) else {
                        return Err(keyring_error(&error));
                    };
                    items.push(item);
                    parts.push(Part::Revocation(update));
                }
            }
        }
        let plan = PlanId(uuid::Uuid::new_v4().to_string());
        let kept = Plan {
            keyrings: self.keyring_version(),
            parts,
        };
        let mut plans = crate::lock(&self.inner.imports.0);
        if plans.len() > 32 {
            plans.clear();
        }
        plans.insert(plan.clone(), kept);
        Ok(ImportPlanView { plan, items })
    }

    /// A revocation certificate names no key but fits one.
    fn revocation_in(&self, keys: &KeySet, text: &[u8]) -> Option<(ImportItem, KeyUpdate)> {
        keys.fingerprints().into_iter().find_map(|fingerprint| {
            let certificate = keys.certificate(fingerprint)?;
            let update = certificate.read_revocation(text).ok()?;
            let effect = ImportEffect::Update {
                changes: vec!["revocation".into()],
            };
            Some((
                item_of(&certificate.summary(self.now().0), false, effect),
                update,
            ))
        })
    }

    fn run_import(&self, plan: &Plan) -> Result<(Vec<Fingerprint>, Vec<RefusedKey>)> {
        let keyrings = self.keyrings_to_write()?;
        let mut taken = Vec::new();
        let mut refused = Vec::new();
        for part in &plan.parts {
            let results = match part {
                Part::Keys(preview) => {
                    let wanted = |item: &sif_keys::ImportItem| {
                        !matches!(item.change, ImportChange::Unsupported(_))
                    };
                    let report = keyrings.import(preview, wanted, &mut |pause| self.wait(pause));
                    let plain = |(key, result): (_, std::result::Result<_, _>)| {
                        (key, result.map(drop), name_in(preview, key))
                    };
                    report.into_iter().map(plain).collect()
                }
                Part::Revocation(update) => {
                    let result = keyrings.apply(update, &mut |pause| self.wait(pause));
                    vec![(update.fingerprint(), result, None)]
                }
            };
            for (fingerprint, result, name) in results {
                match result {
                    Ok(()) => taken.push(fingerprint),
                    Err(error) => refused.push(RefusedKey {
                        fingerprint: fingerprint.to_string(),
                        name,
                        error: keyring_error(&error),
                    }),
                }
            }
        }
        self.keys_changed();
        match refused.first() {
            Some(first) if taken.is_empty() => Err(first.error.clone()),
            _ => Ok((taken, refused)),
        }
    }

    fn lock_open_parts(&self, imported: &[Fingerprint], passphrase: &Secret) -> Result<()> {
        let keys = self.key_set()?;
        let keyrings = self.keyrings_to_write()?;
        for fingerprint in imported {
            let Ok(secret) = keys.secret(*fingerprint) else {
                continue;
            };
            let old = match secret.protection() {
                Protection::None => Passphrase::new(String::new()),
                Protection::Partly => passphrase_of(passphrase),
                _ => continue,
            };
            let locked = secret
                .change_passphrase(&old, &passphrase_of(passphrase))
                .map_err(|error| key_error(&error))?;
            keyrings
                .replace_secret(&locked, &mut |pause| self.wait(pause))
                .map_err(|error| keyring_error(&error))?;
        }
        self.keys_changed();
        Ok(())
    }
}

/// Whose key a refused one is.
fn name_in(preview: &ImportPreview, fingerprint: Fingerprint) -> Option<String> {
    let found = preview
        .items
        .iter()
        .find(|item| item.fingerprint() == Some(fingerprint))?;
    let text = found.summary.as_ref()?.primary_user_id.as_deref()?;
    UserId::of(text).label()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    OpenFile::open(path)?.read(LARGEST)?.ok_or_else(|| {
        let why = format!("`{}` is too large for keys", name_of(path));
        ApiError::new(ErrorCode::NoKeyInFile, why)
    })
}

pub(super) fn item_view(item: &sif_keys::ImportItem) -> ImportItem {
    let effect = match &item.change {
        ImportChange::New => ImportEffect::New,
        ImportChange::Update(report) => ImportEffect::Update {
            changes: changes_of(report),
        },
        ImportChange::BringsSecret => ImportEffect::Update {
            changes: vec!["secret".into()],
        },
        ImportChange::Identical => ImportEffect::Identical,
        ImportChange::Unsupported(reason) => ImportEffect::Unsupported {
            reason: reason.to_string(),
        },
    };
    match &item.summary {
        Some(summary) => item_of(summary, item.has_secret, effect),
        None => ImportItem {
            fingerprint: item
                .fingerprint()
                .map(|one| one.to_string())
                .unwrap_or_default(),
            name: None,
            mail: None,
            algorithm: String::new(),
            created: Timestamp(0),
            expires: None,
            secret: item.has_secret,
            effect,
        },
    }
}

fn item_of(summary: &sif_keys::Summary, secret: bool, effect: ImportEffect) -> ImportItem {
    let user_id = summary
        .primary_user_id
        .as_deref()
        .map(UserId::of)
        .unwrap_or_default();
    ImportItem {
        fingerprint: summary.fingerprint.to_string(),
        name: user_id.name,
        mail: user_id.mail,
        algorithm: summary.algorithm.label(),
        created: Timestamp(summary.created),
        expires: summary.expires.map(Timestamp),
        secret,
        effect,
    }
}

/// Words for what is new: `subkeys`, `statements` (names, end, use), `revocation`.
fn changes_of(report: &MergeReport) -> Vec<String> {
    [
        (report.subkeys, "subkeys"),
        (report.self_signatures, "statements"),
        (report.revocations, "revocation"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(_, word)| word.to_owned())
    .collect()
}

/// Reads the fingerprints of a request.
pub(super) fn parse_all(fingerprints: &[String]) -> Result<Vec<Fingerprint>> {
    fingerprints.iter().map(|one| parse(one)).collect()
}
