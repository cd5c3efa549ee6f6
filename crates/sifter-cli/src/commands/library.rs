//! `search` and `delete`.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _},
};

use serde_json::json;
use sifter_api::{
    ApiError, ErrorCode, Sifter,
    library::{
        ContainerView, LibraryImage, LibraryRow, LibraryRowKind, LibrarySearch, ReferenceView,
    },
};

use super::at;
use crate::{
    answer::{Answer, Failure, complain, harmless},
    arguments::{Delete, Search},
};

pub(crate) async fn search(sifter: &Sifter, search: Search) -> Result<Answer, Failure> {
    let remote = at::signed_in(sifter, &search.at).await?;
    let search = LibrarySearch {
        remote,
        text: search.text,
        arch: search.arch,
        only_signed: search.signed,
    };
    let found = sifter.search_library(search).await?;
    let mut text: String = found.rows.iter().map(row).collect();
    for image in &found.images {
        let _ = writeln!(text, "image       {}", image_line(image));
    }
    Answer::new(text, &found)
}

fn row(row: &LibraryRow) -> String {
    let kind = match row.kind {
        LibraryRowKind::Entity => "owner",
        LibraryRowKind::Collection => "collection",
        LibraryRowKind::Container => "container",
    };
    let private = if row.is_private { "  private" } else { "" };
    format!("{kind:<10}  {}{private}\n", row.path)
}

fn image_line(image: &LibraryImage) -> String {
    let mut line = format!("{}  {}", image.reference, image.arch);
    if let Some(size) = image.size {
        let _ = write!(line, "  {} bytes", size.0);
    }
    if image.claims_signed {
        line.push_str("  signed, as the library says");
    }
    line
}

pub(crate) async fn delete(sifter: &Sifter, delete: Delete) -> Result<Answer, Failure> {
    let reference = at::reference(sifter, &delete.reference, &delete.at).await?;
    let container = at::container(&reference)?;
    let path = format!("{}/{}", container.collection, container.name);
    let view = sifter
        .get_container(container.remote.clone(), path.clone())
        .await?;
    let image = meant(&view, &reference, delete.arch.as_deref())?;
    if !delete.force && !is_confirmed(image)? {
        let kept = json!({ "kept": image.pinned });
        return Ok(Answer::new("nothing was deleted\n", &kept)?.and(false));
    }
    let images = vec![(image.hash.clone(), image.arch.clone())];
    let refused = sifter
        .delete_library_images(container.remote, path, images)
        .await?;
    if let Some((_, error)) = refused.into_iter().next() {
        return Err(error.into());
    }
    Answer::new(
        format!("deleted {} ({})\n", image.pinned, marks(image)),
        &json!({ "deleted": image.pinned, "arch": image.arch, "tags": image.tags }),
    )
}

/// The one image of the container that reference and architecture mean.
fn meant<'a>(
    view: &'a ContainerView,
    reference: &ReferenceView,
    arch: Option<&str>,
) -> Result<&'a LibraryImage, Failure> {
    let tagged = view.tags.iter().flat_map(|tag| {
        let images = tag.images.iter();
        images.map(move |image| (Some(tag.tag.as_str()), image))
    });
    let all = tagged.chain(view.untagged.iter().map(|image| (None, image)));
    let named: Vec<&LibraryImage> = match &reference.hash {
        Some(hash) => all
            .filter(|(_, image)| image.hash == *hash)
            .map(|(_, image)| image)
            .collect(),
        None => {
            let wanted = reference.tag.as_deref().unwrap_or("latest");
            all.filter(|(tag, _)| *tag == Some(wanted))
                .map(|(_, image)| image)
                .collect()
        }
    };
    if named.is_empty() {
        let message = format!("`{}` has no such image", view.path);
        return Err(ApiError::new(ErrorCode::NotFoundOrPrivate, message).into());
    }
    let wanted = match (arch, &reference.hash) {
        (Some(arch), _) => Some(arch),
        // A hash means one image, whatever it is for.
        (None, Some(_)) => None,
        (None, None) => Some(view.own_architecture.as_str()),
    };
    let fits = |image: &&LibraryImage| wanted.is_none_or(|arch| image.arch == arch);
    named.iter().copied().find(fits).ok_or_else(|| {
        let there: Vec<&str> = named.iter().map(|image| image.arch.as_str()).collect();
        let message = format!(
            "there is none for `{}`, only for {}",
            wanted.unwrap_or_default(),
            there.join(", ")
        );
        ApiError::new(ErrorCode::ArchMissing, message).into()
    })
}

/// Architecture and tags: all of them go with the image.
fn marks(image: &LibraryImage) -> String {
    if image.tags.is_empty() {
        image.arch.clone()
    } else {
        format!("{}, tags {}", image.arch, image.tags.join(" "))
    }
}

fn is_confirmed(image: &LibraryImage) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        let message = "deleting needs a yes, and there is no terminal to ask on";
        let error = ApiError::new(ErrorCode::InputInvalid, message);
        return Err(error.with_hint("say --force").into());
    }
    complain(&harmless(&format!(
        "Delete {} ({})? [y/N] ",
        image.pinned,
        marks(image)
    )));
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    read.map_err(|error| ApiError::plain(ErrorCode::Cancelled).because(&error))?;
    Ok(["y", "yes"].contains(&line.trim().to_lowercase().as_str()))
}
