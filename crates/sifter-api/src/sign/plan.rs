//! Plans of signing: what would happen, image by image.

use std::{collections::HashMap, path::PathBuf, sync::Mutex};

use sif_keys::Fingerprint;

use super::{
    SignRequest, SignWhat,
    job::{SignItem, SignJob, SignWith},
    run::pem_key,
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode, name_of},
    images::{SignPlanItem, SignPlanView, SignWarning},
    keys::{KeepPassphrase, fault_code, label_of},
    tasks::{Answer, Job},
    units::{ImageId, PlanId, TaskId},
};

/// Signings that were shown and not run yet.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<HashMap<PlanId, Plan>>);

#[derive(Clone, Debug)]
struct Plan {
    job: SignJob,
    needs_confirmation: Option<ApiError>,
}

impl Sifter {
    /// Shows what signing would do. Reads headers and tables only, and changes nothing.
    ///
    /// # Errors
    /// `key-missing`, `no-secret-key`, `key-expired`, `key-revoked`, `key-not-for-signing`. What is wrong with an image
    /// stands at the image.
    pub async fn plan_signing(&self, request: SignRequest) -> Result<SignPlanView> {
        self.off(move |sifter| sifter.plan(&request)).await
    }

    /// Runs a plan once. The passphrase is checked before anything starts; with a wrong one the plan stays.
    ///
    /// # Errors
    /// `handle-unknown`, `plan-outdated`, `wrong-passphrase`, `passphrase-needed`, the codes of the keychain when it
    /// was chosen; `already-signed` or `input-invalid` where warnings are not confirmed.
    pub async fn run_signing(
        &self,
        plan: PlanId,
        passphrase: Option<Secret>,
        keep: KeepPassphrase,
        confirm_warnings: bool,
    ) -> Result<TaskId> {
        self.off(move |sifter| {
            let found = sifter.inner.plans.get(&plan)?;
            if let Some(question) = found
                .needs_confirmation
                .clone()
                .filter(|_| !confirm_warnings)
            {
                return Err(question);
            }
            for item in &found.job.items {
                sifter.as_planned(item)?;
            }
            sifter.try_key(&found.job.with, passphrase.as_ref(), keep)?;
            sifter.inner.plans.forget(&plan);
            let given = passphrase.map(|passphrase| Answer {
                passphrase,
                keep: KeepPassphrase::ThisAction,
            });
            sifter.start_signing(found.job, given)
        })
        .await
    }

    /// Shows what signing with a private key in a PEM file would do, for the command line. [`Self::run_signing`] runs it.
    ///
    /// # Errors
    /// `pem-malformed`, `key-not-for-signing` and the codes of files, for the key. What is wrong with an image stands at
    /// the image.
    pub async fn plan_signing_with_pem(
        &self,
        images: Vec<ImageId>,
        key: PathBuf,
        what: SignWhat,
        copy: bool,
    ) -> Result<SignPlanView> {
        self.off(move |sifter| {
            let needs_passphrase = is_locked(pem_key(&key, None))?;
            let signer = key.display().to_string();
            let job = SignJob {
                items: Vec::new(),
                with: SignWith::Pem(key),
                what,
                copy,
            };
            Ok(sifter.plan_images(&images, job, signer, needs_passphrase))
        })
        .await
    }

    /// Returns the key that these images would be signed with: the one used last in their folder, else the only own
    /// one.
    ///
    /// # Errors
    /// The keyrings cannot be read.
    pub async fn suggest_signer(&self, images: Vec<ImageId>) -> Result<Option<String>> {
        self.off(move |sifter| {
            let keys = sifter.key_set()?;
            let now = sifter.now();
            let usable =
                |one: &Fingerprint| keys.row(*one, now, false).is_some_and(|row| row.can_sign);
            let own: Vec<Fingerprint> = keys.fingerprints().into_iter().filter(usable).collect();
            for id in images {
                let record = sifter.record(id)?;
                let Some(folder) = record.path.parent() else {
                    continue;
                };
                let remembered = sifter.inner.store.signer_of_folder(folder)?;
                if let Some(text) = remembered
                    && own.iter().any(|one| one.to_string() == text)
                {
                    return Ok(Some(text));
                }
            }
            Ok(match own.as_slice() {
                [only] => Some(only.to_string()),
                _ => None,
            })
        })
        .await
    }

    fn plan(&self, request: &SignRequest) -> Result<SignPlanView> {
        let fingerprint: Fingerprint =
            request
                .fingerprint
                .parse()
                .map_err(|error: sif_keys::FingerprintError| {
                    ApiError::new(ErrorCode::InputInvalid, error.to_string())
                })?;
        let keys = self.key_set()?;
        let secret = keys.secret(fingerprint)?;
        secret
            .certificate()
            .may_sign(self.now().0)
            .map_err(|fault| {
                ApiError::new(fault_code(&fault), format!("the key may not sign: {fault}"))
            })?;
        let needs_passphrase = !matches!(secret.protection(), sif_keys::Protection::None)
            && is_locked(self.open_key(fingerprint, None, KeepPassphrase::ThisAction))
                .unwrap_or(false);
        let job = SignJob {
            items: Vec::new(),
            with: SignWith::Key(fingerprint.to_string()),
            what: request.what.clone(),
            copy: request.copy,
        };
        let signer = label_of(secret.certificate());
        Ok(self.plan_images(&request.images, job, signer, needs_passphrase))
    }

    /// Looks at each image and keeps the plan.
    fn plan_images(
        &self,
        images: &[ImageId],
        mut job: SignJob,
        signer: String,
        needs_passphrase: bool,
    ) -> SignPlanView {
        let mut items = Vec::new();
        for id in images {
            let (view, item) = self.plan_item(*id, &job.with, &job.what, job.copy);
            items.push(view);
            job.items.extend(item);
        }
        let fingerprint = job.with.fingerprint();
        let needs_confirmation = question(&items);
        SignPlanView {
            plan: self.inner.plans.keep(Plan {
                job,
                needs_confirmation,
            }),
            fingerprint: fingerprint.map_or_else(String::new, |key| key.to_string()),
            signer,
            items,
            needs_passphrase,
        }
    }

    /// Finds out whether the key opens, before anything starts.
    fn try_key(
        &self,
        with: &SignWith,
        passphrase: Option<&Secret>,
        keep: KeepPassphrase,
    ) -> Result<()> {
        match (with, with.fingerprint()) {
            (SignWith::Pem(path), _) => pem_key(path, passphrase).map(drop),
            (SignWith::Key(_), Some(key)) => self.open_key(key, passphrase, keep).map(drop),
            (SignWith::Key(_), None) => Err(ApiError::plain(ErrorCode::KeyMissing)),
        }
    }

    fn item(&self, id: ImageId) -> Result<SignItem> {
        Ok(SignItem {
            image: id,
            stamp: self.open_by_id(id)?.stamp,
        })
    }

    pub(super) fn as_planned(&self, item: &SignItem) -> Result<()> {
        let now = self.item(item.image)?;
        if now.stamp == item.stamp {
            return Ok(());
        }
        let name = name_of(&self.record(item.image)?.path);
        Err(ApiError::new(
            ErrorCode::PlanOutdated,
            format!("`{name}` changed since this was planned"),
        ))
    }

    fn start_signing(&self, job: SignJob, given: Option<Answer>) -> Result<TaskId> {
        let empty = || {
            ApiError::new(
                ErrorCode::InputInvalid,
                "there is no image that can be signed",
            )
        };
        let first = job.items.first().ok_or_else(empty)?;
        let path = self.record(first.image)?.path;
        if let (SignWith::Key(fingerprint), Some(folder)) = (&job.with, path.parent()) {
            self.inner.store.set_signer_of_folder(folder, fingerprint)?;
        }
        self.inner
            .tasks
            .start(Job::Sign(job), name_of(&path), given)
    }
}

impl Plans {
    fn keep(&self, plan: Plan) -> PlanId {
        let id = PlanId(uuid::Uuid::new_v4().to_string());
        let mut plans = crate::lock(&self.0);
        if plans.len() > 32 {
            plans.clear();
        }
        plans.insert(id.clone(), plan);
        id
    }

    fn get(&self, id: &PlanId) -> Result<Plan> {
        let unknown = || ApiError::new(ErrorCode::HandleUnknown, "this plan is not known any more");
        crate::lock(&self.0).get(id).cloned().ok_or_else(unknown)
    }

    fn forget(&self, id: &PlanId) {
        crate::lock(&self.0).remove(id);
    }
}

/// What has to be confirmed before the plan runs.
fn question(items: &[SignPlanItem]) -> Option<ApiError> {
    if let Some(item) = items.iter().find(|item| item.already_signed) {
        let message = format!("`{}` is signed by this key already", item.name);
        return Some(ApiError::new(ErrorCode::AlreadySigned, message));
    }
    let serious = |warning: &SignWarning| {
        matches!(
            warning,
            SignWarning::PartialBreaksWhole | SignWarning::UngroupedParts
        )
    };
    let item = items
        .iter()
        .find(|item| item.warnings.iter().any(serious))?;
    let message = format!(
        "signing `{}` has a warning that is not confirmed",
        item.name
    );
    Some(
        ApiError::new(ErrorCode::InputInvalid, message)
            .with_hint("read the warning, then confirm it"),
    )
}

/// Whether a key asks for its passphrase; any other reason why it does not open is an error.
fn is_locked<K>(opened: Result<K>) -> Result<bool> {
    match opened {
        Ok(_) => Ok(false),
        Err(error) if error.code == ErrorCode::PassphraseNeeded => Ok(true),
        Err(error) => Err(error),
    }
}
