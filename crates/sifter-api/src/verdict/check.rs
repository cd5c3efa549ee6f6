//! Running a verification.

use std::{fs, ops::ControlFlow, path::Path};

use sif::{Descriptor, Image, Source};
use sif_integrity::{
    Claims, KeyMaterial, ObjectFacts, Options, Progress, SignatureFacts, Stage, Verification,
};

use super::{
    Badge, KeySource, VerdictView, VerifyRequest, command_line,
    failure::integrity_error,
    material::material,
    table,
    views::{self, Believed},
};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of},
    files::{self, OpenFile, Stamp},
    images::{bytes_to_hash, open_image, read_image},
    keys::KeySet,
    store::CheckedState,
    tasks::{Job, TaskContext, TaskOutcome, TaskPhase, VerifiedItem},
    units::{ImageId, TaskId},
};

impl Sifter {
    /// Starts to verify images, one after the other.
    ///
    /// # Errors
    /// `handle-unknown`; `input-invalid` without any image.
    pub async fn verify_images(&self, ids: Vec<ImageId>) -> Result<TaskId> {
        self.off(move |sifter| {
            let first = *ids
                .first()
                .ok_or_else(|| ApiError::new(ErrorCode::InputInvalid, "no image was chosen"))?;
            let name = name_of(&sifter.record(first)?.path);
            sifter
                .inner
                .tasks
                .start(Job::Verify { images: ids }, name, None)
        })
        .await
    }

    /// Returns the last verdict of an image, if file and keyrings are as they were.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn get_verdict(&self, id: ImageId) -> Result<Option<VerdictView>> {
        self.off(move |sifter| sifter.verdict_now(id)).await
    }

    /// Verifies the file at `path` at once, as asked; blocks. `progress` is told bytes done and total, and ends the
    /// work by returning `false`.
    ///
    /// # Errors
    /// The codes of files, of images that are refused, and of key files; `cancelled`.
    pub fn verify_file(
        &self,
        path: &Path,
        request: &VerifyRequest,
        progress: &(dyn Fn(u64, u64) -> bool + Sync),
    ) -> Result<VerdictView> {
        crate::sign::recover(path, &self.homes().data);
        let (open, image) = open_image(path)?;
        self.check(ImageId(0), &open, &image, request, &Told(progress))
    }

    fn check(
        &self,
        id: ImageId,
        open: &OpenFile,
        image: &Image,
        request: &VerifyRequest,
        progress: &dyn Progress,
    ) -> Result<VerdictView> {
        let (verdict, _) = self.check_and_keep(id, open, image, request, progress)?;
        Ok(verdict)
    }

    fn check_and_keep(
        &self,
        id: ImageId,
        open: &OpenFile,
        image: &Image,
        request: &VerifyRequest,
        progress: &dyn Progress,
    ) -> Result<(VerdictView, Verification)> {
        let examined = self.examine(&open.file, &open.path, image, request, None, progress)?;
        still_there(open)?;
        let verdict = self.conclude(id, &open.path, request, image, &examined);
        Ok((verdict, examined.found))
    }

    /// Finds the facts of an image that is read from `source`, and the digest of the whole file if its length is given;
    /// `path` only names it.
    pub(super) fn examine<S: Source + ?Sized>(
        &self,
        source: &S,
        path: &Path,
        image: &Image,
        request: &VerifyRequest,
        whole_file: Option<u64>,
        progress: &dyn Progress,
    ) -> Result<Examined> {
        let keys = self.key_set()?;
        let now = self.now();
        let material = material(&keys, &request.keys, now.0)?;
        let options = Options {
            now: now.0,
            whole_file,
            ..Options::default()
        };
        let selection = request.selection();
        let found = sif_integrity::verify(source, image, &material, &selection, &options, progress)
            .map_err(|error| integrity_error(path, &error))?;
        Ok(Examined {
            found,
            material,
            keys,
        })
    }

    /// Concludes from the facts of an image.
    pub(super) fn conclude(
        &self,
        id: ImageId,
        path: &Path,
        request: &VerifyRequest,
        image: &Image,
        examined: &Examined,
    ) -> VerdictView {
        let Examined {
            found,
            material,
            keys,
        } = examined;
        let believed = match request.keys {
            KeySource::Keyrings => Believed::Decisions(keys),
            _ => Believed::Given,
        };
        self.verdict(id, path, request, (image, found, material), &believed, keys)
    }

    fn verdict(
        &self,
        id: ImageId,
        path: &Path,
        request: &VerifyRequest,
        (image, found, material): (&Image, &Verification, &KeyMaterial),
        believed: &Believed<'_>,
        keys: &KeySet,
    ) -> VerdictView {
        let now = self.now();
        let scope = Scope::of(image, request);
        let facts: Vec<SignatureFacts> = found
            .signatures
            .iter()
            .filter(|facts| scope.touches(&facts.covered))
            .map(|facts| scope.narrowed(facts))
            .collect();
        let signatures: Vec<_> = facts
            .iter()
            .map(|facts| views::signature_view(facts, believed, now.0))
            .collect();
        let found = &Verification {
            objects: found.objects.clone(),
            signatures: facts,
            strict: found.strict.clone(),
            whole_file: None,
        };
        let covers: Vec<_> = table::covers_of(&found.objects)
            .into_iter()
            .filter(|(part, _)| scope.has(*part))
            .collect();
        let every = self.settings_now().settings.require_every_signature;
        let mut conclusion = table::conclude(&views::judged(&signatures), &covers, every);
        let is_missing = found.strict.stage == Stage::Select && found.strict.result.is_err();
        if request.is_selection() && (is_missing || covers.is_empty()) {
            conclusion = table::of_missing_part(conclusion);
        }
        if image.declares_empty() {
            conclusion.badge = table::of_declared_empty(conclusion.badge);
        }
        let groups = |group| {
            image
                .group_members(group)
                .map(sif::Descriptor::id)
                .collect()
        };
        let damage = [&keys.global, &keys.public]
            .into_iter()
            .find_map(sif_keys::Contents::damage);
        let unusable = damage
            .filter(|_| request.keys == KeySource::Keyrings)
            .map(|damage| damage.to_string());
        let name = name_of(path);
        let command_line = command_line::view(
            &self.profile(),
            &name,
            request,
            (image, &found.strict, material),
            unusable.as_deref(),
            conclusion.badge,
        );
        let broken = views::broken_of(&found.signatures);
        VerdictView {
            image: id,
            badge: conclusion.badge,
            decisive: conclusion.decisive,
            intact: views::intact_view(found, &signatures, &conclusion, groups),
            parts: found
                .objects
                .iter()
                .map(|one| views::part_view(one, &broken))
                .collect(),
            signatures,
            command_line,
            checked_at: now,
        }
    }
}

/// The facts of an image, and by which keys they were found.
pub(super) struct Examined {
    pub(super) found: Verification,
    material: KeyMaterial,
    keys: KeySet,
}

/// The parts that a verdict is about.
struct Scope(Option<Vec<u32>>);

impl Scope {
    fn of(image: &Image, request: &VerifyRequest) -> Self {
        if !request.is_selection() {
            return Self(None);
        }
        let chosen = image.objects().iter().filter(|object| {
            let group = object.group().map(sif::GroupId::number);
            request.parts.contains(&object.id().0)
                || group.is_some_and(|group| request.groups.contains(&group))
        });
        Self(Some(chosen.map(|object| object.id().0).collect()))
    }

    fn has(&self, part: u32) -> bool {
        self.0.as_ref().is_none_or(|parts| parts.contains(&part))
    }

    /// Parts outside the scope are not hashed, so that a signature over more than the scope is "not checked" as a
    /// whole; what it says of the scope was looked at.
    fn narrowed(&self, facts: &SignatureFacts) -> SignatureFacts {
        let mut facts = facts.clone();
        if self.0.is_some() && facts.claims == Claims::NotChecked && facts.changed.is_empty() {
            facts.claims = Claims::Agree;
        }
        facts
    }

    fn touches(&self, covered: &[sif::ObjectId]) -> bool {
        self.0.is_none() || covered.iter().any(|id| self.has(id.0))
    }
}

/// The work of the task: each image with its own result.
pub(crate) fn verify_all(
    sifter: &Sifter,
    task: &TaskContext,
    images: &[ImageId],
) -> Result<TaskOutcome> {
    let mut items = Vec::with_capacity(images.len());
    for (number, id) in images.iter().enumerate() {
        task.check()?;
        let name = sifter
            .record(*id)
            .map(|record| name_of(&record.path))
            .unwrap_or_default();
        task.item(&name, number + 1, images.len());
        let (badge, error) = match verify_one(sifter, task, *id) {
            Ok(verdict) => (verdict.badge, None),
            Err(error) if error.code == ErrorCode::Cancelled => return Err(error),
            Err(error) => (Badge::CantCheck, Some(error)),
        };
        items.push(VerifiedItem {
            image: *id,
            name,
            badge,
            error,
        });
        sifter.tell(&ApiEvent::ImagesChanged(vec![*id]));
    }
    Ok(TaskOutcome::Verified { items })
}

/// Returns the verdict of an image as it is now, and keeps it. Nobody is told how far it is; `stop` ends it.
pub(crate) fn verdict_for_plan(
    sifter: &Sifter,
    id: ImageId,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<VerdictView> {
    if let Some(verdict) = sifter.verdict_now(id)? {
        return Ok(verdict);
    }
    let open = sifter.open_by_id(id)?;
    let image = read_image(&open)?;
    let progress = |_, _| !stop();
    check_and_store(sifter, id, &open, &image, &Told(&progress))
}

/// Verifies one image for a task and keeps the verdict.
pub(crate) fn verify_one(sifter: &Sifter, task: &TaskContext, id: ImageId) -> Result<VerdictView> {
    task.begin(TaskPhase::Read, None);
    let open = sifter.open_by_id(id)?;
    let image = read_image(&open)?;
    task.begin(TaskPhase::Hash, Some(bytes_to_hash(&image).0));
    check_and_store(sifter, id, &open, &image, &Reported(task))
}

fn check_and_store(
    sifter: &Sifter,
    id: ImageId,
    open: &OpenFile,
    image: &Image,
    progress: &dyn Progress,
) -> Result<VerdictView> {
    let keyring = sifter.keyring_version();
    let verdict = sifter.check(id, open, image, &VerifyRequest::default(), progress)?;
    sifter.inner.store.set_checked(
        id,
        &CheckedState {
            stamp: open.stamp,
            keyring,
            verdict: verdict.clone(),
        },
    )?;
    Ok(verdict)
}

/// Returns what a verification finds of the objects, and whether a signature contradicts them. Images without signatures
/// are not read.
pub(crate) fn check_for_signing(
    sifter: &Sifter,
    task: &TaskContext,
    open: &OpenFile,
    image: &Image,
) -> Result<(Vec<ObjectFacts>, bool)> {
    let is_signature = |object: &Descriptor| object.data_type() == sif::DataType::Signature;
    if !image.objects().iter().any(is_signature) {
        return Ok((Vec::new(), false));
    }
    task.begin(TaskPhase::Verify, Some(bytes_to_hash(image).0));
    let (verdict, found) = sifter.check_and_keep(
        ImageId(0),
        open,
        image,
        &VerifyRequest::default(),
        &Reported(task),
    )?;
    Ok((found.objects, verdict.badge == Badge::Tampered))
}

/// What was verified must be what lies at the path now.
fn still_there(open: &OpenFile) -> Result<()> {
    open.unchanged()?;
    let now = fs::metadata(&open.path).map_err(|error| io_error(&open.path, &error))?;
    if Stamp::of(&now) == open.stamp {
        Ok(())
    } else {
        Err(files::changed(&open.path))
    }
}

/// Passes progress on to a task, which may ask to stop.
pub(crate) struct Reported<'task>(pub(crate) &'task TaskContext);

impl Progress for Reported<'_> {
    fn step(&self, done: u64, _total: u64) -> ControlFlow<()> {
        if self.0.advance(done).is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

struct Told<'sink>(&'sink (dyn Fn(u64, u64) -> bool + Sync));

impl Progress for Told<'_> {
    fn step(&self, done: u64, total: u64) -> ControlFlow<()> {
        if (self.0)(done, total) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
