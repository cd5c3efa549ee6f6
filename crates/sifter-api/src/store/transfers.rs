//! How far transfers are, and what they learned of files.

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{Store, small};
use crate::{
    Result,
    error::ApiError,
    files::{Stamp, path_from_bytes, path_to_bytes},
    units::{ImageId, Timestamp},
};

impl Store {
    /// Keeps how far an item of a pull or push is.
    pub(crate) fn keep_item<T: Serialize>(&self, job: &str, item: usize, state: &T) -> Result<()> {
        let state = serde_json::to_string(state).map_err(|error| ApiError::internal(&error))?;
        self.rows()?.execute(
            "INSERT INTO transfer_items (job, item, state) VALUES (?1, ?2, ?3)
             ON CONFLICT (job, item) DO UPDATE SET state = excluded.state",
            params![job, item_number(item), state],
        )?;
        Ok(())
    }

    /// Returns how far an item is. What this version cannot read is begun anew.
    pub(crate) fn item<T: for<'de> Deserialize<'de>>(
        &self,
        job: &str,
        item: usize,
    ) -> Result<Option<T>> {
        let query = "SELECT state FROM transfer_items WHERE job = ?1 AND item = ?2";
        let found: Option<String> = self
            .rows()?
            .query_row(query, params![job, item_number(item)], |row| row.get(0))
            .optional()?;
        Ok(found.and_then(|state| serde_json::from_str(&state).ok()))
    }

    /// Forgets how far the items of a job are: it is done.
    pub(crate) fn forget_items(&self, job: &str) -> Result<()> {
        let query = "DELETE FROM transfer_items WHERE job = ?1";
        self.rows()?.execute(query, [job])?;
        Ok(())
    }

    /// Notes that a pull which nobody knows of any more left bytes for the name `place`.
    pub(crate) fn keep_partial(&self, place: &Path, since: Timestamp) -> Result<()> {
        self.rows()?.execute(
            "INSERT INTO partials (place, since) VALUES (?1, ?2)
             ON CONFLICT (place) DO UPDATE SET since = excluded.since",
            params![path_to_bytes(place), since.0],
        )?;
        Ok(())
    }

    /// Returns what was left before a moment.
    pub(crate) fn partials_before(&self, moment: Timestamp) -> Result<Vec<PathBuf>> {
        let rows = self.rows()?;
        let mut statement = rows.prepare_cached("SELECT place FROM partials WHERE since < ?1")?;
        let found: Vec<Vec<u8>> = statement
            .query_map([moment.0], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(found.iter().map(|place| path_from_bytes(place)).collect())
    }

    /// Forgets that bytes were left there: they are gone, or of a pull again.
    pub(crate) fn forget_partial(&self, place: &Path) -> Result<()> {
        let query = "DELETE FROM partials WHERE place = ?1";
        self.rows()?.execute(query, [path_to_bytes(place)])?;
        Ok(())
    }

    /// Notes the digest of a whole file. One that is only borrowed is not noted.
    pub(crate) fn set_digest(&self, image: ImageId, stamp: Stamp, sha256: &str) -> Result<()> {
        if self.borrowed.holds(image) {
            return Ok(());
        }
        let stamp = serde_json::to_string(&stamp).map_err(|error| ApiError::internal(&error))?;
        self.rows()?.execute(
            "INSERT INTO digests (image, stamp, sha256) VALUES (?1, ?2, ?3)
             ON CONFLICT (image) DO UPDATE SET stamp = excluded.stamp, sha256 = excluded.sha256",
            params![image.0, stamp, sha256],
        )?;
        Ok(())
    }

    /// Returns the images in the list that had this digest, each with the state of the file then.
    pub(crate) fn images_with_digest(&self, sha256: &str) -> Result<Vec<(ImageId, Stamp)>> {
        let rows = self.rows()?;
        let query = "SELECT digests.image, digests.stamp FROM digests
                     JOIN images ON images.id = digests.image
                     WHERE digests.sha256 = ?1 AND images.off_list = 0";
        let mut statement = rows.prepare_cached(query)?;
        let found: Vec<(i64, String)> = statement
            .query_map([sha256], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let read = |(id, stamp): (i64, String)| {
            Some((ImageId(small(id).ok()?), serde_json::from_str(&stamp).ok()?))
        };
        Ok(found.into_iter().filter_map(read).collect())
    }
}

fn item_number(item: usize) -> i64 {
    i64::try_from(item).unwrap_or(i64::MAX)
}
