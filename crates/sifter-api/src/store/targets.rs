//! Folders that images are pulled into.

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, params};

use super::Store;
use crate::{
    Result,
    files::{path_from_bytes, path_to_bytes},
    units::{FolderId, Timestamp},
};

impl Store {
    /// Returns the handle of a folder, a new one where it is not known. Being known is not being used.
    pub(crate) fn target(&self, path: &Path) -> Result<FolderId> {
        let bytes = path_to_bytes(path);
        let rows = self.rows()?;
        rows.execute(
            "INSERT INTO targets (id, path, used) VALUES (?1, ?2, 0) ON CONFLICT (path) DO NOTHING",
            params![uuid::Uuid::new_v4().to_string(), bytes],
        )?;
        let query = "SELECT id FROM targets WHERE path = ?1";
        Ok(FolderId(rows.query_row(query, [bytes], |row| row.get(0))?))
    }

    pub(crate) fn target_path(&self, id: &FolderId) -> Result<Option<PathBuf>> {
        let query = "SELECT path FROM targets WHERE id = ?1";
        let found: Option<Vec<u8>> = self
            .rows()?
            .query_row(query, [&id.0], |row| row.get(0))
            .optional()?;
        Ok(found.as_deref().map(path_from_bytes))
    }

    pub(crate) fn use_target(&self, path: &Path, when: Timestamp) -> Result<()> {
        self.rows()?.execute(
            "UPDATE targets SET used = ?2 WHERE path = ?1",
            params![path_to_bytes(path), when.0],
        )?;
        Ok(())
    }

    /// Returns the folders that were used, last first.
    pub(crate) fn used_targets(&self) -> Result<Vec<PathBuf>> {
        let rows = self.rows()?;
        let query = "SELECT path FROM targets WHERE used > 0 ORDER BY used DESC LIMIT 20";
        let mut statement = rows.prepare_cached(query)?;
        let found: Vec<Vec<u8>> = statement
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(found.iter().map(|bytes| path_from_bytes(bytes)).collect())
    }
}
