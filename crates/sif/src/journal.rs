//! Changing an image file so that a crash at any moment leaves the old image or the new one, whole.
//!
//! Before the first byte of the image changes, an undo journal beside it holds the old header, the old
//! descriptor table and the old length, safe on disk. Bytes that new data overwrites are added to it
//! first. Once the new data is safe on disk, a record announces the new header and table; then these are
//! written, each safe on disk before the next. With the last of them the change is final: only zeroing
//! and cutting of what was deleted is left, which can be repeated. Then the journal is removed.
//!
//! [`recover_file`] finishes a change whose header and table are all new, and takes back any other. So a
//! journal that comes back after its change (out of a backup, or by a program that keeps folders in step)
//! takes nothing back.
//!
//! Anybody can put a file beside an image, in an archive for instance, that pretends to be the journal of
//! a change from an older image. Each record is therefore sealed with a [`JournalKey`] that its owner
//! keeps to himself: nobody else can write a record that counts. Reading leaves a journal under another
//! key alone, for it may be the true one of another user or computer ([`Recovery::Foreign`]); a change
//! moves it out of its way. One under the own key that does not fit the image (another program changed
//! it since, or it is another image) is set aside and nothing else is touched; the same happens to one
//! that would write over live objects, which no change does.

mod change;
mod file;
mod guarded;
mod harmless;
mod key;
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
pub use key::{JOURNAL_KEY_SIZE, JournalKey};

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
    /// The journal is damaged or was not made with this key. Neither it nor the image was touched.
    Foreign,
    /// The journal does not fit the image. It was set aside; the image is untouched.
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
