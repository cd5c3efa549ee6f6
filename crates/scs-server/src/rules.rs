//! What whoever runs a cloud decides about owners and containers. Their own requests cannot change it.

use rusqlite::{Transaction, params};

use crate::{Error, audit, cloud::OWNER, database::Database, random, settings::Clock, tokens};

/// What whoever runs a cloud decides about an owner or a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// How many bytes an owner may have; 0 is no limit.
    Quota(u64),
    /// For an owner, whether new collections are private; for a container, whether only its owner sees it.
    Private(bool),
    /// Whether a container refuses new images.
    ReadOnly(bool),
}

const CONTAINER: &str = "(SELECT c.id FROM containers c
    JOIN collections l ON l.id = c.collection JOIN entities e ON e.id = l.entity
    WHERE e.name || '/' || l.name || '/' || c.name = ?1)";

/// Sets a rule for an owner, or for a container by its whole path. Returns whether there is something of this name that
/// can have it. A user who owns nothing yet can have one before the first push.
pub(crate) fn set(
    database: &Database,
    clock: &Clock,
    (name, rule): (&str, Rule),
) -> Result<bool, Error> {
    let now = clock().as_millisecond();
    let is_owner = !name.contains('/');
    let (what, column, value) = match rule {
        Rule::Quota(bytes) if is_owner => (
            "entity.quota",
            "entities SET quota",
            i64::try_from(bytes).unwrap_or(i64::MAX),
        ),
        Rule::Private(private) if is_owner => (
            "entity.private",
            "entities SET default_private",
            i64::from(private),
        ),
        Rule::Private(private) => (
            "container.private",
            "containers SET private",
            i64::from(private),
        ),
        Rule::ReadOnly(read_only) if !is_owner => (
            "container.read-only",
            "containers SET read_only",
            i64::from(read_only),
        ),
        Rule::Quota(_) | Rule::ReadOnly(_) => return Ok(false),
    };
    let found = if is_owner {
        "(SELECT id FROM entities WHERE name = ?1)"
    } else {
        CONTAINER
    };
    database.write(|rows| {
        if is_owner {
            make_owner(rows, name, now)?;
        }
        let change = format!("UPDATE {column} = ?2 WHERE id = {found}");
        let is_changed = rows.execute(&change, (name, value))? > 0;
        if is_changed {
            audit::note(rows, now, OWNER, what, &format!("{name} {value}"))?;
        }
        Ok(is_changed)
    })
}

/// Makes what a user owns by the own name, unless it is there.
fn make_owner(rows: &Transaction<'_>, name: &str, now: i64) -> Result<(), Error> {
    if let Some(user) = tokens::find_user(rows, name)? {
        rows.execute(
            "INSERT INTO entities (id, name, description, owner, quota, created, updated)
             SELECT ?1, ?2, '', ?3, 0, ?4, ?4 WHERE NOT EXISTS (SELECT 1 FROM entities WHERE name = ?2)",
            params![random::identity(), name, user, now],
        )?;
    }
    Ok(())
}
