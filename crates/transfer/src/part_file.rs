//! The file that bytes go into before they have a name.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::Error;

/// Pieces on their way to the disk: this bounds the memory of a download.
const QUEUE: usize = 32;

/// The file that bytes go into before they have a name. Only one transfer has it at a time.
#[derive(Debug)]
pub(crate) struct PartFile {
    path: PathBuf,
    file: File,
    writing: Mutex<Vec<JoinHandle<()>>>,
}

/// The bytes of a download of `target` before it has its name.
pub(crate) fn part_of(target: &Path) -> PathBuf {
    let mut name = target
        .file_name()
        .map_or_else(OsString::new, OsString::from);
    name.push(".part");
    target.with_file_name(name)
}

impl PartFile {
    /// Opens the file, or makes it.
    pub(crate) fn open(target: &Path) -> Result<Self, Error> {
        let path = part_of(target);
        let failed = |source| Error::file("opening", &path, source);
        let is_other = |metadata: fs::Metadata| !metadata.is_file();
        if fs::symlink_metadata(&path).is_ok_and(is_other) {
            return Err(failed(io::Error::other("something else has this name")));
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        // A file system without locks is no reason not to download: the name must do.
        let is_taken = matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock));
        // Between opening and locking another transfer may have given this very file its final name.
        if is_taken || !is_still(&file, &path) {
            return Err(Error::Busy(target.to_owned()));
        }
        Ok(Self {
            path,
            file,
            writing: Mutex::default(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Makes the file exactly so long; what is new in it takes no room yet.
    pub(crate) fn set_length(&self, length: u64) -> Result<(), Error> {
        self.file
            .set_len(length)
            .map_err(|source| Error::file("writing", &self.path, source))
    }

    /// Refuses if what is still to come does not fit on the disk.
    pub(crate) fn check_space(&self, needed: u64) -> Result<(), Error> {
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // A file system that does not tell is believed to have room.
        let free = fs4::available_space(folder.unwrap_or(Path::new("."))).unwrap_or(u64::MAX);
        if needed > free {
            return Err(Error::NoSpace {
                path: self.path.clone(),
                needed,
                free,
            });
        }
        Ok(())
    }

    /// Starts the one thread that writes.
    pub(crate) fn writer(&self) -> Result<Writer, Error> {
        let failed = |source| Error::file("opening", &self.path, source);
        let file = self.file.try_clone().map_err(failed)?;
        let (queue, pieces) = mpsc::channel(QUEUE);
        let path = self.path.clone();
        let writing = tokio::task::spawn_blocking(move || write_all(file, &path, pieces));
        self.writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(writing);
        Ok(Writer { queue })
    }

    /// Waits until nobody writes any more. A writer holds the lock of the file too, so without this a transfer that goes on
    /// at once would find itself in its own way.
    pub(crate) async fn settle(&self) {
        let writing =
            std::mem::take(&mut *self.writing.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in writing {
            // A writer that panicked writes no more either.
            let _ = thread.await;
        }
    }

    /// Gives the file its name once all of it is on the disk.
    pub(crate) fn finish(self, target: &Path, replace: bool) -> Result<(), Error> {
        let failed = |source| Error::file("writing", target, source);
        self.file.sync_all().map_err(failed)?;
        make_runnable(&self.file).map_err(failed)?;
        if replace {
            fs::rename(&self.path, target).map_err(failed)?;
        } else {
            let part = tempfile::TempPath::try_from_path(&self.path).map_err(failed)?;
            if let Err(error) = part.persist_noclobber(target) {
                // The bytes are worth keeping whatever went wrong.
                let _ = error.path.keep();
                return Err(match error.error.kind() {
                    io::ErrorKind::AlreadyExists => Error::Exists(target.to_owned()),
                    _ => failed(error.error),
                });
            }
        }
        sync_folder(target);
        Ok(())
    }
}

/// Whether `file` is what has the name `path`.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let same = || {
        let (open, named) = (file.metadata().ok()?, fs::symlink_metadata(path).ok()?);
        Some((open.dev(), open.ino()) == (named.dev(), named.ino()))
    };
    same().unwrap_or(false)
}

/// An open file keeps its name there.
#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

/// Images can be run: they get the rights that the command lines give them.
#[cfg(unix)]
fn make_runnable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata()?.permissions().mode();
    // Whoever may read it may run it, so the mask of the process still counts.
    file.set_permissions(fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2)))
}

#[cfg(not(unix))]
fn make_runnable(_: &File) -> io::Result<()> {
    Ok(())
}

/// A name that is lost in a crash is no harm: the bytes are there. So this may fail.
fn sync_folder(target: &Path) {
    if cfg!(unix)
        && let Some(folder) = target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

enum Piece {
    Bytes(u64, Bytes),
    Done(oneshot::Sender<Result<(), Error>>),
}

/// Takes bytes and their place.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Piece>,
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(place, bytes) => write!(formatter, "{} bytes at {place}", bytes.len()),
            Self::Done(_) => formatter.write_str("done"),
        }
    }
}

impl Writer {
    pub(crate) async fn write(&self, place: u64, bytes: Bytes) -> Result<(), Error> {
        let sent = self.queue.send(Piece::Bytes(place, bytes)).await;
        sent.map_err(|_| Error::Stopped)
    }

    /// Everything that was given before is in the file, or the first reason why not.
    pub(crate) async fn written(&self) -> Result<(), Error> {
        let (done, written) = oneshot::channel();
        self.queue
            .send(Piece::Done(done))
            .await
            .map_err(|_| Error::Stopped)?;
        written.await.unwrap_or(Err(Error::Stopped))
    }
}

fn write_all(mut file: File, path: &Path, mut pieces: mpsc::Receiver<Piece>) {
    let mut failure = None;
    let mut at = None;
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::Bytes(place, bytes) if failure.is_none() => {
                match write_at(&mut file, at, place, &bytes) {
                    Ok(()) => at = Some(place + bytes.len() as u64),
                    Err(source) => failure = Some(source),
                }
            }
            Piece::Bytes(..) => {}
            Piece::Done(done) => {
                let result = failure
                    .take()
                    .map_or(Ok(()), |source| Err(Error::file("writing", path, source)));
                let _ = done.send(result);
            }
        }
    }
}

fn write_at(file: &mut File, at: Option<u64>, place: u64, bytes: &[u8]) -> io::Result<()> {
    if at != Some(place) {
        file.seek(SeekFrom::Start(place))?;
    }
    file.write_all(bytes)
}
