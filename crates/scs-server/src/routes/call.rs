//! One request: who asks, for what, and its body within limits.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use percent_encoding::percent_decode_str;
use rusqlite::{Connection, Transaction};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    answer::{Answer, Refusal, data},
    caller::{Caller, Query, identify},
    cloud::Inner,
    guard::Way,
};

/// A request by somebody who may be nobody, but has no bad token.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) cloud: Arc<Inner>,
    pub(crate) caller: Caller,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) way: Way,
    body: Body,
}

impl FromRequest<Arc<Inner>> for Call {
    type Rejection = Refusal;

    async fn from_request(request: Request, cloud: &Arc<Inner>) -> Answer<Self> {
        let (mut parts, body) = request.into_parts();
        Ok(Self {
            caller: identify(cloud, &parts.headers).await?,
            cloud: Arc::clone(cloud),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            // The guards put it there.
            way: parts.extensions.remove::<Way>().unwrap_or_default(),
            body,
        })
    }
}

impl Call {
    /// What stands in the path behind `start`, decoded.
    pub(crate) fn rest(&self, start: &str) -> Answer<String> {
        let rest = self.uri.path().strip_prefix(start).unwrap_or_default();
        let decoded = percent_decode_str(rest).decode_utf8();
        Ok(decoded.map_err(|_| Refusal::bad("bad path"))?.into_owned())
    }

    /// The step of the path behind `start`.
    pub(crate) fn step(&self, start: &str) -> Answer<String> {
        let rest = self.rest(start)?;
        Ok(rest.split('/').next().unwrap_or_default().to_owned())
    }

    /// # Errors
    ///
    /// 400 for a query that is no text.
    pub(crate) fn query(&self) -> Answer<Query> {
        Query::read(self.uri.query())
    }

    /// The body as JSON, whatever its type is said to be. An empty one is an empty object.
    ///
    /// # Errors
    ///
    /// 400 for anything else, 408 and 413 for a body that is too slow or too long.
    pub(crate) async fn json<T: DeserializeOwned>(&mut self) -> Answer<T> {
        let limit = self.cloud.settings.limits.json;
        let body = self.bytes(limit).await?;
        let body = if body.trim_ascii().is_empty() {
            b"{}"
        } else {
            &body[..]
        };
        serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("bad JSON: {error}")))
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// 408 and 413 for a body that is too slow or too long.
    pub(crate) async fn bytes(&mut self, limit: usize) -> Answer<Bytes> {
        let (idle, all) = {
            let limits = &self.cloud.settings.limits;
            (limits.idle, limits.body)
        };
        let mut body = self.take_body();
        let gathered = tokio::time::timeout(all, gather(&mut body, idle, limit));
        gathered.await.unwrap_or_else(|_| Err(too_slow()))
    }

    pub(crate) fn take_body(&mut self) -> Body {
        std::mem::take(&mut self.body)
    }

    /// Answers with what `work` reads.
    pub(crate) async fn read<T: Serialize + Send + 'static>(
        self,
        work: impl FnOnce(&Connection, &Caller) -> Answer<T> + Send + 'static,
    ) -> Answer<Response> {
        let caller = self.caller;
        let work = move |cloud: &Arc<Inner>| cloud.database.read(|rows| work(rows, &caller));
        Ok(data(self.cloud.blocking(work).await?))
    }

    /// Answers with what `work` gives back after it has changed something.
    pub(crate) async fn write<T: Serialize + Send + 'static>(
        self,
        work: impl FnOnce(&Transaction<'_>, &Caller, &Inner) -> Answer<T> + Send + 'static,
    ) -> Answer<Response> {
        let caller = self.caller;
        let work =
            move |cloud: &Arc<Inner>| cloud.database.write(|rows| work(rows, &caller, cloud));
        Ok(data(self.cloud.blocking(work).await?))
    }
}

async fn gather(body: &mut Body, idle: Duration, limit: usize) -> Answer<Bytes> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = next_bytes(body, idle).await? {
        if bytes.len() + chunk.len() > limit {
            return Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the request is too large",
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn too_slow() -> Refusal {
    let message = "the request stopped in the middle";
    Refusal::new(StatusCode::REQUEST_TIMEOUT, message)
}

/// The next bytes of a body, none at its end.
///
/// # Errors
///
/// 408 if none come for too long, 400 if the connection breaks.
pub(crate) async fn next_bytes(body: &mut Body, idle: Duration) -> Answer<Option<Bytes>> {
    loop {
        let frame = tokio::time::timeout(idle, body.frame()).await;
        let frame = frame.map_err(|_| too_slow())?;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(Refusal::bad("the request ended too early")),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}
