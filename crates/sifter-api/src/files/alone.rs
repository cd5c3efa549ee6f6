//! One after the other: a window and command lines of one person run at once and change the same small files of Sifter.

use std::{
    fs::{File, TryLockError},
    path::Path,
    thread,
    time::Duration,
};

use crate::{
    Result,
    error::{ApiError, ErrorCode, name_of, write_error},
    files,
};

const PAUSE: Duration = Duration::from_millis(10);
/// A change takes some milliseconds; who has the lock for ten seconds was stopped in the middle of one.
const TRIES: u32 = 1000;

/// Held while a small file is read, changed and written.
#[derive(Debug)]
pub(crate) struct Alone(File);

impl Alone {
    /// Waits until nobody else has the lock at `path`, in this program or another one. It stands beside the file that it
    /// is for, which is replaced by each change.
    ///
    /// # Errors
    /// `file-locked` if somebody keeps it for seconds, and the codes of files.
    pub(crate) fn at(path: &Path) -> Result<Self> {
        let open = || {
            if let Some(folder) = path.parent() {
                files::make_private_folder(folder)?;
            }
            let mut options = File::options();
            options.create(true).truncate(false).write(true).open(path)
        };
        let file = open().map_err(|error| write_error(path, &error))?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                // Some folders over a network have no locks. The file is still replaced whole.
                Err(TryLockError::Error(error)) => {
                    tracing::warn!(%error, "two programs of Sifter are not kept apart here");
                    return Ok(Self(file));
                }
            }
        }
        let message = format!("another program of Sifter keeps `{}`", name_of(path));
        Err(ApiError::new(ErrorCode::FileLocked, message))
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // Closing is not enough: a program that is being started may hold the same open file for a moment.
        let _ = self.0.unlock();
    }
}
