//! Uploads that nobody goes on with.

use std::io;

use crate::{Error, answer::Refusal, cloud::Inner};

impl Inner {
    /// Removes uploads that have rested too long. Returns how many.
    pub(crate) fn expire_uploads(&self) -> Result<usize, Error> {
        let rest = i64::try_from(self.settings.limits.upload.as_millis()).unwrap_or(i64::MAX);
        let last = self.now().saturating_sub(rest);
        let expired = self.database.write(|rows| {
            let mut statement =
                rows.prepare("DELETE FROM uploads WHERE touched < ?1 RETURNING id")?;
            let expired = statement.query_map([last], |row| row.get(0))?;
            expired.collect::<Result<Vec<String>, rusqlite::Error>>()
        })?;
        for upload in &expired {
            let path = self.upload_path(upload);
            self.remove_upload_file(upload).map_err(Error::file(path))?;
        }
        Ok(expired.len())
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
