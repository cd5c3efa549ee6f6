//! The rows of the cloud: one SQLite file with one writer and one reader beside it.
//!
//! A committed row survives a loss of power: what a client was told must stay true.

mod schema;

use std::{
    fmt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, backup::Backup};

use crate::Error;

pub(crate) const FILE: &str = "cloud.db";

pub(crate) struct Database {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Database")
    }
}

impl Database {
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let mut writer = Connection::open(&path)?;
        writer.busy_timeout(Duration::from_secs(5))?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        writer.pragma_update(None, "foreign_keys", true)?;
        schema::migrations().to_latest(&mut writer)?;
        Self::with_reader(writer, &path)
    }

    /// Opens what another process serves, and leaves its tables as they are.
    pub(crate) fn open_as_it_is(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let writer = Connection::open_with_flags(&path, flags)?;
        writer.busy_timeout(Duration::from_secs(5))?;
        writer.pragma_update(None, "foreign_keys", true)?;
        if schema::migrations().pending_migrations(&writer)? != 0 {
            return Err(Error::OtherVersion);
        }
        Self::with_reader(writer, &path)
    }

    fn with_reader(writer: Connection, path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(path, flags)?;
        reader.busy_timeout(Duration::from_secs(5))?;
        for connection in [&writer, &reader] {
            connection.set_prepared_statement_cache_capacity(64);
        }
        Ok(Self {
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
        })
    }

    /// Runs `work` on what is committed.
    pub(crate) fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        work(&lock(&self.reader))
    }

    /// Runs `work` as a whole or not at all; what it wrote is safe on the disk afterwards.
    pub(crate) fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = lock(&self.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Writes all rows into a new file.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), Error> {
        let source = lock(&self.writer);
        let mut copy = Connection::open(path)?;
        Backup::new(&source, &mut copy)?.run_to_completion(1024, Duration::ZERO, None)?;
        Ok(())
    }

    /// What SQLite finds wrong with the file.
    pub(crate) fn damages(&self) -> Result<Vec<String>, Error> {
        let connection = lock(&self.reader);
        let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
        let found = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut damages = found.collect::<Result<Vec<_>, _>>()?;
        damages.retain(|line| line != "ok");
        Ok(damages)
    }
}

/// A lock that a panic of another thread does not spoil: all state behind it is changed in one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
