//! Views of facts.

use std::collections::HashSet;

use sif::{GroupId, Link, ObjectId};
use sif_integrity::{
    Cryptography, Form, KeyState, ObjectFacts, Part, SignatureFacts, Verification,
};

use super::{
    ChangeView, ChangedThing, Conclusion, IntactView, PartIntegrityView, PartState, SignatureForm,
    SignatureResult, SignatureView,
    table::{self, Judged},
};
use crate::{
    keys::{KeySet, TrustLevel, TrustView, UserId},
    units::Timestamp,
};

/// Who may be believed, in one verification.
pub(super) enum Believed<'keys> {
    /// By the person's decisions.
    Decisions(&'keys KeySet),
    /// All keys that were given: the person chose them for this verification.
    Given,
}

impl Believed<'_> {
    pub(super) fn trust(&self, facts: &SignatureFacts) -> TrustView {
        match (self, &facts.signer) {
            (Self::Decisions(keys), Some(signer)) => keys.trust(signer.fingerprint),
            (Self::Decisions(_), None) => no_trust(TrustLevel::NotTrusted),
            (Self::Given, _) => no_trust(TrustLevel::TrustedByYou),
        }
    }
}

fn no_trust(level: TrustLevel) -> TrustView {
    TrustView {
        level,
        since: None,
        compared: None,
    }
}

/// A user id without its comment.
fn readable(text: &str) -> String {
    let user_id = UserId::of(text);
    match (user_id.name, user_id.mail) {
        (Some(name), Some(mail)) => format!("{name} <{mail}>"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => text.to_owned(),
    }
}

pub(super) fn signature_view(
    facts: &SignatureFacts,
    believed: &Believed<'_>,
    now: i64,
) -> SignatureView {
    let trust = believed.trust(facts);
    let result = table::signature_result(facts, trust.level);
    let known = facts
        .signer
        .as_ref()
        .map(|signer| signer.fingerprint.to_string());
    let claimed = facts
        .issuer_fingerprint
        .map(|one| one.to_string())
        .or_else(|| facts.claimed_fingerprint.map(hex::encode_upper));
    let (key_expired_at, key_revoked_at, revocation_reason) = match &facts.key_state {
        KeyState::Expired { at, .. } => (Some(Timestamp(*at)), None, None),
        KeyState::Revoked {
            at,
            reason,
            expires,
            ..
        } => (
            expires.filter(|end| *end <= now).map(Timestamp),
            Some(Timestamp(*at)),
            Some(crate::keys::reason_word(*reason)),
        ),
        _ => (None, None, None),
    };
    SignatureView {
        id: facts.id.0,
        form: form_view(facts.form),
        result,
        fingerprint_claimed: known.is_none() && claimed.is_some(),
        key_known: known.is_some(),
        trust: known.is_some().then_some(trust.clone()),
        fingerprint: known.or(claimed),
        key_id: facts.issuer.map(|id| id.to_string()),
        signer: facts
            .signer
            .as_ref()
            .and_then(|signer| signer.user_id.as_deref())
            .map(readable),
        signed_at: facts.created.map(Timestamp),
        notes: table::notes_of(facts, trust.level, now),
        key_expired_at,
        key_revoked_at,
        revocation_reason,
        hash: facts.digest.clone(),
        group: match facts.link {
            Link::Group(group) => Some(group.number()),
            _ => None,
        },
        covers: facts.covered.iter().map(|id| id.0).collect(),
        dsse_keys: facts.envelope_keys.clone(),
        reference_error: facts.failure.as_ref().map(ToString::to_string),
    }
}

fn form_view(form: Form) -> SignatureForm {
    match form {
        Form::OpenPgp => SignatureForm::OpenPgp,
        Form::Dsse => SignatureForm::Dsse,
        Form::LegacyObject | Form::LegacyGroup => SignatureForm::Legacy,
        Form::Unrecognised => SignatureForm::Unrecognized,
    }
}

pub(super) fn judged(signatures: &[SignatureView]) -> Vec<Judged> {
    signatures
        .iter()
        .map(|one| Judged {
            id: one.id,
            result: one.result,
        })
        .collect()
}

pub(super) fn intact_view(
    found: &Verification,
    signatures: &[SignatureView],
    conclusion: &Conclusion,
    groups: impl Fn(GroupId) -> Vec<ObjectId>,
) -> IntactView {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut changes = Vec::new();
    for (facts, view) in found.signatures.iter().zip(signatures) {
        if view.result == SignatureResult::Tampered {
            changes.extend(changes_of(facts, &groups));
        }
    }
    IntactView {
        state: conclusion.intact,
        parts_total: count(conclusion.covered.len() + conclusion.uncovered.len()),
        parts_covered: count(conclusion.covered.len()),
        uncovered: conclusion.uncovered.clone(),
        changes,
    }
}

/// What a broken signature shows; the signature itself where nothing else differs.
fn changes_of(
    facts: &SignatureFacts,
    groups: &impl Fn(GroupId) -> Vec<ObjectId>,
) -> Vec<ChangeView> {
    let change = |what, part: Option<ObjectId>| ChangeView {
        what,
        part: part.map(|id| id.0),
        signature: facts.id.0,
    };
    let mut changes: Vec<ChangeView> = facts
        .changed
        .iter()
        .flat_map(|part| match part {
            Part::Header => vec![change(ChangedThing::Header, None)],
            Part::Descriptor(id) => vec![change(ChangedThing::Description, Some(*id))],
            Part::Data(id) => vec![change(ChangedThing::Data, Some(*id))],
            Part::Missing(id) => vec![change(ChangedThing::MissingPart, Some(*id))],
            // Which part of the group is not known: a single one is named.
            Part::GroupData(group) => {
                let members = groups(*group);
                let only = if members.len() == 1 {
                    members.first().copied()
                } else {
                    None
                };
                vec![change(ChangedThing::Data, only)]
            }
        })
        .collect();
    if table::is_misnamed(facts) {
        changes.push(change(ChangedThing::Fingerprint, None));
    }
    if changes.is_empty() {
        changes.push(change(ChangedThing::Signature, None));
    }
    changes
}

/// `broken` are signatures whose arithmetic fails: what they say of a part means nothing.
pub(super) fn part_view(object: &ObjectFacts, broken: &HashSet<ObjectId>) -> PartIntegrityView {
    let said: Vec<Option<bool>> = object
        .covers
        .iter()
        .filter(|cover| !broken.contains(&cover.signature))
        .map(|cover| cover.unchanged)
        .collect();
    let state = if object.is_signature() {
        PartState::Signature
    } else if said.contains(&Some(false)) {
        PartState::Changed
    } else if said.contains(&Some(true)) {
        PartState::Intact
    } else if object.covers.is_empty() {
        PartState::NotCovered
    } else {
        PartState::Unknown
    };
    PartIntegrityView {
        id: object.id.0,
        state,
        covered_by: object
            .covers
            .iter()
            .map(|cover| cover.signature.0)
            .collect(),
        sha256: object.sha256.as_ref().map(|one| hex::encode(one.bytes())),
    }
}

/// Returns the signatures whose arithmetic fails.
pub(super) fn broken_of(signatures: &[SignatureFacts]) -> HashSet<ObjectId> {
    let broken = |facts: &&SignatureFacts| {
        matches!(
            facts.cryptography,
            Cryptography::Bad | Cryptography::Unreadable
        )
    };
    signatures
        .iter()
        .filter(broken)
        .map(|facts| facts.id)
        .collect()
}
