//! What a request is called: its answer, the record of changes and the lines of the log say it, so that whoever reports a
//! failure can be helped. It says nothing about the request.

use std::{fmt, future::Future};

use axum::http::{HeaderName, HeaderValue};
use tracing::{Instrument, Span};

use crate::random;

/// The header of an answer.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RequestId;
}

/// What a request is called. Clients cannot choose it: it goes into logs.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn new() -> Self {
        Self(random::short())
    }

    /// That of the request for which something is done here and now.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn to_header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("none"))
    }

    /// Does `work` for the request of this name.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let span = tracing::error_span!("request", id = %self);
        CURRENT.scope(self.clone(), work.instrument(span)).await
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The same work for another thread, which does it for the request of this one.
pub(crate) fn carried<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let (id, span) = (RequestId::current(), Span::current());
    move || {
        let work = || span.in_scope(work);
        match id {
            Some(id) => CURRENT.sync_scope(id, work),
            None => work(),
        }
    }
}
