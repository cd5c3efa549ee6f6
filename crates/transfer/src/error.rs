//! Why a transfer ended without its file.

use std::{io, path::PathBuf, time::Duration};

use crate::RequestId;

/// Why a transfer ended without its file. What arrived is kept for another try unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller stopped it.
    #[error("the transfer was stopped")]
    Stopped,
    /// The other side refused.
    #[error("the server answered {status}{}{}", asked_as(.request.as_ref()), said(.message))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the server said.
        message: String,
        /// How long it asked to wait.
        wait: Option<Duration>,
        /// What it calls the request.
        request: Option<RequestId>,
    },
    /// No answer, or one that broke off, after all tries.
    #[error("{cause}")]
    Network {
        /// Which part of the way failed.
        cause: Cause,
        /// What the library said of it, without addresses.
        detail: String,
    },
    /// The answer is not what was asked for, again and again.
    #[error("the server sent {0}")]
    Wrong(&'static str),
    /// The bytes are not what they should be. What arrived is deleted.
    #[error("the file has another digest than expected: `{found}` instead of `{expected}`")]
    Digest {
        /// What it should be, in hexadecimal.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The length is not what it should be. What arrived is deleted.
    #[error("the file has {found} bytes instead of {expected}")]
    Length {
        /// What it should be.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// There is something under the final name.
    #[error("`{}` exists", .0.display())]
    Exists(PathBuf),
    /// Another transfer writes this file.
    #[error("another transfer is writing `{}`", .0.display())]
    Busy(PathBuf),
    /// The disk is too small.
    #[error("{needed} bytes are needed beside `{}`, {free} are free", .path.display())]
    NoSpace {
        /// Where.
        path: PathBuf,
        /// How many bytes are still to come.
        needed: u64,
        /// How many there are.
        free: u64,
    },
    /// The file to send changed while it was sent.
    #[error("`{}` changed while it was sent", .0.display())]
    Changed(PathBuf),
    /// Reading or writing failed.
    #[error("{action} `{}` failed", .path.display())]
    File {
        /// What was tried, as `reading`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The one who says where bytes are could not say it.
    #[error(transparent)]
    Elsewhere(Box<dyn std::error::Error + Send + Sync>),
}

/// Which part of the way to a server failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The name of the server is not known, or there is no network at all.
    #[error("the server was not found")]
    Name,
    /// Nobody listens.
    #[error("no connection to the server")]
    Connect,
    /// The server did not prove who it is.
    #[error("the server's certificate is not trusted")]
    Certificate,
    /// Its certificate is for another name.
    #[error("the server's certificate is for another name")]
    CertificateName,
    /// Its certificate is from an authority that is not known here.
    #[error("the server's certificate is from an unknown authority")]
    CertificateIssuer,
    /// Its certificate is expired or not yet good, by the clock of this machine.
    #[error("the server's certificate is out of date")]
    CertificateTime,
    /// The proxy on the way refused, or cannot be reached.
    #[error("the proxy did not let the request pass")]
    Proxy,
    /// It took too long.
    #[error("the server did not answer in time")]
    Time,
    /// The connection broke.
    #[error("the connection broke off")]
    Broken,
    /// It leads to where no credentials may go, or in circles.
    #[error("the server leads to an address that is not followed")]
    Redirect,
}

impl Error {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File {
            action,
            path: path.into(),
            source,
        }
    }

    /// Whether the same request may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Refused { status, .. } => {
                matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504 | 522)
            }
            Self::Network { cause, .. } => {
                !cause.is_certificate() && !matches!(cause, Cause::Redirect)
            }
            Self::Wrong(_) => true,
            _ => false,
        }
    }

    /// Whether the address may have expired, so that a fresh one may work.
    pub(crate) fn may_be_expired(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 400 | 401 | 403 | 404 | 410,
                ..
            }
        )
    }

    /// How long the server asked to wait.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Refused { wait, .. } => *wait,
            _ => None,
        }
    }
}

impl Cause {
    /// Whether it is about who the server is.
    #[must_use]
    pub const fn is_certificate(self) -> bool {
        matches!(
            self,
            Self::Certificate
                | Self::CertificateName
                | Self::CertificateIssuer
                | Self::CertificateTime
        )
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        // Addresses may carry signatures that let anybody write.
        let error = error.without_url();
        let detail = chain(&error);
        Self::Network {
            cause: cause_of(&error, &detail),
            detail,
        }
    }
}

/// Where the library has no kinds, its words decide between texts for people; nothing else depends on it.
fn cause_of(error: &reqwest::Error, detail: &str) -> Cause {
    let says = |words: &[&str]| words.iter().any(|word| detail.contains(word));
    if error.is_timeout() {
        Cause::Time
    } else if let Some(cause) = certificate_fault(error) {
        cause
    } else if says(&["invalid peer certificate", "certificate", "UnknownIssuer"]) {
        Cause::Certificate
    } else if says(&["tunnel", "proxy"]) {
        Cause::Proxy
    } else if says(&["dns error", "failed to lookup address"]) {
        Cause::Name
    } else if error.is_connect() {
        Cause::Connect
    } else {
        Cause::Broken
    }
}

/// What is wrong with the certificate, where that is what is wrong.
fn certificate_fault(error: &(dyn std::error::Error + 'static)) -> Option<Cause> {
    use rustls::CertificateError as Fault;
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(fault)) = error.downcast_ref() {
            return Some(match fault {
                Fault::NotValidForName | Fault::NotValidForNameContext { .. } => {
                    Cause::CertificateName
                }
                Fault::UnknownIssuer => Cause::CertificateIssuer,
                Fault::Expired
                | Fault::ExpiredContext { .. }
                | Fault::NotValidYet
                | Fault::NotValidYetContext { .. } => Cause::CertificateTime,
                _ => Cause::Certificate,
            });
        }
        // An error of the system tells the source of what it holds, and not what it holds.
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        words.push_str(": ");
        words.push_str(&source.to_string());
        next = source.source();
    }
    words
}

fn asked_as(request: Option<&RequestId>) -> String {
    request.map_or_else(String::new, |id| format!(" to the request {id}"))
}

fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    }
}
