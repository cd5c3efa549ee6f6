//! Rows of Images: what is kept of a file, as far as it still holds.

use std::{fs, io, path::Path};

use super::{ImageRow, ImageState, parts};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of},
    files::Stamp,
    store::ImageRecord,
    units::{ByteCount, ImageId, Timestamp},
    verdict::{Badge, VerdictView},
};

impl Sifter {
    /// Returns all images, in the order in which Sifter met them.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn list_images(&self) -> Result<Vec<ImageRow>> {
        self.off(|sifter| Ok(sifter.rows_of(&sifter.inner.store.images()?)))
            .await
    }

    /// Returns the images that were opened last, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn recent_images(&self, limit: u32) -> Result<Vec<ImageRow>> {
        self.off(move |sifter| Ok(sifter.rows_of(&sifter.inner.store.recent_images(limit)?)))
            .await
    }

    pub(crate) fn record(&self, id: ImageId) -> Result<ImageRecord> {
        let unknown = || {
            ApiError::new(
                ErrorCode::HandleUnknown,
                "this image is not in the list any more",
            )
        };
        self.inner.store.image(id)?.ok_or_else(unknown)
    }

    pub(crate) fn row(&self, id: ImageId) -> Result<ImageRow> {
        let record = self.record(id)?;
        Ok(self.row_of(&record, &self.keyring_for([&record])))
    }

    pub(crate) fn rows_of(&self, records: &[ImageRecord]) -> Vec<ImageRow> {
        let keyring = self.keyring_for(records);
        records
            .iter()
            .map(|record| self.row_of(record, &keyring))
            .collect()
    }

    /// Returns the version of the keyrings where a kept verdict depends on it; they are not looked at for nothing.
    fn keyring_for<'record>(
        &self,
        records: impl IntoIterator<Item = &'record ImageRecord>,
    ) -> String {
        let mut records = records.into_iter();
        if records.any(|record| record.checked.is_some()) {
            self.keyring_version()
        } else {
            String::new()
        }
    }

    /// Returns the verdict that still holds: file and keyring are as they were.
    pub(crate) fn verdict_now(&self, id: ImageId) -> Result<Option<VerdictView>> {
        let record = self.record(id)?;
        let stamp = stamp_at(&record.path).ok();
        Ok(valid_verdict(&record, stamp, &self.keyring_for([&record])).cloned())
    }

    fn row_of(&self, record: &ImageRecord, keyring: &str) -> ImageRow {
        let stamp = stamp_at(&record.path);
        let scan = record
            .scan
            .as_ref()
            .filter(|scan| stamp.as_ref().is_ok_and(|stamp| *stamp == scan.stamp));
        let verdict = valid_verdict(record, stamp.as_ref().ok().copied(), keyring);
        let state = match (&stamp, scan.and_then(|scan| scan.refused.clone())) {
            (Err(error), _) if error.kind() == io::ErrorKind::NotFound => ImageState::Missing,
            (Err(error), _) => ImageState::Refused {
                error: io_error(&record.path, error),
            },
            (Ok(_), Some(error)) => ImageState::Refused { error },
            (Ok(_), None) => ImageState::Ready,
        };
        let badge = match (&state, verdict) {
            (ImageState::Refused { .. }, _) => Badge::CantCheck,
            (_, Some(verdict)) => verdict.badge,
            // The table says that there is nothing to check.
            (ImageState::Ready, None) if scan.is_some_and(|scan| scan.signatures == 0) => {
                Badge::NotSigned
            }
            _ => Badge::NotChecked,
        };
        ImageRow {
            id: record.id,
            name: name_of(&record.path),
            folder: record
                .path
                .parent()
                .map_or_else(String::new, |folder| folder.to_string_lossy().into_owned()),
            state,
            badge,
            signer: verdict.and_then(signer_of),
            arch: scan.and_then(|scan| scan.arch.clone()),
            size: stamp.as_ref().ok().map(|stamp| ByteCount(stamp.size)),
            created: scan.and_then(|scan| scan.created),
            modified: stamp
                .as_ref()
                .ok()
                .map(|stamp| Timestamp(stamp.modified_seconds())),
            source: record.source.clone(),
            last_opened: record.last_opened,
            checked_at: verdict.map(|verdict| verdict.checked_at),
        }
    }
}

/// The name of whoever made the decisive signature, else the first.
fn signer_of(verdict: &VerdictView) -> Option<String> {
    let decisive = verdict
        .signatures
        .iter()
        .find(|signature| Some(signature.id) == verdict.decisive);
    decisive
        .or(verdict.signatures.first())
        .and_then(|signature| signature.signer.clone())
}

fn valid_verdict<'record>(
    record: &'record ImageRecord,
    stamp: Option<Stamp>,
    keyring: &str,
) -> Option<&'record VerdictView> {
    let checked = record.checked.as_ref()?;
    (Some(checked.stamp) == stamp && checked.keyring == keyring).then_some(&checked.verdict)
}

/// Returns the state of the file at `path`, following links.
pub(crate) fn stamp_at(path: &Path) -> io::Result<Stamp> {
    fs::metadata(path).map(|metadata| Stamp::of(&metadata))
}

/// Returns what is kept of a sound image.
pub(super) fn facts(image: &sif::Image) -> (Option<String>, Option<Timestamp>, u32) {
    let signatures = image
        .objects()
        .iter()
        .filter(|object| object.data_type() == sif::DataType::Signature)
        .count();
    (
        parts::arch_of(image),
        parts::time_of(image.header().created()),
        u32::try_from(signatures).unwrap_or(u32::MAX),
    )
}
