//! Plans of signing: what would happen, image by image.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use sif::{DataType, Descriptor, Extra, Image};
use sif_integrity::{SigningKeys, SigningWarning};
use sif_keys::Fingerprint;

use super::{
    SignRequest, SignWhat,
    job::{SignItem, SignJob, SignWith, request_of},
};
use crate::{
    Result, Secret, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files,
    images::{SignPlanItem, SignPlanView, SignWarning, read_image},
    keys::{KeepPassphrase, fault_code, label_of},
    tasks::{Answer, Job},
    units::{ByteCount, ImageId, PlanId, TaskId},
    verdict::{Badge, integrity_error},
};

/// Bytes of a signature besides those for each part, and for each part: for the line "adds about".
const SIGNATURE: u64 = 1_600;
const PER_PART: u64 = 340;

/// Signings that were shown and not run yet.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<HashMap<PlanId, Plan>>);

#[derive(Clone, Debug)]
struct Plan {
    job: SignJob,
    fingerprint: Fingerprint,
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
            drop(sifter.open_key(found.fingerprint, passphrase.as_ref(), keep)?);
            sifter.inner.plans.forget(&plan);
            let given = passphrase.map(|passphrase| Answer {
                passphrase,
                keep: KeepPassphrase::ThisAction,
            });
            sifter.start_signing(found.job, given)
        })
        .await
    }

    /// Signs with a private key in a PEM file, for the command line. The passphrase is needed where the key is locked.
    ///
    /// # Errors
    /// As for [`Self::run_signing`].
    pub async fn sign_with_pem(
        &self,
        images: Vec<ImageId>,
        key: PathBuf,
        what: SignWhat,
        copy: bool,
        passphrase: Option<Secret>,
    ) -> Result<TaskId> {
        self.off(move |sifter| {
            super::run::pem_key(&key, passphrase.as_ref())?;
            let items = images
                .iter()
                .map(|id| sifter.item(*id))
                .collect::<Result<_>>()?;
            let given = passphrase.map(|passphrase| Answer {
                passphrase,
                keep: KeepPassphrase::ThisAction,
            });
            sifter.start_signing(
                SignJob {
                    items,
                    with: SignWith::Pem(key),
                    what,
                    copy,
                },
                given,
            )
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
        let mut items = Vec::new();
        let mut planned = Vec::new();
        for id in &request.images {
            let (view, item) = self.plan_item(*id, fingerprint, request);
            items.push(view);
            planned.extend(item);
        }
        let needs_passphrase = !matches!(secret.protection(), sif_keys::Protection::None)
            && matches!(self.open_key(fingerprint, None, KeepPassphrase::ThisAction), Err(error) if error.code == ErrorCode::PassphraseNeeded);
        let plan = Plan {
            job: SignJob {
                items: planned,
                with: SignWith::Key(fingerprint.to_string()),
                what: request.what.clone(),
                copy: request.copy,
            },
            fingerprint,
            needs_confirmation: question(&items),
        };
        Ok(SignPlanView {
            plan: self.inner.plans.keep(plan),
            fingerprint: fingerprint.to_string(),
            signer: label_of(secret.certificate()),
            items,
            needs_passphrase,
        })
    }

    fn plan_item(
        &self,
        id: ImageId,
        key: Fingerprint,
        request: &SignRequest,
    ) -> (SignPlanItem, Option<SignItem>) {
        let name = self
            .record(id)
            .map(|record| name_of(&record.path))
            .unwrap_or_default();
        let blocked = |error| SignPlanItem {
            image: id,
            name: name.clone(),
            signatures: 0,
            parts: 0,
            adds_bytes: ByteCount(0),
            copy_name: None,
            already_signed: false,
            warnings: Vec::new(),
            blocked: Some(error),
        };
        match self.plan_image(id, &name, key, request) {
            Ok((view, item)) => (view, Some(item)),
            Err(error) => (blocked(error), None),
        }
    }

    fn plan_image(
        &self,
        id: ImageId,
        name: &str,
        key: Fingerprint,
        request: &SignRequest,
    ) -> Result<(SignPlanItem, SignItem)> {
        let open = self.open_by_id(id)?;
        let image = read_image(&open)?;
        if self
            .verdict_now(id)?
            .is_some_and(|verdict| verdict.badge == Badge::Tampered)
        {
            return Err(tampered(name));
        }
        let plan = sif_integrity::plan_signing(
            &image,
            &request_of(&request.what)?,
            // Reads the table only; the key was judged already.
            SigningKeys::Pem(&[]),
            self.now().0,
        )
        .map_err(|error| integrity_error(&open.path, &error))?;
        let parts: usize = plan
            .signatures
            .iter()
            .map(|signature| signature.objects.len())
            .sum();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let signers = claimed_signers(&image);
        let mut warnings: Vec<SignWarning> = plan.warnings.iter().filter_map(warning_of).collect();
        if signers.iter().any(|signer| Some(*signer) != key.as_v4()) {
            warnings.push(SignWarning::OthersSigned);
        }
        let covered = plan
            .signatures
            .iter()
            .flat_map(|signature| &signature.objects);
        if covered
            .filter_map(|id| image.object(*id))
            .any(|object| object.data_type() == DataType::Signature)
        {
            warnings.push(SignWarning::CoversLegacySignature);
        }
        let view = SignPlanItem {
            image: id,
            name: name.to_owned(),
            signatures: count(plan.signatures.len()),
            parts: count(parts),
            adds_bytes: ByteCount(
                SIGNATURE * plan.signatures.len() as u64 + PER_PART * parts as u64,
            ),
            copy_name: request.copy.then(|| name_of(&copy_path(&open.path))),
            already_signed: key.as_v4().is_some_and(|key| signers.contains(&key)),
            warnings,
            blocked: None,
        };
        Ok((
            view,
            SignItem {
                image: id,
                stamp: open.stamp,
            },
        ))
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

/// Returns the error for an image that contradicts a signature it has.
pub(super) fn tampered(name: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ImageTampered,
        format!("`{name}` is not what was signed; it is not signed again"),
    )
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

fn warning_of(warning: &SigningWarning) -> Option<SignWarning> {
    match warning {
        SigningWarning::UngroupedObjects(_) => Some(SignWarning::UngroupedParts),
        SigningWarning::PartialSignature { .. } => Some(SignWarning::PartialBreaksWhole),
        _ => None,
    }
}

/// The fingerprints beside the signatures: claims, good enough for a question.
fn claimed_signers(image: &Image) -> Vec<[u8; sif::FINGERPRINT_SIZE]> {
    let claimed = |object: &Descriptor| match object.extra() {
        Extra::Signature { fingerprint, .. } => fingerprint,
        _ => None,
    };
    image.objects().iter().filter_map(claimed).collect()
}

/// Returns a free name for the signed copy, beside the image.
pub(super) fn copy_path(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-signed");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    files::free_name(&path.with_file_name(name))
}
