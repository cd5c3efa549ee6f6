//! Why the embedded cloud cannot be used. What a client is told is in `answer`.

use std::{io, path::PathBuf};

/// Why the embedded cloud cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process uses the folder.
    #[error("`{}` is in use by another process", .0.display())]
    InUse(PathBuf),
    /// A file or folder cannot be used.
    #[error("`{}` cannot be used", path.display())]
    File {
        /// What it is about.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The storage of the bytes cannot be used.
    #[error("the storage `{place}` cannot be used")]
    Storage {
        /// Which.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// Another cloud keeps its bytes there, and each would remove what the other one needs.
    #[error("the storage `{0}` belongs to another cloud")]
    OthersStorage(String),
    /// The bytes of this cloud are in another storage than the settings say.
    #[error("the bytes of this cloud are in another storage")]
    OtherStorage,
    /// The database cannot be used.
    #[error("the database of the embedded cloud cannot be used")]
    Database(#[source] rusqlite::Error),
    /// The database is no database, or its pages contradict each other.
    #[error("the database of the embedded cloud is damaged")]
    Damaged(#[source] rusqlite::Error),
    /// The disk is full.
    #[error("there is no room for the database of the embedded cloud")]
    Full(#[source] rusqlite::Error),
    /// The database is of a newer version, or damaged.
    #[error("the tables of the embedded cloud cannot be brought up to date")]
    Migration(#[from] rusqlite_migration::Error),
    /// The process that serves it is of another version.
    #[error("the tables of the embedded cloud are those of another version")]
    OtherVersion,
    /// No connections can be taken.
    #[error("no connections can be taken")]
    Listen(#[source] io::Error),
    /// Listening where other machines reach it was not asked for.
    #[error("`{0}` can be reached from other machines, which was not asked for")]
    BeyondThisMachine(std::net::SocketAddr),
    /// An address that no client could use. It may hold a password, so it is not repeated.
    #[error(
        "a public address is a scheme, a host and perhaps a port, as `https://cloud.example.org`"
    )]
    BadAddress,
    /// No such user, or a name that none can have.
    #[error("there is no user `{0}`")]
    NoUser(String),
    /// A name that no user can have.
    #[error("`{0}` cannot be the name of a user")]
    BadName(String),
    /// No such token.
    #[error("there is no token `{0}`")]
    NoToken(String),
    /// A backup is being made.
    #[error("a backup is being made")]
    Busy,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error),
            Some(DiskFull) => Self::Full(error),
            _ => Self::Database(error),
        }
    }
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
