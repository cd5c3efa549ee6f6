//! One part of an upload: whose URL it is, and what is kept of it when it is whole.

use std::{collections::BTreeSet, sync::Arc};

use rusqlite::{OptionalExtension, params};

use super::{Receiving, Upload};
use crate::{
    answer::{Answer, Refusal},
    cloud::Inner,
    database::lock,
    random,
};

/// Uploads that are kept open while nobody writes to them: each has a file handle. What an upload that is opened again has
/// hashed already is hashed once more.
const KEPT_OPEN: usize = 64;

/// What a URL of a part is for.
#[derive(Debug)]
pub(crate) struct PartPlace {
    pub(crate) receiving: Arc<Receiving>,
    pub(crate) number: u32,
    /// What the part must hash to, or nothing.
    pub(crate) sha256: String,
}

/// What the URL with this secret is for.
///
/// # Errors
///
/// 403 for a URL that never was or is no longer good, 410 if its upload is gone. Never 404: official clients would take
/// that for a server without parts.
pub(crate) fn find_part(cloud: &Arc<Inner>, secret: &str) -> Answer<PartPlace> {
    let now = cloud.now();
    let found = cloud.database.read(|rows| {
        rows.prepare_cached(
            "SELECT upload, number, sha256 FROM part_urls WHERE digest = ?1 AND expires > ?2",
        )?
        .query_row(params![random::digest_of(secret), now], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()
        .map_err(Refusal::from)
    })?;
    let (upload, number, sha256) =
        found.ok_or_else(|| Refusal::forbidden("this upload URL is not valid, or no longer"))?;
    Ok(PartPlace {
        receiving: cloud.receiving(&upload)?,
        number,
        sha256,
    })
}

/// Makes it known that a part is whole. Its old tokens are no longer good.
pub(crate) fn record_part(cloud: &Inner, upload: &Upload, number: u32, etag: &str) -> Answer<()> {
    let now = cloud.now();
    cloud.database.write(|rows| {
        let changed = rows.execute(
            "UPDATE uploads SET touched = ?2 WHERE id = ?1",
            params![upload.id, now],
        )?;
        if changed == 0 {
            return Err(Refusal::gone("the upload was given up"));
        }
        rows.execute(
            "INSERT INTO parts (upload, number, etag) VALUES (?1, ?2, ?3)
             ON CONFLICT (upload, number) DO UPDATE SET etag = excluded.etag",
            params![upload.id, number, etag],
        )?;
        Ok(())
    })
}

impl Inner {
    /// The upload with this identity, as far as it has come.
    pub(crate) fn receiving(self: &Arc<Self>, id: &str) -> Answer<Arc<Receiving>> {
        let mut open = lock(&self.receiving);
        if let Some(receiving) = open.get(id) {
            return Ok(Arc::clone(receiving));
        }
        let found = self.database.read(|rows| {
            let Some(upload) = Upload::find(rows, id)? else {
                return Ok::<_, Refusal>(None);
            };
            let mut statement =
                rows.prepare_cached("SELECT number FROM parts WHERE upload = ?1")?;
            let done = statement.query_map([id], |row| row.get(0))?;
            Ok(Some((upload, done.collect::<Result<BTreeSet<u32>, _>>()?)))
        })?;
        let (upload, done) =
            found.ok_or_else(|| Refusal::gone("there is no such upload any more"))?;
        if open.len() >= KEPT_OPEN {
            // Those that only this table holds.
            open.retain(|_, kept| Arc::strong_count(kept) > 1);
        }
        let path = self.upload_path(id);
        let steps = self.settings.steps.clone();
        let receiving = Arc::new(Receiving::open(&path, upload, done, steps)?);
        open.insert(id.to_owned(), Arc::clone(&receiving));
        Ok(receiving)
    }

    /// Forgets that a part was whole: it is being sent again.
    pub(crate) fn reopen_part(&self, upload: &str, number: u32) -> Answer<()> {
        let known = self.database.read(|rows| {
            rows.prepare_cached("SELECT 1 FROM parts WHERE upload = ?1 AND number = ?2")?
                .exists(params![upload, number])
        })?;
        if known {
            self.database.write(|rows| {
                rows.execute(
                    "DELETE FROM parts WHERE upload = ?1 AND number = ?2",
                    params![upload, number],
                )
            })?;
        }
        Ok(())
    }
}
