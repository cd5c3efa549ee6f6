//! A container: its tags by architecture, its images, and changing them.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use scs_types::library::{Container, ContainerPath, Image, ImageHash, LibraryRef, is_tag};

use super::{
    ContainerView, LibraryImage, TagMoveView, TagView,
    place::{Place, container_path},
    rows::{self, ImageViews},
};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode},
    units::RemoteId,
};

/// Images that are asked for one by one where a library does not list them.
const MOST_ASKED: usize = 300;
/// Questions at once.
const AT_ONCE: usize = 6;

/// Returns a container; where the library cannot be reached, as it was seen last.
pub(super) async fn get(sifter: &Sifter, remote: RemoteId, path: String) -> Result<ContainerView> {
    let parsed = container_path(&path)?;
    let path = parsed.to_string();
    match look(sifter, &remote, &parsed).await {
        Ok(view) => {
            sifter.keep_seen(remote, path, view.clone()).await?;
            Ok(view)
        }
        Err(error) => {
            let kept: Option<(ContainerView, _)> =
                sifter.seen_before(&remote, &path, &error).await?;
            let Some((mut view, at)) = kept else {
                return Err(error);
            };
            view.kept_from = Some(at);
            view.problem = Some(error);
            Ok(view)
        }
    }
}

async fn look(sifter: &Sifter, remote: &RemoteId, path: &ContainerPath) -> Result<ContainerView> {
    let place = sifter.library_of(remote).await?;
    let container = container_at(&place, path).await?;
    let listed = place.library.images(path).await;
    let images = match listed.map_err(|error| place.fault(error))? {
        Some(images) => images,
        None => asked_images(&place, path, &container).await,
    };
    let (remote, path) = (remote.clone(), path.clone());
    sifter
        .off(move |sifter| view(sifter, &place, remote, &path, &container, &images))
        .await
}

async fn container_at(place: &Place, path: &ContainerPath) -> Result<Container> {
    let found = place.library.container(path).await;
    let found = found.map_err(|error| place.fault(error))?;
    found.ok_or_else(|| {
        let why = format!("there is no `{path}`, or it may not be seen");
        ApiError::new(ErrorCode::NotFoundOrPrivate, why)
    })
}

/// Asks for the image behind each tag. One that is gone, or of another kind, is left out.
async fn asked_images(place: &Place, path: &ContainerPath, container: &Container) -> Vec<Image> {
    let mut first = BTreeMap::new();
    for (arch, tags) in container.tags() {
        for (tag, image) in tags.into_iter().filter(|(tag, _)| is_tag(tag)) {
            first.entry(image).or_insert((arch.clone(), tag));
        }
    }
    let questions = first.into_iter().take(MOST_ASKED).map(|(id, (arch, tag))| {
        let reference = LibraryRef {
            host: None,
            path: path.clone(),
            tags: vec![tag],
        };
        async move {
            let arch = (!arch.is_empty()).then_some(arch);
            let found = place.library.image(&reference, arch.as_deref()).await;
            match found {
                Ok(image) => Some(Image { id, ..image }),
                Err(error) => {
                    tracing::debug!("an image behind a tag is not shown: {error}");
                    None
                }
            }
        }
    });
    let answers = stream::iter(questions).buffer_unordered(AT_ONCE);
    answers.filter_map(std::future::ready).collect().await
}

fn view(
    sifter: &Sifter,
    place: &Place,
    remote: RemoteId,
    path: &ContainerPath,
    container: &Container,
    images: &[Image],
) -> Result<ContainerView> {
    let views = ImageViews {
        sifter,
        host: &place.host,
        is_plain_http: place.is_plain_http,
    };
    let text = path.to_string();
    let leading = rows::tags_by_image(container);
    let mut tags: BTreeMap<String, Vec<LibraryImage>> = BTreeMap::new();
    let mut untagged = Vec::new();
    let mut architectures = BTreeSet::new();
    for image in images {
        let (arch, names) = leading.get(image.id.as_str()).cloned().unwrap_or_default();
        let Some(shown) = views.view(&text, image, &names, &arch)? else {
            continue;
        };
        if !shown.arch.is_empty() {
            architectures.insert(shown.arch.clone());
        }
        if shown.tags.is_empty() {
            untagged.push(shown);
            continue;
        }
        for tag in &shown.tags {
            tags.entry(tag.clone()).or_default().push(shown.clone());
        }
    }
    untagged.sort_by_key(|image| std::cmp::Reverse(image.created));
    let own = rows::own_architecture();
    let mut architectures: Vec<String> = architectures.into_iter().collect();
    architectures.sort_by_key(|arch| arch != own);
    Ok(ContainerView {
        remote,
        name: path.container().to_owned(),
        path: text,
        description: rows::description(match container.full_description.trim() {
            "" => &container.description,
            long => long,
        }),
        is_private: container.private,
        is_read_only: container.read_only,
        can_change: place.may_write() && !container.read_only,
        downloads: u32::try_from(container.download_count).ok(),
        architectures,
        own_architecture: own.to_owned(),
        tags: in_order(tags),
        untagged,
        kept_from: None,
        problem: None,
    })
}

/// `latest` first, then the newest.
fn in_order(tags: BTreeMap<String, Vec<LibraryImage>>) -> Vec<TagView> {
    let mut rows: Vec<TagView> = tags
        .into_iter()
        .map(|(tag, images)| TagView { tag, images })
        .collect();
    let newest = |row: &TagView| row.images.iter().filter_map(|image| image.created).max();
    rows.sort_by(|one, other| {
        let rank = |row: &TagView| (row.tag != "latest", std::cmp::Reverse(newest(row)));
        rank(one)
            .cmp(&rank(other))
            .then_with(|| other.tag.cmp(&one.tag))
    });
    rows
}

/// Deletes images by hash and architecture; returns those that could not be, and why.
pub(super) async fn delete(
    sifter: &Sifter,
    remote: RemoteId,
    path: String,
    images: Vec<(String, String)>,
) -> Result<Vec<(String, ApiError)>> {
    let parsed = container_path(&path)?;
    let place = sifter.library_of(&remote).await?;
    let mut failed = Vec::new();
    let mut deleted = false;
    for (hash, arch) in images {
        let arch = (!arch.is_empty()).then_some(arch.as_str());
        let result = if ImageHash::is_hash(&hash) {
            let gone = place.library.delete_image(&parsed, &hash, arch).await;
            gone.map_err(|error| place.fault(error))
        } else {
            let why = "an image is deleted by its hash";
            Err(ApiError::new(ErrorCode::InputInvalid, why))
        };
        match result {
            Ok(()) => deleted = true,
            Err(error) => failed.push((hash, error)),
        }
    }
    if deleted {
        sifter.tell(&ApiEvent::LibraryChanged(remote, parsed.to_string()));
    }
    Ok(failed)
}

/// Lets a tag lead to an image that the container has.
pub(super) async fn move_tag(sifter: &Sifter, to: TagMoveView) -> Result<()> {
    let path = container_path(&to.path)?;
    if !is_tag(&to.tag) || ImageHash::is_hash(&to.tag) {
        let why = format!(
            "`{}` cannot be a tag",
            to.tag.chars().take(80).collect::<String>()
        );
        return Err(ApiError::new(ErrorCode::NameNotAllowed, why));
    }
    if !ImageHash::is_hash(&to.hash) {
        let why = "a tag is moved to an image by its hash";
        return Err(ApiError::new(ErrorCode::InputInvalid, why));
    }
    let place = sifter.library_of(&to.remote).await?;
    let fault = |error| place.fault(error);
    let container = container_at(&place, &path).await?;
    let reference = LibraryRef {
        host: None,
        path: path.clone(),
        tags: vec![to.hash],
    };
    let arch = (!to.arch.is_empty()).then_some(to.arch.as_str());
    let image = place.library.image(&reference, arch).await.map_err(fault)?;
    let level = place.library.api_level().await.map_err(fault)?;
    let set = place
        .library
        .set_tag(&container.id, (&to.arch, &to.tag), &image.id, level);
    set.await.map_err(fault)?;
    sifter.tell(&ApiEvent::LibraryChanged(to.remote, path.to_string()));
    Ok(())
}
