//! The keyring files that the command lines share with us.
//!
//! Those programs read the whole file or nothing, append without a lock, and know no repair. So nothing here ever
//! writes into a file that is not understood to its last byte, every write is a whole new file that was read back
//! before it takes the place of the old one, and what nobody meant to change is carried as the bytes it was.

mod contents;
mod file;
mod old_versions;
mod operations;
mod preview;
mod rescue;
mod update;

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

pub use contents::{Contents, Damage, Entry, EntryKind, NotKeyring};
pub use old_versions::Restored;
pub use operations::{Added, Repaired};
pub use preview::{ImportChange, ImportItem, ImportPreview, ImportReport};

use crate::error::Error as KeyError;
use crate::fingerprint::Fingerprint;

/// How often a file that looks half-written is read again, and how long the caller waits in between.
pub(crate) const READ_TRIES: usize = 4;
pub(crate) const READ_PAUSE: Duration = Duration::from_millis(100);
/// How often a change is made anew because the file changed meanwhile.
pub(crate) const WRITE_TRIES: usize = 5;
/// How often another Sifter's lock is asked for; with the pause, ten seconds.
pub(crate) const LOCK_TRIES: usize = 100;
/// How many old versions of each file are kept.
pub(crate) const BACKUPS: usize = 10;
/// How many are kept while the file has entries without their secret parts.
pub(crate) const MOST_BACKUPS: usize = 100;

/// Which keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ring {
    /// `pgp-public`: keys of others, and the public halves of one's own.
    Public,
    /// `pgp-secret`: one's own keys.
    Secret,
    /// `global-pgp-public` of the system, managed by an administrator. Never written.
    Global,
}

impl Ring {
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Public => "pgp-public",
            Self::Secret => "pgp-secret",
            Self::Global => "global-pgp-public",
        }
    }
}

/// What a product does with keyring files that are symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// SingularityCE: links are refused.
    RefuseLinks,
    /// Apptainer: links are followed; a change goes to the file that they name.
    FollowLinks,
}

/// Where things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The keyring folder of the profile. It is made when the first key is written.
    pub keyrings: PathBuf,
    /// The keyring file of the system, if the profile has one.
    pub global: Option<PathBuf>,
    /// A folder of our own, one for each profile, for the lock and the old versions.
    pub own: PathBuf,
}

/// Lets the caller decide how a pause is spent. Returns whether to go on.
pub type Pause<'a> = &'a mut dyn FnMut(Duration) -> bool;

/// The keyring files of one profile.
#[derive(Debug, Clone)]
pub struct Keyrings {
    places: Places,
    policy: Policy,
}

/// Why a keyring file cannot be read or written. Nothing was changed.
#[derive(Debug, Error)]
pub enum KeyringError {
    /// The file is not made of whole keys.
    #[error("the keyring `{path}` is damaged: {damage}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        damage: Damage,
    },
    /// The file is a symbolic link, which the product refuses.
    #[error("the keyring `{0}` is a symbolic link")]
    Link(PathBuf),
    /// The file is a folder, a pipe or a device.
    #[error("the keyring `{0}` is not a file")]
    NotAFile(PathBuf),
    /// The file is larger than any keyring.
    #[error("the keyring `{path}` is larger than {limit} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// Another program changed the file each time that we were about to.
    #[error("the keyring `{0}` keeps being changed by another program")]
    KeepsChanging(PathBuf),
    /// Another Sifter is at work on the keyrings.
    #[error("another Sifter is changing the keyrings")]
    Busy,
    /// The keyring of the system is not ours to write.
    #[error("the keyring of the system is only read")]
    ReadOnlyRing,
    /// The caller stopped the operation.
    #[error("cancelled")]
    Cancelled,
    /// No such key in that ring.
    #[error("the key `{0}` is not in the keyring")]
    NotFound(Fingerprint),
    /// What was about to be written did not read back as meant.
    #[error("the new keyring for `{0}` did not read back as it was meant")]
    NotAsMeant(PathBuf),
    /// Something is wrong with a key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system refused to let something be read.
    #[error("cannot {action} `{path}`: {source}")]
    Read {
        /// What was being done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The system refused to let something be written.
    #[error("cannot {action} `{path}`: {source}")]
    Write {
        /// What was being done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
}

impl KeyringError {
    pub(crate) fn read(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Read {
            action,
            path,
            source,
        }
    }

    pub(crate) fn write(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Write {
            action,
            path,
            source,
        }
    }
}

impl Keyrings {
    /// Returns the keyrings at these places. Reads and makes nothing yet.
    pub fn open(places: Places, policy: Policy) -> Self {
        Self { places, policy }
    }

    /// Returns the path of a ring; `None` when the profile has no keyring of the system.
    pub fn path(&self, ring: Ring) -> Option<PathBuf> {
        match ring {
            Ring::Global => self.places.global.clone(),
            ring => Some(self.places.keyrings.join(ring.file_name())),
        }
    }

    /// Returns the folder with the old versions of the files.
    pub fn backup_folder(&self) -> PathBuf {
        self.places.own.join("keyring-backups")
    }

    /// Reads a ring, once. A file that is not there is empty; a damaged one gives the keys that are good and says
    /// what is wrong.
    ///
    /// # Errors
    /// When the file cannot be read at all, is a link that the product refuses, or no file.
    pub fn read(&self, ring: Ring) -> Result<Contents, KeyringError> {
        let Some(path) = self.path(ring) else {
            return Ok(Contents::missing());
        };
        match file::read(&path, self.policy)? {
            None => Ok(Contents::missing()),
            Some(bytes) => Ok(Contents::read(bytes, ring)),
        }
    }

    /// Reads a ring, and again after a pause when it looks half-written: a command line may be at it.
    ///
    /// # Errors
    /// As [`Keyrings::read`], and `Cancelled` when the caller ends a pause.
    pub fn read_settled(&self, ring: Ring, pause: Pause<'_>) -> Result<Contents, KeyringError> {
        let mut contents = self.read(ring)?;
        for _ in 1..READ_TRIES {
            let is_fresh = self.path(ring).is_some_and(|path| file::is_fresh(&path));
            if !contents.looks_half_written(is_fresh) {
                break;
            }
            if !pause(READ_PAUSE) {
                return Err(KeyringError::Cancelled);
            }
            contents = self.read(ring)?;
        }
        Ok(contents)
    }

    pub(crate) fn policy(&self) -> Policy {
        self.policy
    }

    pub(crate) fn places(&self) -> &Places {
        &self.places
    }
}
