//! Whether an answer is the one that was asked for, and what of the file it brings.

use std::ops::Range;

use reqwest::{
    Response, StatusCode,
    header::{self, HeaderMap},
};

use crate::Error;

/// What an answer brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Brings {
    /// The first of the bytes that were asked for, or all of them.
    Range {
        /// Where they end.
        end: u64,
        /// The length of the whole file.
        total: u64,
    },
    /// The whole file from its start, of so many bytes if the server says it.
    Whole {
        /// The length of the whole file.
        total: Option<u64>,
    },
}

/// What `response` brings, if that can be an answer to a request for `range`, or for the whole file.
pub(crate) fn brings(response: &Response, range: Option<&Range<u64>>) -> Result<Brings, Error> {
    read_head(response.status(), response.headers(), range)
}

pub(crate) fn read_head(
    status: StatusCode,
    headers: &HeaderMap,
    range: Option<&Range<u64>>,
) -> Result<Brings, Error> {
    let text = |name: header::HeaderName| headers.get(name)?.to_str().ok();
    let coding = text(header::CONTENT_ENCODING).unwrap_or_default().trim();
    if !coding.is_empty() && !coding.eq_ignore_ascii_case("identity") {
        return Err(Error::Wrong("packed bytes, which cannot be taken in parts"));
    }
    let length: Option<u64> = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    match (status, range) {
        (StatusCode::PARTIAL_CONTENT, Some(range)) => {
            let place = text(header::CONTENT_RANGE).and_then(read_content_range);
            in_range(place, length, range)
        }
        (StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION, _) => {
            Ok(Brings::Whole { total: length })
        }
        // An answer without a file, as that it is being made, is a success too.
        _ => Err(Error::Wrong("something else than the file")),
    }
}

fn in_range(
    place: Option<(u64, u64, u64)>,
    length: Option<u64>,
    range: &Range<u64>,
) -> Result<Brings, Error> {
    let (start, end, total) = place.ok_or(Error::Wrong("a part without its place"))?;
    // It may be shorter than was asked for: at the end of the file, and where a server gives no more at once.
    if start != range.start || end > range.end || length.is_some_and(|length| length != end - start)
    {
        return Err(Error::Wrong("another part than was asked for"));
    }
    Ok(Brings::Range { end, total })
}

/// Start, end and total of `bytes 0-99/1000`; the end is not part of it.
fn read_content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (unit, place) = text
        .trim()
        .split_once(|letter: char| letter.is_whitespace())?;
    let (range, total) = place.split_once('/')?;
    let (first, last) = range.trim().split_once('-')?;
    let (start, end) = (
        first.trim().parse::<u64>().ok()?,
        last.trim().parse::<u64>().ok()?.checked_add(1)?,
    );
    let total = total.trim().parse().ok()?;
    (unit.eq_ignore_ascii_case("bytes") && start < end && end <= total)
        .then_some((start, end, total))
}

/// Whether `response` is of the file with the strong `ETag` that was asked for. A server that was asked for that file alone,
/// and sends a part without an `ETag`, sends that file; one on the way may have made it a weak one.
pub(crate) fn is_same(response: &Response, asked: Option<&str>) -> bool {
    let tag = response
        .headers()
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok());
    match (tag, asked) {
        (Some(tag), Some(asked)) => tag.strip_prefix("W/").unwrap_or(tag) == asked,
        // Without one that could be asked for, the digest of the whole decides.
        _ => true,
    }
}

/// The strong `ETag` of an answer.
pub(crate) fn strong_tag(response: &Response) -> Option<String> {
    let tag = response.headers().get(header::ETAG)?.to_str().ok()?;
    (tag.starts_with('"') && tag.len() <= 256).then(|| tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_parts() {
        assert_eq!(read_content_range("bytes 0-99/1000"), Some((0, 100, 1000)));
        assert_eq!(read_content_range("bytes 5-5/6"), Some((5, 6, 6)));
        assert_eq!(read_content_range(" Bytes  5 - 5 / 6 "), Some((5, 6, 6)));
        for bad in [
            "",
            "bytes",
            "bytes 0-99/*",
            "bytes */100",
            "bytes 9-3/10",
            "bytes 0-10/10",
            "items 0-1/2",
            "bytes 0-18446744073709551615/1",
        ] {
            assert_eq!(read_content_range(bad), None, "{bad}");
        }
    }
}
