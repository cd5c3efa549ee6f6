//! `shub://`: a server names the address of an image by its user, container and tag. The public one is gone; others still
//! answer.

use serde::Deserialize;
use transfer::{Http, Location};
use url::Url;

use crate::{
    Result,
    error::{ApiError, ErrorCode},
    library::place::is_this_machine,
};

/// Whether the server named an address.
type Located<T> = std::result::Result<T, transfer::Error>;

/// The public service. It ended in 2021.
const PUBLIC: [&str; 3] = [
    "singularity-hub.org",
    "www.singularity-hub.org",
    "singularityhub.org",
];
/// No answer is longer.
const ANSWER: usize = 1 << 20;

/// An image on such a server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shub {
    host: String,
    /// `user/container`, with tag and digest.
    path: String,
}

#[derive(Deserialize)]
struct Container {
    image: Option<String>,
}

impl Shub {
    /// Reads what follows `shub://`.
    ///
    /// # Errors
    /// `reference-invalid`; `transport-unsupported` for the public service.
    pub(super) fn read(rest: &str) -> Result<Self> {
        let invalid = || {
            let why = "a user and a container are expected, as in `shub://host/user/container:tag`";
            ApiError::new(ErrorCode::ReferenceInvalid, why)
        };
        let (named, digest) = match rest.split_once('@') {
            Some((named, digest)) => (named, Some(digest)),
            None => (rest, None),
        };
        let steps: Vec<&str> = named.split('/').collect();
        let [front @ .., user, last] = steps.as_slice() else {
            return Err(invalid());
        };
        let (container, tag) = match last.split_once(':') {
            Some((container, tag)) => (container, Some(tag)),
            None => (*last, None),
        };
        let is_good = is_word(user, 39, b"-")
            && is_word(container, 64, b"-_.")
            && tag.is_none_or(|tag| is_word(tag, 64, b"-_."))
            && digest.is_none_or(is_digest);
        if !is_good {
            return Err(invalid());
        }
        let host = match front {
            [] => return Err(gone()),
            [host] if PUBLIC.contains(&host.to_ascii_lowercase().as_str()) => return Err(gone()),
            [host] if host.parse::<oci::Host>().is_ok() => (*host).to_owned(),
            _ => return Err(invalid()),
        };
        let mut path = format!("{user}/{container}");
        match (tag, digest) {
            (Some(tag), _) => path.extend([":", tag]),
            (None, None) => path.push_str(":latest"),
            (None, Some(_)) => {}
        }
        if let Some(digest) = digest {
            path.extend(["@", digest]);
        }
        Ok(Self { host, path })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Asks the server where the bytes are now.
    pub(super) async fn locate(&self, http: &Http) -> Located<Location> {
        let ask = self.address()?;
        let is_plain = ask.scheme() == "http";
        let answer = http.read(&ask.into(), ANSWER).await?;
        let container: Container = serde_json::from_slice(&answer)
            .map_err(|_| transfer::Error::Wrong("something that is no container"))?;
        let image = container.image.unwrap_or_default();
        let url: Url = image
            .parse()
            .map_err(|_| transfer::Error::Wrong("a container without an address of its image"))?;
        let is_safe = url.scheme() == "https" || (is_plain && url.scheme() == "http");
        if !is_safe {
            return Err(transfer::Error::Wrong(
                "an address of an image that is not encrypted",
            ));
        }
        Ok(url.into())
    }

    /// Servers on this machine are asked without encryption.
    fn address(&self) -> Located<Url> {
        let scheme = if is_this_machine(&self.host) {
            "http"
        } else {
            "https"
        };
        format!("{scheme}://{}/api/container/{}", self.host, self.path)
            .parse()
            .map_err(|_| transfer::Error::Wrong("no address"))
    }
}

fn gone() -> ApiError {
    ApiError::new(
        ErrorCode::TransportUnsupported,
        "Singularity Hub, the public service of `shub://`, is gone",
    )
    .with_hint("search a library for the image")
}

fn is_word(text: &str, longest: usize, others: &[u8]) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
    !text.is_empty() && text.len() <= longest && text.bytes().all(good)
}

/// Of a commit or of the content, as these servers count.
fn is_digest(text: &str) -> bool {
    matches!(text.len(), 32 | 40) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read() {
        let path = |text: &str| {
            Shub::read(text)
                .map(|shub| shub.path)
                .map_err(|error| error.code)
        };
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(path("h.example/lab/x").as_deref(), Ok("lab/x:latest"));
        assert_eq!(path("127.0.0.1:8080/lab/x:1.0").as_deref(), Ok("lab/x:1.0"));
        let pinned = format!("h.example/lab/x:1@{commit}");
        assert_eq!(path(&pinned), Ok(format!("lab/x:1@{commit}")));
        let pinned = format!("h.example/lab/x@{commit}");
        assert_eq!(path(&pinned), Ok(format!("lab/x@{commit}")));
        for gone in [
            "lab/x",
            "singularity-hub.org/lab/x:1",
            "Singularity-Hub.org/lab/x",
        ] {
            assert_eq!(path(gone), Err(ErrorCode::TransportUnsupported), "{gone}");
        }
        for bad in [
            "",
            "x",
            "h.example/lab/",
            "h.example/lab/x:",
            "h.example/lab/x@1",
            "h.example/a b/x",
            "h.example/lab/../x",
            "a/h.example/lab/x",
            "h ex/lab/x",
            "me:secret@h.example/lab/x",
        ] {
            assert_eq!(path(bad), Err(ErrorCode::ReferenceInvalid), "{bad}");
        }
    }

    #[test]
    fn only_this_machine_is_asked_without_encryption() {
        let address = |text: &str| {
            Shub::read(text)
                .expect("good")
                .address()
                .expect("good")
                .to_string()
        };
        assert_eq!(
            address("h.example/lab/x"),
            "https://h.example/api/container/lab/x:latest"
        );
        assert_eq!(
            address("127.0.0.1:80/lab/x"),
            "http://127.0.0.1/api/container/lab/x:latest"
        );
    }
}
