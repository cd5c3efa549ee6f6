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
        let code = code_of(&error);
        let message = match error.place.as_deref().and_then(host_of) {
            Some(host) => format!("{} at `{host}`: {}", error.operation, error.cause()),
            None => format!("{}: {}", error.operation, error.cause()),
        };
        with_hint(Self::new(code, message).because(&error), error.cause())
    }
}

fn code_of(error: &scs_client::Error) -> ErrorCode {
    match error.cause() {
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
        Cause::Refused { .. } if error.may_pass() => ErrorCode::ServerFailed,
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
            other => Self::new(code_of_transfer(&other), words_of(&other)).because(&other),
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
    knows_way(
        (Ipv4Addr::UNSPECIFIED, 0).into(),
        (v4, 9).into(),
    ) || knows_way((Ipv6Addr::UNSPECIFIED, 0).into(), (v6, 9).into())
}

/// Returns host and port of an address.
pub(crate) fn host_of(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit('@').next()?;
    (!host.is_empty()).then(|| host.to_owned())
}
