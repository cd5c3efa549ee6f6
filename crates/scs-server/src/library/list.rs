//! Lists of what is in an entity, a collection or a container. The protocol itself gives identities only; other servers
//! answer these questions too.

use rusqlite::{Connection, params};
use scs_types::library::{Collection, Container, Image};

use super::{
    find::{COLLECTION, CONTAINER, collection, collection_row, container, container_row, entity},
    images::{IMAGE, image_row, tags_of},
    tags,
};
use crate::{answer::Answer, caller::Caller};

/// The collections of an entity that the caller may see.
///
/// # Errors
///
/// 404 if there is no such entity.
pub(crate) fn collections(
    rows: &Connection,
    caller: &Caller,
    name: &str,
) -> Answer<Vec<Collection>> {
    entity(rows, caller, name)?;
    let sql = format!(
        "{COLLECTION} WHERE e.name = ?1 AND (l.private = 0 OR e.owner = ?2) ORDER BY l.name"
    );
    let mut statement = rows.prepare_cached(&sql)?;
    let found = statement.query_map(params![name, caller.number()], collection_row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The containers of a collection that the caller may see, with their tags.
///
/// # Errors
///
/// 401 or 404 if there is no such collection, or the caller may not see it.
pub(crate) fn containers(
    rows: &Connection,
    caller: &Caller,
    names: [&str; 2],
) -> Answer<Vec<Container>> {
    collection(rows, caller, names)?;
    let sql = format!(
        "{CONTAINER} WHERE e.name = ?1 AND l.name = ?2 AND (c.private = 0 OR e.owner = ?3)
         ORDER BY c.name"
    );
    let mut statement = rows.prepare_cached(&sql)?;
    let of = params![names[0], names[1], caller.number()];
    let mut found: Vec<Container> = statement
        .query_map(of, container_row)?
        .collect::<Result<_, _>>()?;
    for container in &mut found {
        container.arch_tags = tags::of_container(rows, container.id.as_str())?;
        container.image_tags = tags::flat(&container.arch_tags);
    }
    Ok(found)
}

/// The complete images of a container, newest first, with their tags.
///
/// # Errors
///
/// 401 or 404 if there is no such container, or the caller may not see it.
pub(crate) fn images(rows: &Connection, caller: &Caller, names: [&str; 3]) -> Answer<Vec<Image>> {
    let found = container(rows, caller, names)?;
    let sql = format!(
        "{IMAGE} WHERE i.container = ?1 AND i.blob IS NOT NULL ORDER BY i.created DESC, i.id"
    );
    let mut statement = rows.prepare_cached(&sql)?;
    let mut images: Vec<Image> = statement
        .query_map([found.id.as_str()], image_row)?
        .collect::<Result<_, _>>()?;
    for image in &mut images {
        image.tags = tags_of(rows, image.id.as_str())?;
    }
    Ok(images)
}
