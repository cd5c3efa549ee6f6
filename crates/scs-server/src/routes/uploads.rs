//! The three ways to upload an image: whole through the service, whole to a URL, in parts to URLs.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::{http::StatusCode, http::header, response::Response};
use rusqlite::Connection;
use scs_types::library::{
    Completed, ImageHash, MultipartAbort, MultipartComplete, MultipartPart, MultipartStart,
    MultipartStarted, PartUrl, UploadStart, UploadUrl,
};

use super::{call::Call, part};
use crate::{
    answer::{Answer, Refusal, data, done},
    caller::Caller,
    cloud::Inner,
    library::{completed, image_by_id, room_in, writable_image},
    upload::{self, Plan, Proof, Upload},
};

/// Checks that the caller may upload an image of this size, and makes room for it. None if it is there already.
fn start_upload(cloud: &Arc<Inner>, caller: &Caller, plan: &Plan) -> Answer<Upload> {
    cloud.database.read(|rows| {
        let owned = writable_image(rows, caller, &plan.image)?;
        if owned.read_only {
            return Err(Refusal::forbidden("the container is read-only"));
        }
        if is_settled(rows, &plan.image)? {
            let message = "the image is complete; to send other bytes, delete it first";
            return Err(Refusal::conflict(message));
        }
        room_in(rows, &owned.entity, plan.size, Some(&owned.id))
    })?;
    upload::start(cloud, plan)
}

/// Whether an image is complete and nothing but its first upload says what its bytes are. One that is called by its hash
/// may be sent again: the bytes are the same or refused.
fn is_settled(rows: &Connection, image: &str) -> Answer<bool> {
    let image = image_by_id(rows, image)?;
    let hash = image.hash.parse::<ImageHash>().ok();
    Ok(image.uploaded && hash.is_none_or(|hash| hash.sha256().is_none()))
}

/// Whether the caller may upload this image, and whether its bytes are here already.
fn is_uploaded(cloud: &Inner, caller: &Caller, image: &str) -> Answer<bool> {
    cloud.database.read(|rows| {
        writable_image(rows, caller, image)?;
        Ok(image_by_id(rows, image)?.uploaded)
    })
}

fn file_size(size: i64) -> Answer<u64> {
    u64::try_from(size).map_err(|_| Refusal::bad("the size of the file is missing"))
}

/// The oldest way: all bytes in one request.
pub(crate) async fn whole(mut call: Call) -> Answer {
    call.caller.user()?;
    let image = call.step("/v1/imagefile/")?;
    let length = call
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let size: u64 = length.and_then(|text| text.parse().ok()).ok_or_else(|| {
        Refusal::new(
            StatusCode::LENGTH_REQUIRED,
            "the length of the file is missing",
        )
    })?;
    let plan = Plan {
        image: image.clone(),
        size,
        in_parts: false,
        md5: String::new(),
    };
    let caller = call.caller.clone();
    let started = call.cloud.blocking(move |cloud| {
        let upload = start_upload(cloud, &caller, &plan)?;
        cloud.receiving(&upload.id)
    });
    let receiving = started.await?;
    let id = receiving.upload().id.clone();
    let body = call.take_body();
    let sent = part::write(&call.cloud, receiving, 1, String::new(), body).await;
    let who = call.caller.name().to_owned();
    let ended = call.cloud.blocking(move |cloud| match sent {
        Ok(_) => upload::complete(cloud, &id, &Proof::OnePiece, &who),
        Err(refusal) => upload::abort(cloud, &id).and(Err(refusal)),
    });
    ended.await?;
    Ok(done())
}

/// Whole, to a URL.
pub(crate) async fn start(mut call: Call) -> Answer {
    call.caller.user()?;
    let request: UploadStart = call.json().await?;
    let plan = Plan {
        image: call.step("/v2/imagefile/")?,
        size: file_size(request.filesize)?,
        in_parts: false,
        md5: request.md5sum.to_ascii_lowercase(),
    };
    let base = call.way.base.clone();
    let caller = call.caller;
    let started = call.cloud.blocking(move |cloud| {
        check_announced(cloud, &caller, &plan.image, &request.sha256sum)?;
        let upload = start_upload(cloud, &caller, &plan)?;
        upload::part_url(cloud, &upload, 1, "")
    });
    let upload_url = format!("{base}{}", started.await?);
    Ok(data(UploadUrl { upload_url }))
}

/// A hash that is announced must be that of the image: better now than after all bytes came.
fn check_announced(cloud: &Inner, caller: &Caller, image: &str, sha256: &str) -> Answer<()> {
    if sha256.is_empty() {
        return Ok(());
    }
    let hash = cloud.database.read(|rows| {
        writable_image(rows, caller, image)?;
        image_by_id(rows, image)
    })?;
    let expected = hash
        .hash
        .parse::<ImageHash>()
        .ok()
        .and_then(|hash| hash.sha256());
    match expected {
        Some(expected) if !hex::encode(expected).eq_ignore_ascii_case(sha256) => Err(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the hash of the file is not that of the image",
        )),
        _ => Ok(()),
    }
}

pub(crate) async fn complete(call: Call) -> Answer {
    call.caller.user()?;
    let image = call.step("/v2/imagefile/")?;
    let caller = call.caller;
    let ended = call.cloud.blocking(move |cloud| {
        let uploaded = is_uploaded(cloud, &caller, &image)?;
        let newest = cloud.database.read(|rows| upload::latest(rows, &image))?;
        let outcome = match newest {
            Some(upload) => upload::complete(cloud, &upload.id, &Proof::OnePiece, caller.name()),
            None => Err(Refusal::conflict("no upload of this image was started")),
        };
        forgive(cloud, &caller, &image, uploaded, outcome)
    });
    Ok(data(ended.await?))
}

/// A completion that was answered before, or by another upload of the same bytes, is a success once more.
fn forgive(
    cloud: &Inner,
    caller: &Caller,
    image: &str,
    was_uploaded: bool,
    outcome: Answer<()>,
) -> Answer<Completed> {
    match outcome {
        Err(refusal)
            if matches!(refusal.status, StatusCode::CONFLICT | StatusCode::GONE)
                && (was_uploaded || is_uploaded(cloud, caller, image)?) => {}
        Err(refusal) => return Err(refusal),
        Ok(()) => {}
    }
    cloud.database.read(|rows| completed(rows, image))
}

/// In parts.
pub(crate) async fn start_parts(mut call: Call) -> Answer {
    call.caller.user()?;
    let request: MultipartStart = call.json().await?;
    let plan = Plan {
        image: call.step("/v2/imagefile/")?,
        size: file_size(request.filesize)?,
        in_parts: true,
        md5: String::new(),
    };
    let caller = call.caller;
    let started = call
        .cloud
        .blocking(move |cloud| start_upload(cloud, &caller, &plan));
    let upload = started.await?;
    Ok(data(MultipartStarted {
        upload_id: upload.id,
        total_parts: i64::from(upload.parts),
        part_size: i64::try_from(upload.part_size).unwrap_or(i64::MAX),
        // Clients need not hash each part: the whole file is hashed here.
        options: BTreeMap::from([("s3compliant".to_owned(), "false".into())]),
    }))
}

pub(crate) async fn part(mut call: Call) -> Answer {
    call.caller.user()?;
    let request: MultipartPart = call.json().await?;
    let image = call.step("/v2/imagefile/")?;
    let base = call.way.base.clone();
    let caller = call.caller;
    let made = call.cloud.blocking(move |cloud| {
        let upload = open_upload(cloud, &caller, &image, &request.upload_id)?;
        let number = u32::try_from(request.part_number).unwrap_or(0);
        let (_, length) = upload
            .part(number)
            .ok_or_else(|| Refusal::bad("there is no such part"))?;
        if u64::try_from(request.part_size) != Ok(length) {
            return Err(Refusal::bad(format!("part {number} has {length} bytes")));
        }
        let sha256 = request.sha256.to_ascii_lowercase();
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !sha256.is_empty() && !is_hash {
            return Err(Refusal::bad("the hash of the part is none"));
        }
        upload::part_url(cloud, &upload, number, &sha256)
    });
    let presigned_url = format!("{base}{}", made.await?);
    Ok(data(PartUrl { presigned_url }))
}

/// An upload of an image of the caller. Never 404: official clients would begin anew in one piece, in the middle of the
/// file.
fn open_upload(cloud: &Inner, caller: &Caller, image: &str, id: &str) -> Answer<Upload> {
    let gone = || Refusal::gone("there is no such upload any more");
    cloud.database.read(|rows| {
        match writable_image(rows, caller, image) {
            Err(refusal) if refusal.status == StatusCode::NOT_FOUND => return Err(gone()),
            other => other?,
        };
        Upload::find(rows, id)?
            .filter(|upload| upload.image == image)
            .ok_or_else(gone)
    })
}

pub(crate) async fn complete_parts(mut call: Call) -> Answer {
    call.caller.user()?;
    let request: MultipartComplete = call.json().await?;
    let image = call.step("/v2/imagefile/")?;
    let caller = call.caller;
    let ended = call.cloud.blocking(move |cloud| {
        let uploaded = is_uploaded(cloud, &caller, &image).unwrap_or(false);
        let proof = Proof::Tokens(request.completed_parts);
        let outcome = open_upload(cloud, &caller, &image, &request.upload_id)
            .and_then(|upload| upload::complete(cloud, &upload.id, &proof, caller.name()));
        forgive(cloud, &caller, &image, uploaded, outcome)
    });
    Ok(data(ended.await?))
}

pub(crate) async fn abort_parts(mut call: Call) -> Answer<Response> {
    call.caller.user()?;
    let request: MultipartAbort = call.json().await?;
    let image = call.step("/v2/imagefile/")?;
    let caller = call.caller;
    let aborted = call.cloud.blocking(move |cloud| {
        match open_upload(cloud, &caller, &image, &request.upload_id) {
            Ok(upload) => upload::abort(cloud, &upload.id),
            Err(refusal) if refusal.status == StatusCode::GONE => Ok(()),
            Err(refusal) => Err(refusal),
        }
    });
    aborted.await?;
    Ok(done())
}
