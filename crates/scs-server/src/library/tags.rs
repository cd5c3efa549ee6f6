//! Tags: by architecture, and the flat view of old clients.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use scs_types::{
    Id,
    library::{ArchTags, ImageHash, SetTag, TagMap, is_architecture, is_tag},
};

use super::find::writable_container;
use crate::{
    answer::{Answer, Refusal},
    audit,
    caller::Caller,
};

const USUAL_ARCH: &str = "amd64";

/// Which of the two requests sets a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tagging {
    /// Without architecture: that of the image is taken.
    Flat,
    /// With architecture.
    ByArch,
}

pub(super) fn of_container(rows: &Connection, container: &str) -> Answer<ArchTags> {
    let mut statement =
        rows.prepare_cached("SELECT arch, tag, image FROM tags WHERE container = ?1")?;
    let mut tags = ArchTags::new();
    let mut found = statement.query([container])?;
    while let Some(row) = found.next()? {
        let of_arch = tags.entry(row.get(0)?).or_default();
        of_arch.insert(row.get(1)?, Id::new(row.get::<_, String>(2)?));
    }
    Ok(tags)
}

/// The view of clients that know no architectures: the usual one wins.
pub(super) fn flat(tags: &ArchTags) -> TagMap {
    let mut flat = TagMap::new();
    for of_arch in tags.values() {
        for (tag, image) in of_arch {
            flat.entry(tag.clone()).or_insert_with(|| image.clone());
        }
    }
    if let Some(usual) = tags.get(USUAL_ARCH) {
        flat.extend(usual.clone());
    }
    flat
}

/// The tags of a container that the caller may see.
pub(crate) fn arch_tags(rows: &Connection, caller: &Caller, container: &str) -> Answer<ArchTags> {
    let found = rows
        .prepare_cached(
            "SELECT c.private OR l.private, e.owner FROM containers c
             JOIN collections l ON l.id = c.collection JOIN entities e ON e.id = l.entity
             WHERE c.id = ?1",
        )?
        .query_row([container], |row| {
            Ok((row.get::<_, bool>(0)?, row.get::<_, i64>(1)?))
        })
        .optional()?;
    match found {
        None => Err(Refusal::unknown("container not found")),
        Some((true, owner)) if owner != caller.number() => Err(caller.hidden("container")),
        Some(_) => of_container(rows, container),
    }
}

/// The tags of a container, without architectures.
pub(crate) fn flat_tags(rows: &Connection, caller: &Caller, container: &str) -> Answer<TagMap> {
    Ok(flat(&arch_tags(rows, caller, container)?))
}

/// Sets a tag, whatever it led to before. An empty identity removes it.
///
/// # Errors
///
/// 400 for a bad tag or architecture, 403 and 404 as for containers, 409 for an image without bytes.
pub(crate) fn set_tag(
    rows: &Transaction<'_>,
    caller: &Caller,
    container: &str,
    request: &SetTag,
    tagging: Tagging,
    now: i64,
) -> Answer<()> {
    let owned = writable_container(rows, caller, container)?;
    if owned.read_only {
        return Err(Refusal::forbidden("the container is read-only"));
    }
    if !is_tag(&request.tag) || ImageHash::is_hash(&request.tag) {
        return Err(Refusal::bad("that cannot be a tag"));
    }
    let asked = request
        .arch
        .as_deref()
        .filter(|arch| !arch.is_empty() && tagging == Tagging::ByArch);
    if asked
        .is_some_and(|arch| !is_architecture(arch) && !sif::Architecture::names().contains(&arch))
    {
        return Err(Refusal::bad("that is no architecture"));
    }
    let subject = format!("{container}:{} {}", request.tag, request.image_id);
    if request.image_id.is_empty() {
        remove(rows, container, &request.tag, asked)?;
    } else {
        let of_image = arch_of(rows, container, request.image_id.as_str())?;
        let arch = asked.or(of_image.as_deref()).unwrap_or(USUAL_ARCH);
        rows.execute(
            "INSERT INTO tags (container, arch, tag, image) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (container, arch, tag) DO UPDATE SET image = excluded.image",
            params![container, arch, request.tag, request.image_id.as_str()],
        )?;
    }
    rows.execute(
        "UPDATE containers SET updated = ?2 WHERE id = ?1",
        params![container, now],
    )?;
    audit::note(rows, now, caller.name(), "tag.set", &subject)?;
    Ok(())
}

fn remove(rows: &Transaction<'_>, container: &str, tag: &str, arch: Option<&str>) -> Answer<()> {
    rows.execute(
        "DELETE FROM tags WHERE container = ?1 AND tag = ?2 AND (?3 IS NULL OR arch = ?3)",
        params![container, tag, arch],
    )?;
    Ok(())
}

/// The architecture of an image of this container that is there.
fn arch_of(rows: &Connection, container: &str, image: &str) -> Answer<Option<String>> {
    let found = rows
        .prepare_cached(
            "SELECT arch, blob IS NOT NULL FROM images WHERE id = ?1 AND container = ?2",
        )?
        .query_row([image, container], |row| {
            Ok((row.get(0)?, row.get::<_, bool>(1)?))
        })
        .optional()?;
    match found {
        Some((arch, true)) => Ok(arch),
        Some((_, false)) => Err(Refusal::conflict("the image is not uploaded yet")),
        None => Err(Refusal::unknown("image not found in this container")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_architecture_wins_in_the_flat_view() {
        let of = |image: &str| TagMap::from([("latest".to_owned(), Id::new(image))]);
        let tags = ArchTags::from([("arm64".to_owned(), of("a")), ("386".to_owned(), of("b"))]);
        assert_eq!(flat(&tags)["latest"], Id::new("b"));
        let mut tags = tags;
        tags.insert("amd64".into(), of("c"));
        assert_eq!(flat(&tags)["latest"], Id::new("c"));
    }
}
