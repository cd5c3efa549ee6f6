//! The end of an upload: from bytes on the disk to an image that is there.
//!
//! The order is what makes it safe: the hash is right, the bytes are safe on the disk, the file has its final name, and
//! only then does a row say so. A crash in between leaves a file that nobody knows, which `gc` removes.

use std::{collections::BTreeMap, io::Read, sync::Arc};

use axum::http::StatusCode;
use md5::Md5;
use rusqlite::{Transaction, params};
use scs_types::library::{CompletedPart, ImageHash};

use super::{Receiving, Upload};
use crate::{
    answer::{Answer, Refusal},
    audit,
    cloud::Inner,
    database::lock,
    facts::Facts,
    library::{entity_of_image, room_in},
    steps::Step,
};

/// What shows that the client and we mean the same parts.
#[derive(Debug)]
pub(crate) enum Proof {
    /// The upload is in one piece: there is nothing to compare.
    OnePiece,
    /// The tokens of all parts.
    Tokens(Vec<CompletedPart>),
}

/// Ends an upload. The image is there afterwards, or nothing has changed.
///
/// # Errors
///
/// 409 for missing parts and wrong tokens, 422 for a wrong hash, 507 without room.
pub(crate) fn complete(cloud: &Arc<Inner>, upload: &str, proof: &Proof, who: &str) -> Answer<()> {
    let receiving = cloud.receiving(upload)?;
    receiving.ending(|| end(cloud, &receiving, proof, who))
}

fn end(cloud: &Arc<Inner>, receiving: &Receiving, proof: &Proof, who: &str) -> Answer<()> {
    let upload = receiving.upload();
    check_parts(cloud, upload, proof)?;
    let digest = hex::encode(receiving.digest()?);
    if let Err(refusal) = check_hash(cloud, receiving, &digest) {
        super::abort(cloud, &upload.id)?;
        return Err(refusal);
    }
    cloud.settings.steps.reach(Step::Hashed)?;
    let facts = Facts::read(receiving.file());
    receiving.file().sync_all()?;
    cloud.settings.steps.reach(Step::Synced)?;
    if !is_known(cloud, &digest)? {
        cloud.blobs.bring(&cloud.upload_path(&upload.id), &digest)?;
    }
    if let Err(refusal) = settle(cloud, upload, &digest, &facts, who) {
        // Refused for good after the file got its final name: there is nothing left to go on with.
        let is_final = matches!(
            refusal.status,
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::INSUFFICIENT_STORAGE
        );
        if is_final && !cloud.upload_path(&upload.id).exists() {
            super::abort(cloud, &upload.id)?;
        }
        return Err(refusal);
    }
    cloud.settings.steps.reach(Step::AfterCommit)?;
    cloud.remove_upload_file(&upload.id)?;
    Ok(())
}

fn check_parts(cloud: &Inner, upload: &Upload, proof: &Proof) -> Answer<()> {
    let known = cloud.database.read(|rows| {
        let mut statement =
            rows.prepare_cached("SELECT number, etag FROM parts WHERE upload = ?1")?;
        let parts = statement.query_map([&upload.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        parts.collect::<Result<BTreeMap<u32, String>, _>>()
    })?;
    for number in 1..=upload.parts {
        let Some(etag) = known.get(&number) else {
            return Err(Refusal::conflict(format!("part {number} was not sent")));
        };
        if let Proof::Tokens(tokens) = proof {
            let of_part = |part: &&CompletedPart| part.part_number == i64::from(number);
            let token = tokens
                .iter()
                .rfind(of_part)
                .map(|part| part.token.trim_matches('"'));
            if token != Some(etag.as_str()) {
                return Err(Refusal::conflict(format!(
                    "the token of part {number} is wrong"
                )));
            }
        }
    }
    match proof {
        Proof::Tokens(tokens) if tokens.len() != upload.parts as usize => Err(Refusal::conflict(
            "there are tokens of parts that are not there",
        )),
        _ => Ok(()),
    }
}

fn check_hash(cloud: &Inner, receiving: &Receiving, digest: &str) -> Answer<()> {
    let wrong = |message: &str| Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message));
    let upload = receiving.upload();
    let hash: String = cloud.database.read(|rows| {
        rows.query_row(
            "SELECT hash FROM images WHERE id = ?1",
            [&upload.image],
            |row| row.get(0),
        )
    })?;
    let expected = hash
        .parse::<ImageHash>()
        .ok()
        .and_then(|hash| hash.sha256());
    if expected.is_some_and(|expected| hex::encode(expected) != digest) {
        return wrong("the bytes that came are not those of the image: their hash differs");
    }
    // The hash of the image says more; MD5 only stands in for the identities of old images.
    if expected.is_none() && !upload.md5.is_empty() && md5_of(receiving)? != upload.md5 {
        return wrong("the bytes that came are not those that were announced: their MD5 differs");
    }
    Ok(())
}

fn md5_of(receiving: &Receiving) -> Answer<String> {
    use md5::Digest;
    let mut hasher = Md5::new();
    let mut file = receiving.file().try_clone()?;
    std::io::Seek::rewind(&mut file)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            None | Some([]) => return Ok(hex::encode(hasher.finalize())),
            Some(bytes) => hasher.update(bytes),
        }
    }
}

/// Whether the store has these bytes, and an image needs them.
fn is_known(cloud: &Inner, digest: &str) -> Answer<bool> {
    cloud.database.read(|rows| {
        let mut blobs = rows.prepare_cached("SELECT 1 FROM blobs WHERE digest = ?1")?;
        Ok(blobs.exists([digest])?)
    })
}

/// Gives the file its final name and the image its row.
fn settle(
    cloud: &Arc<Inner>,
    upload: &Upload,
    digest: &str,
    facts: &Facts,
    who: &str,
) -> Answer<()> {
    let _changing = lock(&cloud.changing_blobs);
    cloud.database.read(|rows| {
        let entity = entity_of_image(rows, &upload.image)?;
        room_in(rows, &entity, upload.size, Some(&upload.image))
    })?;
    if !is_known(cloud, digest)? {
        cloud.blobs.adopt(&cloud.upload_path(&upload.id), digest)?;
    }
    cloud.settings.steps.reach(Step::Renamed)?;
    let now = cloud.now();
    cloud.database.write(|rows| {
        // Once more: what is here already may have become images of the same entity since.
        let entity = entity_of_image(rows, &upload.image)?;
        room_in(rows, &entity, upload.size, Some(&upload.image))?;
        rows.execute(
            "INSERT INTO blobs (digest, size, created) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![digest, upload.size, now],
        )?;
        write_image(rows, upload, digest, facts, now)?;
        rows.execute("DELETE FROM uploads WHERE id = ?1", [&upload.id])?;
        audit::note(
            rows,
            now,
            who,
            "image.upload",
            &format!("{} {digest}", upload.image),
        )?;
        cloud.settings.steps.reach(Step::BeforeCommit)?;
        Ok::<_, Refusal>(())
    })
}

fn write_image(
    rows: &Transaction<'_>,
    upload: &Upload,
    digest: &str,
    facts: &Facts,
    now: i64,
) -> Answer<()> {
    let changed = rows.execute(
        "UPDATE images SET blob = ?2, size = ?3, arch = ?4, signed = ?5, encrypted = ?6,
         fingerprints = ?7, updated = ?8 WHERE id = ?1 AND (blob IS NULL OR blob = ?2)",
        params![
            upload.image,
            digest,
            upload.size,
            facts.arch,
            facts.signed,
            facts.encrypted,
            facts.fingerprints_as_json(),
            now
        ],
    )?;
    if changed == 0 {
        let message = "the image was completed with other bytes meanwhile";
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    Ok(())
}
