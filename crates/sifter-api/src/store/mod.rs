//! Sifter's own memory: one SQLite file in its data folder, never in a command line's.
//!
//! What is in it can be found again or asked again, so a damaged file is moved aside and a new one made. It is opened
//! at the first use: a command line that only looks at a file never pays for it.

mod borrowed;
mod folders;
mod images;
mod kept;
mod schema;
mod signers;
mod targets;
mod tasks;
mod transfers;
mod trust;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock},
    time::Duration,
};

use rusqlite::Connection;

use crate::{
    Result,
    error::{ApiError, ErrorCode, write_error},
    files,
};

use borrowed::Borrowed;

pub(crate) use folders::FolderRecord;
pub(crate) use images::{CheckedState, ImageRecord, Place, Scan};
pub(crate) use tasks::TaskRecord;
pub(crate) use trust::TrustRecord;

/// The database, and what is remembered only while this program runs. One connection: SQLite takes one writer anyway,
/// and rows are few.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    connection: OnceLock<Mutex<Connection>>,
    /// Held by whoever opens the connection.
    opening: Mutex<()>,
    /// Where a damaged database was moved to.
    aside: OnceLock<PathBuf>,
    borrowed: Borrowed,
}

impl Store {
    /// Returns the store whose database is below `folder`. Touches nothing.
    pub(crate) fn below(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            connection: OnceLock::new(),
            opening: Mutex::new(()),
            aside: OnceLock::new(),
            borrowed: Borrowed::default(),
        }
    }

    /// Opens the database and returns where a damaged one was moved to.
    pub(crate) fn open(&self) -> Result<Option<&Path>> {
        drop(self.rows()?);
        Ok(self.aside.get().map(PathBuf::as_path))
    }

    /// Whether there is anything to read: a question is no reason to make a database.
    fn is_made(&self) -> bool {
        self.connection.get().is_some() || self.path().exists()
    }

    fn path(&self) -> PathBuf {
        self.folder.join("sifter.db")
    }

    fn rows(&self) -> Result<MutexGuard<'_, Connection>> {
        if let Some(connection) = self.connection.get() {
            return Ok(crate::lock(connection));
        }
        let _one_at_a_time = crate::lock(&self.opening);
        let connection = match self.connection.get() {
            Some(connection) => connection,
            None => {
                let opened = self.connect()?;
                self.connection.get_or_init(|| Mutex::new(opened))
            }
        };
        Ok(crate::lock(connection))
    }

    fn connect(&self) -> Result<Connection> {
        files::make_private_folder(&self.folder)
            .map_err(|error| write_error(&self.folder, &error))?;
        let path = self.path();
        match connect(&path) {
            Ok(connection) => Ok(connection),
            Err(error) if is_damage(&error) => {
                tracing::warn!(%error, "the database is damaged and is moved aside");
                let aside = move_aside(&path)?;
                let connection = connect(&path)?;
                self.aside.get_or_init(|| aside);
                Ok(connection)
            }
            Err(error) => Err(error.into()),
        }
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
        let store = Store::below(folder.path());
        let aside = store.open().expect("a new one");
        let aside = aside.expect("told where the old one is");
        assert!(
            std::fs::read(aside)
                .expect("kept")
                .starts_with(b"this is no database")
        );
        let again = Store::below(folder.path());
        assert_eq!(again.open().expect("the new one"), None);
    }

    #[test]
    fn a_question_about_trust_makes_no_database() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Store::below(folder.path());
        assert_eq!(store.trust_records().expect("none"), []);
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            0
        );
        store.open().expect("made");
        assert_eq!(store.trust_records().expect("none"), []);
    }

    #[test]
    fn migrations_are_sound() {
        schema::migrations().validate().expect("valid");
    }
}
