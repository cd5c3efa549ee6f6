//! What a client is told: data in the usual wrapper, or a refusal with the right status.

use std::io;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use scs_types::Envelope;
use serde::Serialize;

/// What a handler gives.
pub(crate) type Answer<T = Response> = Result<T, Refusal>;

/// A refusal.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    message: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let header = match status {
            StatusCode::UNAUTHORIZED => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"Sifter\""),
            )),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            _ => None,
        };
        Self {
            status,
            message: message.into(),
            header,
        }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.header = Some((name, value));
        }
        self
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(crate) fn gone(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized: a valid access token is needed",
        )
    }

    pub(crate) fn no_room(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INSUFFICIENT_STORAGE, message)
    }

    pub(crate) fn broken() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error")
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the database failed");
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::no_room("the disk is full"),
            Some(rusqlite::ErrorCode::DatabaseBusy) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy")
            }
            _ => Self::broken(),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "a file could not be used");
        let is_of_storage = error
            .get_ref()
            .is_some_and(|inner| inner.is::<object_store::Error>());
        match error.kind() {
            io::ErrorKind::Other if is_of_storage => Self::new(
                StatusCode::BAD_GATEWAY,
                "the storage of this library does not answer as it should",
            ),
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::no_room("the disk is full"),
            _ => Self::broken(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Envelope::refusal(self.status.as_u16(), self.message);
        let mut response = json(self.status, &body);
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// 200 and data in the usual wrapper.
pub(crate) fn data<T: Serialize>(value: T) -> Response {
    json(StatusCode::OK, &Envelope::of(value))
}

/// 200 and an empty wrapper: clients that decode the body find nothing wrong.
pub(crate) fn done() -> Response {
    data(serde_json::Map::new())
}

/// A body of JSON without a wrapper.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let Ok(body) = serde_json::to_vec(value) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Body::from(body)).into_response()
}
