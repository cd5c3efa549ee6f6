//! What of a file is there, and how a later try finds out.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::Download;
use crate::{
    Error,
    hashing::Follower,
    part_file::PartFile,
    parts::Parts,
    side_file::{SideFile, beside},
};

/// Side files are written no more often.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// What of a file is there.
#[derive(Debug)]
pub(crate) struct State {
    name: String,
    sha256: Option<[u8; 32]>,
    path: PathBuf,
    side: PathBuf,
    /// None until a server said how long the file is.
    pub(crate) parts: Option<Parts>,
    /// The strong `ETag` of all that is there.
    pub(crate) tag: Option<String>,
    follower: Follower,
    saved: Option<Instant>,
    part_size: u64,
}

impl State {
    /// What an earlier try left, if it is of the same file.
    pub(crate) fn recall(download: &Download<'_>, part: &PartFile) -> Result<Self, Error> {
        let sha256 = download.sha256.map(hex::encode);
        let side = SideFile::read(&beside(part.path())).filter(|side| {
            let is_same = side.name == download.name && side.sha256 == sha256;
            // Nothing else would prove that old and new bytes are of one file.
            is_same && (side.tag.is_some() || sha256.is_some())
        });
        let mut state = Self::fresh_but(download, part);
        if let Some(side) = side
            && let Some(parts) = side.parts().filter(|parts| parts.size() == part.length())
        {
            state.tag = side.tag;
            state.follower.grown(parts.leading_bytes());
            state.parts = Some(parts);
        } else {
            part.set_length(0)?;
        }
        Ok(state)
    }

    /// Nothing is there.
    pub(crate) fn fresh(download: &Download<'_>, part: &PartFile) -> Result<Self, Error> {
        part.set_length(0)?;
        Ok(Self::fresh_but(download, part))
    }

    fn fresh_but(download: &Download<'_>, part: &PartFile) -> Self {
        Self {
            name: download.name.to_owned(),
            sha256: download.sha256,
            path: part.path().to_owned(),
            side: beside(part.path()),
            parts: None,
            tag: None,
            follower: Follower::start(part.path()),
            saved: None,
            part_size: download.part_size,
        }
    }

    /// Forgets everything: the file on the server is another one, or cannot be had in parts.
    pub(crate) fn forget(&mut self, part: &PartFile) -> Result<(), Error> {
        part.set_length(0)?;
        self.parts = None;
        self.tag = None;
        self.saved = None;
        self.follower = Follower::start(&self.path);
        Ok(())
    }

    /// Knows now how long the file is.
    pub(crate) fn learn(
        &mut self,
        size: u64,
        tag: Option<String>,
        part: &PartFile,
    ) -> Result<(), Error> {
        let parts = Parts::none(size, self.part_size);
        part.check_space(size)?;
        part.set_length(size)?;
        self.tag = tag;
        self.parts = Some(parts);
        Ok(())
    }

    /// Part `index` is in the file.
    pub(crate) fn add(&mut self, index: usize) -> Result<(), Error> {
        if let Some(parts) = &mut self.parts {
            parts.add(index);
            self.follower.grown(parts.leading_bytes());
        }
        let is_due = self.saved.is_none_or(|saved| saved.elapsed() >= SAVE_EVERY);
        if is_due { self.save() } else { Ok(()) }
    }

    /// Writes down what is there.
    pub(crate) fn save(&mut self) -> Result<(), Error> {
        self.saved = Some(Instant::now());
        match &self.parts {
            Some(parts) => {
                if self.sha256.is_none() {
                    // No digest would show that bytes were lost in a crash, so they come first.
                    sync(&self.path)?;
                }
                let sha256 = self.sha256.map(hex::encode);
                SideFile::new(&self.name, sha256, self.tag.clone(), parts).write(&self.side)
            }
            None => Ok(()),
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.parts.as_ref().is_some_and(Parts::is_whole)
    }

    /// The digest of the whole file, once it is there.
    pub(crate) async fn digest(&mut self) -> Result<[u8; 32], Error> {
        let follower = std::mem::replace(&mut self.follower, Follower::start(&self.path));
        follower.digest().await
    }
}

fn sync(path: &Path) -> Result<(), Error> {
    let synced = OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| file.sync_data());
    synced.map_err(|source| Error::file("writing", path, source))
}
