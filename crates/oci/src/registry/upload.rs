//! An upload that a registry opened: where its bytes go, and which of them it has.

use futures_util::future::BoxFuture;
use reqwest::{
    Method, Url,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
        RANGE,
    },
};
use transfer::{Location, Sink};

use super::{
    Purpose, Registry,
    access::{at, forced_safe},
};
use crate::{
    digest::Digest,
    error::{Cause, Error},
    exchange::{Answer, Ask},
    reference::Repository,
};

pub(super) const PUSHING: &str = "pushing the image";
/// Answers to what is pushed have next to nothing in them.
pub(super) const SMALL: usize = 64 << 10;
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// By this a registry says how small a piece may be.
const LEAST: HeaderName = HeaderName::from_static("oci-chunk-min-length");

/// The uploads of one blob.
pub(super) struct Session<'a> {
    pub(super) registry: &'a Registry,
    pub(super) repository: &'a Repository,
    pub(super) digest: Digest,
}

/// An upload that the registry opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    /// Where the next bytes go. It changes with each answer.
    pub(super) url: Url,
    /// How many bytes the registry has.
    pub(super) has: u64,
    /// No piece but the last may be shorter.
    pub(super) least: u64,
}

impl Session<'_> {
    /// Asks for an upload.
    pub(super) async fn open(&self) -> Result<Opened, Error> {
        let path = format!("{}/blobs/uploads/", self.repository.path);
        let to = at(self.registry.base().await?, &path)?;
        let ask = Ask::new(PUSHING, Method::POST, to, SMALL);
        let answer = self.registry.ask(ask, Some(&self.scope())).await?;
        let least = answer.text(LEAST).and_then(|least| least.parse().ok());
        Ok(Opened {
            url: self.address(&answer)?.ok_or_else(|| self.no_address())?,
            has: 0,
            least: least.unwrap_or(0),
        })
    }

    /// Asks how far an upload is. None if the registry knows nothing of it any more, or does not tell.
    pub(super) async fn look(&self, upload: &Opened) -> Result<Option<Opened>, Error> {
        let ask = Ask::new(PUSHING, Method::GET, upload.url.clone(), SMALL);
        match self.registry.ask(ask, Some(&self.scope())).await {
            Ok(answer) => self.went_on(upload, &answer.headers, 0),
            Err(error) if matches!(error.status, Some(400 | 404 | 405 | 410 | 416 | 501)) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The upload after an answer. None if it does not fit: then the registry does not count as everybody does.
    pub(super) fn went_on(
        &self,
        upload: &Opened,
        headers: &HeaderMap,
        sent: u64,
    ) -> Result<Option<Opened>, Error> {
        let has = match headers.get(RANGE).map(HeaderValue::to_str) {
            Some(Ok(range)) => read_range(range),
            Some(Err(_)) => None,
            None => Some(upload.has + sent).filter(|_| sent > 0),
        };
        let answer = Answer {
            status: 202,
            headers: headers.clone(),
            body: Vec::new(),
            url: upload.url.clone(),
        };
        let url = self.address(&answer)?.unwrap_or(answer.url);
        Ok(has.map(|has| Opened {
            url,
            has,
            least: upload.least,
        }))
    }

    /// Where the bytes of an upload go, with what the server there may see.
    pub(super) async fn location(&self, url: Url) -> Result<Location, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, BYTES);
        // Bytes may go elsewhere, a login may not.
        if self.is_at_home(&url).await?
            && let Some(header) = self.registry.authorization(Some(&self.scope())).await?
        {
            headers.insert(AUTHORIZATION, header);
        }
        Ok(Location { url, headers })
    }

    /// Whether an address is one of the registry itself.
    pub(super) async fn is_at_home(&self, url: &Url) -> Result<bool, Error> {
        Ok(url.origin() == self.registry.base().await?.origin())
    }

    /// Sends all bytes of a small blob, or none where they are there; with them the upload is at its end.
    pub(super) async fn finish(&self, upload: &Opened, bytes: &[u8]) -> Result<(), Error> {
        let to = self.location(self.proven(upload.url.clone())).await?;
        let mut ask = Ask::new(PUSHING, Method::PUT, to.url, SMALL);
        ask.headers = to.headers;
        ask.headers.insert(CONTENT_LENGTH, bytes.len().into());
        ask.body = Some(bytes.to_vec());
        // The upload is used up by the first try.
        ask.repeats = false;
        ask.patience = Some(self.registry.patience_for(upload.has));
        let answer = self.registry.0.client.ask(&ask).await?;
        if answer.is_success() {
            return Ok(());
        }
        Err(self.registry.refused(&ask, &answer))
    }

    /// The address with what proves the bytes.
    fn proven(&self, mut url: Url) -> Url {
        url.query_pairs_mut()
            .append_pair("digest", &self.digest.to_string());
        url
    }

    pub(super) fn scope(&self) -> String {
        Purpose::Push.scope(self.repository)
    }

    /// The address that an answer names; none if it names none.
    fn address(&self, answer: &Answer) -> Result<Option<Url>, Error> {
        let Some(location) = answer.text(LOCATION).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let url = answer.url.join(location).ok();
        let url = url
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| self.no_address())?;
        let leads_out = || {
            let why = "the upload goes from https to http".to_owned();
            self.registry.error(PUSHING, Cause::Redirect(why))
        };
        forced_safe(&answer.url, url)
            .map(Some)
            .ok_or_else(leads_out)
    }

    fn no_address(&self) -> Error {
        let why = "the upload has no address".to_owned();
        self.registry.error(PUSHING, Cause::Redirect(why))
    }
}

impl Registry {
    /// Tells the registry that an upload to the repository at `path` comes to nothing.
    pub(super) async fn forget_upload(&self, path: &str, upload: &Url) -> Result<(), Error> {
        if upload.origin() != self.base().await?.origin() {
            return Ok(());
        }
        let mut ask = Ask::new(PUSHING, Method::DELETE, upload.clone(), SMALL);
        ask.repeats = false;
        let scope = Purpose::Push.scope_of(path);
        match self.ask(ask, Some(&scope)).await {
            Err(error) if !error.is_missing() => Err(error),
            _ => Ok(()),
        }
    }
}

impl Sink for Session<'_> {
    fn address(
        &self,
        _number: u32,
        _length: u64,
        _sha256: Option<[u8; 32]>,
    ) -> BoxFuture<'_, Result<Location, transfer::Error>> {
        let opened = async {
            let opened = self.open().await?;
            self.location(self.proven(opened.url)).await
        };
        Box::pin(async {
            let opened = opened.await;
            opened.map_err(|error| transfer::Error::Elsewhere(Box::new(error)))
        })
    }
}

/// How many bytes `0-99` are. A registry without any says `0-0`, as one with a single byte does, which is never so.
fn read_range(text: &str) -> Option<u64> {
    let text = text.trim();
    let text = text.strip_prefix("bytes").unwrap_or(text);
    let (first, last) = text.trim_start_matches(['=', ' ']).split_once('-')?;
    let (first, last): (u64, i64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    match (first, last) {
        (0, ..=0) => Some(0),
        (0, last) => u64::try_from(last).ok()?.checked_add(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::read_range;

    #[test]
    fn registries_say_what_they_have() {
        for (text, has) in [
            ("0-99", Some(100)),
            ("bytes=0-99", Some(100)),
            ("bytes 0-99", Some(100)),
            ("0-0", Some(0)),
            ("0--1", Some(0)),
            ("5-99", None),
            ("0-", None),
            ("all", None),
            ("0-9223372036854775808", None),
        ] {
            assert_eq!(read_range(text), has, "{text}");
        }
    }
}
