//! Pushes and pulls with what tests need around them.

use std::sync::{Arc, Mutex};

use scs_client::{Error, Library, Pull, Pulled, Push, PushState, Pushed};
use scs_types::library::{LibraryRef, PushRef};
use tempfile::TempDir;
use transfer::{Bandwidth, CancellationToken, Silent};

/// A push of `bytes`.
pub(crate) struct Pushing {
    pub(crate) folder: TempDir,
    pub(crate) reference: PushRef,
    pub(crate) resume: Option<PushState>,
    pub(crate) kept: Mutex<Option<PushState>>,
    pub(crate) stop: CancellationToken,
    pub(crate) is_given_up: bool,
    pub(crate) connections: usize,
}

impl Pushing {
    pub(crate) fn new(reference: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("image.sif"), bytes).unwrap();
        Self {
            folder,
            reference: reference.parse().unwrap(),
            resume: None,
            kept: Mutex::default(),
            stop: CancellationToken::new(),
            is_given_up: false,
            connections: 3,
        }
    }

    pub(crate) async fn run(&self, library: &Library) -> Result<Pushed, Error> {
        let push = Push {
            file: &self.folder.path().join("image.sif"),
            reference: &self.reference,
            arch: "amd64",
            description: "hello world",
            asks_registry: true,
            known: None,
            on_step: &|_| {},
            resume: self.resume.clone(),
            on_state: &|state| *self.kept.lock().unwrap() = Some(state.clone()),
            connections: self.connections,
            bandwidth: Bandwidth::unlimited(),
            progress: Arc::new(Silent),
            stop: self.stop.clone(),
            is_given_up: &|| self.is_given_up,
        };
        library.push(&push).await
    }
}

/// A pull into a folder of its own.
pub(crate) struct Pulling {
    pub(crate) folder: TempDir,
    pub(crate) reference: LibraryRef,
    pub(crate) arch: Option<&'static str>,
}

impl Pulling {
    pub(crate) fn new(reference: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            reference: LibraryRef::from_command_line(reference).unwrap(),
            arch: Some("amd64"),
        }
    }

    pub(crate) async fn run(&self, library: &Library) -> Result<Pulled, Error> {
        let pull = Pull {
            reference: &self.reference,
            arch: self.arch,
            target: &self.folder.path().join("image.sif"),
            replaces: false,
            asks_registry: true,
            part_size: 16384,
            connections: 3,
            bandwidth: Bandwidth::unlimited(),
            progress: Arc::new(Silent),
            stop: CancellationToken::new(),
        };
        library.pull(&pull).await
    }

    /// The names in the folder.
    pub(crate) fn left(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("image.sif")).unwrap()
    }
}
