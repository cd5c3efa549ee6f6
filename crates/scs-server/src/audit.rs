//! Who did what, and when.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

use crate::{Error, request_id::RequestId, tokens::time};

/// More lines are not kept: the oldest go.
const MOST: i64 = 100_000;

/// A line of the record of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub time: Timestamp,
    /// The name of a user, `anonymous`, or `owner` for what was done on this machine without a request.
    pub who: String,
    /// What was done, as `image.upload`.
    pub what: String,
    /// To what.
    pub subject: String,
    /// What the request is called that asked for it; its answer said so.
    pub request: Option<String>,
}

pub(crate) fn note(
    rows: &Transaction<'_>,
    now: i64,
    who: &str,
    what: &str,
    subject: &str,
) -> Result<(), rusqlite::Error> {
    let request = RequestId::current();
    rows.prepare_cached(
        "INSERT INTO audit (time, who, what, subject, request) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        now,
        who,
        what,
        subject,
        request.as_ref().map(RequestId::as_str)
    ])?;
    rows.prepare_cached("DELETE FROM audit WHERE id <= ?1")?
        .execute([rows.last_insert_rowid() - MOST])?;
    Ok(())
}

pub(crate) fn list(rows: &Connection, most: u32) -> Result<Vec<AuditEntry>, Error> {
    let mut statement = rows
        .prepare("SELECT time, who, what, subject, request FROM audit ORDER BY id DESC LIMIT ?1")?;
    let lines = statement.query_map([most], |row| {
        Ok(AuditEntry {
            time: row.get(0).map(time)?,
            who: row.get(1)?,
            what: row.get(2)?,
            subject: row.get(3)?,
            request: row.get(4)?,
        })
    })?;
    Ok(lines.collect::<Result<_, _>>()?)
}
