//! Entities, collections and containers by name, for those who may see them.

use rusqlite::{Connection, OptionalExtension, Row};
use scs_types::{
    Id,
    library::{Collection, Container, Entity},
};

use super::{audit, tags};
use crate::{
    answer::{Answer, Refusal},
    caller::Caller,
};

pub(super) const ENTITY: &str = "SELECT e.id, e.name, e.description, u.name, e.quota,
    e.default_private, e.created, e.updated,
    (SELECT coalesce(sum(i.size), 0) FROM images i JOIN containers c ON c.id = i.container
     JOIN collections l ON l.id = c.collection WHERE l.entity = e.id AND i.blob IS NOT NULL),
    e.owner FROM entities e JOIN users u ON u.id = e.owner";

pub(super) const COLLECTION: &str =
    "SELECT l.id, l.name, l.description, l.author, l.private, l.created,
    l.updated, e.id, e.name, u.name,
    (SELECT coalesce(sum(i.size), 0) FROM images i JOIN containers c ON c.id = i.container
     WHERE c.collection = l.id AND i.blob IS NOT NULL),
    e.owner FROM collections l JOIN entities e ON e.id = l.entity JOIN users u ON u.id = e.owner";

pub(super) const CONTAINER: &str =
    "SELECT c.id, c.name, c.description, c.story, c.private OR l.private,
    c.read_only, c.downloads, c.author, c.created, c.updated, l.id, l.name, e.id, e.name, u.name,
    (SELECT coalesce(sum(i.size), 0) FROM images i WHERE i.container = c.id AND i.blob IS NOT NULL),
    e.owner FROM containers c JOIN collections l ON l.id = c.collection
    JOIN entities e ON e.id = l.entity JOIN users u ON u.id = e.owner";

pub(super) fn entity_row(row: &Row<'_>) -> rusqlite::Result<Entity> {
    let owner: String = row.get(3)?;
    Ok(Entity {
        id: Id::new(row.get::<_, String>(0)?),
        name: row.get(1)?,
        description: row.get(2)?,
        quota: row.get(4)?,
        default_private: row.get(5)?,
        size: row.get(8)?,
        audit: audit(owner.clone(), owner, row.get(6)?, row.get(7)?),
        ..Entity::default()
    })
}

pub(super) fn collection_row(row: &Row<'_>) -> rusqlite::Result<Collection> {
    Ok(Collection {
        id: Id::new(row.get::<_, String>(0)?),
        name: row.get(1)?,
        description: row.get(2)?,
        private: row.get(4)?,
        entity: Id::new(row.get::<_, String>(7)?),
        entity_name: row.get(8)?,
        size: row.get(10)?,
        audit: audit(row.get(3)?, row.get(9)?, row.get(5)?, row.get(6)?),
        ..Collection::default()
    })
}

pub(super) fn container_row(row: &Row<'_>) -> rusqlite::Result<Container> {
    Ok(Container {
        id: Id::new(row.get::<_, String>(0)?),
        name: row.get(1)?,
        description: row.get(2)?,
        full_description: row.get(3)?,
        private: row.get(4)?,
        read_only: row.get(5)?,
        download_count: row.get(6)?,
        collection: Id::new(row.get::<_, String>(10)?),
        collection_name: row.get(11)?,
        entity: Id::new(row.get::<_, String>(12)?),
        entity_name: row.get(13)?,
        size: row.get(15)?,
        audit: audit(row.get(7)?, row.get(14)?, row.get(8)?, row.get(9)?),
        ..Container::default()
    })
}

/// All entities of a user.
pub(crate) fn entities(rows: &Connection, caller: &Caller) -> Answer<Vec<Entity>> {
    let owner = caller.user()?.id;
    let mut statement =
        rows.prepare_cached(&format!("{ENTITY} WHERE e.owner = ?1 ORDER BY e.name"))?;
    let found = statement.query_map([owner], entity_row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// An entity. Who it is of is no secret.
pub(crate) fn entity(rows: &Connection, caller: &Caller, name: &str) -> Answer<Entity> {
    let found = rows
        .prepare_cached(&format!("{ENTITY} WHERE e.name = ?1"))?
        .query_row([name], |row| Ok((entity_row(row)?, row.get::<_, i64>(9)?)))
        .optional()?;
    let (mut entity, owner) = found.ok_or_else(|| Refusal::unknown("entity not found"))?;
    let sql = "SELECT id FROM collections WHERE entity = ?1 AND (private = 0 OR ?2) ORDER BY name";
    entity.collections = ids(rows, sql, entity.id.as_str(), owner == caller.number())?;
    Ok(entity)
}

/// A collection that the caller may see.
pub(crate) fn collection(
    rows: &Connection,
    caller: &Caller,
    names: [&str; 2],
) -> Answer<Collection> {
    let found = rows
        .prepare_cached(&format!("{COLLECTION} WHERE e.name = ?1 AND l.name = ?2"))?
        .query_row(names, |row| {
            Ok((collection_row(row)?, row.get::<_, i64>(11)?))
        })
        .optional()?;
    let (mut collection, owner) = found.ok_or_else(|| Refusal::unknown("collection not found"))?;
    let is_own = owner == caller.number();
    if collection.private && !is_own {
        return Err(caller.hidden("collection"));
    }
    let sql =
        "SELECT id FROM containers WHERE collection = ?1 AND (private = 0 OR ?2) ORDER BY name";
    collection.containers = ids(rows, sql, collection.id.as_str(), is_own)?;
    Ok(collection)
}

/// A container that the caller may see, with its tags.
pub(crate) fn container(rows: &Connection, caller: &Caller, names: [&str; 3]) -> Answer<Container> {
    let found = rows
        .prepare_cached(&format!(
            "{CONTAINER} WHERE e.name = ?1 AND l.name = ?2 AND c.name = ?3"
        ))?
        .query_row(names, |row| {
            Ok((container_row(row)?, row.get::<_, i64>(16)?))
        })
        .optional()?;
    let (mut container, owner) = found.ok_or_else(|| Refusal::unknown("container not found"))?;
    if container.private && owner != caller.number() {
        return Err(caller.hidden("container"));
    }
    let sql = "SELECT id FROM images WHERE container = ?1 AND (blob IS NOT NULL OR ?2) ORDER BY created, id";
    container.images = ids(rows, sql, container.id.as_str(), false)?;
    container.arch_tags = tags::of_container(rows, container.id.as_str())?;
    container.image_tags = tags::flat(&container.arch_tags);
    Ok(container)
}

fn ids(rows: &Connection, sql: &str, id: &str, all: bool) -> Answer<Vec<Id>> {
    let mut statement = rows.prepare_cached(sql)?;
    let found = statement.query_map((id, all), |row| row.get::<_, String>(0).map(Id::new))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Something that a user may change.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) id: String,
    pub(crate) container: String,
    pub(crate) entity: String,
    pub(crate) read_only: bool,
}

/// A container by its identity, for one who may change it.
///
/// # Errors
///
/// 401 for nobody, 403 for others who see it, 404 if there is none.
pub(crate) fn writable_container(rows: &Connection, caller: &Caller, id: &str) -> Answer<Owned> {
    let sql = "SELECT c.id, c.id, e.id, c.read_only, e.owner, c.private OR l.private FROM containers c
        JOIN collections l ON l.id = c.collection JOIN entities e ON e.id = l.entity WHERE c.id = ?1";
    owned(rows, caller, sql, id, "container")
}

/// An image by its identity, for one who may change it.
///
/// # Errors
///
/// As [`writable_container`].
pub(crate) fn writable_image(rows: &Connection, caller: &Caller, id: &str) -> Answer<Owned> {
    let sql = "SELECT i.id, c.id, e.id, c.read_only, e.owner, c.private OR l.private FROM images i
        JOIN containers c ON c.id = i.container JOIN collections l ON l.id = c.collection
        JOIN entities e ON e.id = l.entity WHERE i.id = ?1";
    owned(rows, caller, sql, id, "image")
}

fn owned(rows: &Connection, caller: &Caller, sql: &str, id: &str, what: &str) -> Answer<Owned> {
    let user = caller.user()?;
    let found = rows
        .prepare_cached(sql)?
        .query_row([id], |row| {
            let owned = Owned {
                id: row.get(0)?,
                container: row.get(1)?,
                entity: row.get(2)?,
                read_only: row.get(3)?,
            };
            Ok((owned, row.get::<_, i64>(4)?, row.get::<_, bool>(5)?))
        })
        .optional()?;
    match found {
        Some((owned, owner, _)) if owner == user.id => Ok(owned),
        Some((_, _, false)) => Err(Refusal::forbidden(format!(
            "this {what} belongs to somebody else"
        ))),
        _ => Err(Refusal::unknown(format!("{what} not found"))),
    }
}
