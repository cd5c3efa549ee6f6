//! How much room an entity has.

use rusqlite::Connection;
use scs_types::library::{Completed, Quota};

use crate::answer::{Answer, Refusal};

/// The entity that an image is in.
pub(crate) fn entity_of_image(rows: &Connection, image: &str) -> Answer<String> {
    let entity = rows
        .prepare_cached(
            "SELECT l.entity FROM images i JOIN containers c ON c.id = i.container
             JOIN collections l ON l.id = c.collection WHERE i.id = ?1",
        )?
        .query_row([image], |row| row.get(0));
    match entity {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(Refusal::gone("the image was deleted")),
        other => Ok(other?),
    }
}

/// Bytes that are in an entity, and that may be; 0 is no limit. `without` an image that is about to change.
fn usage(rows: &Connection, entity: &str, without: Option<&str>) -> Answer<(u64, u64)> {
    Ok(rows
        .prepare_cached(
            "SELECT e.quota, (SELECT coalesce(sum(i.size), 0) FROM images i
                 JOIN containers c ON c.id = i.container JOIN collections l ON l.id = c.collection
                 WHERE l.entity = e.id AND i.blob IS NOT NULL AND i.id IS NOT ?2)
             FROM entities e WHERE e.id = ?1",
        )?
        .query_row((entity, without), |row| Ok((row.get(1)?, row.get(0)?)))?)
}

/// Whether `size` bytes more fit.
///
/// # Errors
///
/// 507 if not.
pub(crate) fn room_in(
    rows: &Connection,
    entity: &str,
    size: u64,
    without: Option<&str>,
) -> Answer<()> {
    let (used, allowed) = usage(rows, entity, without)?;
    if allowed > 0 && used.saturating_add(size) > allowed {
        return Err(Refusal::no_room(format!(
            "upload would exceed quota: {used} of {allowed} bytes are in use, {size} more are needed"
        )));
    }
    Ok(())
}

/// What a client is told when an upload is complete.
pub(crate) fn completed(rows: &Connection, image: &str) -> Answer<Completed> {
    let (used, allowed) = usage(rows, &entity_of_image(rows, image)?, None)?;
    let path: String = rows
        .prepare_cached(
            "SELECT e.name || '/' || l.name || '/' || c.name FROM images i
             JOIN containers c ON c.id = i.container JOIN collections l ON l.id = c.collection
             JOIN entities e ON e.id = l.entity WHERE i.id = ?1",
        )?
        .query_row([image], |row| row.get(0))?;
    let number = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    Ok(Completed {
        quota: Some(Quota {
            quota_total: number(allowed),
            quota_usage: number(used),
        }),
        container_url: format!("library/{path}"),
    })
}
