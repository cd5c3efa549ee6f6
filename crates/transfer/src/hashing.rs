//! Digests of files: one that grows, and one that is to be sent.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::mpsc,
};

use md5::Md5;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Error, Progress};

const BUFFER: usize = 1 << 20;

/// Hashes a file while it grows, in order, in a thread of its own.
#[derive(Debug)]
pub(crate) struct Follower {
    until: mpsc::Sender<u64>,
    result: JoinHandle<Result<[u8; 32], Error>>,
}

impl Follower {
    pub(crate) fn start(path: &Path) -> Self {
        let (until, grown) = mpsc::channel();
        let path = path.to_owned();
        let result = tokio::task::spawn_blocking(move || follow(&path, &grown));
        Self { until, result }
    }

    /// All bytes before `end` are in the file.
    pub(crate) fn grown(&self, end: u64) {
        // Without a listener the thread has failed, and says why at the end.
        let _ = self.until.send(end);
    }

    /// The digest of all that was announced.
    pub(crate) async fn digest(self) -> Result<[u8; 32], Error> {
        drop(self.until);
        self.result.await.unwrap_or(Err(Error::Stopped))
    }
}

fn follow(path: &Path, grown: &mpsc::Receiver<u64>) -> Result<[u8; 32], Error> {
    let failed = |source| Error::file("reading", path, source);
    let mut file = File::open(path).map_err(failed)?;
    let (mut sha256, mut done) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0; BUFFER];
    for end in grown {
        while done < end {
            let length = usize::try_from(end - done).unwrap_or(BUFFER).min(BUFFER);
            let piece = buffer.get_mut(..length).unwrap_or_default();
            file.read_exact(piece).map_err(failed)?;
            sha256.update(&*piece);
            done += length as u64;
        }
    }
    Ok(sha256.finalize().into())
}

/// The digests of a file that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDigests {
    /// Its length in bytes.
    pub size: u64,
    /// Of the whole file.
    pub sha256: [u8; 32],
    /// Of each part, if a length of parts was given.
    pub parts: Vec<[u8; 32]>,
    /// MD5 of the whole file, if it was wanted.
    pub md5: Option<[u8; 16]>,
}

/// Which digests of a file are wanted beside that of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Those of parts of so many bytes.
    pub part: Option<u64>,
    /// MD5 of the whole: some protocols still ask for it. It proves nothing.
    pub md5: bool,
}

/// The digests of the file at `path`, all in one read.
///
/// # Errors
///
/// The file cannot be read, or `stop` was called.
pub async fn hash_file(
    path: PathBuf,
    wanted: Wanted,
    stop: CancellationToken,
    progress: std::sync::Arc<dyn Progress>,
) -> Result<FileDigests, Error> {
    let work = move || {
        let length = std::fs::metadata(&path)
            .map_err(|source| Error::file("reading", &path, source))?
            .len();
        hash(&path, 0..length, wanted, &stop, &*progress)
    };
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(Error::Stopped))
}

/// The digests of the bytes of `range`, of the whole and of its parts.
pub(crate) fn hash(
    path: &Path,
    range: std::ops::Range<u64>,
    wanted: Wanted,
    stop: &CancellationToken,
    progress: &dyn Progress,
) -> Result<FileDigests, Error> {
    let failed = |source| Error::file("reading", path, source);
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
    let total = range.end.saturating_sub(range.start);
    let mut digests = FileDigests {
        size: 0,
        sha256: [0; 32],
        parts: Vec::new(),
        md5: None,
    };
    let part = wanted.part.map(|part| part.max(1));
    let mut md5 = wanted.md5.then(<Md5 as md5::Digest>::new);
    let (mut whole, mut single) = (Sha256::new(), Sha256::new());
    let mut buffer = vec![0; BUFFER];
    while digests.size < total {
        if stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        let in_part = part.map_or(u64::MAX, |part| part - digests.size % part);
        let length = (total - digests.size).min(in_part).min(BUFFER as u64);
        let piece = buffer
            .get_mut(..usize::try_from(length).unwrap_or(BUFFER))
            .unwrap_or_default();
        file.read_exact(piece).map_err(failed)?;
        whole.update(&*piece);
        if let Some(md5) = &mut md5 {
            md5::Digest::update(md5, &*piece);
        }
        digests.size += length;
        if part.is_some() {
            single.update(&*piece);
            if length == in_part || digests.size == total {
                digests.parts.push(single.finalize_reset().into());
            }
        }
        progress.advanced(digests.size, Some(total));
    }
    digests.sha256 = whole.finalize().into();
    digests.md5 = md5.map(|md5| md5::Digest::finalize(md5).into());
    Ok(digests)
}
