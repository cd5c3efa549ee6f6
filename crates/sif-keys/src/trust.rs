//! Whose key it is, as far as the user is concerned.
//!
//! The command lines have no such notion: to them a key in the keyring is trusted. Here trust is a decision that
//! is kept apart from the keyrings. How the records are stored is the caller's business.

use std::str::FromStr;

use crate::fingerprint::Fingerprint;

/// How far a key is trusted, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustLevel {
    /// The user's own key.
    Own,
    /// The user said so.
    ByUser {
        /// When, in seconds since 1970.
        at: i64,
        /// How the fingerprint was compared.
        how: Compared,
    },
    /// An administrator put it into the keyring of the system.
    ByAdministrator,
    /// Nobody said so.
    NotTrusted,
    /// The user does not want it to count, whatever else holds.
    Blocked {
        /// When, in seconds since 1970.
        at: i64,
    },
}

impl TrustLevel {
    /// Returns whether a good signature of the key makes an image verified.
    pub fn is_trusted(self) -> bool {
        matches!(
            self,
            Self::Own | Self::ByUser { .. } | Self::ByAdministrator
        )
    }
}

/// How the user compared a fingerprint before trusting its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compared {
    /// Pasted from another source, and equal.
    Pasted,
    /// Read aloud or from paper, digits or words.
    ReadAloud,
    /// By a picture code.
    Qr,
    /// Not at all.
    Not,
    /// All keys of the command line's keyring were trusted at once.
    CommandLine,
}

/// What the user decided about one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustRecord {
    /// The key.
    pub fingerprint: Fingerprint,
    /// The decision.
    pub decision: Decision,
    /// When it was made, in seconds since 1970.
    pub at: i64,
}

/// A decision about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is whose it says.
    Trust(Compared),
    /// It is not to count.
    Block,
}

/// Returns how far a key is trusted.
///
/// Blocking comes first, then ownership, the user's word, and the administrator's. An own key is one whose secret
/// part is here: `is_own` comes from the secret ring, `is_global` from the ring of the system. A record of another
/// key counts as none.
pub fn trust_level(
    fingerprint: Fingerprint,
    record: Option<&TrustRecord>,
    is_own: bool,
    is_global: bool,
) -> TrustLevel {
    let record = record.filter(|record| record.fingerprint == fingerprint);
    match record.map(|record| (record.decision, record.at)) {
        Some((Decision::Block, at)) => TrustLevel::Blocked { at },
        _ if is_own => TrustLevel::Own,
        Some((Decision::Trust(how), at)) => TrustLevel::ByUser { at, how },
        None if is_global => TrustLevel::ByAdministrator,
        None => TrustLevel::NotTrusted,
    }
}

impl Decision {
    /// Returns a stable word to store the decision by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Trust(Compared::Pasted) => "trust-pasted",
            Self::Trust(Compared::ReadAloud) => "trust-read-aloud",
            Self::Trust(Compared::Qr) => "trust-qr",
            Self::Trust(Compared::Not) => "trust-not-compared",
            Self::Trust(Compared::CommandLine) => "trust-command-line",
        }
    }

    const ALL: [Self; 6] = [
        Self::Block,
        Self::Trust(Compared::Pasted),
        Self::Trust(Compared::ReadAloud),
        Self::Trust(Compared::Qr),
        Self::Trust(Compared::Not),
        Self::Trust(Compared::CommandLine),
    ];
}

/// A stored word that is no decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no decision about a key")]
pub struct UnknownDecision(String);

impl FromStr for Decision {
    type Err = UnknownDecision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|decision| decision.as_str() == text)
            .ok_or_else(|| UnknownDecision(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        let key = Fingerprint::from_v4([1; 20]);
        let other = Fingerprint::from_v4([2; 20]);
        let record = |fingerprint, decision| TrustRecord {
            fingerprint,
            decision,
            at: 7,
        };
        let trust = record(key, Decision::Trust(Compared::Pasted));
        let block = record(key, Decision::Block);
        let foreign = record(other, Decision::Trust(Compared::Pasted));
        let by_user = TrustLevel::ByUser {
            at: 7,
            how: Compared::Pasted,
        };
        for (record, own, global, level) in [
            (None, false, false, TrustLevel::NotTrusted),
            (None, false, true, TrustLevel::ByAdministrator),
            (None, true, true, TrustLevel::Own),
            (Some(&trust), false, true, by_user),
            (Some(&trust), true, false, TrustLevel::Own),
            (Some(&block), true, true, TrustLevel::Blocked { at: 7 }),
            (Some(&foreign), false, false, TrustLevel::NotTrusted),
        ] {
            assert_eq!(trust_level(key, record, own, global), level);
            assert_eq!(
                level.is_trusted(),
                !matches!(level, TrustLevel::NotTrusted | TrustLevel::Blocked { .. })
            );
        }
    }

    #[test]
    fn decisions_are_stored_by_word() {
        for decision in Decision::ALL {
            assert_eq!(decision.as_str().parse(), Ok(decision));
        }
        assert!("yes".parse::<Decision>().is_err());
    }
}
