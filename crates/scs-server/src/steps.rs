//! The steps of a push at which a crash must do no harm. Tests stop there; the program only passes by.

use std::{fmt, io, sync::Arc};

/// A step of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The file of an upload is made, its row is not.
    UploadFileMade,
    /// Bytes of a part are to be written.
    PartBytes,
    /// All bytes of a part are written, its row is not.
    PartWritten,
    /// The hash is right, the file is not yet safe on the disk.
    Hashed,
    /// The file is safe on the disk, under its old name.
    Synced,
    /// The file has its final name, no row tells of it.
    Renamed,
    /// Everything is in the transaction, which is not yet committed.
    BeforeCommit,
    /// The transaction is committed, nobody was told.
    AfterCommit,
    /// A deletion is committed, its file is still there.
    BeforeRemoval,
}

type Hook = dyn Fn(Step) -> io::Result<()> + Send + Sync;

/// Where tests let the service fail: the function is asked at each step and may refuse, or end the process.
#[derive(Clone, Default)]
pub struct Steps(Option<Arc<Hook>>);

impl Steps {
    /// Steps at which `hook` is asked.
    #[must_use]
    pub fn watched_by(hook: impl Fn(Step) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    pub(crate) fn reach(&self, step: Step) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |hook| hook(step))
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Steps")
    }
}
