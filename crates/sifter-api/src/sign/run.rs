//! Running a signing: one passphrase for all images, a result for each.

use std::path::Path;

use sif::Image;
use sif_integrity::{NewSignature, ObjectFacts, PrivateKey, SignOptions, SigningKeys};
use sif_keys::SigningKey;

use super::{
    SignWhat,
    item::tampered,
    job::{SignItem, SignJob, SignWith, request_of},
    write,
};
use crate::{
    ApiEvent, Result, Secret, Sifter,
    error::{ApiError, ErrorCode, name_of},
    files::{OpenFile, Stamp},
    images::{look_again, read_image},
    keys::KeepPassphrase,
    tasks::{SignedItem, TaskContext, TaskOutcome, TaskPhase},
    units::ImageId,
    verdict::{Badge, Reported, check_for_signing, integrity_error, pem_error, read_key_file},
};

/// An opened key.
enum Opened {
    OpenPgp(Box<SigningKey>),
    Pem(Vec<PrivateKey>),
}

impl Opened {
    fn keys(&self) -> SigningKeys<'_> {
        match self {
            Self::OpenPgp(key) => SigningKeys::OpenPgp(key),
            Self::Pem(keys) => SigningKeys::Pem(keys),
        }
    }
}

/// The work of the task.
pub(crate) fn run(sifter: &Sifter, task: &TaskContext, job: &SignJob) -> Result<TaskOutcome> {
    let key = open(sifter, task, &job.with)?;
    let mut items = Vec::with_capacity(job.items.len());
    for (number, item) in job.items.iter().enumerate() {
        task.check()?;
        let name = sifter
            .record(item.image)
            .map(|record| name_of(&record.path))
            .unwrap_or_default();
        task.item(&name, number + 1, job.items.len());
        match sign_one(sifter, task, job, item, &key) {
            Ok((image, name, signatures)) => items.push(SignedItem {
                image,
                name,
                signatures,
                error: None,
            }),
            Err(error) if error.code == ErrorCode::Cancelled => return Err(error),
            Err(error) => items.push(SignedItem {
                image: item.image,
                name,
                signatures: 0,
                error: Some(error),
            }),
        }
    }
    Ok(TaskOutcome::Signed { items })
}

/// An opened key that signs images one by one, in place and as a whole, for another task.
pub(crate) struct Signer {
    job: SignJob,
    key: Opened,
}

impl Signer {
    /// Opens an own key; the task asks for its passphrase where that is needed.
    pub(crate) fn open(sifter: &Sifter, task: &TaskContext, fingerprint: &str) -> Result<Self> {
        let with = SignWith::Key(fingerprint.to_owned());
        let key = open(sifter, task, &with)?;
        let job = SignJob {
            items: Vec::new(),
            with,
            what: SignWhat::All,
            copy: false,
        };
        Ok(Self { job, key })
    }

    /// Signs an image that is still as it was.
    pub(crate) fn sign(
        &self,
        sifter: &Sifter,
        task: &TaskContext,
        image: ImageId,
        stamp: Stamp,
    ) -> Result<()> {
        let item = SignItem { image, stamp };
        sign_one(sifter, task, &self.job, &item, &self.key).map(drop)
    }
}

fn open(sifter: &Sifter, task: &TaskContext, with: &SignWith) -> Result<Opened> {
    match with {
        SignWith::Key(fingerprint) => {
            let parsed = with.fingerprint();
            let parsed = parsed.ok_or_else(|| ApiError::plain(ErrorCode::KeyMissing))?;
            let open =
                |passphrase: Option<&Secret>, keep| sifter.open_key(parsed, passphrase, keep);
            until_it_opens(task, fingerprint, open).map(|key| Opened::OpenPgp(Box::new(key)))
        }
        SignWith::Pem(path) => {
            let open = |passphrase: Option<&Secret>, _| pem_key(path, passphrase);
            until_it_opens(task, "", open).map(|key| Opened::Pem(vec![key]))
        }
    }
}

/// Asks the person until the passphrase fits or the task is cancelled.
fn until_it_opens<K>(
    task: &TaskContext,
    fingerprint: &str,
    open: impl Fn(Option<&Secret>, KeepPassphrase) -> Result<K>,
) -> Result<K> {
    let mut attempt = open(None, KeepPassphrase::ThisAction);
    loop {
        let wrong = match &attempt {
            Err(error) if error.code == ErrorCode::PassphraseNeeded => false,
            Err(error) if error.code == ErrorCode::WrongPassphrase => true,
            _ => return attempt,
        };
        let answer = task.ask_passphrase(fingerprint, wrong)?;
        attempt = open(Some(&answer.passphrase), answer.keep);
    }
}

/// Reads a private key from a PEM file.
pub(super) fn pem_key(path: &Path, passphrase: Option<&Secret>) -> Result<PrivateKey> {
    let text = read_key_file(path)?;
    PrivateKey::from_pem(&text, passphrase.map(|secret| secret.expose().as_bytes()))
        .map_err(|error| pem_error(&error))
}

fn sign_one(
    sifter: &Sifter,
    task: &TaskContext,
    job: &SignJob,
    item: &SignItem,
    key: &Opened,
) -> Result<(ImageId, String, u32)> {
    sifter.as_planned(item)?;
    let open = sifter.open_by_id(item.image)?;
    let image = read_image(&open)?;
    let known = sifter.verdict_now(item.image)?;
    let (verified, contradicts) = match known {
        Some(verdict) => (Vec::new(), verdict.badge == Badge::Tampered),
        None => check_for_signing(sifter, task, &open, &image)?,
    };
    if contradicts {
        return Err(tampered(&name_of(&open.path)));
    }
    let signatures = make(sifter, task, job, (&open, &image, &verified), key)?;
    open.unchanged()?;
    task.begin(TaskPhase::Write, None);
    let count = u32::try_from(signatures.len()).unwrap_or(u32::MAX);
    let now = sifter.now();
    if job.copy {
        let path = write::copy(task, &open, &image, &signatures, now)?;
        let ids = sifter.add_opened(std::slice::from_ref(&path))?;
        let id = ids
            .first()
            .copied()
            .ok_or_else(|| ApiError::plain(ErrorCode::Internal))?;
        return Ok((id, name_of(&path), count));
    }
    write::in_place(&open, &image, &signatures, now, &sifter.homes().data)?;
    look_again(sifter, &[sifter.record(item.image)?])?;
    sifter.tell(&ApiEvent::ImagesChanged(vec![item.image]));
    Ok((item.image, name_of(&open.path), count))
}

fn make(
    sifter: &Sifter,
    task: &TaskContext,
    job: &SignJob,
    (open, image, verified): (&OpenFile, &Image, &[ObjectFacts]),
    key: &Opened,
) -> Result<Vec<NewSignature>> {
    let failed = |error: sif_integrity::Error| integrity_error(&open.path, &error);
    let now = sifter.now().0;
    let plan = sif_integrity::plan_signing(image, &request_of(&job.what)?, key.keys(), now)
        .map_err(failed)?
        .knowing(image, verified);
    task.begin(TaskPhase::Hash, Some(plan.bytes));
    let options = SignOptions {
        now,
        threads: None,
        salt: true,
    };
    sif_integrity::make_signatures(
        &open.file,
        image,
        &plan,
        key.keys(),
        &options,
        &Reported(task),
    )
    .map_err(failed)
}
