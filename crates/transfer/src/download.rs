//! A download: from the first question to the final name.

mod fetch;
mod state;
mod worker;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Arriving, Bandwidth, CancellationToken, Error, Http, Progress, Retry, Source,
    part_file::{PartFile, part_of},
    side_file::{SideFile, beside},
};
use fetch::{Fetch, Fetched};
use state::State;

/// The usual length of the parts of a download, in bytes.
pub const PART_SIZE: u64 = 8 << 20;

/// Refuses a file that is whole and still not what it should be.
pub type FileCheck<'a> = &'a (dyn Fn(&Path) -> Result<(), Error> + Sync);

/// What is downloaded, and how.
pub struct Download<'a> {
    /// The client.
    pub http: &'a Http,
    /// Where the bytes are.
    pub source: &'a dyn Source,
    /// Under what name the file shall be.
    pub target: &'a Path,
    /// What it is, for a later try to know what it finds: a reference with its digest, say. No secret.
    pub name: &'a str,
    /// What the file must be. Without it nothing but the length is proven.
    pub sha256: Option<[u8; 32]>,
    /// What somebody said of the length. It decides only when a server ends a file without saying how long it is.
    pub size: Option<u64>,
    /// Looks at the whole file before it gets its name; a refusal deletes it. None: its digest says all.
    pub check: Option<FileCheck<'a>>,
    /// Is told what is in the file already, for somebody who reads along. The end of the file comes early then: that is
    /// where images have their signatures.
    pub arriving: Option<Arc<Arriving>>,
    /// Whether something under that name is replaced.
    pub replace: bool,
    /// The length of the parts that are asked for, in bytes; see [`PART_SIZE`].
    pub part_size: u64,
    /// The most connections at once.
    pub connections: usize,
    /// How fast it may be.
    pub bandwidth: Bandwidth,
    /// How often something is tried again.
    pub retry: Retry,
    /// Who is told how far it is.
    pub progress: Arc<dyn Progress>,
    /// Ends it within a second. What arrived stays, see [`discard`].
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Download<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Download of {} to {}",
            self.name,
            self.target.display()
        )
    }
}

/// A file that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Its length in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: [u8; 32],
}

/// Deletes what arrived of `target`.
///
/// # Errors
///
/// It is there and cannot be deleted.
pub fn discard(target: &Path) -> Result<(), Error> {
    let part = part_of(target);
    for path in [beside(&part), part] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::file("deleting", path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether anything arrived of `target`.
#[must_use]
pub fn has_partial(target: &Path) -> bool {
    part_of(target).is_file()
}

/// How many bytes of how many arrived of `target`; none if nothing can be continued.
#[must_use]
pub fn resumable(target: &Path) -> Option<(u64, u64)> {
    let part = part_of(target);
    part.is_file().then_some(())?;
    let parts = SideFile::read(&beside(&part))?.parts()?;
    Some((parts.bytes(), parts.size()))
}

impl Download<'_> {
    /// Downloads the file.
    ///
    /// # Errors
    ///
    /// Every [`Error`]; nothing is ever under the final name but the whole, proven file.
    pub async fn run(&self) -> Result<Downloaded, Error> {
        self.check_target()?;
        let part = PartFile::open(self.target)?;
        let downloaded = self.fetch(&part).await;
        part.settle().await;
        if let Some(arriving) = &self.arriving {
            arriving.end();
        }
        let downloaded = downloaded?;
        if let Some(check) = self.check
            && let Err(refusal) = check(part.path())
        {
            discard(self.target)?;
            return Err(refusal);
        }
        self.finish(part)?;
        Ok(downloaded)
    }

    async fn fetch(&self, part: &PartFile) -> Result<Downloaded, Error> {
        let mut state = State::recall(self, part)?;
        // Bytes of another day, or of a bad line, get one more chance from the start.
        let mut is_last = false;
        loop {
            let fetched = Fetch::new(self, part, &mut state).run().await?;
            match self.judge(&fetched) {
                Ok(downloaded) => return Ok(downloaded),
                Err(error) if is_last => {
                    discard(self.target)?;
                    return Err(error);
                }
                Err(error) => {
                    tracing::debug!("from the start again: {error}");
                    is_last = true;
                    part.settle().await;
                    state = State::fresh(self, part)?;
                }
            }
        }
    }

    fn check_target(&self) -> Result<(), Error> {
        let is_there = std::fs::symlink_metadata(self.target).is_ok();
        if is_there && !self.replace {
            return Err(Error::Exists(self.target.to_owned()));
        }
        Ok(())
    }

    fn judge(&self, fetched: &Fetched) -> Result<Downloaded, Error> {
        if let Some(expected) = self.sha256.filter(|expected| *expected != fetched.sha256) {
            return Err(Error::Digest {
                expected: hex::encode(expected),
                found: hex::encode(fetched.sha256),
            });
        }
        Ok(Downloaded {
            size: fetched.size,
            sha256: fetched.sha256,
        })
    }

    fn finish(&self, part: PartFile) -> Result<(), Error> {
        let side: PathBuf = beside(part.path());
        part.finish(self.target, self.replace)?;
        // Alone it is of no use and harms nobody.
        let _ = std::fs::remove_file(side);
        Ok(())
    }
}
