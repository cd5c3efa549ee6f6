//! Which key was used last for images in a folder.

use std::path::Path;

use rusqlite::{OptionalExtension as _, params};

use super::Store;
use crate::{Result, files::path_to_bytes};

impl Store {
    pub(crate) fn signer_of_folder(&self, folder: &Path) -> Result<Option<String>> {
        let query = "SELECT fingerprint FROM signers WHERE folder = ?1";
        Ok(self
            .rows()?
            .query_row(query, params![path_to_bytes(folder)], |row| row.get(0))
            .optional()?)
    }

    pub(crate) fn set_signer_of_folder(&self, folder: &Path, fingerprint: &str) -> Result<()> {
        self.rows()?.execute(
            "INSERT INTO signers (folder, fingerprint) VALUES (?1, ?2)
             ON CONFLICT (folder) DO UPDATE SET fingerprint = excluded.fingerprint",
            params![path_to_bytes(folder), fingerprint],
        )?;
        Ok(())
    }
}
