//! What a server says of a reference.

use scs_client::Cause;
use scs_types::library::{ContainerPath, Image, ImageHash, LibraryRef, is_name};

use super::{
    Found, PullItem, ResolvedView, Transport, oras,
    place::Place,
    plain,
    reference::Reading,
    rows::{bytes, moment, own_architecture},
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    units::ByteCount,
};

/// Asks the server what `item` means. On the threads of the network.
pub(super) async fn resolve(sifter: &Sifter, item: &PullItem) -> Result<ResolvedView> {
    let (text, remote) = (item.reference.clone(), item.remote.clone());
    let reading = sifter
        .off(move |sifter| Ok(sifter.reading_of(&text, remote.as_ref())))
        .await?;
    let reading = reading.ok_or_else(|| {
        ApiError::new(
            ErrorCode::ReferenceInvalid,
            "the text is no reference to an image",
        )
    })?;
    if let Some(problem) = reading.view.problem {
        return Err(problem);
    }
    let wanted = item.arch.as_deref().filter(|arch| !arch.is_empty());
    let resolved = match &reading.library {
        Some(reference) => of_library(sifter, &reading, reference, wanted).await?,
        None => elsewhere(sifter, reading, wanted).await?,
    };
    check_hash(item, &resolved)?;
    Ok(resolved)
}

/// What the person pinned must be what the server has.
fn check_hash(item: &PullItem, resolved: &ResolvedView) -> Result<()> {
    let Some(pinned) = pinned(item)? else {
        return Ok(());
    };
    let hash = resolved
        .hash
        .as_deref()
        .and_then(|hash| hash.parse::<ImageHash>().ok());
    match hash.and_then(|hash| hash.sha256()) {
        Some(found) if hex::encode(found) != pinned => Err(ApiError::new(
            ErrorCode::DigestMismatch,
            format!(
                "the server has an image with the hash `{}`",
                hex::encode(found)
            ),
        )),
        _ => Ok(()),
    }
}

/// Returns the 64 digits that the person wants the bytes to have.
pub(super) fn pinned(item: &PullItem) -> Result<Option<String>> {
    let Some(text) = item
        .sha256
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let digits = text
        .strip_prefix("sha256")
        .unwrap_or(text)
        .trim_start_matches([':', '.']);
    let digits = digits.to_ascii_lowercase();
    let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest {
        return Ok(Some(digits));
    }
    let why = "the expected hash is none: `sha256:` and 64 hexadecimal digits are expected";
    Err(ApiError::new(ErrorCode::InputInvalid, why))
}

async fn elsewhere(sifter: &Sifter, reading: Reading, arch: Option<&str>) -> Result<ResolvedView> {
    let reference = reading.view.reference.as_str();
    let found: Found = match reading.view.transport {
        Transport::Oras => oras::resolve(sifter, reference, arch).await?,
        _ => plain::resolve(sifter, reference).await?,
    };
    Ok(ResolvedView {
        arch: found.arch,
        architectures: found.architectures,
        size: found.size.map(ByteCount),
        created: found.created,
        hash: found
            .sha256
            .map(|sha256| ImageHash::Sha256(sha256).to_string()),
        claims_signed: false,
        reference: reading.view,
    })
}

async fn of_library(
    sifter: &Sifter,
    reading: &Reading,
    reference: &LibraryRef,
    wanted: Option<&str>,
) -> Result<ResolvedView> {
    let place = sifter
        .library_for(reading.view.remote.as_ref(), &reading.view.server)
        .await?;
    // A hash says all; an architecture with it could only contradict.
    let usual = reference.hash().is_none().then(own_architecture);
    let arch = wanted.or(usual);
    let image = match place.library.image(reference, arch).await {
        Ok(image) => image,
        Err(error) if matches!(error.cause(), Cause::Missing { .. }) => {
            let other = architectures(&place, &reference.path, reference.tag()).await;
            return Err(missing(&place, reference, arch, &other, error));
        }
        Err(error) => return Err(place.fault(error)),
    };
    let mut found = match whole_path(reference, &image) {
        Some(path) if reference.hash().is_none() => {
            architectures(&place, &path, reference.tag()).await
        }
        _ => Vec::new(),
    };
    let own = image.arch.clone().filter(|arch| is_name(arch));
    if let (Some(wanted), Some(own)) = (wanted, own.as_deref())
        && wanted != own
    {
        let why = format!("the image is for `{own}`, not for `{wanted}`");
        return Err(ApiError::new(ErrorCode::ArchMismatch, why));
    }
    let arch = own.or_else(|| arch.map(str::to_owned));
    found.extend(arch.clone().filter(|arch| !found.contains(arch)));
    found.sort_by_key(|arch| arch != own_architecture());
    Ok(ResolvedView {
        reference: reading.view.clone(),
        arch,
        architectures: found,
        size: bytes(image.size),
        created: moment(image.audit.created_at),
        hash: ImageHash::is_hash(&image.hash).then_some(image.hash),
        claims_signed: image.signed.unwrap_or(false),
    })
}

/// The server says what a short reference means.
fn whole_path(reference: &LibraryRef, image: &Image) -> Option<ContainerPath> {
    if reference.path.whole().is_some() {
        return Some(reference.path.clone());
    }
    let steps = [
        &image.entity_name,
        &image.collection_name,
        &image.container_name,
    ];
    steps.map(String::as_str).join("/").parse().ok()
}

/// The architectures that a tag has images for; none where that cannot be learned.
async fn architectures(place: &Place, path: &ContainerPath, tag: &str) -> Vec<String> {
    if path.whole().is_none() {
        return Vec::new();
    }
    let container = match place.library.container(path).await {
        Ok(Some(container)) => container,
        Ok(None) => return Vec::new(),
        Err(error) => {
            tracing::debug!("the other architectures are not known: {error}");
            return Vec::new();
        }
    };
    let tags = container.tags().into_iter();
    let has_tag = tags.filter(|(arch, tags)| is_name(arch) && tags.contains_key(tag));
    has_tag.map(|(arch, _)| arch).collect()
}

fn missing(
    place: &Place,
    reference: &LibraryRef,
    arch: Option<&str>,
    other: &[String],
    error: scs_client::Error,
) -> ApiError {
    match arch {
        Some(arch) if !other.is_empty() && !other.iter().any(|one| one == arch) => ApiError::new(
            ErrorCode::ArchMissing,
            format!(
                "`{}:{}` has no image for `{arch}`; there are images for {}",
                reference.path,
                reference.tag(),
                other.join(", ")
            ),
        ),
        _ => place.fault(error),
    }
}
