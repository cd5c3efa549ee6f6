//! The file that bytes go into before they have a name.

#[cfg_attr(unix, path = "part_file/unix.rs")]
#[cfg_attr(windows, path = "part_file/windows.rs")]
mod system;

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::Error;

/// Pieces on their way to the disk, each of half a megabyte at most: this bounds the memory of a download.
const QUEUE: usize = 8;

/// So many bytes are written before the disk is asked to take them.
const FLUSH_EVERY: usize = 32 << 20;

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
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let file = system::open_alone(&options, &path).map_err(failed)?;
        let file = file.ok_or_else(|| Error::Busy(target.to_owned()))?;
        Ok(Self {
            path,
            file,
            writing: Mutex::default(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Another handle of the same file: one that was opened anew might not be let in.
    pub(crate) fn handle(&self) -> Result<File, Error> {
        let failed = |source| Error::file("opening", &self.path, source);
        self.file.try_clone().map_err(failed)
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
        let file = self.handle()?;
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
        // A file system that keeps no such rights is no reason to lose the file.
        if let Err(error) = system::make_runnable(&self.file) {
            tracing::debug!(%error, "the image has no right to be run");
        }
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
    let mut flush = Flush::of(&file);
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::Bytes(place, bytes) if failure.is_none() => {
                match write_at(&mut file, at, place, &bytes) {
                    Ok(()) => {
                        at = Some(place + bytes.len() as u64);
                        flush.wrote(bytes.len());
                    }
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
    flush.end();
}

/// Brings bytes to the disk beside the writing, so that little is left to wait for at the end.
struct Flush {
    thread: Option<JoinHandle<()>>,
    file: Option<Arc<File>>,
    waiting: usize,
}

impl Flush {
    fn of(file: &File) -> Self {
        Self {
            thread: None,
            // Without a handle the end takes longer, no more.
            file: file.try_clone().ok().map(Arc::new),
            waiting: 0,
        }
    }

    fn wrote(&mut self, bytes: usize) {
        self.waiting += bytes;
        let is_busy = self
            .thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished());
        if self.waiting < FLUSH_EVERY || is_busy {
            return;
        }
        if let Some(file) = self.file.clone() {
            self.waiting = 0;
            // What cannot be brought there is said at the end.
            self.thread = Some(tokio::task::spawn_blocking(move || drop(file.sync_data())));
        }
    }

    /// Waits for the thread: its handle of the file would be in the way of the next transfer.
    fn end(self) {
        if let Some(thread) = self.thread {
            // One that panicked holds nothing any more either.
            let _ = Handle::current().block_on(thread);
        }
    }
}

fn write_at(file: &mut File, at: Option<u64>, place: u64, bytes: &[u8]) -> io::Result<()> {
    if at != Some(place) {
        file.seek(SeekFrom::Start(place))?;
    }
    file.write_all(bytes)
}
