//! SIF images in OCI registries, as `oras://` names them.

use oci::{Form, Pull, Push, PushState, Reference, Registry, Resolved};
use transfer::{Wanted, hash_file};

use super::{Deliver, Fetch, Fetched, Found, rows::own_architecture, shape};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of},
    units::Timestamp,
};

/// Asks the registry what a reference leads to. On the threads of the network.
///
/// # Errors
/// `reference-invalid`, `arch-missing`, `arch-mismatch`, `not-sif`, `transport-unsupported`, and those of
/// [`Sifter::registry`] and of the network.
pub(crate) async fn resolve(sifter: &Sifter, reference: &str, arch: Option<&str>) -> Result<Found> {
    let (registry, image) = image(sifter, reference, arch).await?;
    // The registry need not know what it is for; the file itself does.
    let start = registry.start_of(&image, shape::START).await?;
    let own = image
        .architecture
        .clone()
        .or(shape::check(&start, reference)?);
    if let (Some(wanted), Some(own)) = (arch, &own)
        && wanted != own
    {
        let why = format!("the image is for `{own}`, not for `{wanted}`");
        return Err(ApiError::new(ErrorCode::ArchMismatch, why));
    }
    let mut architectures = image.architectures.clone();
    architectures.extend(own.clone().filter(|own| !architectures.contains(own)));
    Ok(Found {
        size: Some(image.size),
        sha256: Some(image.digest.bytes()),
        arch: own,
        architectures,
        created: image.created.as_deref().and_then(moment),
    })
}

/// Returns the digest of the image that a tag leads to now; nothing if there is no such tag. Of something that is no
/// SIF image it is the digest that the registry knows.
///
/// # Errors
/// `reference-invalid`, and those of [`Sifter::registry`] and of the network.
pub(crate) async fn tag_digest(sifter: &Sifter, reference: &str) -> Result<Option<[u8; 32]>> {
    let reference = read(reference)?;
    let registry = sifter.registry(&reference.repository.host).await?;
    let found = registry.resolve(&reference, Some(own_architecture())).await;
    digest_found(&registry, &reference, found).await
}

/// Returns the digest of what was found under a reference, as [`tag_digest`] does.
pub(super) async fn digest_found(
    registry: &Registry,
    reference: &Reference,
    found: std::result::Result<Resolved, oci::Error>,
) -> Result<Option<[u8; 32]>> {
    match found {
        Ok(image) => Ok(Some(image.digest.bytes())),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) if is_something_else(&error) => {
            let digest = registry.manifest_digest(reference).await?;
            Ok(digest.map(|digest| digest.bytes()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns whether the repository has the bytes of an image already.
///
/// # Errors
/// `reference-invalid`, and those of [`Sifter::registry`] and of the network.
pub(crate) async fn has(sifter: &Sifter, reference: &str, sha256: [u8; 32]) -> Result<bool> {
    let reference = read(reference)?;
    let registry = sifter.registry(&reference.repository.host).await?;
    Ok(registry.has(&reference.repository, &sha256.into()).await?)
}

/// Pulls an image. On the threads of the network.
///
/// # Errors
/// Those of [`resolve`], `digest-mismatch`, `cancelled`, and those of files.
pub(crate) async fn pull(sifter: &Sifter, fetch: &Fetch<'_>) -> Result<Fetched> {
    let ready = image(sifter, fetch.reference, fetch.arch);
    let (registry, image) = tokio::select! {
        biased;
        () = fetch.stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
        ready = ready => ready?,
    };
    if let Some(expected) = fetch
        .sha256
        .filter(|expected| *expected != image.digest.bytes())
    {
        let why = format!(
            "`{}` leads to an image with the hash `{}` by now, not to `sha256:{}`",
            fetch.reference,
            image.digest,
            hex::encode(expected)
        );
        return Err(ApiError::new(ErrorCode::DigestMismatch, why));
    }
    let pull = Pull {
        image: &image,
        target: fetch.target,
        check: Some(&|path| shape::check_arrived(path, fetch.reference)),
        arriving: fetch.arriving.clone(),
        replaces: fetch.replaces,
        part_size: transfer::PART_SIZE,
        connections: fetch.connections,
        bandwidth: fetch.bandwidth.clone(),
        progress: fetch.progress.clone(),
        stop: fetch.stop.clone(),
    };
    let file = registry.pull(&pull).await?;
    Ok(Fetched {
        size: file.size,
        sha256: file.sha256,
    })
}

/// Pushes an image and lets the tag of the reference lead to it. On the threads of the network.
///
/// # Errors
/// `reference-invalid`, `file-changed`, `cancelled`, and those of [`Sifter::registry`], of files and of the network.
pub(crate) async fn push(sifter: &Sifter, deliver: &Deliver<'_>) -> Result<()> {
    let reference = read(deliver.reference)?;
    let ready = async {
        let size = size_of(deliver)?;
        let digest = match deliver.sha256 {
            Some(digest) => digest,
            None => digest_of(deliver).await?,
        };
        let registry = sifter.registry(&reference.repository.host).await?;
        Ok::<_, ApiError>((size, digest, registry))
    };
    let (size, digest, registry) = tokio::select! {
        biased;
        () = deliver.stop.cancelled() => return Err(ApiError::plain(ErrorCode::Cancelled)),
        ready = ready => ready?,
    };
    let tags: Vec<String> = reference.tag.clone().into_iter().collect();
    let push = Push {
        repository: &reference.repository,
        tags: &tags,
        file: deliver.file,
        form: Form::Artifact {
            title: &name_of(deliver.file),
        },
        size,
        digest: digest.into(),
        piece_size: oci::PIECE_SIZE,
        resume: deliver.resume.clone(),
        on_state: deliver.on_state,
        bandwidth: deliver.bandwidth.clone(),
        progress: deliver.progress.clone(),
        stop: deliver.stop.clone(),
    };
    registry.push(&push).await?;
    Ok(())
}

/// Tells a registry that what was sent of a push is not needed any more. On the threads of the network.
///
/// # Errors
/// Those of [`Sifter::registry`] and of the network.
pub(crate) async fn forget_push(sifter: &Sifter, reference: &str, state: &PushState) -> Result<()> {
    let reference = read(reference)?;
    let registry = sifter.registry(&reference.repository.host).await?;
    Ok(registry.forget_push(state).await?)
}

fn size_of(deliver: &Deliver<'_>) -> Result<u64> {
    let metadata = std::fs::metadata(deliver.file);
    let metadata = metadata.map_err(|error| io_error(deliver.file, &error))?;
    Ok(metadata.len())
}

async fn digest_of(deliver: &Deliver<'_>) -> Result<[u8; 32]> {
    let hashed = hash_file(
        deliver.file.to_owned(),
        Wanted::default(),
        deliver.stop.clone(),
        std::sync::Arc::new(transfer::Silent),
    );
    Ok(hashed.await?.sha256)
}

/// Returns the image, and the registry that has it.
async fn image(
    sifter: &Sifter,
    reference: &str,
    arch: Option<&str>,
) -> Result<(Registry, Resolved)> {
    let reference = read(reference)?;
    let registry = sifter.registry(&reference.repository.host).await?;
    let wanted = arch.unwrap_or(own_architecture());
    let image = registry.resolve(&reference, Some(wanted)).await?;
    Ok((registry, image))
}

fn read(reference: &str) -> Result<Reference> {
    reference.parse().map_err(|error: oci::Invalid| {
        ApiError::new(ErrorCode::ReferenceInvalid, error.to_string())
    })
}

fn is_something_else(error: &oci::Error) -> bool {
    use oci::Cause;
    matches!(
        error.cause(),
        Cause::OciImage | Cause::NotSif { .. } | Cause::NoArchitecture { .. } | Cause::Answer(_)
    )
}

fn moment(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(moment.as_second()))
}
