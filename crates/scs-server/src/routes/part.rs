//! Bytes of one part, sent to a URL that only its receiver knows. No token is asked for.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use bytes::{Bytes, BytesMut};

use super::call::next_bytes;
use crate::{
    answer::{Answer, Refusal},
    cloud::Inner,
    random,
    upload::{PartWriter, Receiving, find_part, record_part},
};

/// So many bytes are gathered before the disk is bothered.
const GATHERED: usize = 512 << 10;

pub(crate) async fn receive(State(cloud): State<Arc<Inner>>, request: Request) -> Answer {
    let secret = request
        .uri()
        .path()
        .trim_start_matches("/uploads/")
        .to_owned();
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let place = cloud
        .blocking(move |cloud| find_part(cloud, &secret))
        .await?;
    let (_, expected) = place
        .receiving
        .upload()
        .part(place.number)
        .ok_or_else(|| Refusal::bad("there is no such part"))?;
    if length.is_some_and(|length| length != expected) {
        return Err(Refusal::bad(format!("the part has {expected} bytes")));
    }
    let body = request.into_body();
    let etag = write(&cloud, place.receiving, place.number, place.sha256, body).await?;
    let mut response = StatusCode::OK.into_response();
    if let Ok(value) = format!("\"{etag}\"").parse() {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}

/// Writes a part. Returns its token: the digest if one was asked for, else one that is new each time.
pub(crate) async fn write(
    cloud: &Arc<Inner>,
    receiving: Arc<Receiving>,
    number: u32,
    sha256: String,
    mut body: Body,
) -> Answer<String> {
    let idle = cloud.settings.limits.idle;
    let with_digest = !sha256.is_empty();
    let mut writer = cloud
        .blocking(move |cloud| {
            cloud.reopen_part(&receiving.upload().id, number)?;
            receiving
                .begin(number, with_digest)
                .ok_or_else(|| Refusal::conflict("the upload is being completed"))
        })
        .await?;
    let mut gathered = BytesMut::new();
    while let Some(bytes) = next_bytes(&mut body, idle).await? {
        gathered.extend_from_slice(&bytes);
        if gathered.len() >= GATHERED {
            writer = put(cloud, writer, gathered.split().freeze()).await?;
        }
    }
    writer = put(cloud, writer, gathered.freeze()).await?;
    cloud
        .blocking(move |cloud| finish(cloud, writer, &sha256))
        .await
}

async fn put(cloud: &Arc<Inner>, mut writer: PartWriter, bytes: Bytes) -> Answer<PartWriter> {
    let written = cloud.blocking(move |_| {
        writer.write(&bytes)?;
        Ok(writer)
    });
    written.await
}

fn finish(cloud: &Arc<Inner>, mut writer: PartWriter, sha256: &str) -> Answer<String> {
    if !writer.is_whole() {
        return Err(Refusal::bad(format!(
            "the part has {} bytes",
            writer.length()
        )));
    }
    let digest = writer.digest().map(hex::encode);
    if digest.as_deref().is_some_and(|digest| digest != sha256) {
        return Err(Refusal::bad(
            "the bytes of the part are not those that were announced",
        ));
    }
    let etag = digest.unwrap_or_else(random::identity);
    writer.finish::<Refusal>(|upload, number| record_part(cloud, upload, number, &etag))?;
    Ok(etag)
}
