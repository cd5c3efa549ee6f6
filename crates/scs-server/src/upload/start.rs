//! Beginning and giving up an upload, and the URLs that its parts go to.

use std::{fs::File, sync::Arc};

use rusqlite::{Connection, OptionalExtension, params};

use super::Upload;
use crate::{
    answer::{Answer, Refusal},
    blobs::sync_folder,
    cloud::Inner,
    database::lock,
    random,
    steps::Step,
};

/// S3 takes no more, so clients are not made for more.
const MOST_PARTS: u64 = 10_000;
/// Sizes of parts are multiples of this.
const PART_STEP: u64 = 1 << 20;
/// More open uploads of one image help nobody.
const MOST_OPEN: i64 = 16;
/// So many URLs of a part are good at once; older ones are not any more.
const MOST_URLS: i64 = 8;

/// How an upload comes.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) image: String,
    pub(crate) size: u64,
    pub(crate) in_parts: bool,
    pub(crate) md5: String,
}

impl Plan {
    fn part_size(&self, usual: u64) -> u64 {
        if !self.in_parts {
            return self.size.max(1);
        }
        if usual.saturating_mul(MOST_PARTS) >= self.size {
            return usual.max(1);
        }
        self.size.div_ceil(MOST_PARTS).next_multiple_of(PART_STEP)
    }
}

/// Makes room for an upload.
///
/// # Errors
///
/// 400 for an impossible size, 409 for too many at once, 507 without room.
pub(crate) fn start(cloud: &Arc<Inner>, plan: &Plan) -> Answer<Upload> {
    let limits = &cloud.settings.limits;
    if plan.size > limits.image {
        return Err(Refusal::no_room(
            "the image is larger than this library takes",
        ));
    }
    if fs4::available_space(&cloud.settings.folder)? < plan.size {
        return Err(Refusal::no_room(
            "there is no room for the image on the disk",
        ));
    }
    let part_size = plan.part_size(limits.part);
    let parts = u32::try_from(plan.size.div_ceil(part_size).max(1))
        .map_err(|_| Refusal::bad("the image has too many parts"))?;
    let upload = Upload {
        id: random::identity(),
        image: plan.image.clone(),
        size: plan.size,
        part_size,
        parts,
        md5: plan.md5.clone(),
    };
    let path = cloud.upload_path(&upload.id);
    let _starting = lock(&cloud.starting_upload);
    File::create_new(&path)?.set_len(plan.size)?;
    if let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    cloud.settings.steps.reach(Step::UploadFileMade)?;
    let written = insert(cloud, &upload);
    if written.is_err() {
        // Otherwise `gc` finds it.
        let _ = std::fs::remove_file(&path);
    }
    written.map(|()| upload)
}

fn insert(cloud: &Inner, upload: &Upload) -> Answer<()> {
    let now = cloud.now();
    cloud.database.write(|rows| {
        let open: i64 = rows.query_row(
            "SELECT count(*) FROM uploads WHERE image = ?1",
            [&upload.image],
            |row| row.get(0),
        )?;
        if open >= MOST_OPEN {
            return Err(Refusal::conflict("too many uploads of this image at once"));
        }
        rows.execute(
            "INSERT INTO uploads (id, image, size, part_size, parts, md5, touched)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                upload.id,
                upload.image,
                upload.size,
                upload.part_size,
                upload.parts,
                upload.md5,
                now
            ],
        )?;
        Ok(())
    })
}

/// The path of a URL for one part, good for some hours, known to nobody else.
pub(crate) fn part_url(
    cloud: &Inner,
    upload: &Upload,
    number: u32,
    sha256: &str,
) -> Answer<String> {
    let secret = random::secret();
    let now = cloud.now();
    let hours = i64::try_from(cloud.settings.limits.part_url.as_millis()).unwrap_or(i64::MAX);
    cloud.database.write(|rows| {
        rows.execute("DELETE FROM part_urls WHERE expires <= ?1", [now])?;
        rows.execute(
            "UPDATE uploads SET touched = ?2 WHERE id = ?1",
            params![upload.id, now],
        )?;
        rows.execute(
            "INSERT INTO part_urls (digest, upload, number, sha256, expires)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                random::digest_of(&secret),
                upload.id,
                number,
                sha256,
                now.saturating_add(hours)
            ],
        )?;
        rows.execute(
            "DELETE FROM part_urls WHERE upload = ?1 AND number = ?2 AND rowid NOT IN (
                 SELECT rowid FROM part_urls WHERE upload = ?1 AND number = ?2
                 ORDER BY rowid DESC LIMIT ?3)",
            params![upload.id, number, MOST_URLS],
        )?;
        Ok::<_, Refusal>(())
    })?;
    Ok(format!("/uploads/{secret}"))
}

/// The newest upload of an image in one piece whose bytes are here. Somebody else may be sending the same image.
pub(crate) fn latest(rows: &Connection, image: &str) -> Answer<Option<Upload>> {
    let id: Option<String> = rows
        .prepare_cached(
            "SELECT id FROM uploads WHERE image = ?1 AND parts = 1
             AND EXISTS (SELECT 1 FROM parts WHERE upload = uploads.id) ORDER BY rowid DESC LIMIT 1",
        )?
        .query_row([image], |row| row.get(0))
        .optional()?;
    id.map_or(Ok(None), |id| Upload::find(rows, &id))
}

/// Gives up an upload. That it is gone is fine.
pub(crate) fn abort(cloud: &Inner, id: &str) -> Answer<()> {
    cloud.database.write(|rows| {
        rows.execute("DELETE FROM uploads WHERE id = ?1", [id])?;
        Ok::<_, Refusal>(())
    })?;
    cloud.remove_upload_file(id)?;
    Ok(())
}
