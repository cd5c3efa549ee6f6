//! Image files: where they are, what was seen of them, and the last verdict.

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{Store, small};
use crate::{
    Result,
    error::ApiError,
    files::{Stamp, path_from_bytes, path_to_bytes},
    units::{ImageId, Timestamp},
    verdict::VerdictView,
};

/// One image file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ImageRecord {
    pub(crate) id: ImageId,
    pub(crate) path: PathBuf,
    pub(crate) folder: Option<u32>,
    pub(crate) source: Option<String>,
    pub(crate) last_opened: Option<Timestamp>,
    pub(crate) scan: Option<Scan>,
    pub(crate) checked: Option<CheckedState>,
}

/// What the header and the table said, for one state of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scan {
    pub(crate) stamp: Stamp,
    pub(crate) arch: Option<String>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) signatures: u32,
    pub(crate) refused: Option<ApiError>,
}

/// A verdict with all that it depends on; another state of any of it makes it void.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CheckedState {
    pub(crate) stamp: Stamp,
    pub(crate) keyring: String,
    pub(crate) verdict: VerdictView,
}

const COLUMNS: &str = "id, path, folder, source, last_opened, scan, checked";

/// Seconds within which looking at an image again is the same visit.
const SAME_VISIT: i64 = 10;

impl Store {
    pub(crate) fn images(&self) -> Result<Vec<ImageRecord>> {
        self.select(
            &format!("SELECT {COLUMNS} FROM images WHERE off_list = 0 ORDER BY id"),
            [],
        )
    }

    pub(crate) fn recent_images(&self, limit: u32) -> Result<Vec<ImageRecord>> {
        let query = format!(
            "SELECT {COLUMNS} FROM images WHERE last_opened IS NOT NULL AND off_list = 0 ORDER BY last_opened DESC, id DESC LIMIT ?1"
        );
        self.select(&query, [limit])
    }

    pub(crate) fn images_in_folder(&self, folder: u32) -> Result<Vec<ImageRecord>> {
        self.select(
            &format!("SELECT {COLUMNS} FROM images WHERE folder = ?1 AND off_list = 0 ORDER BY id"),
            [folder],
        )
    }

    /// Returns the images of a folder that a person took off the list.
    pub(crate) fn off_list_in_folder(&self, folder: u32) -> Result<Vec<ImageRecord>> {
        self.select(
            &format!("SELECT {COLUMNS} FROM images WHERE folder = ?1 AND off_list = 1"),
            [folder],
        )
    }

    pub(crate) fn image(&self, id: ImageId) -> Result<Option<ImageRecord>> {
        if let Some(borrowed) = self.borrowed.get(id) {
            return Ok(Some(borrowed));
        }
        let query = format!("SELECT {COLUMNS} FROM images WHERE id = ?1 AND off_list = 0");
        Ok(self.rows()?.query_row(&query, [id.0], read).optional()?)
    }

    /// Returns the number of the image at each path, new ones included. All or none are added. What a person took off the
    /// list is put back by opening it, and passed over when it is found in a folder.
    pub(crate) fn add_images(&self, paths: &[PathBuf], place: Place) -> Result<Vec<ImageId>> {
        let mut rows = self.rows()?;
        let change = rows.transaction()?;
        let mut ids = Vec::with_capacity(paths.len());
        {
            let (opened, folder) = match place {
                Place::Opened => (true, None),
                Place::Folder(id) => (false, Some(id)),
            };
            let mut add = change.prepare_cached(
                "INSERT INTO images (path, folder, opened) VALUES (?1, ?2, ?3)
                 ON CONFLICT (path) DO UPDATE SET
                     folder = COALESCE(excluded.folder, folder), opened = MAX(opened, excluded.opened),
                     off_list = MIN(off_list, 1 - excluded.opened)
                 RETURNING id, off_list",
            )?;
            for path in paths {
                let (id, off_list): (i64, bool) = add
                    .query_row(params![path_to_bytes(path), folder, opened], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?;
                if !off_list {
                    ids.push(ImageId(small(id)?));
                }
            }
        }
        change.commit()?;
        Ok(ids)
    }

    /// Notes that a person opened the image, and returns whether that was news: a page that reads an image again
    /// because something about it changed does not open it again.
    pub(crate) fn note_opened(&self, id: ImageId, when: Timestamp) -> Result<bool> {
        if self.borrowed.holds(id) {
            return Ok(false);
        }
        let changed = self.rows()?.execute(
            &format!(
                "UPDATE images SET last_opened = ?2, opened = 1 WHERE id = ?1 \
                 AND (last_opened IS NULL OR abs(?2 - last_opened) >= {SAME_VISIT})"
            ),
            params![id.0, when.0],
        )?;
        Ok(changed > 0)
    }

    pub(crate) fn set_scans(&self, scans: &[(ImageId, Scan)]) -> Result<()> {
        let kept = |(id, scan): &&(ImageId, Scan)| !self.borrowed.set_scan(*id, scan);
        let scans: Vec<_> = scans.iter().filter(kept).collect();
        if scans.is_empty() {
            return Ok(());
        }
        let mut rows = self.rows()?;
        let change = rows.transaction()?;
        for (id, scan) in scans {
            let text = serde_json::to_string(scan).map_err(|error| ApiError::internal(&error))?;
            change.execute(
                "UPDATE images SET scan = ?2 WHERE id = ?1",
                params![id.0, text],
            )?;
        }
        change.commit()?;
        Ok(())
    }

    /// Notes where an image was pulled from.
    pub(crate) fn set_source(&self, id: ImageId, source: &str) -> Result<()> {
        self.rows()?.execute(
            "UPDATE images SET source = ?2 WHERE id = ?1",
            params![id.0, source],
        )?;
        Ok(())
    }

    pub(crate) fn set_checked(&self, id: ImageId, checked: &CheckedState) -> Result<()> {
        if self.borrowed.set_checked(id, checked) {
            return Ok(());
        }
        let text = serde_json::to_string(checked).map_err(|error| ApiError::internal(&error))?;
        self.rows()?.execute(
            "UPDATE images SET checked = ?2 WHERE id = ?1",
            params![id.0, text],
        )?;
        Ok(())
    }

    /// Returns a number for the image at each path, for as long as it is borrowed.
    pub(crate) fn borrow_images(&self, paths: Vec<PathBuf>) -> Vec<ImageId> {
        self.borrowed.add(paths)
    }

    pub(crate) fn give_back_images(&self, ids: &[ImageId]) {
        self.borrowed.remove(ids);
    }

    /// Lets the row mean another file. A row that the other file had already is given up.
    pub(crate) fn move_image(&self, id: ImageId, path: &Path) -> Result<()> {
        let bytes = path_to_bytes(path);
        let mut rows = self.rows()?;
        let change = rows.transaction()?;
        change.execute(
            "DELETE FROM images WHERE path = ?1 AND id <> ?2",
            params![bytes, id.0],
        )?;
        change.execute(
            "UPDATE images SET path = ?2, folder = NULL, opened = 1, scan = NULL, checked = NULL WHERE id = ?1",
            params![id.0, bytes],
        )?;
        change.commit()?;
        Ok(())
    }

    /// Takes images off the list for good: those that lie in a watched folder are remembered as such.
    pub(crate) fn take_off_list(&self, ids: &[ImageId]) -> Result<()> {
        let mut rows = self.rows()?;
        let change = rows.transaction()?;
        for id in ids {
            let query = "SELECT path FROM images WHERE id = ?1";
            let path: Option<Vec<u8>> = change
                .query_row(query, [id.0], |row| row.get(0))
                .optional()?;
            let Some(path) = path.as_deref().map(path_from_bytes) else {
                continue;
            };
            let parent = path.parent().map(path_to_bytes);
            change.execute(
                "UPDATE images SET off_list = 1, opened = 0, source = NULL, last_opened = NULL, scan = NULL,
                     checked = NULL, folder = COALESCE(folder, (SELECT id FROM folders WHERE path = ?2))
                 WHERE id = ?1",
                params![id.0, parent],
            )?;
            change.execute(
                "DELETE FROM images WHERE id = ?1 AND folder IS NULL",
                [id.0],
            )?;
        }
        change.commit()?;
        Ok(())
    }

    pub(crate) fn forget_images(&self, ids: &[ImageId]) -> Result<()> {
        let mut rows = self.rows()?;
        let change = rows.transaction()?;
        for id in ids {
            change.execute("DELETE FROM images WHERE id = ?1", [id.0])?;
        }
        change.commit()?;
        Ok(())
    }

    fn select(&self, query: &str, parameters: impl rusqlite::Params) -> Result<Vec<ImageRecord>> {
        let rows = self.rows()?;
        let mut statement = rows.prepare_cached(query)?;
        let found = statement
            .query_map(parameters, read)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(found)
    }
}

/// Why an image is in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The person opened it.
    Opened,
    /// It lies in a watched folder.
    Folder(u32),
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<ImageRecord> {
    Ok(ImageRecord {
        id: ImageId(small(row.get(0)?)?),
        path: path_from_bytes(&row.get::<_, Vec<u8>>(1)?),
        folder: row.get::<_, Option<i64>>(2)?.map(small).transpose()?,
        source: row.get(3)?,
        last_opened: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        scan: from_json(row, 5)?,
        checked: from_json(row, 6)?,
    })
}

/// What an older or newer version wrote is read anew from the file instead.
fn from_json<T: for<'de> Deserialize<'de>>(
    row: &rusqlite::Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}
