//! Watched folders.

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, params};

use super::{Store, small};
use crate::{
    Result,
    files::{path_from_bytes, path_to_bytes},
};

/// One watched folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FolderRecord {
    pub(crate) id: u32,
    pub(crate) path: PathBuf,
}

impl Store {
    pub(crate) fn folders(&self) -> Result<Vec<FolderRecord>> {
        let rows = self.rows()?;
        let mut statement = rows.prepare_cached("SELECT id, path FROM folders ORDER BY id")?;
        let found = statement
            .query_map([], read)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(found)
    }

    pub(crate) fn folder(&self, id: u32) -> Result<Option<FolderRecord>> {
        Ok(self
            .rows()?
            .query_row("SELECT id, path FROM folders WHERE id = ?1", [id], read)
            .optional()?)
    }

    pub(crate) fn add_folder(&self, path: &Path) -> Result<FolderRecord> {
        let bytes = path_to_bytes(path);
        let rows = self.rows()?;
        rows.execute(
            "INSERT OR IGNORE INTO folders (path) VALUES (?1)",
            params![bytes],
        )?;
        Ok(rows.query_row(
            "SELECT id, path FROM folders WHERE path = ?1",
            params![bytes],
            read,
        )?)
    }

    /// Forgets the folder and the images that were only found in it.
    pub(crate) fn remove_folder(&self, id: u32) -> Result<()> {
        let mut rows = self.rows()?;
        let change = rows.transaction()?;
        change.execute("DELETE FROM images WHERE folder = ?1 AND opened = 0", [id])?;
        change.execute("DELETE FROM folders WHERE id = ?1", [id])?;
        change.commit()?;
        Ok(())
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<FolderRecord> {
    Ok(FolderRecord {
        id: small(row.get(0)?)?,
        path: path_from_bytes(&row.get::<_, Vec<u8>>(1)?),
    })
}
