//! Pulling: one stream, or any range of it, as it lies in the store.

use std::{io, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::call::Call;
use crate::{
    answer::{Answer, Refusal},
    blobs::Blob,
    caller::Caller,
    cloud::Inner,
    library::{self, Pull, Wanted},
};

/// What of a file is asked for: from the first byte to before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Range(u64, u64),
    Outside,
}

pub(crate) async fn download(call: Call) -> Answer {
    let wanted = Wanted::read(&call.rest("/v1/imagefile/")?)?;
    let query = call.query()?;
    let caller = call.caller.clone();
    let arch = query.arch().map(str::to_owned);
    let found = call
        .cloud
        .blocking(move |cloud| open(cloud, &caller, &wanted, arch.as_deref()));
    let (pull, blob) = found.await?;
    let etag = format!("\"sha256.{}\"", pull.digest);
    if is_other(&call.headers, &etag) {
        let message = "the image is another one than was asked for";
        return Err(Refusal::new(StatusCode::PRECONDITION_FAILED, message));
    }
    if is_known(&call.headers, &etag) {
        return Ok(described(StatusCode::NOT_MODIFIED, &etag, Body::empty()));
    }
    let is_pull = call.method == Method::GET;
    // A range is of what is sent.
    let part = match is_pull {
        true => part_of(&call.headers, &etag, pull.size),
        false => Part::Whole,
    };
    let (status, start, end) = match part {
        Part::Whole => (StatusCode::OK, 0, pull.size),
        Part::Range(start, end) => (StatusCode::PARTIAL_CONTENT, start, end),
        Part::Outside => {
            let refusal = Refusal::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "the range is outside the image",
            );
            return Err(refusal.with(header::CONTENT_RANGE, &format!("bytes */{}", pull.size)));
        }
    };
    if is_pull && start == 0 {
        count(&call.cloud, pull.container).await;
    }
    let body = if is_pull {
        Body::from_stream(blob.stream(start, end))
    } else {
        Body::empty()
    };
    let mut response = described(status, &etag, body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - start));
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {start}-{}/{}", end.saturating_sub(1), pull.size);
        if let Ok(range) = HeaderValue::from_str(&range) {
            headers.insert(header::CONTENT_RANGE, range);
        }
    }
    Ok(response)
}

/// The image that is asked for and its bytes.
fn open(
    cloud: &Inner,
    caller: &Caller,
    wanted: &Wanted,
    arch: Option<&str>,
) -> Answer<(Pull, Arc<dyn Blob>)> {
    let find = || {
        cloud.database.read(|rows| {
            let image = library::find_image(rows, caller, wanted, arch)?;
            library::pull(rows, &image)
        })
    };
    let pull = find()?;
    match cloud.blobs.open(&pull.digest) {
        Ok(blob) => Ok((pull, blob)),
        // Deleted since its row was read: then there is no row any more.
        Err(error) if error.kind() == io::ErrorKind::NotFound => match find()? {
            again if again.digest == pull.digest => Err(error.into()),
            other => {
                let blob = cloud.blobs.open(&other.digest)?;
                Ok((other, blob))
            }
        },
        Err(error) => Err(error.into()),
    }
}

fn described(status: StatusCode, etag: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CACHE_CONTROL, "private, no-transform"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::ETAG, etag),
    ];
    (status, headers, body).into_response()
}

/// Whether the client has these bytes. What a proxy packed and unpacked again counts too, which it marks as weak.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let mut tags = tags_in(headers, &header::IF_NONE_MATCH);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// Whether the client wants other bytes or none.
fn is_other(headers: &HeaderMap, etag: &str) -> bool {
    headers.contains_key(header::IF_MATCH)
        && !tags_in(headers, &header::IF_MATCH).any(|tag| tag == "*" || tag == etag)
}

fn tags_in<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lists = headers.get_all(name).iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
}

/// What is asked for. Several ranges, other units and nonsense mean the whole, and so does a condition that is not met.
fn part_of(headers: &HeaderMap, etag: &str, size: u64) -> Part {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let in_bytes = |range: &'_ str| {
        let (unit, range) = range.split_once('=')?;
        unit.trim()
            .eq_ignore_ascii_case("bytes")
            .then(|| range.to_owned())
    };
    let Some(range) = text(header::RANGE).and_then(in_bytes) else {
        return Part::Whole;
    };
    if headers.contains_key(header::IF_RANGE) && text(header::IF_RANGE) != Some(etag) {
        return Part::Whole;
    }
    let Some((first, last)) = range.split_once('-') else {
        return Part::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let number = |text: &str| -> Option<u64> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (start, end) = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => (first, last.saturating_add(1).min(size)),
        (Some(first), None) if last.is_empty() => (first, size),
        (None, Some(0)) if first.is_empty() => return Part::Outside,
        (None, Some(last)) if first.is_empty() => (size.saturating_sub(last), size),
        _ => return Part::Whole,
    };
    if start >= size {
        Part::Outside
    } else {
        Part::Range(start, end)
    }
}

/// Counts a pull. One that cannot be counted, as with a full disk, is a pull all the same.
async fn count(cloud: &Arc<Inner>, container: String) {
    let counted = cloud.blocking(move |cloud| {
        Ok(cloud.database.write(|rows| {
            rows.execute(
                "UPDATE containers SET downloads = downloads + 1 WHERE id = ?1",
                [container],
            )
        }))
    });
    if let Ok(Err(error)) = counted.await {
        tracing::warn!(%error, "a pull was not counted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let part = |range: &str, condition: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            if let Some(condition) = condition {
                headers.insert(header::IF_RANGE, condition.parse().unwrap());
            }
            part_of(&headers, "\"a\"", 100)
        };
        for (range, expected) in [
            ("bytes=0-9", Part::Range(0, 10)),
            ("Bytes=0-9", Part::Range(0, 10)),
            ("bytes= 0 - 9 ", Part::Range(0, 10)),
            ("bytes=90-", Part::Range(90, 100)),
            ("bytes=90-500", Part::Range(90, 100)),
            ("bytes=-10", Part::Range(90, 100)),
            ("bytes=-500", Part::Range(0, 100)),
            ("bytes=99-99", Part::Range(99, 100)),
            ("bytes=100-", Part::Outside),
            ("bytes=18446744073709551615-", Part::Outside),
            ("bytes=99999999999999999999999-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=9-0", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=0-1", Part::Whole),
        ] {
            assert_eq!(part(range, None), expected, "{range}");
        }
        assert_eq!(part("bytes=0-9", Some("\"a\"")), Part::Range(0, 10));
        assert_eq!(part("bytes=0-9", Some("\"b\"")), Part::Whole);
        assert_eq!(part("bytes=0-9", Some("W/\"a\"")), Part::Whole);
    }
}
