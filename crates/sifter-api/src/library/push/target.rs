//! Where images go: a collection of a library, or a path in an OCI registry, checked before anything is asked.

use scs_types::library::{ImageHash, PushRef, is_name, is_tag};

use crate::{
    Result,
    error::{ApiError, ErrorCode},
    library::{PushItem, names, place::bad_reference},
};

/// The tag of an image for which nobody named one.
const USUAL_TAG: &str = "latest";

/// Checks `entity/collection`.
pub(super) fn collection(text: &str) -> Result<[String; 2]> {
    let steps: Vec<&str> = text.trim_matches('/').split('/').collect();
    match steps.as_slice() {
        [entity, collection] if is_name(entity) && is_name(collection) => {
            Ok([(*entity).to_owned(), (*collection).to_owned()])
        }
        [_, _] => Err(not_allowed(text)),
        _ => Err(ApiError::new(
            ErrorCode::InputInvalid,
            "an owner and a collection are expected, as in `tom/tools`",
        )),
    }
}

fn not_allowed(text: &str) -> ApiError {
    let shown: String = text
        .chars()
        .filter(|letter| !letter.is_control())
        .take(80)
        .collect();
    let why = format!(
        "`{shown}` cannot be a name: lower-case letters and digits, with single dots, dashes or underscores between them"
    );
    ApiError::new(ErrorCode::NameNotAllowed, why)
}

/// Returns the container of an item: as the person wrote it, or made of the file's name.
pub(super) fn container(item: &PushItem, file: &str) -> Result<String> {
    match item
        .container
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        Some(name) if is_name(name) => Ok(name.to_owned()),
        Some(name) => Err(not_allowed(name)),
        None => Ok(names::container_of_file(file)),
    }
}

/// Returns the tags of an item, each once, in their order.
pub(super) fn tags(item: &PushItem) -> Result<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for tag in item.tags.iter().map(|tag| tag.trim()) {
        if !is_tag(tag) || ImageHash::is_hash(tag) {
            return Err(not_allowed(tag));
        }
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    if tags.is_empty() {
        tags.push(USUAL_TAG.to_owned());
    }
    Ok(tags)
}

/// Returns the reference in a library.
pub(super) fn reference(collection: &str, container: &str, tags: &[String]) -> Result<PushRef> {
    let text = format!("{collection}/{container}:{}", tags.join(","));
    text.parse().map_err(|error| bad_reference(&error))
}

/// Returns the reference in a registry for one tag.
pub(super) fn registry_reference(repository: &str, container: &str, tag: &str) -> String {
    format!("oras://{}/{container}:{tag}", repository.trim_matches('/'))
}

/// Returns the host of a registry's path.
pub(crate) fn registry_host(repository: &str) -> String {
    let rest = repository.strip_prefix("oras://").unwrap_or(repository);
    let host = rest.split('/').next().unwrap_or_default();
    // As logins are kept.
    host.parse::<oci::Host>()
        .map_or_else(|_| host.to_owned(), |host| host.as_str().to_owned())
}
