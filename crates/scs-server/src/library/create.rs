//! Making entities, collections, containers and images. What is there already and may be changed is given as it is, so
//! that two clients who push to the same place at once both succeed.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use scs_types::library::{
    Collection, Container, Entity, Image, ImageHash, NewCollection, NewContainer, NewEntity,
    NewImage, is_name,
};

use super::{
    find::{self, writable_container},
    images::image_by_id,
    quota::room_in,
};
use crate::{
    answer::{Answer, Refusal},
    audit,
    caller::Caller,
    facts::Facts,
    random,
    tokens::User,
};

/// Paths of this service that an entity must not hide.
const RESERVED: [&str; 2] = ["imagefile", "tags"];
/// No description is longer.
const LONGEST: usize = 64 << 10;

fn check(name: &str, description: &str) -> Answer<()> {
    if !is_name(name) {
        return Err(Refusal::bad(
            "invalid name: lower-case letters and digits, with single dots, dashes or underscores between them",
        ));
    }
    if description.len() > LONGEST {
        return Err(Refusal::bad("the description is too long"));
    }
    Ok(())
}

/// Makes an entity of the caller.
pub(crate) fn create_entity(
    rows: &Transaction<'_>,
    caller: &Caller,
    new: &NewEntity,
    quota: u64,
    now: i64,
) -> Answer<Entity> {
    let user = caller.user()?;
    check(&new.name, &new.description)?;
    if RESERVED.contains(&new.name.as_str()) {
        return Err(Refusal::bad(format!("`{}` is reserved", new.name)));
    }
    let owner: Option<i64> = rows
        .query_row(
            "SELECT owner FROM entities WHERE name = ?1",
            [&new.name],
            |row| row.get(0),
        )
        .optional()?;
    match owner {
        Some(owner) if owner == user.id => return find::entity(rows, caller, &new.name),
        Some(_) => return Err(Refusal::forbidden("this entity belongs to somebody else")),
        None => {}
    }
    // Nobody takes the name of somebody else.
    if crate::tokens::find_user(rows, &new.name)?.is_some_and(|id| id != user.id) {
        return Err(Refusal::forbidden("this is the name of another user"));
    }
    rows.execute(
        "INSERT INTO entities (id, name, description, owner, quota, created, updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![
            random::identity(),
            new.name,
            new.description,
            user.id,
            quota,
            now
        ],
    )?;
    audit::note(rows, now, &user.name, "entity.create", &new.name)?;
    find::entity(rows, caller, &new.name)
}

/// Whether the caller owns an entity; its name, and whether what is made in it is private.
fn own_entity(rows: &Connection, user: &User, id: &str) -> Answer<(String, bool)> {
    let found = rows
        .query_row(
            "SELECT name, default_private, owner FROM entities WHERE id = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)),
        )
        .optional()?;
    match found {
        Some((name, private, owner)) if owner == user.id => Ok((name, private)),
        Some(_) => Err(Refusal::forbidden("this entity belongs to somebody else")),
        None => Err(Refusal::unknown("entity not found")),
    }
}

/// What is in entities and in collections: a table, the column of what it is in, and the word for making one.
struct Level {
    table: &'static str,
    parent: &'static str,
    word: &'static str,
}

const COLLECTIONS: Level = Level {
    table: "collections",
    parent: "entity",
    word: "collection.create",
};
const CONTAINERS: Level = Level {
    table: "containers",
    parent: "collection",
    word: "container.create",
};

/// A new collection or container.
struct Inside<'a> {
    level: &'static Level,
    parent: &'a str,
    name: &'a str,
    description: &'a str,
    is_private: bool,
}

impl Inside<'_> {
    /// Makes it, unless there is one of its name.
    fn make(&self, rows: &Transaction<'_>, user: &User, path: &str, now: i64) -> Answer<()> {
        let Level {
            table,
            parent,
            word,
        } = self.level;
        let sql = format!(
            "INSERT INTO {table} (id, {parent}, name, description, private, author, created, updated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT ({parent}, name) DO NOTHING"
        );
        let made = rows.execute(
            &sql,
            params![
                random::identity(),
                self.parent,
                self.name,
                self.description,
                self.is_private,
                user.name,
                now
            ],
        )?;
        if made > 0 {
            audit::note(rows, now, &user.name, word, path)?;
        }
        Ok(())
    }
}

/// Makes a collection in an entity of the caller.
pub(crate) fn create_collection(
    rows: &Transaction<'_>,
    caller: &Caller,
    new: &NewCollection,
    now: i64,
) -> Answer<Collection> {
    let user = caller.user()?;
    check(&new.name, &new.description)?;
    let (entity, private) = own_entity(rows, user, new.entity.as_str())?;
    let inside = Inside {
        level: &COLLECTIONS,
        parent: new.entity.as_str(),
        name: &new.name,
        description: &new.description,
        is_private: private || new.private,
    };
    inside.make(rows, user, &format!("{entity}/{}", new.name), now)?;
    find::collection(rows, caller, [&entity, &new.name])
}

/// Makes a container in a collection of the caller.
pub(crate) fn create_container(
    rows: &Transaction<'_>,
    caller: &Caller,
    new: &NewContainer,
    now: i64,
) -> Answer<Container> {
    let user = caller.user()?;
    check(&new.name, &new.description)?;
    let found = rows
        .query_row(
            "SELECT entity, name, private FROM collections WHERE id = ?1",
            [new.collection.as_str()],
            |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, bool>(2)?,
                ))
            },
        )
        .optional()?;
    let (entity, collection, private) =
        found.ok_or_else(|| Refusal::unknown("collection not found"))?;
    let (entity, _) = own_entity(rows, user, &entity)?;
    let path = [entity.as_str(), &collection, &new.name];
    let inside = Inside {
        level: &CONTAINERS,
        parent: new.collection.as_str(),
        name: &new.name,
        description: &new.description,
        is_private: private || new.private,
    };
    inside.make(rows, user, &path.join("/"), now)?;
    find::container(rows, caller, path)
}

/// Makes an image in a container of the caller. If the bytes are here and the caller may know of them, it is complete.
pub(crate) fn create_image(
    rows: &Transaction<'_>,
    caller: &Caller,
    new: &NewImage,
    now: i64,
) -> Answer<Image> {
    let user = caller.user()?;
    let hash: ImageHash = new
        .hash
        .parse()
        .map_err(|error| Refusal::bad(format!("{error}")))?;
    if new.description.len() > LONGEST {
        return Err(Refusal::bad("the description is too long"));
    }
    let owned = writable_container(rows, caller, new.container.as_str())?;
    let hash_text = hash.to_string();
    let known: Option<String> = rows
        .query_row(
            "SELECT id FROM images WHERE container = ?1 AND hash = ?2",
            [&owned.container, &hash_text],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(id) = known {
        return image_by_id(rows, &id);
    }
    if owned.read_only {
        return Err(Refusal::forbidden("the container is read-only"));
    }
    let id = random::identity();
    rows.execute(
        "INSERT INTO images (id, container, hash, description, author, created, updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![
            id,
            owned.container,
            hash_text,
            new.description,
            user.name,
            now
        ],
    )?;
    if let Some((blob, size, facts)) = known_bytes(rows, caller, &hash)?
        && room_in(rows, &owned.entity, size, None).is_ok()
    {
        rows.execute(
            "UPDATE images SET blob = ?2, size = ?3, arch = ?4, signed = ?5, encrypted = ?6,
             fingerprints = ?7 WHERE id = ?1",
            params![
                id,
                blob,
                size,
                facts.arch,
                facts.signed,
                facts.encrypted,
                facts.fingerprints_as_json()
            ],
        )?;
    }
    audit::note(
        rows,
        now,
        &user.name,
        "image.create",
        &format!("{id} {hash_text}"),
    )?;
    image_by_id(rows, &id)
}

/// The bytes of this hash, if they are in an image that the caller may pull. Otherwise a hash would be enough to get at
/// private bytes.
fn known_bytes(
    rows: &Connection,
    caller: &Caller,
    hash: &ImageHash,
) -> Answer<Option<(String, u64, Facts)>> {
    let Some(digest) = hash.sha256().map(hex::encode) else {
        return Ok(None);
    };
    let found = rows
        .prepare_cached(
            "SELECT i.blob, i.size, i.arch, i.signed, i.encrypted, i.fingerprints FROM images i
             JOIN containers c ON c.id = i.container JOIN collections l ON l.id = c.collection
             JOIN entities e ON e.id = l.entity
             WHERE i.blob = ?1 AND (e.owner = ?2 OR (c.private = 0 AND l.private = 0)) LIMIT 1",
        )?
        .query_row(params![digest, caller.number()], |row| {
            let fingerprints: Option<String> = row.get(5)?;
            let facts = Facts {
                arch: row.get(2)?,
                signed: row.get(3)?,
                encrypted: row.get(4)?,
                fingerprints: fingerprints.and_then(|text| serde_json::from_str(&text).ok()),
            };
            Ok((row.get(0)?, row.get(1)?, facts))
        })
        .optional()?;
    Ok(found)
}
