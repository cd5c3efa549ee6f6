//! The table of verdicts: first one result for each signature, then one badge for the file. The first row that fits wins.

use sif_integrity::{
    Cause, Claims, Cryptography, Failure, Form, KeyState, ObjectFacts, SignatureFacts,
};
use sif_keys::{KeyFault, RevocationReason};

use super::{Badge, IntactState, SignatureNote, SignatureResult};
use crate::keys::TrustLevel;

/// Returns the result of one signature whose key is trusted as far as `trust` says.
pub(crate) fn signature_result(facts: &SignatureFacts, trust: TrustLevel) -> SignatureResult {
    if let Some(result) = tampered(facts) {
        return result;
    }
    if facts.form == Form::Unrecognised || facts.failure == Some(Failure::HashUnsupported) {
        return SignatureResult::CantCheck;
    }
    if is_key_unknown(facts) {
        return match facts.claims {
            Claims::Agree | Claims::NotChecked => SignatureResult::UnknownKey,
            Claims::Disagree => SignatureResult::Tampered,
            Claims::Unreadable => SignatureResult::CantCheck,
        };
    }
    match &facts.key_state {
        KeyState::Revoked {
            reason,
            signed_before,
            ..
        } if !(*signed_before && was_retired(*reason)) => {
            return SignatureResult::RevokedKey;
        }
        KeyState::Revoked { expires, .. } if !was_signed_by(facts, *expires) => {
            return SignatureResult::ExpiredKey;
        }
        KeyState::Expired {
            signed_before: false,
            ..
        } => return SignatureResult::ExpiredKey,
        KeyState::NotForSigning | KeyState::Faulty(_) | KeyState::None => {
            return SignatureResult::CantCheck;
        }
        _ => {}
    }
    if facts.claims == Claims::Unreadable {
        return SignatureResult::CantCheck;
    }
    if !matches!(
        trust,
        TrustLevel::Yours | TrustLevel::TrustedByYou | TrustLevel::TrustedByAdministrator
    ) {
        return SignatureResult::UntrustedKey;
    }
    if is_legacy(facts.form) {
        return SignatureResult::OldSignature;
    }
    if facts.claims == Claims::NotChecked {
        SignatureResult::CantCheck
    } else {
        SignatureResult::Good
    }
}

/// Evidence that bytes differ or that the signature is broken, whoever made it.
fn tampered(facts: &SignatureFacts) -> Option<SignatureResult> {
    if facts.claims == Claims::Disagree || !facts.changed.is_empty() || is_misnamed(facts) {
        return Some(SignatureResult::Tampered);
    }
    match facts.cryptography {
        Cryptography::Bad => Some(SignatureResult::Tampered),
        Cryptography::Unreadable if facts.form == Form::Unrecognised => None,
        // A kind or a digest that is refused says nothing about the bytes.
        Cryptography::Unreadable if is_refused_kind(facts) => Some(SignatureResult::CantCheck),
        Cryptography::Unreadable => Some(SignatureResult::Tampered),
        _ => None,
    }
}

/// The fingerprint beside the signature is not that of the key that made it.
pub(super) fn is_misnamed(facts: &SignatureFacts) -> bool {
    if facts.failure == Some(Failure::FingerprintMismatch) {
        return true;
    }
    match (&facts.signer, facts.claimed_fingerprint) {
        (Some(signer), Some(claimed)) if facts.cryptography == Cryptography::Good => {
            signer.fingerprint.as_v4() != Some(claimed)
        }
        _ => false,
    }
}

fn is_refused_kind(facts: &SignatureFacts) -> bool {
    let by_cause = matches!(
        facts.failure.as_ref().and_then(Failure::cause),
        Some(Cause::UnsupportedSignature(_) | Cause::HashUnsupported)
    );
    by_cause
        || matches!(
            facts.failure,
            Some(Failure::HashUnsupported | Failure::HashUnavailable)
        )
        || facts.digest.as_deref().is_some_and(is_refused_digest)
}

/// Digests that are broken or too short.
pub(super) fn is_weak_digest(name: &str) -> bool {
    matches!(plain_name(name).as_str(), "MD5" | "SHA1" | "RIPEMD160")
}

/// Digests that no signature is accepted with, however strong: the reference takes these four only.
fn is_refused_digest(name: &str) -> bool {
    !matches!(
        plain_name(name).as_str(),
        "SHA224" | "SHA256" | "SHA384" | "SHA512"
    )
}

fn plain_name(name: &str) -> String {
    name.to_ascii_uppercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}
fn is_key_unknown(facts: &SignatureFacts) -> bool {
    match facts.form {
        Form::Dsse => facts.accepted_keys.is_empty() && facts.cryptography != Cryptography::Good,
        _ => facts.key_state == KeyState::Unknown || facts.cryptography == Cryptography::NotChecked,
    }
}

/// A key that went out of use in good order keeps what it signed before.
fn was_retired(reason: RevocationReason) -> bool {
    matches!(
        reason,
        RevocationReason::Superseded | RevocationReason::Retired
    )
}

/// Whether the signature says that it was made by then; always without an end.
fn was_signed_by(facts: &SignatureFacts, end: Option<i64>) -> bool {
    end.is_none_or(|end| facts.created.is_some_and(|created| created <= end))
}

pub(super) fn is_legacy(form: Form) -> bool {
    matches!(form, Form::LegacyObject | Form::LegacyGroup)
}

/// Returns what else a person should know about a signature.
pub(crate) fn notes_of(facts: &SignatureFacts, trust: TrustLevel, now: i64) -> Vec<SignatureNote> {
    let mut notes = Vec::new();
    match &facts.key_state {
        KeyState::Expired {
            signed_before: true,
            ..
        } => notes.push(SignatureNote::KeyExpiredSince),
        KeyState::Revoked {
            reason,
            signed_before: true,
            expires,
            ..
        } if was_retired(*reason) && was_signed_by(facts, *expires) => {
            notes.push(SignatureNote::KeyRetiredSince);
        }
        _ => {}
    }
    let future = matches!(
        &facts.key_state,
        KeyState::Faulty(KeyFault::CreatedInFuture { .. })
    );
    if future || facts.created.is_some_and(|created| created > now) {
        notes.push(SignatureNote::FromTheFuture);
    }
    if facts.digest.as_deref().is_some_and(is_weak_digest) {
        notes.push(SignatureNote::Weak);
    }
    if trust == TrustLevel::TrustedByAdministrator {
        notes.push(SignatureNote::GlobalKey);
    }
    notes
}

/// One signature in the light of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) id: u32,
    pub(crate) result: SignatureResult,
}

/// What the signatures come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conclusion {
    pub(crate) badge: Badge,
    pub(crate) decisive: Option<u32>,
    pub(crate) intact: IntactState,
    pub(crate) covered: Vec<u32>,
    pub(crate) uncovered: Vec<u32>,
}

/// Returns the badge of an image whose header says that it is empty although it holds objects: the command lines see
/// nothing in it, so nothing good may be said of it.
pub(crate) fn of_declared_empty(badge: Badge) -> Badge {
    match badge {
        Badge::Tampered | Badge::NotSigned => badge,
        _ => Badge::CantCheck,
    }
}

/// Returns the conclusion where a part that was asked about is not there, or is a signature itself: nothing good may be
/// said of it, and not that nobody signed it.
pub(crate) fn of_missing_part(conclusion: Conclusion) -> Conclusion {
    if conclusion.badge == Badge::Tampered {
        return conclusion;
    }
    Conclusion {
        badge: Badge::CantCheck,
        decisive: None,
        intact: IntactState::Unknown,
        ..conclusion
    }
}

/// Returns the badge of a file from its signatures and the parts that are not signatures. `covers` says, for each of
/// those parts, which signatures speak of it.
pub(crate) fn conclude(
    signatures: &[Judged],
    covers: &[(u32, Vec<u32>)],
    require_every: bool,
) -> Conclusion {
    let has = |result| signatures.iter().any(|one| one.result == result);
    let counted = counted_signatures(signatures);
    let is_covered = |by: &[u32]| by.iter().any(|id| counted.contains(id));
    let (covered, uncovered): (Vec<_>, Vec<_>) = covers.iter().partition(|(_, by)| is_covered(by));
    let complete = uncovered.is_empty() && !covers.is_empty();
    let good = has(SignatureResult::Good);
    let all_good = signatures
        .iter()
        .all(|one| one.result == SignatureResult::Good);
    let badge = if has(SignatureResult::Tampered) {
        Badge::Tampered
    } else if signatures.is_empty() {
        Badge::NotSigned
    } else if good && complete && (all_good || !require_every) {
        Badge::Verified
    } else if good && !complete {
        Badge::PartlySigned
    } else {
        first_that_applies(signatures)
    };
    Conclusion {
        badge,
        decisive: decisive(signatures, badge),
        intact: intact_state(signatures, badge, &counted, complete),
        covered: covered.into_iter().map(|(id, _)| *id).collect(),
        uncovered: uncovered.into_iter().map(|(id, _)| *id).collect(),
    }
}

/// Cover counts good signatures if there are any, else all intact ones.
fn counted_signatures(signatures: &[Judged]) -> Vec<u32> {
    let good: Vec<u32> = of_result(signatures, |result| result == SignatureResult::Good);
    if good.is_empty() {
        of_result(signatures, is_intact)
    } else {
        good
    }
}

fn of_result(signatures: &[Judged], fits: impl Fn(SignatureResult) -> bool) -> Vec<u32> {
    signatures
        .iter()
        .filter(|one| fits(one.result))
        .map(|one| one.id)
        .collect()
}

/// Whether the bytes are as the signature says, whatever its key is worth.
fn is_intact(result: SignatureResult) -> bool {
    !matches!(
        result,
        SignatureResult::Tampered | SignatureResult::CantCheck
    )
}

const ORDER: &[(SignatureResult, Badge)] = &[
    (SignatureResult::OldSignature, Badge::OldSignature),
    (SignatureResult::UntrustedKey, Badge::UntrustedKey),
    (SignatureResult::ExpiredKey, Badge::ExpiredKey),
    (SignatureResult::UnknownKey, Badge::UnknownKey),
    (SignatureResult::RevokedKey, Badge::RevokedKey),
];

fn first_that_applies(signatures: &[Judged]) -> Badge {
    let applies = |wanted: SignatureResult| signatures.iter().any(|one| one.result == wanted);
    ORDER
        .iter()
        .find(|(result, _)| applies(*result))
        .map_or(Badge::CantCheck, |(_, badge)| *badge)
}

fn decisive(signatures: &[Judged], badge: Badge) -> Option<u32> {
    let result = match badge {
        Badge::Tampered => SignatureResult::Tampered,
        Badge::Verified | Badge::PartlySigned => SignatureResult::Good,
        Badge::CantCheck => SignatureResult::CantCheck,
        other => ORDER
            .iter()
            .find(|(_, badge)| *badge == other)
            .map(|(result, _)| *result)?,
    };
    signatures
        .iter()
        .find(|one| one.result == result)
        .map(|one| one.id)
}

fn intact_state(
    signatures: &[Judged],
    badge: Badge,
    counted: &[u32],
    complete: bool,
) -> IntactState {
    match badge {
        Badge::Tampered => IntactState::Differs,
        Badge::NotSigned => IntactState::Unsigned,
        _ if counted.is_empty() || signatures.is_empty() => IntactState::Unknown,
        _ if complete => IntactState::All,
        _ => IntactState::Partly,
    }
}

/// Returns the parts that are no signatures, with the signatures that speak of each and that it has not contradicted.
pub(crate) fn covers_of(objects: &[ObjectFacts]) -> Vec<(u32, Vec<u32>)> {
    objects
        .iter()
        .filter(|object| !object.is_signature())
        .map(|object| {
            let by = object
                .covers
                .iter()
                .filter(|cover| cover.unchanged != Some(false));
            (object.id.0, by.map(|cover| cover.signature.0).collect())
        })
        .collect()
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
