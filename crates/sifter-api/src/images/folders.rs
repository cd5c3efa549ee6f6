//! Watched folders: which images lie in them.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use super::{FolderState, FolderView, known::look_again};
use crate::{
    ApiEvent, Result, Sifter,
    error::{ApiError, ErrorCode, io_error, name_of},
    files::OpenFile,
    store::{FolderRecord, ImageRecord, Place},
    tasks::{Job, TaskContext, TaskOutcome, TaskPhase},
    units::{FilesId, ImageId, TaskId},
};

/// Images of one folder that are listed; more would be no folder that a person looks at.
const MOST: usize = 100_000;
/// Images that are looked at between two reports.
const STEP: usize = 16;

impl Sifter {
    /// Adds the folders of a drop to Images, watches them, and starts to read each.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn add_folders(&self, files: FilesId) -> Result<Vec<FolderView>> {
        self.off(move |sifter| {
            let sorted = sifter.inner.drops.get(&files)?;
            sorted
                .folders
                .iter()
                .map(|path| sifter.watch_folder(path))
                .collect()
        })
        .await
    }

    /// Adds one folder to Images, watches it, and starts to read it.
    ///
    /// # Errors
    /// The folder is missing, or no folder.
    pub async fn add_folder(&self, path: PathBuf) -> Result<FolderView> {
        self.off(move |sifter| sifter.watch_folder(&super::known::absolute(&path)?))
            .await
    }

    /// Returns the watched folders.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn list_folders(&self) -> Result<Vec<FolderView>> {
        self.off(|sifter| {
            sifter
                .inner
                .store
                .folders()?
                .iter()
                .map(|folder| sifter.folder_view(folder))
                .collect()
        })
        .await
    }

    /// Stops watching a folder. Its images leave the list, except those that were opened.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn remove_folder(&self, id: u32) -> Result<()> {
        self.off(move |sifter| {
            let folder = sifter.folder_record(id)?;
            let images: Vec<ImageId> = sifter
                .inner
                .store
                .images_in_folder(id)?
                .iter()
                .map(|image| image.id)
                .collect();
            sifter.inner.watch.forget(&folder.path);
            sifter.inner.store.remove_folder(id)?;
            sifter.tell(&ApiEvent::FoldersChanged);
            sifter.tell(&ApiEvent::ImagesChanged(images));
            Ok(())
        })
        .await
    }

    /// Starts to read a folder again.
    ///
    /// # Errors
    /// `handle-unknown`.
    pub async fn reread_folder(&self, id: u32) -> Result<TaskId> {
        self.off(move |sifter| {
            let folder = sifter.folder_record(id)?;
            sifter.inner.watch.watch(sifter, &folder);
            sifter
                .inner
                .tasks
                .start(Job::ReadFolder { folder: id }, name_of(&folder.path), None)
        })
        .await
    }

    fn watch_folder(&self, path: &Path) -> Result<FolderView> {
        let metadata = fs::metadata(path).map_err(|error| io_error(path, &error))?;
        if !metadata.is_dir() {
            let message = format!("`{}` is a file, not a folder", name_of(path));
            return Err(
                ApiError::new(ErrorCode::InputInvalid, message).with_hint("choose a folder")
            );
        }
        let folder = self.inner.store.add_folder(path)?;
        self.inner.watch.watch(self, &folder);
        self.tell(&ApiEvent::FoldersChanged);
        self.inner
            .tasks
            .start(Job::ReadFolder { folder: folder.id }, name_of(path), None)?;
        self.folder_view(&folder)
    }

    fn folder_record(&self, id: u32) -> Result<FolderRecord> {
        let unknown = || {
            ApiError::new(
                ErrorCode::HandleUnknown,
                "this folder is not in Images any more",
            )
        };
        self.inner.store.folder(id)?.ok_or_else(unknown)
    }

    fn folder_view(&self, folder: &FolderRecord) -> Result<FolderView> {
        let images = self.inner.store.images_in_folder(folder.id)?;
        let state = match fs::metadata(&folder.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => FolderState::Missing,
            Err(error) => FolderState::Failed {
                error: io_error(&folder.path, &error),
            },
            Ok(_) => self.inner.watch.state(folder.id, &folder.path),
        };
        Ok(FolderView {
            id: folder.id,
            name: name_of(&folder.path),
            path: folder.path.to_string_lossy().into_owned(),
            images: u32::try_from(images.len()).unwrap_or(u32::MAX),
            state,
        })
    }

    /// Brings the list up to the folder as it is now.
    pub(crate) fn refresh_folder(&self, folder: &FolderRecord) -> Result<()> {
        let found = images_in(&folder.path)?;
        let before: HashSet<ImageId> = self
            .inner
            .store
            .images_in_folder(folder.id)?
            .iter()
            .map(|image| image.id)
            .collect();
        let ids = self
            .inner
            .store
            .add_images(&found, Place::Folder(folder.id))?;
        let gone = self.forget_gone(folder, &found)?;
        let records = self.records_of(&ids)?;
        let mut changed = look_again(self, &records)?;
        changed.extend(ids.into_iter().filter(|id| !before.contains(id)));
        changed.extend(gone);
        changed.sort_unstable();
        changed.dedup();
        if !changed.is_empty() {
            self.tell(&ApiEvent::ImagesChanged(changed));
        }
        Ok(())
    }

    /// Images that left the folder leave the list, unless they were opened: those are shown as missing. What had been
    /// taken off the list is not remembered any longer: another file of that name is news.
    fn forget_gone(&self, folder: &FolderRecord, found: &[PathBuf]) -> Result<Vec<ImageId>> {
        let there: HashSet<&Path> = found.iter().map(PathBuf::as_path).collect();
        let gone: Vec<ImageRecord> = self
            .inner
            .store
            .images_in_folder(folder.id)?
            .into_iter()
            .filter(|image| !there.contains(image.path.as_path()))
            .collect();
        let off_list = self.inner.store.off_list_in_folder(folder.id)?;
        let off_list = off_list
            .iter()
            .filter(|image| !there.contains(image.path.as_path()));
        let unopened = gone.iter().filter(|image| image.last_opened.is_none());
        let forgotten: Vec<ImageId> = unopened.chain(off_list).map(|image| image.id).collect();
        self.inner.store.forget_images(&forgotten)?;
        Ok(gone.iter().map(|image| image.id).collect())
    }

    fn records_of(&self, ids: &[ImageId]) -> Result<Vec<ImageRecord>> {
        ids.iter()
            .filter_map(|id| self.inner.store.image(*id).transpose())
            .collect()
    }
}

/// The work of the task that reads a folder.
pub(crate) fn read_folder(sifter: &Sifter, task: &TaskContext, id: u32) -> Result<TaskOutcome> {
    let folder = sifter.folder_record(id)?;
    task.begin(TaskPhase::Read, None);
    let found = images_in(&folder.path)?;
    task.check()?;
    let ids = sifter.inner.store.add_images(&found, Place::Folder(id))?;
    let gone = sifter.forget_gone(&folder, &found)?;
    let total = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    for (number, few) in ids.chunks(STEP).enumerate() {
        task.check()?;
        let done = u32::try_from(number * STEP).unwrap_or(u32::MAX);
        sifter.inner.watch.set_reading(id, Some((done, total)));
        look_again(sifter, &sifter.records_of(few)?)?;
        sifter.tell(&ApiEvent::ImagesChanged(few.to_vec()));
    }
    sifter.inner.watch.set_reading(id, None);
    if !gone.is_empty() {
        sifter.tell(&ApiEvent::ImagesChanged(gone));
    }
    sifter.tell(&ApiEvent::FoldersChanged);
    Ok(TaskOutcome::FolderRead { images: total })
}

/// Returns the images that lie directly in `folder`, by name.
pub(super) fn images_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| io_error(folder, &error))?;
    let mut found: Vec<PathBuf> = entries
        // An entry that vanished in between is not there.
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .filter(|path| is_image(path))
        .take(MOST)
        .collect();
    found.sort();
    Ok(found)
}

/// By the ending, or by the magic word. Nothing that starts with a dot: that is a file in the making.
fn is_image(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    if name.starts_with(b".") {
        return false;
    }
    if name.to_ascii_lowercase().ends_with(b".sif") {
        return fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    }
    let mut magic = [0; 10];
    OpenFile::open(path).is_ok_and(|open| {
        sif::read_exact_at(&open.file, &mut magic, 32).is_ok() && magic == sif::raw::MAGIC
    })
}
