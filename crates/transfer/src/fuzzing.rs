//! The body of the fuzz target. It panics when a promise of this crate is broken.
//!
//! A plain function, so that the replay of the fuzz corpus in the tests runs it as well.

use reqwest::{
    StatusCode, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION},
};

use crate::{
    http::{Brings, Location, led_to, read_head},
    retry_after,
};

/// Reads lines as the headers of an answer to a request for a part of a file.
pub fn read_part_headers(bytes: &[u8]) {
    let headers: HeaderMap = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(header)
        .collect();
    let asked = 100..200;
    let part = read_head(StatusCode::PARTIAL_CONTENT, &headers, Some(&asked));
    if let Ok(brought) = part {
        let Brings::Range { end, total } = brought else {
            panic!("a part was taken for the whole file");
        };
        assert!(asked.start < end && end <= asked.end && end <= total);
    }
    let _ = read_head(StatusCode::OK, &headers, Some(&asked));
    let _ = retry_after(&headers);
    if let Some(target) = headers.get(LOCATION) {
        follow(target);
    }
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    Some((
        HeaderName::from_bytes(name.trim_ascii()).ok()?,
        HeaderValue::from_bytes(value.trim_ascii()).ok()?,
    ))
}

fn follow(target: &HeaderValue) {
    let login = HeaderValue::from_static("Bearer a.b.c");
    for from in [
        "https://lab.example/v1/file",
        "http://localhost:8780/v1/file",
    ] {
        let url = Url::parse(from).expect("an address");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, login.clone())]);
        let Ok(to) = led_to(
            &Location {
                url: url.clone(),
                headers,
            },
            target,
        ) else {
            continue;
        };
        assert!(to.url.scheme() == "https" || url.scheme() == "http");
        let is_shown = to.headers.contains_key(AUTHORIZATION);
        assert_eq!(is_shown, to.url.origin() == url.origin());
    }
}
