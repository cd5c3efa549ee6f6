//! Running a verification.

use std::{
    fs,
    io::Read as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use sif::Image;
use sif_integrity::{
    CertificatePools, KeyMaterial, Options, Progress, PublicKey, Ring, RingName, Verification,
    X509Certificate,
};
use sif_keys::Certificate;

use super::{
    Badge, KeySource, VerdictView, VerifyRequest, command_line, table,
    views::{self, Believed},
};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of, sif_error},
    files::{self, OpenFile, Stamp},
    images::{bytes_to_hash, open_image, read_image},
    keys::{KeySet, key_error},
    store::CheckedState,
    tasks::{Job, TaskContext, TaskOutcome, TaskPhase, VerifiedItem},
    units::{ImageId, TaskId},
};

/// Key and certificate files are small; a larger one is something else.
const LARGEST: u64 = 16 * 1024 * 1024;

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
        crate::sign::recover(path);
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
        let keys = self.key_set()?;
        let now = self.now();
        let material = material(&keys, &request.keys, now.0)?;
        let options = Options {
            now: now.0,
            ..Options::default()
        };
        let found = sif_integrity::verify(
            &open.file,
            image,
            &material,
            &request.selection(),
            &options,
            progress,
        )
        .map_err(|error| integrity_error(&open.path, &error))?;
        still_there(open)?;
        let believed = match request.keys {
            KeySource::Keyrings => Believed::Decisions(&keys),
            _ => Believed::Given,
        };
        Ok(self.verdict(
            id,
            &open.path,
            request,
            (image, &found, &material),
            &believed,
            &keys,
        ))
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
        let signatures: Vec<_> = found
            .signatures
            .iter()
            .filter(|facts| scope.touches(&facts.covered))
            .map(|facts| views::signature_view(facts, believed, now.0))
            .collect();
        let facts: Vec<_> = found
            .signatures
            .iter()
            .filter(|facts| scope.touches(&facts.covered))
            .cloned()
            .collect();
        let found = &Verification {
            objects: found.objects.clone(),
            signatures: facts,
            strict: found.strict.clone(),
        };
        let covers: Vec<_> = table::covers_of(&found.objects)
            .into_iter()
            .filter(|(part, _)| scope.has(*part))
            .collect();
        let every = self.settings_now().settings.require_every_signature;
        let conclusion = table::conclude(&views::judged(&signatures), &covers, every);
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

fn verify_one(sifter: &Sifter, task: &TaskContext, id: ImageId) -> Result<VerdictView> {
    task.begin(TaskPhase::Read, None);
    let open = sifter.open_by_id(id)?;
    let image = read_image(&open)?;
    task.begin(TaskPhase::Hash, Some(bytes_to_hash(&image).0));
    let keyring = sifter.keyring_version();
    let verdict = sifter.check(
        id,
        &open,
        &image,
        &VerifyRequest::default(),
        &Reported(task),
    )?;
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

/// Returns whether a signature on the image contradicts its bytes. Images without signatures are not read.
pub(crate) fn check_for_signing(
    sifter: &Sifter,
    task: &TaskContext,
    open: &OpenFile,
    image: &Image,
) -> Result<bool> {
    if !image
        .objects()
        .iter()
        .any(|object| object.data_type() == sif::DataType::Signature)
    {
        return Ok(false);
    }
    task.begin(TaskPhase::Verify, Some(bytes_to_hash(image).0));
    let verdict = sifter.check(
        ImageId(0),
        open,
        image,
        &VerifyRequest::default(),
        &Reported(task),
    )?;
    Ok(verdict.badge == Badge::Tampered)
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

/// Returns the error for a verification or a signing that could not be done.
pub(crate) fn integrity_error(path: &Path, error: &sif_integrity::Error) -> ApiError {
    use sif_integrity::Error;
    let name = name_of(path);
    let code = match error {
        Error::Cancelled => return ApiError::plain(ErrorCode::Cancelled),
        Error::Read { source, .. } if source.kind() == std::io::ErrorKind::UnexpectedEof => {
            return files::changed(path).because(error);
        }
        Error::Read { source, .. } => return io_error(path, source),
        Error::ReadSignature(source) => return sif_error(path, source),
        Error::GroupNotFound(_) | Error::ObjectNotFound(_) => ErrorCode::PartMissing,
        Error::InsufficientCapacity { .. } => ErrorCode::NoCapacity,
        Error::DeclaredEmpty => ErrorCode::SifMalformed,
        Error::KeyVersion(_) => ErrorCode::KeyNotForSigning,
        Error::PrivateKey(source) => return pem_error(source),
        Error::OpenPgp(_) => ErrorCode::Internal,
        _ => ErrorCode::InputInvalid,
    };
    ApiError::new(code, format!("`{name}`: {error}")).because(error)
}

/// Returns the error for a private key in PEM form.
pub(crate) fn pem_error(error: &sif_integrity::PrivateKeyError) -> ApiError {
    use sif_integrity::PrivateKeyError as Error;
    let code = match error {
        Error::Locked => ErrorCode::PassphraseNeeded,
        Error::WrongPassphrase => ErrorCode::WrongPassphrase,
        Error::CannotSign => ErrorCode::KeyNotForSigning,
        _ => ErrorCode::PemMalformed,
    };
    ApiError::new(code, error.to_string())
}

fn material(keys: &KeySet, from: &KeySource, now: i64) -> Result<KeyMaterial> {
    let ring = |name, certificates: Vec<Certificate>| Ring { name, certificates };
    match from {
        KeySource::Keyrings => {
            let global = ring(
                RingName::Global,
                keys.global.certificates().cloned().collect(),
            );
            let local = ring(
                RingName::Local,
                keys.public.certificates().cloned().collect(),
            );
            Ok(KeyMaterial {
                rings: vec![global, local],
                pem: Vec::new(),
            })
        }
        KeySource::Files(files) => {
            let mut certificates = Vec::new();
            for file in files {
                certificates.extend(
                    Certificate::parse_all(&read_small(file)?)
                        .map_err(|error| key_error(&error))?,
                );
            }
            Ok(KeyMaterial {
                rings: vec![ring(RingName::Given, certificates)],
                pem: Vec::new(),
            })
        }
        KeySource::Pem(files) => {
            let mut pem = Vec::new();
            for file in files {
                pem.push(PublicKey::from_pem(&read_small(file)?).map_err(|error| {
                    ApiError::new(
                        ErrorCode::PemMalformed,
                        format!("`{}`: {error}", name_of(file)),
                    )
                })?);
            }
            Ok(KeyMaterial {
                rings: Vec::new(),
                pem,
            })
        }
        KeySource::Certificate {
            leaf,
            intermediates,
            roots,
        } => {
            let leaf = certificates_in(std::slice::from_ref(leaf))?;
            let leaf = leaf
                .first()
                .ok_or_else(|| ApiError::plain(ErrorCode::CertificateRefused))?;
            let roots = if roots.is_empty() {
                system_roots()?
            } else {
                certificates_in(roots)?
            };
            let pools = CertificatePools {
                intermediates: certificates_in(intermediates)?,
                roots,
            };
            let verified = sif_integrity::verify_leaf(leaf, &pools, now).map_err(|error| {
                ApiError::new(ErrorCode::CertificateRefused, error.to_string()).because(&error)
            })?;
            Ok(KeyMaterial {
                rings: Vec::new(),
                pem: vec![verified.public_key],
            })
        }
    }
}

fn certificates_in(files: &[PathBuf]) -> Result<Vec<X509Certificate>> {
    let mut found = Vec::new();
    for file in files {
        let some = X509Certificate::pool_from_pem(&read_small(file)?);
        found.extend(some.map_err(|error| {
            ApiError::new(
                ErrorCode::PemMalformed,
                format!("`{}`: {error}", name_of(file)),
            )
        })?);
    }
    Ok(found)
}

/// The roots that the system's own tools use, where they lie in one file.
fn system_roots() -> Result<Vec<X509Certificate>> {
    let places = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    ];
    let bundle = places
        .iter()
        .map(PathBuf::from)
        .find(|place| place.is_file());
    match bundle {
        Some(bundle) => certificates_in(&[bundle]),
        None => Err(ApiError::new(
            ErrorCode::CertificateRefused,
            "no root certificates were found on this system",
        )
        .with_hint("name the roots with `--certificate-roots`")),
    }
}

fn read_small(path: &Path) -> Result<Vec<u8>> {
    let open = OpenFile::open(path)?;
    if open.stamp.size > LARGEST {
        return Err(ApiError::new(
            ErrorCode::InputInvalid,
            format!("`{}` is too large for keys", name_of(path)),
        ));
    }
    let mut bytes = Vec::new();
    (&open.file)
        .take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| io_error(path, &error))?;
    Ok(bytes)
}

/// Reads a small file for other rooms.
pub(crate) fn read_key_file(path: &Path) -> Result<Vec<u8>> {
    read_small(path)
}
