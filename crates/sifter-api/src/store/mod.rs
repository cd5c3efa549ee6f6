//! Sifter's own memory: one SQLite file in its data folder, never in a command line's.
//!
//! What is in it can be found again or asked again, so a damaged file is moved aside and a new one made.

mod folders;
mod images;
mod schema;
mod signers;
mod tasks;
mod trust;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use rusqlite::Connection;

use crate::{
    Result,
    error::{ApiError, ErrorCode, write_error},
    files,
};

pub(crate) use folders::FolderRecord;
pub(crate) use images::{CheckedState, ImageRecord, Place, Scan};
pub(crate) use tasks::TaskRecord;
pub(crate) use trust::TrustRecord;

/// The open database. One connection: SQLite takes one writer anyway, and rows are few.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the database below `folder`. The second value tells where a damaged one was moved to.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Option<PathBuf>)> {
        files::make_private_folder(folder).map_err(|error| write_error(folder, &error))?;
        let path = folder.join("sifter.db");
        match connect(&path) {
            Ok(connection) => Ok((Self::holding(connection), None)),
            Err(error) if is_damage(&error) => {
                tracing::warn!(%error, "the database is damaged and is moved aside");
                let aside = move_aside(&path)?;
                Ok((Self::holding(connect(&path)?), Some(aside)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn holding(connection: Connection) -> Self {
        Self {
            connection: Mutex::new(connection),
        }
    }

    fn rows(&self) -> MutexGuard<'_, Connection> {
        crate::lock(&self.connection)
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Migration(#[from] rusqlite_migration::Error),
    #[error("the integrity check says `{0}`")]
    Integrity(String),
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Sqlite(error) => error.into(),
            other => ApiError::new(
                ErrorCode::Internal,
                "Sifter's own database could not be used",
            )
            .because(&other),
        }
    }
}

fn connect(path: &Path) -> std::result::Result<Connection, OpenError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let answer: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if answer != "ok" {
        return Err(OpenError::Integrity(answer));
    }
    schema::migrations().to_latest(&mut connection)?;
    Ok(connection)
}

/// A file that is no database, a torn one, or one of a newer version; a full disk or a missing permission is not damage.
fn is_damage(error: &OpenError) -> bool {
    match error {
        OpenError::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt)
        ),
        OpenError::Migration(_) | OpenError::Integrity(_) => true,
    }
}

fn move_aside(path: &Path) -> Result<PathBuf> {
    let aside = files::free_name(&path.with_extension("damaged.db"));
    std::fs::rename(path, &aside).map_err(|error| write_error(path, &error))?;
    for ending in ["-journal", "-wal", "-shm"] {
        let mut companion = path.as_os_str().to_owned();
        companion.push(ending);
        // Belongs to the damaged file; a new database must not find it.
        let _ = std::fs::remove_file(companion);
    }
    Ok(aside)
}

/// Numbers of rows are small and positive; anything else is damage.
fn small(number: i64) -> rusqlite::Result<u32> {
    u32::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_database_is_moved_aside_and_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("sifter.db");
        std::fs::write(
            &path,
            b"this is no database at all, but long enough to be looked at".repeat(40),
        )
        .expect("written");
        let (_store, aside) = Store::open(folder.path()).expect("a new one");
        let aside = aside.expect("told where the old one is");
        assert!(
            std::fs::read(aside)
                .expect("kept")
                .starts_with(b"this is no database")
        );
        assert!(Store::open(folder.path()).expect("the new one").1.is_none());
    }

    #[test]
    fn migrations_are_sound() {
        schema::migrations().validate().expect("valid");
    }
}
