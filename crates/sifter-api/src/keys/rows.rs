//! Rows of Keys, from what a key says about itself.

use scs_types::keystore::folded;
use sif_keys::{
    Certificate, Fingerprint, KeyFault, Protection, SecretCertificate, Summary, Weakness,
};

use super::{KeyProblem, KeyProtection, KeyRow, KeySet, KeyState};
use crate::units::Timestamp;

/// A key whose end is nearer than this is told.
const SOON: i64 = 30 * 24 * 3600;

/// A user id in its parts: `Name (Comment) <mail>`, each of which may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserId {
    pub(crate) name: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) mail: Option<String>,
}

impl UserId {
    pub(crate) fn of(text: &str) -> Self {
        let (rest, mail) = match text.rsplit_once('<') {
            Some((rest, mail)) if mail.ends_with('>') => {
                (rest.trim(), Some(mail.trim_end_matches('>').trim()))
            }
            _ if text.contains('@') && !text.contains(char::is_whitespace) => ("", Some(text)),
            _ => (text.trim(), None),
        };
        let (name, comment) = match rest.split_once('(') {
            Some((name, comment)) if comment.ends_with(')') => {
                (name.trim(), Some(comment.trim_end_matches(')').trim()))
            }
            _ => (rest, None),
        };
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            name: some(name),
            comment: comment.and_then(some),
            mail: mail.and_then(some),
        }
    }

    /// Returns the shortest word for whose key it is.
    pub(crate) fn label(&self) -> Option<String> {
        self.name.clone().or_else(|| self.mail.clone())
    }
}

impl KeySet {
    /// Returns the row of one key; nothing if it is not here.
    pub(crate) fn row(
        &self,
        fingerprint: Fingerprint,
        now: Timestamp,
        unlocked: bool,
    ) -> Option<KeyRow> {
        let certificate = self.certificate(fingerprint)?;
        let secret = self
            .secret
            .find(fingerprint)
            .and_then(sif_keys::Entry::secret);
        let lost = self.secret.find(fingerprint).is_some() && !self.is_own(fingerprint);
        let summary = certificate.summary(now.0);
        let own = self.is_own(fingerprint);
        let state = if lost {
            KeyState::SecretLost
        } else {
            state_of(&summary, now)
        };
        let user_id = summary
            .primary_user_id
            .as_deref()
            .map(UserId::of)
            .unwrap_or_default();
        Some(KeyRow {
            fingerprint: fingerprint.to_string(),
            name: user_id.name,
            mail: user_id.mail,
            comment: user_id.comment,
            own,
            algorithm: summary.algorithm.label(),
            created: Timestamp(summary.created),
            expires: summary.expires.map(Timestamp),
            state,
            trust: self.trust(fingerprint),
            protection: secret.and_then(protection_of),
            unlocked: own && unlocked,
            can_sign: own && summary.signing.is_ok() && certificate.can_make_signatures(),
            problems: self.problems_of(&summary, secret, lost, now),
        })
    }

    fn problems_of(
        &self,
        summary: &Summary,
        secret: Option<&SecretCertificate>,
        lost: bool,
        now: Timestamp,
    ) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        let ends_soon = |end: i64| end > now.0 && end.saturating_sub(now.0) < SOON;
        if summary.expires.is_some_and(ends_soon) {
            problems.push(KeyProblem::ExpiresSoon);
        }
        for weakness in &summary.weaknesses {
            problems.push(match weakness {
                Weakness::Sha1SelfSignature => KeyProblem::WeakSelfSignature,
                _ => KeyProblem::WeakKey,
            });
        }
        problems.dedup();
        match secret.map(SecretCertificate::protection) {
            Some(Protection::None) => problems.push(KeyProblem::NoPassphrase),
            Some(Protection::Partly) => problems.push(KeyProblem::BareSubkey),
            _ => {}
        }
        if lost {
            problems.push(KeyProblem::SecretLost);
        }
        let twice = |ring: &sif_keys::Contents| {
            ring.entries().iter().any(|entry| {
                entry.is_duplicate() && entry.fingerprint() == Some(summary.fingerprint)
            })
        };
        if twice(&self.public) || twice(&self.secret) {
            problems.push(KeyProblem::TwiceInKeyring);
        }
        problems
    }
}

pub(super) fn protection_of(secret: &SecretCertificate) -> Option<KeyProtection> {
    match secret.protection() {
        Protection::All => Some(KeyProtection::All),
        Protection::Partly => Some(KeyProtection::Partly),
        Protection::None => Some(KeyProtection::None),
        _ => None,
    }
}

fn state_of(summary: &Summary, now: Timestamp) -> KeyState {
    if summary.revoked.is_some() {
        return KeyState::Revoked;
    }
    match &summary.signing {
        Err(KeyFault::Revoked { .. }) => KeyState::Revoked,
        Err(KeyFault::Expired { .. }) => KeyState::Expired,
        _ if summary.expires.is_some_and(|end| end <= now.0) => KeyState::Expired,
        Err(_) => KeyState::NotForSigning,
        Ok(()) => KeyState::Current,
    }
}

/// Whether two names or mail addresses of keys are the same to a person: capitals do not count.
#[must_use]
pub fn is_same_name(one: &str, other: &str) -> bool {
    folded(one.trim()) == folded(other.trim())
}

/// Returns the name of whoever a certificate speaks for.
pub(crate) fn label_of(certificate: &Certificate) -> String {
    certificate
        .primary_user_id()
        .and_then(|text| UserId::of(&text).label())
        .unwrap_or_else(|| certificate.fingerprint().grouped())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_in_parts() {
        for (text, name, comment, mail) in [
            (
                "Anna Ruiz (lab) <anna@lab.example>",
                Some("Anna Ruiz"),
                Some("lab"),
                Some("anna@lab.example"),
            ),
            (
                "Anna <anna@lab.example>",
                Some("Anna"),
                None,
                Some("anna@lab.example"),
            ),
            ("<anna@lab.example>", None, None, Some("anna@lab.example")),
            ("anna@lab.example", None, None, Some("anna@lab.example")),
            ("Anna", Some("Anna"), None, None),
            ("Anna (unfinished", Some("Anna (unfinished"), None, None),
            ("", None, None, None),
        ] {
            let expected = UserId {
                name: name.map(str::to_owned),
                comment: comment.map(str::to_owned),
                mail: mail.map(str::to_owned),
            };
            assert_eq!(UserId::of(text), expected, "{text}");
        }
    }
}
