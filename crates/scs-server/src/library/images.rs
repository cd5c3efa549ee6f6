//! Images by tag and by hash.

use rusqlite::{Connection, OptionalExtension, Row, params};
use scs_types::{Id, library::Image};

use super::{
    audit,
    reference::{Wanted, What},
};
use crate::{
    answer::{Answer, Refusal},
    caller::Caller,
};
use axum::http::StatusCode;

/// The architecture of whoever does not say one.
const USUAL_ARCH: &str = "amd64";

pub(super) const IMAGE: &str =
    "SELECT i.id, i.hash, i.description, i.size, i.blob IS NOT NULL, i.arch,
    i.signed, i.encrypted, i.fingerprints, i.author, i.created, i.updated, c.id, c.name,
    c.description, c.downloads, l.id, l.name, e.id, e.name, u.name FROM images i
    JOIN containers c ON c.id = i.container JOIN collections l ON l.id = c.collection
    JOIN entities e ON e.id = l.entity JOIN users u ON u.id = e.owner";

pub(super) fn image_row(row: &Row<'_>) -> rusqlite::Result<Image> {
    let fingerprints: Option<String> = row.get(8)?;
    Ok(Image {
        id: Id::new(row.get::<_, String>(0)?),
        hash: row.get(1)?,
        description: row.get(2)?,
        size: row.get(3)?,
        uploaded: row.get(4)?,
        arch: row.get(5)?,
        signed: row.get(6)?,
        encrypted: row.get(7)?,
        fingerprints: fingerprints.and_then(|text| serde_json::from_str(&text).ok()),
        audit: audit(row.get(9)?, row.get(20)?, row.get(10)?, row.get(11)?),
        container: Id::new(row.get::<_, String>(12)?),
        container_name: row.get(13)?,
        container_description: row.get(14)?,
        container_downloads: row.get(15)?,
        collection: Id::new(row.get::<_, String>(16)?),
        collection_name: row.get(17)?,
        entity: Id::new(row.get::<_, String>(18)?),
        entity_name: row.get(19)?,
        ..Image::default()
    })
}

/// An image by its identity, with its tags.
pub(crate) fn image_by_id(rows: &Connection, id: &str) -> Answer<Image> {
    let image = rows
        .prepare_cached(&format!("{IMAGE} WHERE i.id = ?1"))?
        .query_row([id], image_row)
        .optional()?;
    let mut image = image.ok_or_else(|| Refusal::unknown("image not found"))?;
    image.tags = tags_of(rows, id)?;
    Ok(image)
}

pub(super) fn tags_of(rows: &Connection, image: &str) -> Answer<Vec<String>> {
    let mut statement =
        rows.prepare_cached("SELECT DISTINCT tag FROM tags WHERE image = ?1 ORDER BY tag")?;
    let found = statement.query_map([image], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The identity of an image that the caller may see. Images without bytes are for their owners only.
///
/// # Errors
///
/// 401, 404, or 406 if there are several architectures and none was named.
pub(crate) fn find_image(
    rows: &Connection,
    caller: &Caller,
    wanted: &Wanted,
    arch: Option<&str>,
) -> Answer<String> {
    let names = wanted.names();
    let found = rows
        .prepare_cached(
            "SELECT c.id, c.private OR l.private, e.owner FROM containers c
             JOIN collections l ON l.id = c.collection JOIN entities e ON e.id = l.entity
             WHERE e.name = ?1 AND l.name = ?2 AND c.name = ?3",
        )?
        .query_row(names, |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, bool>(1)?,
                row.get::<_, i64>(2)?,
            ))
        })
        .optional()?;
    let Some((container, private, owner)) = found else {
        return Err(no_container(wanted));
    };
    let is_own = owner == caller.number();
    if private && !is_own {
        return Err(caller.hidden("image"));
    }
    let image = match &wanted.what {
        What::Hash(hash) => by_hash(rows, &container, &hash.to_string(), arch, is_own)?,
        What::Tag(tag) => by_tag(rows, &container, tag, arch)?,
    };
    image.ok_or_else(|| Refusal::unknown("image not found"))
}

fn no_container(wanted: &Wanted) -> Refusal {
    if wanted.has_two_names() {
        return Refusal::bad("invalid container ref: `entity/collection/container` is expected");
    }
    Refusal::unknown("image not found")
}

/// A missing architecture is fine, a contradicting one is not.
fn by_hash(
    rows: &Connection,
    container: &str,
    hash: &str,
    arch: Option<&str>,
    is_own: bool,
) -> Answer<Option<String>> {
    let found = rows
        .prepare_cached(
            "SELECT id FROM images WHERE container = ?1 AND hash = ?2
             AND (?3 IS NULL OR arch IS NULL OR arch = ?3) AND (blob IS NOT NULL OR ?4)",
        )?
        .query_row(params![container, hash, arch, is_own], |row| row.get(0));
    Ok(found.optional()?)
}

fn by_tag(
    rows: &Connection,
    container: &str,
    tag: &str,
    arch: Option<&str>,
) -> Answer<Option<String>> {
    let mut statement =
        rows.prepare_cached("SELECT arch, image FROM tags WHERE container = ?1 AND tag = ?2")?;
    let found = statement.query_map([container, tag], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: Vec<(String, String)> = found.collect::<Result<_, _>>()?;
    let of_arch = |arch: &str| {
        found
            .iter()
            .find(|(of, _)| of == arch)
            .map(|(_, image)| image.clone())
    };
    match (arch, found.as_slice()) {
        (Some(arch), _) => Ok(of_arch(arch)),
        (None, []) => Ok(None),
        (None, [(_, image)]) => Ok(Some(image.clone())),
        (None, several) => of_arch(USUAL_ARCH).map(Some).ok_or_else(|| {
            let arches: Vec<_> = several.iter().map(|(arch, _)| arch.as_str()).collect();
            Refusal::new(
                StatusCode::NOT_ACCEPTABLE,
                format!("an architecture is needed: there are {}", arches.join(", ")),
            )
        }),
    }
}

/// What is sent when an image is pulled.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) container: String,
}

/// The bytes of an image.
pub(crate) fn pull(rows: &Connection, image: &str) -> Answer<Pull> {
    let found = rows
        .prepare_cached(
            "SELECT blob, size, container FROM images WHERE id = ?1 AND blob IS NOT NULL",
        )?
        .query_row([image], |row| {
            Ok(Pull {
                digest: row.get(0)?,
                size: row.get(1)?,
                container: row.get(2)?,
            })
        })
        .optional()?;
    found.ok_or_else(|| Refusal::unknown("image not found"))
}
