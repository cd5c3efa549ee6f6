//! Deleting an image, and its bytes when nobody else has the same.

use std::sync::Arc;

use rusqlite::{Transaction, params};
use scs_types::library::Image;

use super::{find::writable_image, find_image, image_by_id, reference::Wanted};
use crate::{
    answer::{Answer, Refusal},
    audit,
    caller::Caller,
    cloud::Inner,
    database::lock,
    steps::Step,
};

/// Deletes an image and all its tags.
///
/// # Errors
///
/// 401, 403, 404.
pub(crate) fn delete_image(
    cloud: &Arc<Inner>,
    caller: &Caller,
    wanted: &Wanted,
    arch: Option<&str>,
) -> Answer<Image> {
    caller.user()?;
    let now = cloud.now();
    let _changing = lock(&cloud.changing_blobs);
    let (image, uploads, orphan) = cloud.database.write(|rows| {
        let id = find_image(rows, caller, wanted, arch)?;
        if writable_image(rows, caller, &id)?.read_only {
            return Err(Refusal::forbidden("the container is read-only"));
        }
        let image = image_by_id(rows, &id)?;
        let uploads = uploads_of(rows, &id)?;
        let orphan = delete_rows(rows, &id)?;
        audit::note(
            rows,
            now,
            caller.name(),
            "image.delete",
            &format!("{id} {}", image.hash),
        )?;
        Ok((image, uploads, orphan))
    })?;
    cloud.settings.steps.reach(Step::BeforeRemoval)?;
    for upload in uploads {
        cloud.remove_upload_file(&upload)?;
    }
    if let Some(digest) = orphan.filter(|_| !cloud.is_backing_up()) {
        cloud.blobs.remove(&digest)?;
    }
    Ok(image)
}

fn uploads_of(rows: &Transaction<'_>, image: &str) -> Answer<Vec<String>> {
    let mut statement = rows.prepare_cached("SELECT id FROM uploads WHERE image = ?1")?;
    let found = statement.query_map([image], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Deletes the rows of an image. Returns the digest of bytes that nobody needs any more.
fn delete_rows(rows: &Transaction<'_>, image: &str) -> Answer<Option<String>> {
    let digest: Option<String> =
        rows.query_row("SELECT blob FROM images WHERE id = ?1", [image], |row| {
            row.get(0)
        })?;
    rows.execute("DELETE FROM images WHERE id = ?1", [image])?;
    let Some(digest) = digest else {
        return Ok(None);
    };
    let gone = rows.execute(
        "DELETE FROM blobs WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM images WHERE blob = ?1)",
        params![digest],
    )?;
    Ok((gone > 0).then_some(digest))
}
