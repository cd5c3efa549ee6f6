//! Refuses paths that could mean something else to somebody: dots, empty steps, encoded slashes.

use axum::{extract::Request, http::Uri};
use percent_encoding::percent_decode_str;

use crate::answer::{Answer, Refusal};

/// No path and query together is longer.
const LONGEST: usize = 8192;

/// The request with a plain path. Slashes at its start are one: clients append paths to bases that end in one.
///
/// # Errors
///
/// 400.
pub(super) fn check<B>(mut request: Request<B>) -> Answer<Request<B>> {
    let path = request.uri().path();
    let plain = format!("/{}", path.trim_start_matches('/'));
    check_path(&plain)?;
    let whole = match request.uri().query() {
        Some(query) => format!("{plain}?{query}"),
        None => plain.clone(),
    };
    if whole.len() > LONGEST {
        return Err(Refusal::new(
            axum::http::StatusCode::URI_TOO_LONG,
            "the path is too long",
        ));
    }
    if plain != path || request.uri().authority().is_some() {
        let uri: Uri = whole.parse().map_err(|_| Refusal::bad("bad path"))?;
        *request.uri_mut() = uri;
    }
    Ok(request)
}

fn check_path(path: &str) -> Answer<()> {
    let bad = || Refusal::bad("bad path: names are separated by single slashes");
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if path == "/" {
        return Ok(());
    }
    for step in inner.split('/') {
        let decoded = percent_decode_str(step).decode_utf8().map_err(|_| bad())?;
        let is_odd = |letter: char| letter.is_control() || matches!(letter, '/' | '\\' | '%');
        if matches!(&*decoded, "" | "." | "..") || decoded.contains(is_odd) {
            return Err(bad());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_refused() {
        for good in [
            "/",
            "/version",
            "/v1/images/e/c/i:1.0",
            "/v1/images/e/c/i%3A1.0",
            "/auth/tokens/",
        ] {
            assert!(check_path(good).is_ok(), "{good}");
        }
        for bad in [
            "/v1/../x",
            "/v1/./x",
            "/v1//x",
            "/v1/%2e%2e/x",
            "/v1/a%2fb",
            "/v1/a%5Cb",
            "/v1/a\\b",
            "/v1/a%00",
            "/v1/a%252fb",
            "/v1/%ff",
            "/v1/x//",
        ] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn slashes_at_the_start_are_one() {
        let request = Request::builder().uri("//version?a=1").body(()).unwrap();
        assert_eq!(check(request).unwrap().uri(), "/version?a=1");
    }
}
