//! One request for bytes: redirects without leaking credentials, limits of time, and the check that the answer is the one
//! that was asked for.

use std::{
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Client, ClientBuilder, Method, Response, Url,
    header::{self, HeaderMap, HeaderValue},
    redirect::Policy,
};

use crate::{Cause, Error, RequestId};

mod answer;
mod look;

pub(crate) use answer::{Brings, brings, is_same, read_head, strong_tag};
pub use look::Look;

pub(crate) const REDIRECTS: usize = 10;
/// No refusal is longer.
const REFUSAL: usize = 64 << 10;

/// How long the other side may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// From the request to the head of the answer.
    pub head: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            head: Duration::from_secs(30),
            idle: Duration::from_secs(60),
        }
    }
}

/// An address, and the headers that only its own origin may see.
#[derive(Clone, Debug)]
pub struct Location {
    /// The address.
    pub url: Url,
    /// Sent to the origin of `url`, and to no other that it may lead to.
    pub headers: HeaderMap,
}

impl From<Url> for Location {
    fn from(url: Url) -> Self {
        Self {
            url,
            headers: HeaderMap::new(),
        }
    }
}

/// What became of a part that was sent.
#[derive(Debug)]
pub(crate) enum Sent {
    /// The server took it.
    Taken(Response),
    /// It is to be sent there.
    Elsewhere(Location),
}

/// Finds what a server says in the body of a refusal.
type Words = fn(u16, Option<&str>, &[u8]) -> String;

/// A client for bytes: it follows no redirect by itself and unpacks nothing.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    limits: Limits,
    words: Words,
}

impl Http {
    /// A client of `builder`, which brings proxy, certificates and user agent. `words` finds what a server says in the body
    /// of a refusal.
    ///
    /// # Errors
    ///
    /// The settings of `builder` do not fit together.
    pub fn new(builder: ClientBuilder, limits: Limits, words: Words) -> Result<Self, Error> {
        let client = builder
            .redirect(Policy::none())
            .no_gzip()
            .connect_timeout(limits.connect)
            .build()?;
        Ok(Self {
            client,
            limits,
            words,
        })
    }

    /// Asks for the bytes of `range`, or for the whole file; `validator` is the strong `ETag` that they must still have.
    pub(crate) async fn get(
        &self,
        location: &Location,
        range: Option<&Range<u64>>,
        validator: Option<&str>,
    ) -> Result<Response, Error> {
        let mut own = HeaderMap::new();
        own.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        if let Some(range) = range {
            let bytes = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
            own.insert(header::RANGE, ascii(&bytes));
            if let Some(validator) = validator {
                own.insert(header::IF_RANGE, ascii(validator));
            }
        }
        self.follow(location, &own).await
    }

    /// Asks at `location` and where it leads; `own` are headers that every server may see.
    async fn follow(&self, location: &Location, own: &HeaderMap) -> Result<Response, Error> {
        let mut at = location.clone();
        for _ in 0..REDIRECTS {
            let request = self
                .client
                .request(Method::GET, at.url.clone())
                .headers(own.clone())
                .headers(at.headers.clone());
            let response = self.send(request).await?;
            match redirect(&at, &response)? {
                Some(next) => at = next,
                None => return self.accept(response).await,
            }
        }
        Err(not_followed("too many redirects"))
    }

    /// Sends one part of a file; `sent` counts its bytes. The caller follows where that leads: only it can read the part again.
    pub(crate) async fn send_part(
        &self,
        method: Method,
        location: &Location,
        (body, length): (reqwest::Body, u64),
        sent: &AtomicU64,
    ) -> Result<Sent, Error> {
        let request = self
            .client
            .request(method, location.url.clone())
            .headers(location.headers.clone())
            .header(header::CONTENT_LENGTH, length)
            .body(body)
            .send();
        let mut request = std::pin::pin!(request);
        // The head of the answer comes after the whole body, however long that takes. So the limit is on bytes that move.
        let mut before = None;
        let response = loop {
            match tokio::time::timeout(self.limits.idle, &mut request).await {
                Ok(response) => break response?,
                Err(_) => {
                    let now = Some(sent.load(Ordering::Relaxed));
                    if now == before {
                        return Err(late());
                    }
                    before = now;
                }
            }
        };
        // Others mean that something else is to be asked there, which is no way to send a file.
        if matches!(response.status().as_u16(), 307 | 308)
            && let Some(next) = redirect(location, &response)?
        {
            return Ok(Sent::Elsewhere(with_body_headers(next, location)));
        }
        self.accept(response).await.map(Sent::Taken)
    }

    /// The next piece of a body; none at its end.
    pub(crate) async fn piece(&self, response: &mut Response) -> Result<Option<Bytes>, Error> {
        let piece = tokio::time::timeout(self.limits.idle, response.chunk()).await;
        Ok(piece.map_err(|_| late())??)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, Error> {
        let answer = tokio::time::timeout(self.limits.head, request.send()).await;
        answer.map_err(|_| late())?.map_err(Error::from)
    }

    async fn start_of(&self, mut response: Response) -> Vec<u8> {
        let mut body = Vec::new();
        while body.len() < REFUSAL {
            match self.piece(&mut response).await {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) | Err(_) => break,
            }
        }
        body.truncate(REFUSAL);
        body
    }

    async fn accept(&self, response: Response) -> Result<Response, Error> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let wait = retry_after(response.headers());
        let request = RequestId::of(response.headers());
        let kind = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .map(str::to_owned);
        let body = self.start_of(response).await;
        Err(Error::Refused {
            status: status.as_u16(),
            message: (self.words)(status.as_u16(), kind.as_deref(), &body),
            wait,
            request,
        })
    }
}

/// What stands with a body about that body goes with it; who one is does not.
fn with_body_headers(mut next: Location, before: &Location) -> Location {
    let is_about_body = |name: &header::HeaderName| {
        name == header::CONTENT_TYPE || name.as_str().starts_with("x-amz-content-")
    };
    for (name, value) in &before.headers {
        if is_about_body(name) && !value.is_sensitive() {
            next.headers.insert(name.clone(), value.clone());
        }
    }
    next
}

fn late() -> Error {
    Error::Network {
        cause: Cause::Time,
        detail: "no answer".into(),
    }
}

fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

pub(crate) fn not_followed(why: &str) -> Error {
    Error::Network {
        cause: Cause::Redirect,
        detail: why.to_owned(),
    }
}

/// Where a redirect leads; none if `response` is no redirect. Credentials stay with their origin.
///
/// # Errors
///
/// It leads nowhere, or from https to http.
pub fn redirect(at: &Location, response: &Response) -> Result<Option<Location>, Error> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let target = response.headers().get(header::LOCATION);
    let target = target.filter(|_| is_redirect);
    target.map(|target| led_to(at, target)).transpose()
}

/// Where a redirect from `at` to `target` leads.
pub(crate) fn led_to(at: &Location, target: &HeaderValue) -> Result<Location, Error> {
    let url = target
        .to_str()
        .ok()
        .and_then(|target| at.url.join(target).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| not_followed("the redirect leads nowhere"))?;
    if at.url.scheme() == "https" && url.scheme() == "http" {
        return Err(not_followed("the redirect leads from https to http"));
    }
    let headers = if url.origin() == at.url.origin() {
        at.headers.clone()
    } else {
        HeaderMap::new()
    };
    Ok(Location { url, headers })
}

/// How long a server asks to wait, in seconds or until a date; none if it does not say.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|date| date.timestamp())
    };
    let now = headers
        .get(header::DATE)
        .and_then(|value| date(value.to_str().ok()?))
        .unwrap_or_else(jiff::Timestamp::now);
    let seconds = date(text)?.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_ask_to_wait_by_number_or_date() {
        let headers = |pairs: &[(header::HeaderName, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| (name.clone(), ascii(value)))
                .collect::<HeaderMap>()
        };
        let date = (header::DATE, "Sun, 22 Nov 2026 14:59:30 GMT");
        let until = (header::RETRY_AFTER, "Sun, 22 Nov 2026 15:00:00 GMT");
        let past = (header::RETRY_AFTER, "Sun, 22 Nov 2026 14:00:00 GMT");
        let wait = |pairs: &[_]| retry_after(&headers(pairs)).map(|time| time.as_secs());
        assert_eq!(wait(&[(header::RETRY_AFTER, "7")]), Some(7));
        assert_eq!(wait(&[date.clone(), until]), Some(30));
        assert_eq!(wait(&[date, past]), Some(0));
        assert_eq!(wait(&[(header::RETRY_AFTER, "soon")]), None);
        assert_eq!(wait(&[]), None);
    }
}
