//! Revocations, and which of several decides.

use std::cmp::Reverse;

use super::SelfSignature;
use super::judge::{KeyFault, KeyPart};

/// Why a key was revoked, by its own statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// No reason was given.
    None,
    /// Another key takes its place.
    Superseded,
    /// Somebody else may have the secret part.
    Compromised,
    /// The key is no longer used.
    Retired,
    /// The user id is no longer right.
    UserIdInvalid,
    /// A code that has no agreed meaning.
    Other(u8),
}

impl RevocationReason {
    /// Returns the code of the format.
    pub fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Superseded => 1,
            Self::Compromised => 2,
            Self::Retired => 3,
            Self::UserIdInvalid => 32,
            Self::Other(code) => code,
        }
    }

    /// Returns the reason with this code.
    pub fn from_code(code: u8) -> Self {
        match code {
            0 => Self::None,
            1 => Self::Superseded,
            2 => Self::Compromised,
            3 => Self::Retired,
            32 => Self::UserIdInvalid,
            other => Self::Other(other),
        }
    }
}

/// How much a revocation takes from a key: a compromise was never to be trusted, an orderly end leaves most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Orderly,
    Unknown,
    Compromised,
}

impl RevocationReason {
    fn severity(self) -> Severity {
        match self {
            Self::Compromised => Severity::Compromised,
            Self::Retired | Self::Superseded => Severity::Orderly,
            Self::None | Self::UserIdInvalid | Self::Other(_) => Severity::Unknown,
        }
    }
}

/// A revocation that holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Revoked {
    part: KeyPart,
    reason: RevocationReason,
    time: i64,
}

impl Revoked {
    /// Of two the one that takes more from the key; `self` if that is the same.
    pub(super) fn or_worse(self, other: Self) -> Self {
        if other.reason.severity() > self.reason.severity() {
            other
        } else {
            self
        }
    }
}

impl From<Revoked> for KeyFault {
    fn from(revoked: Revoked) -> Self {
        Self::Revoked {
            part: revoked.part,
            reason: revoked.reason,
            time: revoked.time,
        }
    }
}

/// The revocation that decides among those that hold at `now`: the worst, and the earliest among equals. Where they
/// stand does not matter, so that a harmless one cannot hide a compromise.
pub(super) fn revoked(revocations: &[SelfSignature], part: KeyPart, now: i64) -> Option<Revoked> {
    revocations
        .iter()
        .map(|revocation| (revocation, reason(revocation)))
        // A compromised key was never to be trusted, whatever the date of the revocation.
        .filter(|(revocation, reason)| {
            *reason == RevocationReason::Compromised || !revocation.is_out_of_date(now)
        })
        .map(|(revocation, reason)| Revoked {
            part,
            reason,
            time: revocation.created,
        })
        .min_by_key(|revoked| (Reverse(revoked.reason.severity()), revoked.time))
}

fn reason(revocation: &SelfSignature) -> RevocationReason {
    let code = revocation.reason.as_ref().map(|(code, _)| *code);
    code.map_or(RevocationReason::None, RevocationReason::from_code)
}
