//! One question and its answer: redirects, limits, tries, and the check that a service answers and not a web page.

use std::{borrow::Cow, future::Future, time::Duration};

use reqwest::{Method, Response, Url, header};
use scs_types::{Envelope, Failure, Unreadable};
use serde::de::DeserializeOwned;
use transfer::{Location, RequestId, redirect, retry_after};

use crate::{
    access::Access,
    connection::Client,
    error::{Cause, Error, shown},
    proxy::is_this_machine,
};

const REDIRECTS: usize = 10;
/// No JSON answer is longer.
pub(crate) const JSON: usize = 8 << 20;
/// No refusal is read further.
const REFUSAL: usize = 64 << 10;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) access: Option<&'a Access>,
    pub(crate) body: Option<Body>,
    /// Whether it may be asked again without harm.
    pub(crate) repeats: bool,
    /// Answers are not longer.
    pub(crate) bound: usize,
    /// The head of the answer may take so many times longer than usual.
    pub(crate) patience: u32,
    /// A request for one byte: whether the address works, or where it leads.
    pub(crate) range: Option<&'static str>,
}

/// A body with its type. The library's own clients send none, so servers do not ask for it.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) kind: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: Vec<u8>,
    operation: &'static str,
    place: String,
    access: Option<Access>,
}

impl<'a> Ask<'a> {
    pub(crate) fn get(operation: &'static str, url: Url, access: Option<&'a Access>) -> Self {
        Self {
            operation,
            method: Method::GET,
            url,
            access,
            body: None,
            repeats: true,
            bound: JSON,
            patience: 1,
            range: None,
        }
    }

    fn error(&self, status: Option<u16>, cause: Cause) -> Error {
        Error::at(self.operation, &shown(&self.url), status, cause)
    }

    fn scrub(&self, said: &str) -> String {
        scrubbed(self.access, said)
    }
}

impl Client {
    /// Asks, and asks again where that helps and does no harm.
    pub(crate) async fn send(&self, ask: &Ask<'_>) -> Result<Answer, Error> {
        self.again(ask, || self.once(ask)).await
    }

    async fn again<T, F>(&self, ask: &Ask<'_>, once: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut tries = self.retry.begin();
        loop {
            let error = match once().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            if !ask.repeats || !error.may_pass() {
                return Err(error);
            }
            let Some(pause) = tries.after_failure(error.wait()) else {
                return Err(error);
            };
            tracing::debug!(?pause, "asking again: {error}");
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, ask: &Ask<'_>) -> Result<Answer, Error> {
        let mut at = Location::from(ask.url.clone());
        if let Some(access) = ask.access {
            at.headers = access.headers(&at.url);
        }
        for _ in 0..=REDIRECTS {
            let response = self.ask_at(ask, &at).await?;
            match self.next(ask, &at, &response)? {
                Some(next) => at = next,
                None => return self.accept(ask, response).await,
            }
        }
        Err(ask.error(None, Cause::Redirect("too many redirects".into())))
    }

    /// Asks at an address without following where it leads.
    async fn ask_at(&self, ask: &Ask<'_>, at: &Location) -> Result<Response, Error> {
        if at.url.scheme() == "http" && !self.is_plain_http && !is_this_machine(&at.url) {
            return Err(ask.error(None, Cause::PlainHttp));
        }
        let mut request = self
            .json
            .request(ask.method.clone(), at.url.clone())
            .headers(at.headers.clone());
        if let Some(body) = &ask.body {
            request = request
                .header(header::CONTENT_TYPE, body.kind)
                .body(body.bytes.clone());
        }
        if let Some(range) = ask.range {
            request = request
                .header(header::RANGE, range)
                .header(header::ACCEPT_ENCODING, "identity");
        }
        tracing::debug!(method = %ask.method, server = %at.url.origin().ascii_serialization(), "{}", ask.operation);
        let limit = self.limits.head.saturating_mul(ask.patience);
        match tokio::time::timeout(limit, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(of_network(ask, error)),
            Err(_) => Err(ask.error(None, Cause::Time)),
        }
    }

    /// Where a redirect leads. A body goes only where it was meant to go.
    fn next(
        &self,
        ask: &Ask<'_>,
        at: &Location,
        response: &Response,
    ) -> Result<Option<Location>, Error> {
        let status = response.status().as_u16();
        let next = redirect(at, response).map_err(|error| {
            let mut error = Error::of_transfer(ask.operation, &shown(&ask.url), error);
            error.status = Some(status);
            error
        })?;
        let is_question = matches!(ask.method, Method::GET | Method::HEAD);
        match next {
            Some(next) if !is_question => {
                let is_same = matches!(status, 307 | 308) && next.url.origin() == at.url.origin();
                let why = || Cause::Redirect("the request would change on its way".into());
                is_same
                    .then_some(Some(next))
                    .ok_or_else(|| ask.error(Some(status), why()))
            }
            next => Ok(next),
        }
    }

    /// Asks where bytes are: a redirect is the answer, and the address itself if there is none.
    pub(crate) async fn locate(&self, ask: &Ask<'_>) -> Result<Location, Error> {
        self.again(ask, || self.locate_once(ask)).await
    }

    async fn locate_once(&self, ask: &Ask<'_>) -> Result<Location, Error> {
        let mut at = Location::from(ask.url.clone());
        if let Some(access) = ask.access {
            at.headers = access.headers(&at.url);
        }
        let response = self.ask_at(ask, &at).await?;
        if let Some(next) = self.next(ask, &at, &response)? {
            return Ok(next);
        }
        // A file without a second byte is a file all the same.
        if response.status().is_success() || response.status().as_u16() == 416 {
            return Ok(at);
        }
        self.accept(ask, response).await.map(|_| at)
    }

    async fn accept(&self, ask: &Ask<'_>, response: Response) -> Result<Answer, Error> {
        let status = response.status();
        let headers = response.headers().clone();
        if !status.is_success() {
            let wait = retry_after(&headers);
            let (body, _) = self.body(ask, response, REFUSAL).await.unwrap_or_default();
            let failure = Failure::read(status.as_u16(), kind(&headers), &body);
            let said = ask.scrub(&failure.message);
            let cause = Cause::of_status(status.as_u16(), said, wait, ask.access.is_none());
            let request = request_id(&headers, ask.access);
            return Err(ask.error(Some(status.as_u16()), cause).asked_as(request));
        }
        let (body, is_whole) = self.body(ask, response, ask.bound).await?;
        if !is_whole {
            let cause = Cause::Answer("more than such an answer can be");
            return Err(ask.error(Some(status.as_u16()), cause));
        }
        Ok(Answer {
            status: status.as_u16(),
            headers,
            body,
            operation: ask.operation,
            place: shown(&ask.url),
            access: ask.access.cloned(),
        })
    }

    /// The body up to `bound` bytes, and whether that is all.
    async fn body(
        &self,
        ask: &Ask<'_>,
        mut response: Response,
        bound: usize,
    ) -> Result<(Vec<u8>, bool), Error> {
        let mut body = Vec::new();
        loop {
            let piece = match tokio::time::timeout(self.limits.idle, response.chunk()).await {
                Ok(piece) => piece.map_err(|error| of_network(ask, error))?,
                Err(_) => return Err(ask.error(None, Cause::Time)),
            };
            let Some(piece) = piece else {
                return Ok((body, true));
            };
            body.extend_from_slice(&piece);
            if body.len() > bound {
                body.truncate(bound);
                return Ok((body, false));
            }
        }
    }
}

impl Client {
    /// The same, with other patience.
    pub(crate) fn impatient(&self, limit: Duration) -> Self {
        let mut client = self.clone();
        client.retry.tries = 1;
        client.limits.head = limit;
        client.limits.idle = limit;
        client
    }
}

fn scrubbed(access: Option<&Access>, said: &str) -> String {
    access.map_or_else(|| said.to_owned(), |access| access.scrub(said))
}

/// What the server calls the request, unless it made a secret of ours of it.
fn request_id(headers: &header::HeaderMap, access: Option<&Access>) -> Option<RequestId> {
    RequestId::of(headers).filter(|id| scrubbed(access, id.as_str()) == id.as_str())
}

fn of_network(ask: &Ask<'_>, error: reqwest::Error) -> Error {
    Error::of_transfer(ask.operation, &shown(&ask.url), error.into())
}

fn kind(headers: &header::HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

impl Answer {
    /// The data in the usual wrapper; none if there is none.
    pub(crate) fn data<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        match Envelope::read(&self.body) {
            Ok(envelope) => Ok(envelope.data),
            Err(Unreadable::Failure(mut failure)) => {
                failure.message = self.scrub(&failure.message);
                Err(self.error(Cause::of_failure(failure, self.access.is_none())))
            }
            Err(Unreadable::Json(_)) => Err(self.unreadable()),
        }
    }

    /// The data without a wrapper.
    pub(crate) fn bare<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|_| self.unreadable())
    }

    /// What the server said, without the secrets that it may have repeated.
    pub(crate) fn scrub(&self, said: &str) -> String {
        scrubbed(self.access.as_ref(), said)
    }

    /// The body as text that is no web page.
    pub(crate) fn text(&self) -> Result<&str, Error> {
        if self.is_page() {
            return Err(self.error(Cause::NotAService));
        }
        std::str::from_utf8(&self.body).map_err(|_| self.unreadable())
    }

    /// The same where a letter of another alphabet spoils no more than the name that it is in.
    pub(crate) fn lossy_text(&self) -> Result<Cow<'_, str>, Error> {
        if self.is_page() {
            return Err(self.error(Cause::NotAService));
        }
        Ok(String::from_utf8_lossy(&self.body))
    }

    pub(crate) fn error(&self, cause: Cause) -> Error {
        let request = request_id(&self.headers, self.access.as_ref());
        Error::at(self.operation, &self.place, Some(self.status), cause).asked_as(request)
    }

    pub(crate) fn unreadable(&self) -> Error {
        self.error(if self.is_page() {
            Cause::NotAService
        } else {
            Cause::Answer("an answer that cannot be read")
        })
    }

    fn is_page(&self) -> bool {
        let says_so = kind(&self.headers).is_some_and(|kind| kind.contains("html"));
        says_so || self.body.trim_ascii_start().starts_with(b"<")
    }
}
