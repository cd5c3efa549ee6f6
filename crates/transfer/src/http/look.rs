//! A look at a file before it is downloaded, and small answers that are read whole.

use reqwest::{
    Response,
    header::{self, HeaderMap, HeaderValue},
};

use super::{Brings, Http, Location, brings};
use crate::Error;

/// What a look at a file shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The length of the whole file in bytes, if the server says it.
    pub size: Option<u64>,
    /// The first bytes.
    pub start: Vec<u8>,
    /// When it changed last, in seconds since 1970, if the server says it.
    pub modified: Option<i64>,
}

impl Http {
    /// Looks at the first `length` bytes of a file. No more than those are read, whatever the server sends.
    ///
    /// # Errors
    ///
    /// A refusal, an answer that is another part, or a fault on the way. Nothing is tried again.
    pub async fn look(&self, at: &Location, length: u64) -> Result<Look, Error> {
        let range = 0..length.max(1);
        let mut response = match self.get(at, Some(&range), None).await {
            // An empty file has no first byte.
            Err(Error::Refused { status: 416, .. }) => return Ok(Look::default()),
            other => other?,
        };
        let size = match brings(&response, Some(&range))? {
            Brings::Range { total, .. } => Some(total),
            Brings::Whole { total } => total,
        };
        let modified = modified(&response);
        let bound = usize::try_from(range.end).unwrap_or(usize::MAX);
        let mut start = Vec::new();
        while start.len() < bound {
            match self.piece(&mut response).await? {
                Some(piece) => start.extend_from_slice(&piece),
                None => break,
            }
        }
        start.truncate(bound);
        Ok(Look {
            size,
            start,
            modified,
        })
    }

    /// Reads an answer whole; it may have `bound` bytes at most.
    ///
    /// # Errors
    ///
    /// A refusal, a longer answer, or a fault on the way. Nothing is tried again.
    pub async fn read(&self, at: &Location, bound: usize) -> Result<Vec<u8>, Error> {
        let mut own = HeaderMap::new();
        own.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        let mut response = self.follow(at, &own).await?;
        let mut body = Vec::new();
        while let Some(piece) = self.piece(&mut response).await? {
            body.extend_from_slice(&piece);
            if body.len() > bound {
                return Err(Error::Wrong("more than such an answer can be"));
            }
        }
        Ok(body)
    }
}

fn modified(response: &Response) -> Option<i64> {
    let text = response.headers().get(header::LAST_MODIFIED)?;
    let date = jiff::fmt::rfc2822::parse(text.to_str().ok()?).ok()?;
    Some(date.timestamp().as_second())
}
