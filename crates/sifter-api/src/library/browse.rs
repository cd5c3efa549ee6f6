//! Looking into a library, level by level, and searching it.

use std::collections::BTreeMap;

use scs_types::library::{Container, Search, SearchResult, is_name};

use super::{
    FoundInLibrary, LibraryImage, LibraryRow, LibraryRowKind, LibrarySearch, LibraryView,
    place::Place,
    rows::{self, ImageViews, collection_row, container_row, entity_row},
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    remotes::is_out_of_reach,
    units::RemoteId,
};

/// Returns a level of a library; where it cannot be reached, as it was seen last.
pub(super) async fn list(sifter: &Sifter, remote: RemoteId, path: String) -> Result<LibraryView> {
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    if steps.len() > 2 || steps.iter().any(|step| !is_name(step)) {
        let why = format!("`{}` is no path in a library", shown(&path));
        return Err(ApiError::new(ErrorCode::NameNotAllowed, why));
    }
    let path = steps.join("/");
    let seen = async {
        let place = sifter.library_of(&remote).await?;
        level(&place, &remote, &steps).await
    };
    match seen.await {
        Ok(view) => {
            let kept = (remote, view.path.clone(), view.clone());
            sifter.keep_seen(kept.0, kept.1, kept.2).await?;
            Ok(view)
        }
        Err(error) => {
            let kept: Option<(LibraryView, _)> = sifter.seen_before(&remote, &path, &error).await?;
            let Some((mut view, at)) = kept else {
                return Err(error);
            };
            view.kept_from = Some(at);
            view.problem = Some(error);
            Ok(view)
        }
    }
}

impl Sifter {
    /// Keeps what was seen, for when the library cannot be reached.
    pub(super) async fn keep_seen<T: serde::Serialize + Send + 'static>(
        &self,
        remote: RemoteId,
        path: String,
        view: T,
    ) -> Result<()> {
        self.off(move |sifter| {
            let now = sifter.now();
            sifter.inner.store.keep_seen(&remote, &path, now, &view)
        })
        .await
    }

    /// Returns what was seen before a failure, if the failure says nothing about what is there. What is gone, or may not
    /// be seen, is forgotten.
    pub(super) async fn seen_before<T: for<'de> serde::Deserialize<'de> + Send + 'static>(
        &self,
        remote: &RemoteId,
        path: &str,
        error: &ApiError,
    ) -> Result<Option<(T, crate::units::Timestamp)>> {
        let (remote, path, code) = (remote.clone(), path.to_owned(), error.code);
        self.off(move |sifter| {
            if is_out_of_reach(code) {
                return sifter.inner.store.seen(&remote, &path);
            }
            if matches!(code, ErrorCode::NotFoundOrPrivate | ErrorCode::Forbidden) {
                sifter.inner.store.forget_seen(&remote, &path)?;
            }
            Ok(None)
        })
        .await
    }
}

async fn level(place: &Place, remote: &RemoteId, steps: &[&str]) -> Result<LibraryView> {
    let mut view = LibraryView {
        remote: remote.clone(),
        path: steps.join("/"),
        rows: Vec::new(),
        quota: None,
        can_push: place.may_write(),
        kept_from: None,
        problem: None,
    };
    let fault = |error| place.fault(error);
    match steps {
        [] => {
            let entities = place.library.entities().await.map_err(fault)?;
            let own = entities.iter().filter(|entity| is_name(&entity.name));
            view.rows = own.map(entity_row).collect();
            if let [only] = entities.as_slice() {
                view.quota = Some(rows::quota(only));
            }
        }
        [entity] => {
            let found = place.library.entity(entity).await.map_err(fault)?;
            let found = found.ok_or_else(|| nothing(entity))?;
            view.quota = Some(rows::quota(&found));
            let listed = place.library.collections(entity).await.map_err(fault)?;
            view.rows = match listed {
                Some(collections) => {
                    let rows = collections.iter().filter(|one| is_name(&one.name));
                    rows.map(|one| collection_row(entity, one)).collect()
                }
                None => searched_collections(place, entity).await?,
            };
        }
        [entity, collection, ..] => {
            let of = place.library.collection(entity, collection).await;
            of.map_err(fault)?.ok_or_else(|| nothing(&view.path))?;
            let owner = place.library.entity(entity).await.map_err(fault)?;
            view.quota = owner.as_ref().map(rows::quota);
            let listed = place.library.containers(entity, collection).await;
            view.rows = match listed.map_err(fault)? {
                Some(containers) => {
                    let rows = containers.iter().filter(|one| is_name(&one.name));
                    rows.map(|one| container_row(&view.path, one)).collect()
                }
                None => searched_containers(place, entity, collection).await?,
            };
        }
    }
    Ok(view)
}

fn nothing(path: &str) -> ApiError {
    let why = format!("there is no `{path}`, or it may not be seen");
    ApiError::new(ErrorCode::NotFoundOrPrivate, why)
}

fn shown(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(80)
        .collect()
}

/// Libraries that list nothing are searched: what is found has the names of what it is in.
async fn searched(place: &Place, text: &str) -> Result<SearchResult> {
    let search = Search {
        value: text.to_owned(),
        ..Search::default()
    };
    if text.chars().count() < Search::SHORTEST {
        return Ok(SearchResult::default());
    }
    let found = place.library.search(&search).await;
    found.map_err(|error| place.fault(error))
}

async fn searched_collections(place: &Place, entity: &str) -> Result<Vec<LibraryRow>> {
    let found = searched(place, entity).await?;
    let mut rows = BTreeMap::new();
    let images = found
        .image
        .iter()
        .filter(|image| image.entity_name == entity);
    let names = images.map(|image| &image.collection_name);
    let containers = found
        .container
        .iter()
        .filter(|one| one.entity_name == entity);
    for name in names.chain(containers.map(|one| &one.collection_name)) {
        if is_name(name) {
            let row = bare_row(
                LibraryRowKind::Collection,
                name,
                &format!("{entity}/{name}"),
            );
            rows.insert(name.clone(), row);
        }
    }
    for collection in found
        .collection
        .iter()
        .filter(|one| one.entity_name == entity)
    {
        if is_name(&collection.name) {
            rows.insert(collection.name.clone(), collection_row(entity, collection));
        }
    }
    Ok(rows.into_values().collect())
}

async fn searched_containers(
    place: &Place,
    entity: &str,
    collection: &str,
) -> Result<Vec<LibraryRow>> {
    let path = format!("{entity}/{collection}");
    let mut rows = BTreeMap::new();
    for text in [collection, entity] {
        let found = searched(place, text).await?;
        for image in &found.image {
            let is_inside = image.entity_name == entity && image.collection_name == collection;
            if is_inside && is_name(&image.container_name) {
                let at = format!("{path}/{}", image.container_name);
                let row = bare_row(LibraryRowKind::Container, &image.container_name, &at);
                rows.entry(image.container_name.clone()).or_insert(row);
            }
        }
        for container in &found.container {
            let is_inside =
                container.entity_name == entity && container.collection_name == collection;
            if is_inside && is_name(&container.name) {
                rows.insert(container.name.clone(), container_row(&path, container));
            }
        }
    }
    Ok(rows.into_values().collect())
}

fn bare_row(kind: LibraryRowKind, name: &str, path: &str) -> LibraryRow {
    LibraryRow {
        kind,
        name: name.to_owned(),
        path: path.to_owned(),
        description: String::new(),
        is_private: false,
        items: None,
        size: None,
        changed: None,
        architectures: Vec::new(),
    }
}

/// Searches a library.
pub(super) async fn search(sifter: &Sifter, wanted: LibrarySearch) -> Result<FoundInLibrary> {
    let text = wanted.text.trim().to_owned();
    if text.chars().count() < Search::SHORTEST || text.len() > 256 {
        let why = format!("a search needs at least {} letters", Search::SHORTEST);
        return Err(ApiError::new(ErrorCode::InputInvalid, why));
    }
    let place = sifter.library_of(&wanted.remote).await?;
    let search = Search {
        value: text,
        architectures: wanted
            .arch
            .into_iter()
            .filter(|arch| is_name(arch))
            .collect(),
        only_signed: wanted.only_signed,
    };
    let found = place.library.search(&search).await;
    let found = found.map_err(|error| place.fault(error))?;
    sifter
        .off(move |sifter| {
            Ok(FoundInLibrary {
                rows: rows_of(&found),
                images: images_of(sifter, &place, &found)?,
            })
        })
        .await
}

fn rows_of(found: &SearchResult) -> Vec<LibraryRow> {
    let entities = found.entity.iter().filter(|one| is_name(&one.name));
    let mut rows: Vec<LibraryRow> = entities.map(entity_row).collect();
    let named =
        |one: &&scs_types::library::Collection| is_name(&one.name) && is_name(&one.entity_name);
    let collections = found.collection.iter().filter(named);
    rows.extend(collections.map(|one| collection_row(&one.entity_name, one)));
    let named = |one: &&Container| {
        [&one.name, &one.entity_name, &one.collection_name]
            .into_iter()
            .all(|name| is_name(name))
    };
    rows.extend(
        found
            .container
            .iter()
            .filter(named)
            .map(|one| container_row(&format!("{}/{}", one.entity_name, one.collection_name), one)),
    );
    rows
}

fn images_of(sifter: &Sifter, place: &Place, found: &SearchResult) -> Result<Vec<LibraryImage>> {
    let views = ImageViews {
        sifter,
        host: &place.host,
        is_plain_http: place.is_plain_http,
    };
    let mut images = Vec::new();
    for image in &found.image {
        let steps = [
            &image.entity_name,
            &image.collection_name,
            &image.container_name,
        ];
        if steps.iter().all(|step| is_name(step)) {
            let path = steps.map(String::as_str).join("/");
            images.extend(views.view(&path, image, &image.tags, "")?);
        }
    }
    Ok(images)
}
