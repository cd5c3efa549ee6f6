//! Images that a command line works on for a moment: they have a number, no list shows them, and nothing of them is
//! kept when the program ends.

use std::{collections::BTreeMap, path::PathBuf, sync::Mutex};

use super::{CheckedState, ImageRecord, Scan};
use crate::units::ImageId;

/// Their numbers go down from the highest one; those of the database go up from one and never get there.
#[derive(Debug, Default)]
pub(super) struct Borrowed(Mutex<BTreeMap<ImageId, ImageRecord>>);

impl Borrowed {
    pub(super) fn add(&self, paths: Vec<PathBuf>) -> Vec<ImageId> {
        let mut images = crate::lock(&self.0);
        let mut ids = Vec::with_capacity(paths.len());
        for path in paths {
            let lowest = images.keys().next().map_or(u32::MAX, |id| id.0 - 1);
            let id = ImageId(lowest);
            let record = ImageRecord {
                id,
                path,
                folder: None,
                source: None,
                last_opened: None,
                scan: None,
                checked: None,
            };
            images.insert(id, record);
            ids.push(id);
        }
        ids
    }

    pub(super) fn remove(&self, ids: &[ImageId]) {
        let mut images = crate::lock(&self.0);
        for id in ids {
            images.remove(id);
        }
    }

    pub(super) fn get(&self, id: ImageId) -> Option<ImageRecord> {
        crate::lock(&self.0).get(&id).cloned()
    }

    pub(super) fn holds(&self, id: ImageId) -> bool {
        crate::lock(&self.0).contains_key(&id)
    }

    /// Remembers the scan if the image is borrowed, and returns whether it is.
    pub(super) fn set_scan(&self, id: ImageId, scan: &Scan) -> bool {
        self.change(id, |record| record.scan = Some(scan.clone()))
    }

    /// Remembers the verdict if the image is borrowed, and returns whether it is.
    pub(super) fn set_checked(&self, id: ImageId, checked: &CheckedState) -> bool {
        self.change(id, |record| record.checked = Some(checked.clone()))
    }

    fn change(&self, id: ImageId, change: impl FnOnce(&mut ImageRecord)) -> bool {
        crate::lock(&self.0).get_mut(&id).map(change).is_some()
    }
}
