//! Changing an image file so that a crash at any moment leaves the old image or the new one, whole.
//!
//! Before the first byte of the image changes, an undo journal beside it holds the old header, the old
//! descriptor table and the old length, safe on disk. Bytes that new data overwrites are added to it
//! first. Then come the data, the table and the header, each safe on disk before the next, and a last
//! record that makes the change final: from then on only zeroing and cutting of what was deleted is
//! left, which can be repeated. Then the journal is removed.
//!
//! [`recover_file`] takes back what was not final and finishes what was. A journal that does not fit the
//! image (another program changed it since, or it is another image) is set aside and nothing else is
//! touched. The same happens to one that would write over live objects, which no change does.

mod change;
mod file;
mod guarded;
mod harmless;
#[cfg_attr(unix, path = "journal/unix.rs")]
#[cfg_attr(windows, path = "journal/windows.rs")]
mod platform;
mod record;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

pub use change::{change, recover};
pub use file::{
    FileEditor, FileJournal, change_file, create_file, has_journal, journal_path, open_file,
    recover_file,
};
pub use guarded::Guarded;

use crate::{Error, Source};

/// Where the undo journal of one image is kept.
pub trait JournalPlace: Sync {
    /// Makes a new journal of these bytes, whole and safe on disk or not at all.
    ///
    /// # Errors
    /// Whatever the medium says; then there is no journal.
    fn publish(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Adds bytes to the journal and returns when they are safe on disk.
    ///
    /// # Errors
    /// Whatever the medium says; some of the bytes may have been added.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Opens the journal for reading; `None` if there is none.
    ///
    /// # Errors
    /// Whatever the medium says, or that the journal is not to be trusted.
    fn open(&self) -> io::Result<Option<Box<dyn Source + '_>>>;

    /// Removes the journal and returns when that is safe on disk.
    ///
    /// # Errors
    /// Whatever the medium says.
    fn remove(&mut self) -> io::Result<()>;

    /// Moves the journal to where [`JournalPlace::open`] does not find it.
    ///
    /// # Errors
    /// Whatever the medium says.
    fn set_aside(&mut self) -> io::Result<()>;
}

/// What [`recover`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// No journal: no change was interrupted.
    Nothing,
    /// A change was interrupted before it was final; the image is the old one again.
    RolledBack,
    /// A change was interrupted after it was final; the image is the new one.
    Finished,
    /// The journal cannot be read or does not fit the image. It was set aside; the image is untouched.
    SetAside,
}

/// Why an image file was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The image cannot be read or changed.
    #[error(transparent)]
    Image(#[from] Error),
    /// The file cannot be opened.
    #[error("cannot open `{path}`")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The path leads to a directory, a device, a pipe or a socket.
    #[error("`{path}` is {kind}, not a file")]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// Another program is changing the image.
    #[error("another program is changing `{0}`")]
    Locked(PathBuf),
    /// The file was replaced or deleted while it was open here.
    #[error("`{0}` was replaced or deleted meanwhile")]
    Replaced(PathBuf),
    /// The undo journal beside the image cannot be written; the image is untouched.
    #[error("cannot write the undo journal beside the image")]
    Journal(#[source] io::Error),
    /// An interrupted change cannot be taken back or finished now; the journal is kept.
    #[error("cannot recover the image from its undo journal")]
    Recover(#[source] io::Error),
    /// The change is made and final, but what was deleted is not zeroed or cut yet; [`recover_file`]
    /// does that.
    #[error("the change is made, but deleted data is not cleared yet")]
    Unfinished(#[source] Error),
}
