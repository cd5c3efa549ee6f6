//! What a client still sends after it was answered. A connection that is closed while bytes wait on it is reset, and a
//! client that was busy sending never sees why it was refused; so what is left of a body is read and thrown away, for a
//! while.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::header,
};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::{runtime::Handle, time::timeout};

/// As much as a client sends in one piece. Whoever sends more has read the answer, or never will.
const MOST: usize = 64 << 20;
/// Between two pieces.
const PAUSE: Duration = Duration::from_secs(5);
/// For all of it.
const ALL: Duration = Duration::from_secs(30);

/// A body of which nothing stays on the connection.
#[derive(Debug)]
struct Rest(Option<Body>);

/// The request, whose body is read to its end whoever answers.
pub(super) fn read_to_the_end(request: Request) -> Request {
    // A client that asks first sends nothing after a refusal.
    let asks_first = request.headers().contains_key(header::EXPECT);
    if asks_first || request.body().is_end_stream() {
        return request;
    }
    request.map(|body| Body::new(Rest(Some(body))))
}

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.0 = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        let left = self.0.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Ok(runtime)) = (left, Handle::try_current()) {
            runtime.spawn(timeout(ALL, throw_away(body)));
        }
    }
}

async fn throw_away(mut body: Body) {
    let mut count = 0;
    while count < MOST {
        match timeout(PAUSE, body.frame()).await {
            Ok(Some(Ok(frame))) => count += frame.data_ref().map_or(0, Bytes::len),
            _ => return,
        }
    }
}
