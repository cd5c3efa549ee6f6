//! Why a service did not do what was asked, by cause, with the server's own words.

use std::{fmt, time::Duration};

use reqwest::Url;
use scs_types::Failure;
use transfer::RequestId;

/// Why a service did not do what was asked.
#[derive(Debug)]
pub struct Error {
    /// What was tried, as `looking for the image`.
    pub operation: &'static str,
    /// Where: an address without credentials, query or signature.
    pub place: Option<String>,
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
    /// One has to sign in, or the token is no longer good.
    #[error("{}{}", sign_in(*.was_anonymous), quoted(.said))]
    SignIn {
        /// The server's own words, or nothing.
        said: String,
        /// Whether no token was sent. Libraries answer so for what is private and for what does not exist.
        was_anonymous: bool,
    },
    /// One is known, but may not.
    #[error("this account may not do that{}", quoted(.said))]
    Forbidden {
        /// The server's own words, or nothing.
        said: String,
    },
    /// There is no such thing, or it is hidden.
    #[error("the server does not know it{}", quoted(.said))]
    Missing {
        /// The server's own words, or nothing.
        said: String,
    },
    /// It is there already, or changed in between.
    #[error("it is there already{}", quoted(.said))]
    Exists {
        /// The server's own words, or nothing.
        said: String,
    },
    /// More than the server takes.
    #[error("it is too large for the server{}", quoted(.said))]
    TooLarge {
        /// The server's own words, or nothing.
        said: String,
    },
    /// The account has no more room.
    #[error("there is not enough room on the server{}{}", room(*.used, *.total), quoted(.said))]
    Quota {
        /// The server's own words, or nothing.
        said: String,
        /// Bytes allowed, if known.
        total: Option<u64>,
        /// Bytes in use, if known.
        used: Option<u64>,
    },
    /// A part of a file that it does not have.
    #[error("the server does not have that part of the file")]
    Range,
    /// The server found another digest than was announced.
    #[error("the server received other bytes than were announced{}", quoted(.said))]
    Digest {
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
    /// The image is stored as an OCI image, which only a registry client can pull.
    #[error("the reference leads to an OCI image, not to a SIF file")]
    OciImage,
    /// The server did not prove who it is; which part of that failed.
    #[error("{0}")]
    Tls(transfer::Cause),
    /// The name of the server is not known, or there is no network.
    #[error("the server was not found, or there is no network")]
    Name,
    /// Nobody listens.
    #[error("no connection to the server")]
    Connect,
    /// It took too long.
    #[error("the server did not answer in time")]
    Time,
    /// The connection broke.
    #[error("the connection broke off")]
    Broken,
    /// The proxy did not help.
    #[error("the proxy did not let the request pass")]
    Proxy,
    /// A web page where the answer of a service should be.
    #[error("there is no such service at this address: it answers with a web page")]
    NotAService,
    /// In circles, from https to http, or nowhere.
    #[error("the server leads to an address that is not followed: {0}")]
    Redirect(String),
    /// Unencrypted, and nobody allowed it.
    #[error("the address is not encrypted, and this remote is not marked for plain http")]
    PlainHttp,
    /// Something that is no address.
    #[error("`{0}` is no address of a service")]
    Address(String),
    /// An answer that is not what the service should send.
    #[error("the server sent {0}")]
    Answer(&'static str),
    /// The remote has no such service.
    #[error("the remote has no {0}")]
    NoService(&'static str),
    /// A token or password that no request can carry.
    #[error("the token has characters that no token has")]
    Login,
    /// Certificates or proxy settings that do not fit.
    #[error("the connection cannot be set up: {0}")]
    Settings(String),
    /// The caller stopped it.
    #[error("it was stopped")]
    Stopped,
    /// The file, or its way, was wrong.
    #[error(transparent)]
    Transfer(transfer::Error),
}

/// The words by which an image that is no SIF is told: the status says nothing.
const OCI_IMAGE: &str = "application/vnd.oci.image.config.v1+json";

impl Error {
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

    /// An error without a server.
    pub(crate) fn local(operation: &'static str, cause: Cause) -> Self {
        Self {
            operation,
            place: None,
            status: None,
            request: None,
            cause: Box::new(cause),
        }
    }

    /// An error at `place`.
    pub(crate) fn at(
        operation: &'static str,
        place: &str,
        status: Option<u16>,
        cause: Cause,
    ) -> Self {
        Self {
            place: Some(place.to_owned()),
            status,
            ..Self::local(operation, cause)
        }
    }

    /// The error of a transfer, as one of this room.
    pub(crate) fn of_transfer(
        operation: &'static str,
        place: &str,
        error: transfer::Error,
    ) -> Self {
        use transfer::Error as Transfer;
        match error {
            Transfer::Elsewhere(inner) => match inner.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::local(operation, Cause::Transfer(Transfer::Elsewhere(other))),
            },
            Transfer::Refused {
                status,
                message,
                wait,
                request,
            } => {
                let cause = Cause::of_status(status, message, wait, false);
                Self::at(operation, place, Some(status), cause).asked_as(request)
            }
            Transfer::Network { cause, detail } => {
                Self::at(operation, place, None, Cause::of_network(cause, detail))
            }
            Transfer::Stopped => Self::local(operation, Cause::Stopped),
            other => Self::at(operation, place, None, Cause::Transfer(other)),
        }
    }

    /// The same, of a request that the server has a name for.
    pub(crate) fn asked_as(mut self, request: Option<RequestId>) -> Self {
        self.request = request;
        self
    }

    /// The same with another cause.
    pub(crate) fn with(mut self, cause: Cause) -> Self {
        *self.cause = cause;
        self
    }

    /// Whether the server may have done what was asked although it looks otherwise.
    pub(crate) fn is_unclear(&self) -> bool {
        matches!(
            *self.cause,
            Cause::Time
                | Cause::Broken
                | Cause::Connect
                | Cause::Server { .. }
                | Cause::Busy { .. }
        )
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match *self.cause {
            Cause::Time | Cause::Broken | Cause::Connect | Cause::Name | Cause::Busy { .. } => true,
            Cause::Server { .. } | Cause::Refused { .. } => matches!(
                self.status,
                Some(408 | 425 | 429 | 500 | 502 | 503 | 504 | 522)
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

    pub(crate) fn is_missing(&self) -> bool {
        matches!(*self.cause, Cause::Missing { .. })
    }

    pub(crate) fn exists(&self) -> bool {
        matches!(*self.cause, Cause::Exists { .. })
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
        if said.contains(OCI_IMAGE) && status != 404 {
            return Self::OciImage;
        }
        match status {
            401 => Self::SignIn {
                said,
                was_anonymous,
            },
            // Some servers answer so to those whom they do not know.
            403 if was_anonymous => Self::SignIn {
                said,
                was_anonymous,
            },
            403 => Self::Forbidden { said },
            404 => Self::Missing { said },
            407 => Self::Proxy,
            409 | 412 => Self::Exists { said },
            413 => Self::TooLarge { said },
            416 => Self::Range,
            422 => Self::Digest { said },
            402 | 507 => Self::Quota {
                said,
                total: None,
                used: None,
            },
            429 => Self::Busy { said, wait },
            503 if wait.is_some() => Self::Busy { said, wait },
            500.. => Self::Server { said },
            _ => Self::Refused { said },
        }
    }

    /// What an error in the body of a success means.
    pub(crate) fn of_failure(failure: Failure, was_anonymous: bool) -> Self {
        match failure.code {
            400.. => Self::of_status(failure.code, failure.message, None, was_anonymous),
            _ => Self::Refused {
                said: failure.message,
            },
        }
    }

    pub(crate) fn of_network(cause: transfer::Cause, detail: String) -> Self {
        use transfer::Cause as Way;
        match cause {
            Way::Name => Self::Name,
            Way::Connect => Self::Connect,
            Way::Certificate
            | Way::CertificateName
            | Way::CertificateIssuer
            | Way::CertificateTime => Self::Tls(cause),
            Way::Proxy => Self::Proxy,
            Way::Time => Self::Time,
            Way::Broken => Self::Broken,
            Way::Redirect => Self::Redirect(detail),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.operation, self.cause)?;
        let Some(place) = &self.place else {
            return Ok(());
        };
        match self.status {
            Some(status) => write!(formatter, " ({status}, {place}")?,
            None => write!(formatter, " ({place}")?,
        }
        match &self.request {
            Some(request) => write!(formatter, ", request {request})"),
            None => write!(formatter, ")"),
        }
    }
}

impl std::error::Error for Error {}

/// The error of a transfer with a server that a library led to. Who may do what there is settled by the address itself.
pub(crate) fn of_storage(operation: &'static str, place: &str, error: transfer::Error) -> Error {
    match error {
        transfer::Error::Refused {
            status: status @ (401 | 403),
            ..
        } => {
            let cause = Cause::Answer("an address that its storage does not accept");
            Error::at(operation, place, Some(status), cause)
        }
        error => Error::of_transfer(operation, place, error),
    }
}

/// An address without what is nobody's business: user, password, query, signature.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// Only the server of an address: whoever knows the path may read or write there.
pub(crate) fn shown_server(url: &Url) -> String {
    url.origin().ascii_serialization()
}

const fn sign_in(was_anonymous: bool) -> &'static str {
    if was_anonymous {
        "it is private or does not exist, one has to sign in"
    } else {
        "the sign-in is not accepted"
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

fn room(used: Option<u64>, total: Option<u64>) -> String {
    match (used, total) {
        (Some(used), Some(total)) => format!(", {used} of {total} bytes are in use"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_secrets() {
        let url: Url = "https://alice:secret@h:8443/p/q?X-Amz-Signature=secret#secret"
            .parse()
            .unwrap();
        assert_eq!(shown(&url), "https://h:8443/p/q");
        assert_eq!(shown_server(&url), "https://h:8443");
    }

    #[test]
    fn each_status_has_its_cause() {
        let words = |status| {
            let cause = Cause::of_status(status, "x".into(), None, true);
            Error::at("trying", "https://h/", Some(status), cause).to_string()
        };
        assert_eq!(
            words(401),
            "trying: it is private or does not exist, one has to sign in: `x` (401, https://h/)"
        );
        assert_eq!(words(403), words(401).replace("401", "403"));
        assert_eq!(
            words(412),
            "trying: it is there already: `x` (412, https://h/)"
        );
        assert!(words(402).contains("not enough room"));
        assert!(words(418).contains("refused"));
        let oci = format!("it is {OCI_IMAGE}");
        assert!(matches!(
            Cause::of_status(400, oci.clone(), None, false),
            Cause::OciImage
        ));
        assert!(matches!(
            Cause::of_status(404, oci, None, false),
            Cause::Missing { .. }
        ));
    }
}
