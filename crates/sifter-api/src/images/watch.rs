//! Noticing changes in folders: by the system's events where they work, else by looking now and then.
//!
//! A burst of events is one change: the folder is read again when it was quiet for half a second. Nothing runs while
//! nothing happens.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{
        Mutex, OnceLock, Weak,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use notify::{Config, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::FolderState;
use crate::{Sifter, sifter::Inner, store::FolderRecord};

/// A folder is quiet after this long.
const SETTLE: Duration = Duration::from_millis(500);
/// How often a folder is looked at where no events come.
const POLL: Duration = Duration::from_secs(10);

/// All watching.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    parts: Mutex<Parts>,
    changes: OnceLock<Sender<PathBuf>>,
}

/// Makes the watcher that is told by the system, which may refuse.
type MakeWatcher = fn(Sender<PathBuf>) -> notify::Result<RecommendedWatcher>;

#[derive(Debug)]
struct Parts {
    make: MakeWatcher,
    events: Option<RecommendedWatcher>,
    polling: Option<PollWatcher>,
    watched: HashMap<PathBuf, Option<String>>,
    reading: HashMap<u32, (u32, u32)>,
}

impl Watch {
    /// Starts the thread that reads folders again, once.
    pub(crate) fn start(&self, sifter: &Sifter) {
        if self.changes.get().is_some() {
            return;
        }
        let (sender, receiver) = mpsc::channel();
        let inner = std::sync::Arc::downgrade(&sifter.inner);
        let settled = std::thread::Builder::new()
            .name("folders".into())
            .spawn(move || settle(&receiver, &inner));
        match settled {
            // Where two start at once, the thread of the second has nobody to listen to and ends.
            Ok(_) => drop(self.changes.set(sender)),
            Err(error) => tracing::warn!(%error, "folders are not watched"),
        }
    }

    /// Watches a folder of Images.
    pub(crate) fn watch(&self, _sifter: &Sifter, folder: &FolderRecord) {
        self.watch_path(&folder.path);
    }

    /// Watches any folder; one that is watched already stays so.
    pub(crate) fn watch_path(&self, path: &Path) {
        let Some(changes) = self.changes.get() else {
            return;
        };
        let mut parts = crate::lock(&self.parts);
        if parts.watched.contains_key(path) || !path.is_dir() {
            return;
        }
        let outcome = parts
            .by_events(path, changes)
            .map(|()| None)
            .or_else(|reason| {
                tracing::info!(%reason, "a folder is polled");
                parts.by_polling(path, changes).map(|()| Some(reason))
            });
        match outcome {
            Ok(reason) => drop(parts.watched.insert(path.to_path_buf(), reason)),
            Err(error) => tracing::warn!(%error, "a folder is not watched"),
        }
    }

    /// Stops watching a folder.
    pub(crate) fn forget(&self, path: &Path) {
        let mut parts = crate::lock(&self.parts);
        match parts.watched.remove(path) {
            Some(None) => drop(parts.events.as_mut().map(|watcher| watcher.unwatch(path))),
            Some(Some(_)) => drop(parts.polling.as_mut().map(|watcher| watcher.unwatch(path))),
            None => {}
        }
    }

    /// Notes how far the reading of a folder is; nothing once it is done.
    pub(crate) fn set_reading(&self, folder: u32, progress: Option<(u32, u32)>) {
        let mut parts = crate::lock(&self.parts);
        match progress {
            Some(progress) => drop(parts.reading.insert(folder, progress)),
            None => drop(parts.reading.remove(&folder)),
        }
    }

    /// Returns the state of a folder that is there.
    pub(crate) fn state(&self, folder: u32, path: &Path) -> FolderState {
        let parts = crate::lock(&self.parts);
        if let Some((done, total)) = parts.reading.get(&folder) {
            return FolderState::Reading {
                done: *done,
                total: *total,
            };
        }
        match parts.watched.get(path) {
            Some(None) => FolderState::Watching,
            Some(Some(reason)) => FolderState::Polling {
                reason: reason.clone(),
            },
            None => FolderState::Polling {
                reason: "changes are looked for when the window gets the focus".into(),
            },
        }
    }
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            make: |changes| RecommendedWatcher::new(handler(changes), Config::default()),
            events: None,
            polling: None,
            watched: HashMap::new(),
            reading: HashMap::new(),
        }
    }
}

impl Parts {
    fn by_events(&mut self, path: &Path, changes: &Sender<PathBuf>) -> Result<(), String> {
        if self.events.is_none() {
            let made = (self.make)(changes.clone());
            self.events = Some(made.map_err(|error| error.to_string())?);
        }
        let Some(watcher) = &mut self.events else {
            return Ok(());
        };
        watcher
            .watch(path, RecursiveMode::NonRecursive)
            .map_err(|error| error.to_string())
    }

    fn by_polling(&mut self, path: &Path, changes: &Sender<PathBuf>) -> Result<(), String> {
        if self.polling.is_none() {
            let made = PollWatcher::new(
                handler(changes.clone()),
                Config::default().with_poll_interval(POLL),
            );
            self.polling = Some(made.map_err(|error| error.to_string())?);
        }
        let Some(watcher) = &mut self.polling else {
            return Ok(());
        };
        watcher
            .watch(path, RecursiveMode::NonRecursive)
            .map_err(|error| error.to_string())
    }
}

fn handler(changes: Sender<PathBuf>) -> impl Fn(notify::Result<notify::Event>) + Send + 'static {
    move |event| {
        let Ok(event) = event else { return };
        // Reading a folder again must not be a reason to read it again.
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        for path in event.paths {
            if let Some(folder) = path.parent() {
                // Nobody listens any more when Sifter quits.
                let _ = changes.send(folder.to_path_buf());
            }
            let _ = changes.send(path);
        }
    }
}

fn settle(changes: &Receiver<PathBuf>, inner: &Weak<Inner>) {
    let mut touched: HashSet<PathBuf> = HashSet::new();
    loop {
        let next = if touched.is_empty() {
            changes.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            changes.recv_timeout(SETTLE)
        };
        match next {
            Ok(path) => drop(touched.insert(path)),
            Err(RecvTimeoutError::Timeout) => {
                let Some(inner) = inner.upgrade() else { return };
                look(&Sifter { inner }, &std::mem::take(&mut touched));
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn look(sifter: &Sifter, touched: &HashSet<PathBuf>) {
    let folders = sifter.inner.store.folders().unwrap_or_default();
    for folder in folders
        .iter()
        .filter(|folder| touched.contains(&folder.path))
    {
        if let Err(error) = sifter.refresh_folder(folder) {
            tracing::debug!(%error, "a folder could not be read again");
        }
    }
    let images = sifter.inner.store.images().unwrap_or_default();
    let single: Vec<_> = images
        .into_iter()
        .filter(|image| image.folder.is_none() && touched.contains(&image.path))
        .collect();
    match super::look_again(sifter, &single) {
        Ok(changed) if !changed.is_empty() => sifter.tell(&crate::ApiEvent::ImagesChanged(changed)),
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "images could not be looked at again"),
    }
    if touched.contains(&sifter.profile().keyring_folder) {
        sifter.look_at_keyrings();
    }
    if touched.contains(&sifter.remotes_path()) {
        sifter.tell(&crate::ApiEvent::RemotesChanged);
    }
}

impl Sifter {
    /// Watches the folder of an image that was opened, so that its page notices changes.
    pub(crate) fn watch_beside(&self, path: &Path) {
        if let Some(folder) = path.parent() {
            self.inner.watch.watch_path(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for a busy machine; only a failure waits for it.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Watching as it begins where the system gives no events, and what it tells.
    fn without_events(make: MakeWatcher) -> (Watch, Receiver<PathBuf>) {
        let watch = Watch::default();
        let (sender, receiver) = mpsc::channel();
        watch.changes.set(sender).expect("nobody started it");
        crate::lock(&watch.parts).make = make;
        (watch, receiver)
    }

    #[test]
    fn a_folder_without_events_is_polled_and_says_why() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path();
        let full = |_| Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch));
        let (watch, changes) = without_events(full);
        watch.watch_path(path);
        let FolderState::Polling { reason } = watch.state(1, path) else {
            panic!("polled: {:?}", watch.state(1, path));
        };
        assert!(reason.contains("limit"), "{reason}");

        std::fs::write(path.join("new.sif"), b"new").expect("written");
        let polling = crate::lock(&watch.parts).polling.take().expect("polling");
        polling.poll().expect("looks now, not in ten seconds");
        let told = std::iter::from_fn(|| changes.recv_timeout(PATIENCE).ok());
        assert!(
            told.into_iter().any(|one| one == path.join("new.sif")),
            "the new file is noticed"
        );
        crate::lock(&watch.parts).polling = Some(polling);

        watch.forget(path);
        assert!(crate::lock(&watch.parts).watched.is_empty());
    }

    #[test]
    fn a_folder_with_events_is_watched() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (watch, _changes) =
            without_events(|changes| RecommendedWatcher::new(handler(changes), Config::default()));
        watch.watch_path(folder.path());
        assert_eq!(watch.state(1, folder.path()), FolderState::Watching);
    }
}
