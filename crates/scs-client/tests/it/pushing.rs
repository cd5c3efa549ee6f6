//! Pushes and pulls with what tests need around them.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use scs_client::{AsksRegistry, Error, Library, Pull, Pulled, Push, PushState, Pushed};
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
    /// It is stopped as soon as the server has so many parts.
    pub(crate) stops_after: Option<usize>,
}

impl Pushing {
    /// A push of so many bytes, most of which are zero and take no room.
    pub(crate) fn sparse(reference: &str, length: u64) -> Self {
        let pushing = Self::new(reference, b"begin");
        let file = std::fs::File::options().write(true).open(pushing.file());
        file.unwrap().set_len(length).unwrap();
        pushing
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("image.sif")
    }

    fn keep(&self, state: &PushState) {
        *self.kept.lock().unwrap() = Some(state.clone());
        if self
            .stops_after
            .is_some_and(|most| state.sent.len() >= most)
        {
            self.stop.cancel();
        }
    }

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
            stops_after: None,
        }
    }

    pub(crate) async fn run(&self, library: &Library) -> Result<Pushed, Error> {
        let push = Push {
            file: &self.file(),
            reference: &self.reference,
            arch: "amd64",
            description: "hello world",
            asks_registry: true,
            known: None,
            on_step: &|_| {},
            resume: self.resume.clone(),
            on_state: &|state| self.keep(state),
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
    pub(crate) asks_registry: AsksRegistry,
}

impl Pulling {
    pub(crate) fn new(reference: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            reference: LibraryRef::from_command_line(reference).unwrap(),
            arch: Some("amd64"),
            asks_registry: AsksRegistry::First,
        }
    }

    pub(crate) async fn run(&self, library: &Library) -> Result<Pulled, Error> {
        let pull = Pull {
            reference: &self.reference,
            arch: self.arch,
            target: &self.folder.path().join("image.sif"),
            arriving: None,
            replaces: false,
            sha256: None,
            asks_registry: self.asks_registry,
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
