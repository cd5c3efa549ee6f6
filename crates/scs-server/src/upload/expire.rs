//! Uploads that nobody goes on with.

use std::{collections::BTreeSet, io, sync::Arc};

use crate::{Error, answer::Refusal, cloud::Inner, database::lock};

impl Inner {
    /// Removes uploads that have rested too long. Returns how many.
    ///
    /// Clocks are set: one that somebody writes to does not rest whatever the clock says, and one that was touched in what
    /// is the future now rests from now on.
    pub(crate) fn expire_uploads(&self) -> Result<usize, Error> {
        let rest = i64::try_from(self.settings.limits.upload.as_millis()).unwrap_or(i64::MAX);
        let now = self.now();
        let busy = self.busy_uploads();
        let expired = self.database.write(|rows| {
            rows.execute("UPDATE uploads SET touched = ?1 WHERE touched > ?1", [now])?;
            let mut statement = rows.prepare("SELECT id FROM uploads WHERE touched < ?1")?;
            let resting = statement.query_map([now.saturating_sub(rest)], |row| row.get(0))?;
            let mut expired = resting.collect::<Result<Vec<String>, rusqlite::Error>>()?;
            expired.retain(|upload| !busy.contains(upload));
            for upload in &expired {
                rows.execute("DELETE FROM uploads WHERE id = ?1", [upload])?;
            }
            Ok::<_, rusqlite::Error>(expired)
        })?;
        for upload in &expired {
            let path = self.upload_path(upload);
            self.remove_upload_file(upload).map_err(Error::file(path))?;
        }
        Ok(expired.len())
    }

    /// Uploads that somebody writes to, or ends.
    fn busy_uploads(&self) -> BTreeSet<String> {
        let open = lock(&self.receiving);
        let busy = open.iter().filter(|(_, kept)| Arc::strong_count(kept) > 1);
        busy.map(|(upload, _)| upload.clone()).collect()
    }

    /// Removes uploads whose file is gone: the process died after the file got its final name and before a row said so.
    pub(crate) fn drop_lost_uploads(&self) -> Result<(), Error> {
        self.database.write(|rows| {
            let mut statement = rows.prepare("SELECT id FROM uploads")?;
            let uploads = statement.query_map([], |row| row.get(0))?;
            let uploads: Vec<String> = uploads.collect::<Result<_, _>>()?;
            for upload in uploads
                .iter()
                .filter(|upload| !self.upload_path(upload).exists())
            {
                rows.execute("DELETE FROM uploads WHERE id = ?1", [upload])?;
            }
            Ok(())
        })
    }

    /// Removes the file of an upload whose row is gone. That there is none is fine.
    pub(crate) fn remove_upload_file(&self, upload: &str) -> io::Result<()> {
        self.forget_upload(upload);
        match std::fs::remove_file(self.upload_path(upload)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

impl From<super::receiving::Stopped> for Refusal {
    fn from(stopped: super::receiving::Stopped) -> Self {
        use super::receiving::Stopped;
        match stopped {
            Stopped::Replaced => Self::conflict("this part is being sent by somebody else"),
            Stopped::TooLong => Self::bad("more bytes came than the part has"),
            Stopped::File(error) => error.into(),
        }
    }
}
