//! Keeps the service answering when too much is asked of it: so many requests at once, so many a second.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::StatusCode,
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    Limits,
    answer::{Answer, Refusal},
    database::lock,
};

/// How much is going on.
#[derive(Debug)]
pub(crate) struct Load {
    at_once: Arc<Semaphore>,
    rate: f64,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    filled: Instant,
}

/// The place of a request, until its answer is sent.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Load {
    pub(crate) fn new(limits: &Limits) -> Self {
        let rate = f64::from(limits.rate);
        Self {
            at_once: Arc::new(Semaphore::new(limits.requests)),
            rate,
            bucket: Mutex::new(Bucket {
                left: rate,
                filled: Instant::now(),
            }),
        }
    }

    /// # Errors
    ///
    /// 503.
    pub(super) fn enter(&self) -> Answer<Place> {
        let busy = || Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once");
        if !lock(&self.bucket).take(self.rate, Instant::now()) {
            return Err(busy());
        }
        let permit = Arc::clone(&self.at_once).try_acquire_owned();
        permit
            .map(|permit| Place { _permit: permit })
            .map_err(|_| busy())
    }
}

impl Bucket {
    fn take(&mut self, rate: f64, now: Instant) -> bool {
        let seconds = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.left = (self.left + seconds * rate).min(rate);
        let is_enough = self.left >= 1.0;
        if is_enough {
            self.left -= 1.0;
        }
        is_enough
    }
}

impl Place {
    /// The answer, which keeps the place until it is sent.
    pub(super) fn hold_for(self, response: Response) -> Response {
        response.map(|body| Body::new(Held { body, _place: self }))
    }
}

struct Held {
    body: Body,
    _place: Place,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_fills_with_time() {
        let start = Instant::now();
        let mut bucket = Bucket {
            left: 2.0,
            filled: start,
        };
        assert!(bucket.take(2.0, start) && bucket.take(2.0, start));
        assert!(!bucket.take(2.0, start));
        assert!(!bucket.take(2.0, start + Duration::from_millis(400)));
        assert!(bucket.take(2.0, start + Duration::from_millis(600)));
    }
}
