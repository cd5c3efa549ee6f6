//! Why a registry did not do what was asked, by cause, with the server's own words.

use std::{fmt, time::Duration};

use serde_json::Value;
use transfer::RequestId;

/// Why a registry did not do what was asked.
#[derive(Debug)]
pub struct Error {
    /// What was tried, as `looking for the image`.
    pub operation: &'static str,
    /// The registry's name, or that of the server that it led to.
    pub server: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What the server calls the request.
    pub request: Option<RequestId>,
    cause: Box<Cause>,
}

/// What was wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// One has to sign in, or user and password are not accepted.
    #[error("{}{}", sign_in(*.was_anonymous), quoted(.said))]
    SignIn {
        /// The server's own words, or nothing.
        said: String,
        /// Whether no login was sent. Registries answer so for what is private and for what does not exist.
        was_anonymous: bool,
    },
    /// One is known, but may not.
    #[error("this account may not do that{}", quoted(.said))]
    Forbidden {
        /// The server's own words, or nothing.
        said: String,
    },
    /// There is no such thing, or it is hidden.
    #[error("the registry does not know it{}", quoted(.said))]
    Missing {
        /// The server's own words, or nothing.
        said: String,
    },
    /// More than the server takes.
    #[error("it is too large for the registry{}", quoted(.said))]
    TooLarge {
        /// The server's own words, or nothing.
        said: String,
    },
    /// Too many requests, or closed for a while.
    #[error("the server asks to wait{}{}", seconds(*.wait), quoted(.said))]
    Busy {
        /// The server's own words, or nothing.
        said: String,
        /// How long.
        wait: Option<Duration>,
    },
    /// A mistake on the other side.
    #[error("the server failed{}", quoted(.said))]
    Server {
        /// The server's own words, or nothing.
        said: String,
    },
    /// Another refusal.
    #[error("the server refused{}", quoted(.said))]
    Refused {
        /// The server's own words, or nothing.
        said: String,
    },
    /// An image of another kind, as `docker pull` takes it.
    #[error("the reference leads to an OCI image, not to a SIF file")]
    OciImage,
    /// Something else than an image.
    #[error("the reference leads to something that is not a SIF file: `{found}`")]
    NotSif {
        /// Its media type.
        found: String,
    },
    /// There is no image for this architecture.
    #[error("there is no image for `{wanted}`, only for {}", .have.join(", "))]
    NoArchitecture {
        /// What was asked for.
        wanted: String,
        /// What is there.
        have: Vec<String>,
    },
    /// Bytes that are not what the reference or the registry named.
    #[error("the server sent other bytes than it named: `{found}` instead of `{expected}`")]
    Digest {
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// An answer that is not what a registry should send.
    #[error("the server sent {0}")]
    Answer(&'static str),
    /// No registry answers there.
    #[error("there is no registry at this address")]
    NotARegistry,
    /// The registry wants a kind of login that is not known.
    #[error("the registry asks for a kind of sign-in that Sifter does not know: `{0}`")]
    UnknownSignIn(String),
    /// A name or password that no request can carry.
    #[error("the login has characters that no login has")]
    Login,
    /// To an address that credentials or bytes must not go to.
    #[error("the server leads to an address that is not followed: {0}")]
    Redirect(String),
    /// On the way to the server.
    #[error("{0}")]
    Network(transfer::Cause),
    /// The settings of the connection do not fit together.
    #[error("the connection cannot be set up: {0}")]
    Settings(String),
    /// The caller stopped it.
    #[error("it was stopped")]
    Stopped,
    /// The file, or its way, was wrong.
    #[error(transparent)]
    Transfer(transfer::Error),
}

impl Error {
    pub(crate) fn new(operation: &'static str, server: impl Into<String>, cause: Cause) -> Self {
        Self {
            operation,
            server: server.into(),
            status: None,
            request: None,
            cause: Box::new(cause),
        }
    }

    pub(crate) const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn asked_as(mut self, request: Option<RequestId>) -> Self {
        self.request = request;
        self
    }

    /// The error of a transfer, as one of this room.
    pub(crate) fn of_transfer(
        operation: &'static str,
        server: &str,
        was_anonymous: bool,
        error: transfer::Error,
    ) -> Self {
        use transfer::Error as Transfer;
        match error {
            Transfer::Elsewhere(inner) => match inner.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::new(
                    operation,
                    server,
                    Cause::Transfer(Transfer::Elsewhere(other)),
                ),
            },
            Transfer::Refused {
                status,
                message,
                wait,
                request,
            } => {
                let cause = Cause::of_status(status, message, wait, was_anonymous);
                Self::new(operation, server, cause)
                    .with_status(status)
                    .asked_as(request)
            }
            Transfer::Network {
                cause: transfer::Cause::Redirect,
                detail,
            } => Self::new(operation, server, Cause::Redirect(detail)),
            Transfer::Network { cause, .. } => Self::new(operation, server, Cause::Network(cause)),
            Transfer::Digest { expected, found } => {
                Self::new(operation, server, Cause::Digest { expected, found })
            }
            Transfer::Stopped => Self::new(operation, server, Cause::Stopped),
            other => Self::new(operation, server, Cause::Transfer(other)),
        }
    }

    /// What was wrong.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// What was wrong, to keep.
    #[must_use]
    pub fn into_cause(self) -> Cause {
        *self.cause
    }

    /// Whether the registry says that there is no such thing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(*self.cause, Cause::Missing { .. })
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match &*self.cause {
            Cause::Network(cause) => !cause.is_certificate(),
            Cause::Busy { .. } => true,
            Cause::Server { .. } | Cause::Refused { .. } => matches!(
                self.status,
                Some(408 | 425 | 429 | 499 | 500 | 502 | 503 | 504 | 522)
            ),
            _ => false,
        }
    }

    /// How long the server asked to wait.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        match *self.cause {
            Cause::Busy { wait, .. } => wait,
            _ => None,
        }
    }
}

impl Cause {
    /// What a refusal means.
    pub(crate) fn of_status(
        status: u16,
        said: String,
        wait: Option<Duration>,
        was_anonymous: bool,
    ) -> Self {
        match status {
            401 => Self::SignIn {
                said,
                was_anonymous,
            },
            // Registries answer so to those whom they do not know, too.
            403 if was_anonymous => Self::SignIn {
                said,
                was_anonymous,
            },
            403 => Self::Forbidden { said },
            404 => Self::Missing { said },
            407 => Self::Network(transfer::Cause::Proxy),
            413 | 507 => Self::TooLarge { said },
            429 => Self::Busy { said, wait },
            503 if wait.is_some() => Self::Busy { said, wait },
            500.. => Self::Server { said },
            _ => Self::Refused { said },
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.operation, self.cause)?;
        match self.status {
            Some(status) => write!(formatter, " ({status}, {}", self.server)?,
            None => write!(formatter, " ({}", self.server)?,
        }
        match &self.request {
            Some(request) => write!(formatter, ", request {request})"),
            None => write!(formatter, ")"),
        }
    }
}

impl std::error::Error for Error {}

/// No refusal is quoted further.
const QUOTED: usize = 300;

/// What a server says in the body of a refusal; nothing if that is a web page or no text.
pub(crate) fn said_in(_status: u16, kind: Option<&str>, body: &[u8]) -> String {
    let words = match serde_json::from_slice::<Value>(body) {
        Ok(refusal) => complaint(&refusal).unwrap_or_default().to_owned(),
        Err(_) if kind.is_some_and(|kind| kind.starts_with("text/plain")) => {
            String::from_utf8_lossy(body).into_owned()
        }
        Err(_) => String::new(),
    };
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words
        .chars()
        .filter(|character| !character.is_control())
        .take(QUOTED)
        .collect()
}

/// Registries list errors; their token services have other members for the same.
fn complaint(refusal: &Value) -> Option<&str> {
    let first = refusal.get("errors").and_then(|errors| errors.get(0));
    let places = [
        first.and_then(|error| error.get("message")),
        first.and_then(|error| error.get("code")),
        refusal.get("details"),
        refusal.get("error_description"),
        refusal.get("message"),
    ];
    let mut texts = places.into_iter().flatten().filter_map(Value::as_str);
    texts.find(|text| !text.is_empty())
}

const fn sign_in(was_anonymous: bool) -> &'static str {
    if was_anonymous {
        "it is private or does not exist, one has to sign in"
    } else {
        "user or password is not accepted"
    }
}

fn quoted(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(": `{said}`"),
    }
}

fn seconds(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| format!(" {} s", wait.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_quoted_in_short() {
        let cases: &[(&str, &str, &str)] = &[
            (
                r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"1"}}]}"#,
                "application/json",
                "manifest unknown",
            ),
            (
                r#"{"errors":[{"code":"DENIED","message":""}]}"#,
                "application/json",
                "DENIED",
            ),
            (
                r#"{"details":"incorrect username or password"}"#,
                "application/json",
                "incorrect username or password",
            ),
            ("<html>502</html>", "text/html", ""),
            ("try\nlater\u{7}", "text/plain; charset=utf-8", "try later"),
            ("\u{0}", "application/octet-stream", ""),
        ];
        for (body, kind, expected) in cases {
            assert_eq!(
                said_in(400, Some(kind), body.as_bytes()),
                *expected,
                "{body}"
            );
        }
        assert_eq!(
            said_in(400, Some("text/plain"), &[b'a'; 4096]).len(),
            QUOTED
        );
    }

    #[test]
    fn each_status_has_its_cause() {
        let words = |status, was_anonymous| {
            let cause = Cause::of_status(status, "x".into(), None, was_anonymous);
            Error::new("trying", "h", cause)
                .with_status(status)
                .to_string()
        };
        assert_eq!(
            words(401, true),
            "trying: it is private or does not exist, one has to sign in: `x` (401, h)"
        );
        assert_eq!(
            words(401, false),
            "trying: user or password is not accepted: `x` (401, h)"
        );
        assert_eq!(words(403, true), words(401, true).replace("401", "403"));
        assert_eq!(
            words(403, false),
            "trying: this account may not do that: `x` (403, h)"
        );
        assert!(words(502, false).contains("the server failed"));
    }
}
