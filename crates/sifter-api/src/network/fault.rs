//! What went wrong on the way, by cause, as a person is told it: what was tried, at which host, and in the server's
//! own words.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use scs_client::Cause;
use transfer::Cause as Way;

use crate::error::{ApiError, ErrorCode, io_error, name_of, write_error};

impl From<scs_client::Error> for ApiError {
    fn from(error: scs_client::Error) -> Self {
        if matches!(error.cause(), Cause::Transfer(_)) {
            let operation = error.operation;
            return match error.into_cause() {
                Cause::Transfer(inner) => Self::from(inner),
                other => Self::new(ErrorCode::Internal, format!("{operation}: {other}")),
            };
        }
        let (code, wait) = (code_of(error.cause(), error.may_pass()), error.wait());
        let message = match error.place.as_deref().and_then(host_of) {
            Some(host) => format!("{} at `{host}`: {}", error.operation, error.cause()),
            None => format!("{}: {}", error.operation, error.cause()),
        };
        let told = Self::new(code, message).because(&error).after(wait);
        with_hint(told, error.cause())
    }
}

fn code_of(cause: &Cause, may_pass: bool) -> ErrorCode {
    match cause {
        Cause::SignIn {
            was_anonymous: true,
            ..
        } => ErrorCode::TokenMissing,
        Cause::SignIn { .. } => ErrorCode::TokenExpired,
        Cause::Forbidden { .. } => ErrorCode::Forbidden,
        Cause::Missing { .. } => ErrorCode::NotFoundOrPrivate,
        Cause::Exists { .. } => ErrorCode::PlanOutdated,
        Cause::TooLarge { .. } | Cause::Address(_) | Cause::Settings(_) => ErrorCode::InputInvalid,
        Cause::Quota { .. } => ErrorCode::QuotaExceeded,
        Cause::Digest { .. } => ErrorCode::DigestMismatch,
        Cause::Busy { .. } => ErrorCode::RateLimited,
        Cause::Server { .. } => ErrorCode::ServerFailed,
        Cause::Refused { .. } if may_pass => ErrorCode::ServerFailed,
        Cause::Refused { .. } => ErrorCode::InputInvalid,
        Cause::OciImage => ErrorCode::TransportUnsupported,
        Cause::Tls(way) => code_of_way(*way),
        Cause::Name => code_of_way(Way::Name),
        Cause::Connect => code_of_way(Way::Connect),
        Cause::Time => code_of_way(Way::Time),
        Cause::Broken => code_of_way(Way::Broken),
        Cause::Proxy => ErrorCode::ProxyFailed,
        Cause::NotAService | Cause::Range | Cause::Redirect(_) | Cause::Answer(_) => {
            ErrorCode::ServerAnswerInvalid
        }
        Cause::PlainHttp => ErrorCode::TlsFailed,
        Cause::NoService(_) => ErrorCode::ServiceMissing,
        Cause::Login => ErrorCode::TokenWrong,
        Cause::Stopped => ErrorCode::Cancelled,
        _ => ErrorCode::Internal,
    }
}

fn with_hint(error: ApiError, cause: &Cause) -> ApiError {
    match cause {
        Cause::TooLarge { .. } => {
            error.with_hint("ask for less, or ask the server's administrator for a higher limit")
        }
        Cause::Exists { .. } => error.with_hint("look at what is there now, then try again"),
        Cause::PlainHttp => {
            error.with_hint("mark the remote for plain http in Settings, Remotes, if you must")
        }
        _ => error,
    }
}

impl From<transfer::Error> for ApiError {
    fn from(error: transfer::Error) -> Self {
        use transfer::Error as Transfer;
        match error {
            Transfer::Elsewhere(inner) => match inner.downcast::<scs_client::Error>() {
                Ok(service) => Self::from(*service),
                Err(other) => match other.downcast::<Self>() {
                    Ok(own) => *own,
                    Err(other) => Self::internal(&*other),
                },
            },
            Transfer::File {
                action,
                path,
                source,
            } => {
                if action.starts_with("read") || action.starts_with("open") {
                    io_error(&path, &source)
                } else {
                    write_error(&path, &source)
                }
            }
            other => {
                // Its own words may name a folder.
                let told =
                    Self::new(code_of_transfer(&other), words_of(&other)).after(other.wait());
                match std::error::Error::source(&other) {
                    Some(source) => told.because(source),
                    None => told,
                }
            }
        }
    }
}

fn code_of_transfer(error: &transfer::Error) -> ErrorCode {
    use transfer::Error as Transfer;
    match error {
        Transfer::Stopped => ErrorCode::Cancelled,
        Transfer::Refused { status, .. } => code_of_status(*status),
        Transfer::Network { cause, .. } => code_of_way(*cause),
        Transfer::Wrong(_) => ErrorCode::ServerAnswerInvalid,
        Transfer::Digest { .. } | Transfer::Length { .. } => ErrorCode::DigestMismatch,
        Transfer::Exists(_) => ErrorCode::FileExists,
        Transfer::Busy(_) => ErrorCode::FileLocked,
        Transfer::NoSpace { .. } => ErrorCode::DiskFull,
        Transfer::Changed(_) => ErrorCode::FileChanged,
        _ => ErrorCode::Internal,
    }
}

/// The words of a transfer, where a path is only its last part.
fn words_of(error: &transfer::Error) -> String {
    use transfer::Error as Transfer;
    match error {
        Transfer::Exists(path) => format!("`{}` exists", name_of(path)),
        Transfer::Busy(path) => format!("another transfer is writing `{}`", name_of(path)),
        Transfer::Changed(path) => format!("`{}` changed while it was sent", name_of(path)),
        Transfer::NoSpace {
            path, needed, free, ..
        } => format!(
            "{needed} bytes are needed beside `{}`, {free} are free",
            name_of(path)
        ),
        other => other.to_string(),
    }
}

fn code_of_status(status: u16) -> ErrorCode {
    match status {
        401 => ErrorCode::TokenExpired,
        403 => ErrorCode::Forbidden,
        404 | 410 => ErrorCode::NotFoundOrPrivate,
        407 => ErrorCode::ProxyFailed,
        413 | 507 => ErrorCode::QuotaExceeded,
        429 => ErrorCode::RateLimited,
        408 | 425 | 500.. => ErrorCode::ServerFailed,
        _ => ErrorCode::ServerAnswerInvalid,
    }
}

pub(super) fn code_of_way(way: Way) -> ErrorCode {
    match way {
        Way::CertificateName => ErrorCode::TlsNameWrong,
        Way::CertificateIssuer => ErrorCode::TlsIssuerUnknown,
        Way::CertificateTime => ErrorCode::ClockWrong,
        Way::Certificate => ErrorCode::TlsFailed,
        Way::Proxy => ErrorCode::ProxyFailed,
        Way::Redirect => ErrorCode::ServerAnswerInvalid,
        Way::Name if !has_network() => ErrorCode::Offline,
        Way::Name => ErrorCode::HostUnknown,
        Way::Connect | Way::Time | Way::Broken => ErrorCode::ServerUnreachable,
    }
}

/// Returns whether this machine knows a way to any other. Nothing is sent: a socket of this kind only asks the system
/// which way it would take, to addresses that are nobody's.
fn has_network() -> bool {
    let knows_way = |from: SocketAddr, to: SocketAddr| {
        UdpSocket::bind(from).is_ok_and(|socket| socket.connect(to).is_ok())
    };
    let v4 = Ipv4Addr::new(192, 0, 2, 1);
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    knows_way((Ipv4Addr::UNSPECIFIED, 0).into(), (v4, 9).into())
        || knows_way((Ipv6Addr::UNSPECIFIED, 0).into(), (v6, 9).into())
}

/// Returns host and port of an address.
pub(crate) fn host_of(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit('@').next()?;
    (!host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_of_a_service_has_its_code() {
        use ErrorCode as Code;
        let said = || "no".to_owned();
        let sign_in = |was_anonymous| Cause::SignIn {
            said: said(),
            was_anonymous,
        };
        let quota = Cause::Quota {
            said: said(),
            total: Some(2),
            used: Some(1),
        };
        let busy = Cause::Busy {
            said: said(),
            wait: None,
        };
        for (cause, code) in [
            (sign_in(true), Code::TokenMissing),
            (sign_in(false), Code::TokenExpired),
            (Cause::Forbidden { said: said() }, Code::Forbidden),
            (Cause::Missing { said: said() }, Code::NotFoundOrPrivate),
            (Cause::Exists { said: said() }, Code::PlanOutdated),
            (Cause::TooLarge { said: said() }, Code::InputInvalid),
            (quota, Code::QuotaExceeded),
            (Cause::Range, Code::ServerAnswerInvalid),
            (Cause::Digest { said: said() }, Code::DigestMismatch),
            (busy, Code::RateLimited),
            (Cause::Server { said: said() }, Code::ServerFailed),
            (Cause::Refused { said: said() }, Code::InputInvalid),
            (Cause::OciImage, Code::TransportUnsupported),
            (Cause::Tls(Way::CertificateName), Code::TlsNameWrong),
            (Cause::Tls(Way::CertificateIssuer), Code::TlsIssuerUnknown),
            (Cause::Tls(Way::CertificateTime), Code::ClockWrong),
            (Cause::Tls(Way::Certificate), Code::TlsFailed),
            (Cause::Connect, Code::ServerUnreachable),
            (Cause::Time, Code::ServerUnreachable),
            (Cause::Broken, Code::ServerUnreachable),
            (Cause::Proxy, Code::ProxyFailed),
            (Cause::NotAService, Code::ServerAnswerInvalid),
            (Cause::Redirect(said()), Code::ServerAnswerInvalid),
            (Cause::PlainHttp, Code::TlsFailed),
            (Cause::Address(said()), Code::InputInvalid),
            (Cause::Answer("nonsense"), Code::ServerAnswerInvalid),
            (Cause::NoService("library"), Code::ServiceMissing),
            (Cause::Login, Code::TokenWrong),
            (Cause::Settings(said()), Code::InputInvalid),
            (Cause::Stopped, Code::Cancelled),
        ] {
            assert_eq!(code_of(&cause, false), code, "{cause:?}");
        }
        let refused = Cause::Refused { said: said() };
        assert_eq!(code_of(&refused, true), Code::ServerFailed);
        let name = code_of(&Cause::Name, true);
        let expected = if has_network() {
            Code::HostUnknown
        } else {
            Code::Offline
        };
        assert_eq!(name, expected);
    }

    #[test]
    fn each_end_of_a_transfer_has_its_code_and_shows_no_folder() {
        use ErrorCode as Code;
        use transfer::Error as Transfer;
        let path = || std::path::PathBuf::from("/home/anna/secret-project/x.sif");
        let refused = |status| Transfer::Refused {
            status,
            message: "no".into(),
            wait: None,
            request: None,
        };
        let network = |cause| Transfer::Network {
            cause,
            detail: String::new(),
        };
        let file = |action, kind: std::io::ErrorKind| Transfer::File {
            action,
            path: path(),
            source: kind.into(),
        };
        let digest = Transfer::Digest {
            expected: "a".into(),
            found: "b".into(),
        };
        let length = Transfer::Length {
            expected: 1,
            found: 2,
        };
        let space = Transfer::NoSpace {
            path: path(),
            needed: 2,
            free: 1,
        };
        let denied = std::io::ErrorKind::PermissionDenied;
        for (error, code) in [
            (Transfer::Stopped, Code::Cancelled),
            (refused(401), Code::TokenExpired),
            (refused(403), Code::Forbidden),
            (refused(404), Code::NotFoundOrPrivate),
            (refused(407), Code::ProxyFailed),
            (refused(418), Code::ServerAnswerInvalid),
            (refused(429), Code::RateLimited),
            (refused(503), Code::ServerFailed),
            (refused(507), Code::QuotaExceeded),
            (network(Way::CertificateTime), Code::ClockWrong),
            (network(Way::Broken), Code::ServerUnreachable),
            (Transfer::Wrong("a page"), Code::ServerAnswerInvalid),
            (digest, Code::DigestMismatch),
            (length, Code::DigestMismatch),
            (space, Code::DiskFull),
            (Transfer::Exists(path()), Code::FileExists),
            (Transfer::Busy(path()), Code::FileLocked),
            (Transfer::Changed(path()), Code::FileChanged),
            (file("reading", denied), Code::FileNotReadable),
            (file("writing", denied), Code::FileNotWritable),
        ] {
            let told = ApiError::from(error);
            assert_eq!(told.code, code, "{told:?}");
            assert!(!format!("{told:?}").contains("secret-project"), "{told:?}");
        }
        let own = Transfer::Elsewhere(Box::new(ApiError::plain(Code::KeychainLocked)));
        assert_eq!(ApiError::from(own).code, Code::KeychainLocked);
    }

    #[test]
    fn hosts_are_shown_without_what_is_around_them() {
        for (address, host) in [
            (
                "https://lab.example.org:8443/v1/x?y",
                Some("lab.example.org:8443"),
            ),
            ("http://u:p@h/", Some("h")),
            ("h", None),
            ("https:///x", None),
        ] {
            assert_eq!(host_of(address).as_deref(), host, "{address}");
        }
    }
}
