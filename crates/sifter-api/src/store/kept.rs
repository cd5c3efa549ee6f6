//! What was seen of libraries, for when they cannot be reached.

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::Store;
use crate::{
    Result,
    error::ApiError,
    units::{RemoteId, Timestamp},
};

/// More levels and containers than these are not kept; the oldest go first.
const MOST: u32 = 2_000;

impl Store {
    /// Keeps what was seen at `path` of a remote.
    pub(crate) fn keep_seen<T: Serialize>(
        &self,
        remote: &RemoteId,
        path: &str,
        at: Timestamp,
        view: &T,
    ) -> Result<()> {
        let view = serde_json::to_string(view).map_err(|error| ApiError::internal(&error))?;
        let rows = self.rows()?;
        rows.execute(
            "INSERT INTO kept (remote, path, at, view) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (remote, path) DO UPDATE SET at = excluded.at, view = excluded.view",
            params![remote.0, path, at.0, view],
        )?;
        rows.execute(
            "DELETE FROM kept WHERE rowid IN (SELECT rowid FROM kept ORDER BY at DESC LIMIT -1 OFFSET ?1)",
            [MOST],
        )?;
        Ok(())
    }

    /// Returns what was seen there last, and when. What this version cannot read was not seen.
    pub(crate) fn seen<T: for<'de> Deserialize<'de>>(
        &self,
        remote: &RemoteId,
        path: &str,
    ) -> Result<Option<(T, Timestamp)>> {
        let query = "SELECT view, at FROM kept WHERE remote = ?1 AND path = ?2";
        let found: Option<(String, i64)> = self
            .rows()?
            .query_row(query, params![remote.0, path], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(found.and_then(|(view, at)| Some((serde_json::from_str(&view).ok()?, Timestamp(at)))))
    }

    /// Forgets what was seen at `path`: it is not there any more, or may not be seen.
    pub(crate) fn forget_seen(&self, remote: &RemoteId, path: &str) -> Result<()> {
        let query = "DELETE FROM kept WHERE remote = ?1 AND path = ?2";
        self.rows()?.execute(query, params![remote.0, path])?;
        Ok(())
    }
}
