//! One question and its answer: redirects, limits and tries. What an answer means is for the one who asked.

use std::time::Duration;

use reqwest::{
    Method, Response, Url,
    header::{self, HeaderMap},
};
use transfer::{Location, redirect, retry_after};

use crate::{
    client::Client,
    error::{Cause, Error, said_in},
};

const REDIRECTS: usize = 10;
/// No refusal is read further.
const REFUSAL: usize = 64 << 10;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Only the origin of `url` sees them.
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    /// Answers are not longer.
    pub(crate) bound: usize,
    /// Whether a redirect is gone after. Without it, it is the answer.
    pub(crate) follows: bool,
    /// Whether it is asked again when the server fails.
    pub(crate) repeats: bool,
    /// How long the head of the answer may take, where that is longer than usual.
    pub(crate) patience: Option<Duration>,
}

/// What was answered, whatever the status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Where the answer came from.
    pub(crate) url: Url,
}

impl Ask {
    pub(crate) fn new(operation: &'static str, method: Method, url: Url, bound: usize) -> Self {
        Self {
            operation,
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            bound,
            follows: true,
            repeats: true,
            patience: None,
        }
    }

    pub(crate) fn error(&self, cause: Cause) -> Error {
        Error::new(self.operation, server_of(&self.url), cause)
    }
}

impl Answer {
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    pub(crate) fn text(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The type of the body, without parameters.
    pub(crate) fn kind(&self) -> &str {
        let kind = self.text(header::CONTENT_TYPE).unwrap_or_default();
        kind.split(';').next().unwrap_or_default().trim()
    }

    /// What the server said of its refusal.
    pub(crate) fn said(&self) -> String {
        said_in(self.status, self.text(header::CONTENT_TYPE), &self.body)
    }
}

/// The server of an address, as it may be shown.
pub(crate) fn server_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

const fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 499 | 500 | 502 | 503 | 504 | 522)
}

impl Client {
    /// Asks, and asks again where that helps.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<Answer, Error> {
        let mut tries = self.retry.begin();
        loop {
            let result = self.once(ask).await;
            let (passes, wait) = match &result {
                Ok(answer) => (may_pass(answer.status), retry_after(&answer.headers)),
                Err(error) => (error.may_pass(), None),
            };
            let pause = tries.after_failure(wait);
            let Some(pause) = pause.filter(|_| passes && ask.repeats) else {
                return result;
            };
            tracing::debug!(?pause, "asking again: {}", ask.operation);
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, ask: &Ask) -> Result<Answer, Error> {
        let mut at = Location {
            url: ask.url.clone(),
            headers: ask.headers.clone(),
        };
        for _ in 0..=REDIRECTS {
            let response = self.ask_at(ask, &at).await?;
            let is_question = matches!(ask.method, Method::GET | Method::HEAD);
            let next = if ask.follows && is_question {
                redirect(&at, &response).map_err(|error| {
                    Error::of_transfer(ask.operation, &server_of(&at.url), true, error)
                })?
            } else {
                None
            };
            match next {
                Some(next) => at = keep_accept(next, &ask.headers),
                None => return self.answer(ask, at.url, response).await,
            }
        }
        Err(ask.error(Cause::Redirect("too many redirects".into())))
    }

    async fn ask_at(&self, ask: &Ask, at: &Location) -> Result<Response, Error> {
        let mut request = self
            .requests
            .request(ask.method.clone(), at.url.clone())
            .headers(at.headers.clone());
        match &ask.body {
            Some(body) => request = request.body(body.clone()),
            // Some servers want to hear that nothing follows.
            None if !matches!(ask.method, Method::GET | Method::HEAD) => {
                request = request.header(header::CONTENT_LENGTH, 0);
            }
            None => {}
        }
        tracing::debug!(method = %ask.method, server = server_of(&at.url), "{}", ask.operation);
        let patience = ask.patience.unwrap_or(self.limits.head);
        match tokio::time::timeout(patience, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(network(ask, error)),
            Err(_) => Err(ask.error(Cause::Network(transfer::Cause::Time))),
        }
    }

    async fn answer(&self, ask: &Ask, url: Url, mut response: Response) -> Result<Answer, Error> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let is_refusal = !response.status().is_success();
        let bound = if is_refusal { REFUSAL } else { ask.bound };
        let mut body = Vec::new();
        loop {
            let piece = match tokio::time::timeout(self.limits.idle, response.chunk()).await {
                Ok(piece) => piece.map_err(|error| network(ask, error)),
                Err(_) => Err(ask.error(Cause::Network(transfer::Cause::Time))),
            };
            match piece {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => break,
                // The refusal itself is known.
                Err(_) if is_refusal => break,
                Err(error) => return Err(error),
            }
            if body.len() > bound {
                if is_refusal {
                    body.truncate(bound);
                    break;
                }
                let cause = Cause::Answer("more than such an answer can be");
                return Err(ask.error(cause).with_status(status));
            }
        }
        Ok(Answer {
            status,
            headers,
            body,
            url,
        })
    }
}

/// What kind of answer is wanted is no secret: another origin hears it as well.
fn keep_accept(mut next: Location, headers: &HeaderMap) -> Location {
    if !next.headers.contains_key(header::ACCEPT) {
        for value in headers.get_all(header::ACCEPT) {
            next.headers.append(header::ACCEPT, value.clone());
        }
    }
    next
}

fn network(ask: &Ask, error: reqwest::Error) -> Error {
    Error::of_transfer(ask.operation, &server_of(&ask.url), true, error.into())
}
