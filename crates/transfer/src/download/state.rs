//! What of a file is there, and how a later try finds out.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::Download;
use crate::{
    Arriving, Error,
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
    file: File,
    side: PathBuf,
    /// None until a server said how long the file is.
    pub(crate) parts: Option<Parts>,
    /// The strong `ETag` of all that is there.
    pub(crate) tag: Option<String>,
    /// None while somebody else hashes.
    follower: Option<Follower>,
    saved: Option<Instant>,
    /// Parts arrived since.
    has_news: bool,
    part_size: u64,
    /// Who reads along.
    arriving: Option<Arc<Arriving>>,
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
        let mut state = Self::fresh_but(download, part)?;
        if let Some(side) = side
            && let Some(parts) = side.parts().filter(|parts| parts.size() == part.length())
        {
            state.tag = side.tag;
            state.tell(|arriving, path| arriving.are(path, &parts));
            state.parts = Some(parts);
            state.hash();
        } else {
            state.forget(part)?;
        }
        Ok(state)
    }

    /// Nothing is there.
    pub(crate) fn fresh(download: &Download<'_>, part: &PartFile) -> Result<Self, Error> {
        let mut state = Self::fresh_but(download, part)?;
        state.forget(part)?;
        Ok(state)
    }

    fn fresh_but(download: &Download<'_>, part: &PartFile) -> Result<Self, Error> {
        Ok(Self {
            name: download.name.to_owned(),
            sha256: download.sha256,
            path: part.path().to_owned(),
            file: part.handle()?,
            side: beside(part.path()),
            parts: None,
            tag: None,
            follower: None,
            saved: None,
            has_news: false,
            part_size: download.part_size,
            arriving: download.arriving.clone(),
        })
    }

    /// Forgets everything: the file on the server is another one, or cannot be had in parts.
    pub(crate) fn forget(&mut self, part: &PartFile) -> Result<(), Error> {
        // First the side file: after a crash it would tell of bytes that are no longer those.
        remove(&self.side)?;
        part.set_length(0)?;
        self.parts = None;
        self.tag = None;
        self.saved = None;
        self.follower = None;
        self.tell(|arriving, _| arriving.forget());
        Ok(())
    }

    fn tell(&self, tell: impl FnOnce(&Arriving, &Path)) {
        if let Some(arriving) = &self.arriving {
            tell(arriving, &self.path);
        }
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
        self.tell(|arriving, path| arriving.are(path, &parts));
        self.tag = tag;
        self.parts = Some(parts);
        Ok(())
    }

    /// Part `index` is in the file.
    pub(crate) fn add(&mut self, index: usize) -> Result<(), Error> {
        if let Some(parts) = &mut self.parts {
            parts.add(index);
        }
        self.tell(|arriving, _| arriving.add(index));
        self.hash();
        self.has_news = true;
        if self.rest() == Some(Duration::ZERO) {
            return self.save();
        }
        Ok(())
    }

    /// How long until it is written down that parts arrived; none if that is done. Otherwise a line that stands still, and
    /// a program that is killed then, would lose them.
    pub(crate) fn rest(&self) -> Option<Duration> {
        let rest = |saved: Instant| SAVE_EVERY.saturating_sub(saved.elapsed());
        self.has_news
            .then(|| self.saved.map_or(Duration::ZERO, rest))
    }

    /// Writes down what is there.
    pub(crate) fn save(&mut self) -> Result<(), Error> {
        self.saved = Some(Instant::now());
        self.has_news = false;
        match &self.parts {
            Some(parts) => {
                if self.sha256.is_none() {
                    // No digest would show that bytes were lost in a crash, so they come first.
                    let failed = |source| Error::file("writing", &self.path, source);
                    self.file.sync_data().map_err(failed)?;
                }
                let sha256 = self.sha256.map(hex::encode);
                SideFile::new(&self.name, sha256, self.tag.clone(), parts).write(&self.side)
            }
            None => Ok(()),
        }
    }

    /// How long the file is; 0 until a server said it.
    pub(crate) fn size(&self) -> u64 {
        self.parts.as_ref().map_or(0, Parts::size)
    }

    /// How many bytes are there.
    pub(crate) fn bytes(&self) -> u64 {
        self.parts.as_ref().map_or(0, Parts::bytes)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.parts.as_ref().is_some_and(Parts::is_whole)
    }

    /// Hashes as far as the file is there without a gap, unless somebody else does.
    fn hash(&mut self) {
        let is_hashed = |arriving: &Arc<Arriving>| arriving.is_hashed();
        if self.arriving.as_ref().is_some_and(is_hashed) {
            return;
        }
        let end = self.parts.as_ref().map_or(0, Parts::leading_bytes);
        self.follower
            .get_or_insert_with(|| Follower::start(&self.path))
            .grown(end);
    }

    /// The digest of the whole file, once it is there.
    pub(crate) async fn digest(&mut self) -> Result<[u8; 32], Error> {
        if let Some(arriving) = self.arriving.clone() {
            let promised = tokio::task::spawn_blocking(move || arriving.digest());
            if let Ok(Some(sha256)) = promised.await {
                return Ok(sha256);
            }
        }
        self.hash();
        match self.follower.take() {
            Some(follower) => follower.digest().await,
            None => Err(Error::Stopped),
        }
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file("deleting", path, error))
        }
        _ => Ok(()),
    }
}
