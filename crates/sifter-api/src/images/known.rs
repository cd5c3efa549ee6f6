//! Which files are images in the list, and looking at them again.

use std::path::{Path, PathBuf};

use super::{ImageRow, rows};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode},
    files::{OpenFile, Stamp},
    store::{ImageRecord, Place, Scan},
    units::{FilesId, ImageId},
};

/// Looks at `records` whose files changed since, and returns the images whose row is new.
pub(crate) fn look_again(sifter: &Sifter, records: &[ImageRecord]) -> Result<Vec<ImageId>> {
    let mut scans = Vec::new();
    let mut changed = Vec::new();
    for record in records {
        let stamp = rows::stamp_at(&record.path).ok();
        let before = record.scan.as_ref();
        let as_before = stamp.is_some() && stamp == before.map(|scan| scan.stamp);
        if as_before && !before.is_some_and(is_unreadable) {
            continue;
        }
        let now = match (OpenFile::open(&record.path), stamp) {
            (Ok(open), _) => Some(scan_of(&open)),
            (Err(error), Some(stamp)) => Some(refused_scan(stamp, error)),
            (Err(_), None) => None,
        };
        if now.is_some() && now.as_ref() == before {
            continue;
        }
        changed.push(record.id);
        scans.extend(now.map(|scan| (record.id, scan)));
    }
    sifter.inner.store.set_scans(&scans)?;
    Ok(changed)
}

impl Sifter {
    /// Puts the images of a drop, and those one level inside its folders, into the list. Returns them in order.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn take_images(&self, files: FilesId) -> Result<Vec<ImageId>> {
        self.off(move |sifter| {
            let sorted = sifter.inner.drops.get(&files)?;
            let mut paths = sorted.images.clone();
            for folder in &sorted.folders {
                paths.extend(super::folders::images_in(folder)?);
            }
            sifter.add_opened(&paths)
        })
        .await
    }

    /// Puts images into the list and looks at each.
    pub(crate) fn add_opened(&self, paths: &[PathBuf]) -> Result<Vec<ImageId>> {
        let ids = self.inner.store.add_images(paths, Place::Opened)?;
        let records: Vec<ImageRecord> = ids
            .iter()
            .filter_map(|id| self.inner.store.image(*id).transpose())
            .collect::<Result<_>>()?;
        look_again(self, &records)?;
        if !ids.is_empty() {
            self.tell(&ApiEvent::ImagesChanged(ids.clone()));
        }
        Ok(ids)
    }

    /// Puts one image into the list and returns its number.
    ///
    /// # Errors
    /// `input-invalid` for a relative path.
    pub async fn add_image(&self, path: PathBuf) -> Result<ImageId> {
        self.off(move |sifter| {
            let ids = sifter.add_opened(&[absolute(&path)?])?;
            ids.first()
                .copied()
                .ok_or_else(|| ApiError::plain(ErrorCode::Internal))
        })
        .await
    }

    /// Lends images to a command line: they have numbers until they are given back, and no list shows them.
    ///
    /// # Errors
    /// `input-invalid` for an empty path.
    pub async fn borrow_images(&self, paths: Vec<PathBuf>) -> Result<Vec<ImageId>> {
        let paths = paths.iter().map(|path| absolute(path));
        let paths = paths.collect::<Result<Vec<_>>>()?;
        Ok(self.inner.store.borrow_images(paths))
    }

    /// Takes lent images back.
    ///
    /// # Errors
    /// None at present.
    pub async fn give_back_images(&self, ids: Vec<ImageId>) -> Result<()> {
        self.inner.store.give_back_images(&ids);
        Ok(())
    }

    /// Removes images from the list; the files stay. Those in a watched folder stay away until a person opens them, or
    /// until the file itself goes.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn forget_images(&self, ids: Vec<ImageId>) -> Result<()> {
        self.off(move |sifter| {
            sifter.inner.store.take_off_list(&ids)?;
            sifter.tell(&ApiEvent::FoldersChanged);
            sifter.tell(&ApiEvent::ImagesChanged(ids));
            Ok(())
        })
        .await
    }

    /// Moves files to the system's trash; those that went leave the list. Each comes back with its error, if any.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn trash_images(
        &self,
        ids: Vec<ImageId>,
    ) -> Result<Vec<(ImageId, Option<ApiError>)>> {
        self.off(move |sifter| {
            let results: Vec<_> = ids
                .iter()
                .map(|id| {
                    let moved = sifter
                        .record(*id)
                        .and_then(|record| super::trash::put(&sifter.inner.homes, &record.path));
                    (*id, moved.err())
                })
                .collect();
            let gone: Vec<ImageId> = results
                .iter()
                .filter(|(_, error)| error.is_none())
                .map(|(id, _)| *id)
                .collect();
            sifter.inner.store.forget_images(&gone)?;
            sifter.tell(&ApiEvent::ImagesChanged(ids));
            Ok(results)
        })
        .await
    }

    /// Lets a row mean the file at `path`, after the old one was moved.
    ///
    /// # Errors
    /// `handle-unknown`, or the file cannot be opened.
    pub async fn locate_image(&self, id: ImageId, path: PathBuf) -> Result<ImageRow> {
        self.off(move |sifter| {
            sifter.record(id)?;
            let open = OpenFile::open(&absolute(&path)?)?;
            sifter.inner.store.move_image(id, &open.path)?;
            sifter.inner.store.set_scans(&[(id, scan_of(&open))])?;
            sifter.tell(&ApiEvent::ImagesChanged(vec![id]));
            sifter.row(id)
        })
        .await
    }

    /// Returns where the file is, for the shell's **Show in folder**.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn image_path(&self, id: ImageId) -> Result<PathBuf> {
        self.off(move |sifter| Ok(sifter.record(id)?.path)).await
    }

    /// Looks at all files again that may have changed behind our back: for when the window gets the focus.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn focus_gained(&self) -> Result<()> {
        self.off(|sifter| {
            let changed = look_again(sifter, &sifter.inner.store.images()?)?;
            if !changed.is_empty() {
                sifter.tell(&ApiEvent::ImagesChanged(changed));
            }
            sifter.look_at_keyrings();
            Ok(())
        })
        .await
    }
}

/// Returns what is kept of an open file.
pub(super) fn scan_of(open: &OpenFile) -> Scan {
    match super::read_image(open) {
        Ok(image) => {
            let (arch, created, signatures) = rows::facts(&image);
            Scan {
                stamp: open.stamp,
                arch,
                created,
                signatures,
                refused: None,
            }
        }
        Err(error) => refused_scan(open.stamp, error),
    }
}

fn refused_scan(stamp: Stamp, error: ApiError) -> Scan {
    Scan {
        stamp,
        arch: None,
        created: None,
        signatures: 0,
        refused: Some(error),
    }
}

/// Whether reading was not permitted: that may change without a trace in what tells one state of a file from another.
fn is_unreadable(scan: &Scan) -> bool {
    let error = scan.refused.as_ref();
    error.is_some_and(|error| error.code == ErrorCode::FileNotReadable)
}

/// Relative paths would mean another file when the working folder changes.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path)
        .map_err(|_| ApiError::new(ErrorCode::InputInvalid, "the path is empty"))
}
