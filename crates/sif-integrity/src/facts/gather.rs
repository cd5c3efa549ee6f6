//! Putting the facts together.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};

use sif::{Descriptor, Link, ObjectId};
use sif_keys::{KeyFault, KeyId};

use super::compare::{Comparison, compare, covered, is_partial};
use super::{Cover, Cryptography, Form, KeyState, ObjectFacts, SignatureFacts, SignerFacts};
use crate::content::Content;
use crate::digest::Algorithm;
use crate::evidence::{Body, Evidence};
use crate::failure::Failure;
use crate::key_material::KeyMaterial;
use crate::openpgp::PgpCheck;
use crate::selection::Task;
use crate::strict::check;

/// The image, and the keys that its signatures are compared with.
struct View<'a> {
    content: &'a Content<'a>,
    keys: &'a KeyMaterial,
    /// All keys that are there; made only when a signature has no usable one.
    key_ids: LazyCell<BTreeSet<KeyId>, Box<dyn FnOnce() -> BTreeSet<KeyId> + 'a>>,
}

/// Returns the facts of all signatures and objects, in table order.
pub(crate) fn gather(
    content: &Content<'_>,
    evidence: &[Evidence<'_>],
    keys: &KeyMaterial,
) -> (Vec<ObjectFacts>, Vec<SignatureFacts>) {
    let view = View {
        content,
        keys,
        key_ids: LazyCell::new(Box::new(|| keys.key_ids())),
    };
    let mut covers: HashMap<ObjectId, Vec<Cover>> = HashMap::new();
    let signatures = evidence
        .iter()
        .map(|signature| {
            let comparison = compare(content, signature);
            let form = form_of(signature);
            for (id, unchanged) in &comparison.covers {
                let signature = signature.descriptor.id();
                let cover = Cover {
                    signature,
                    form,
                    unchanged: *unchanged,
                };
                covers.entry(*id).or_default().push(cover);
            }
            signature_facts(&view, signature, form, comparison)
        })
        .collect();
    let objects = content.image.objects().iter().map(|object| {
        let covers = covers.remove(&object.id()).unwrap_or_default();
        object_facts(content, object, covers)
    });
    (objects.collect(), signatures)
}

fn object_facts(content: &Content<'_>, object: &Descriptor, covers: Vec<Cover>) -> ObjectFacts {
    let stated = match object.extra() {
        sif::Extra::Oci { digest } => Some(digest),
        _ => None,
    };
    let sha256 = content.data_digest(object.id(), Algorithm::Sha256);
    let oci_digest_matches = stated
        .zip(sha256)
        .map(|(stated, actual)| actual.to_string() == stated.to_string());
    ObjectFacts {
        id: object.id(),
        data_type: object.data_type(),
        group: object.group(),
        covers,
        oci_digest_matches,
        sha256: sha256.cloned(),
    }
}

fn form_of(signature: &Evidence<'_>) -> Form {
    match (&signature.body, signature.descriptor.link()) {
        (Body::Current { .. }, _) => Form::OpenPgp,
        (Body::Dsse { .. }, _) => Form::Dsse,
        (Body::Legacy { .. }, Link::Group(_)) => Form::LegacyGroup,
        (Body::Legacy { .. }, _) => Form::LegacyObject,
        (Body::Unrecognised, _) => Form::Unrecognised,
    }
}

fn signature_facts(
    view: &View<'_>,
    signature: &Evidence<'_>,
    form: Form,
    comparison: Comparison,
) -> SignatureFacts {
    let check = signature.pgp();
    let claim = check.and_then(|check| check.claim.as_ref());
    let (envelope_keys, accepted_keys) = match &signature.body {
        Body::Dsse { check, .. } if check.verdict.is_ok() => {
            (check.key_ids.clone(), check.accepted.clone())
        }
        Body::Dsse { check, .. } => (check.key_ids.clone(), Vec::new()),
        _ => Default::default(),
    };
    SignatureFacts {
        id: signature.descriptor.id(),
        form,
        link: signature.descriptor.link(),
        claimed_fingerprint: signature.fingerprint,
        claimed_hash: signature.hash,
        issuer: claim.and_then(|claim| claim.key_id),
        issuer_fingerprint: claim.and_then(|claim| claim.fingerprint),
        created: claim.and_then(|claim| claim.created),
        digest: claim.map(|claim| claim.digest.clone()),
        signer: check.and_then(|check| signer_facts(check, view.keys)),
        envelope_keys,
        accepted_keys,
        key_state: key_state(signature, view),
        cryptography: cryptography(signature),
        claims: comparison.claims(),
        is_partial: is_partial(view.content, signature, &comparison),
        covered: covered(&comparison),
        changed: comparison.changed,
        failure: failure(view.content, signature, view.keys),
    }
}

fn signer_facts(check: &PgpCheck<'_>, keys: &KeyMaterial) -> Option<SignerFacts> {
    let found = check.signer?;
    Some(SignerFacts {
        fingerprint: found.signer.certificate().fingerprint(),
        signing_key: found.signer.fingerprint(),
        user_id: found.signer.certificate().primary_user_id(),
        ring: keys.rings.get(found.ring)?.name,
    })
}

fn key_state(signature: &Evidence<'_>, view: &View<'_>) -> KeyState {
    if let Body::Dsse { check, .. } = &signature.body {
        let known = !check.accepted.is_empty() || check.refused;
        return if known {
            KeyState::Good
        } else {
            KeyState::Unknown
        };
    }
    let Some(check) = signature.pgp() else {
        return KeyState::None;
    };
    let claim = check.claim.as_ref();
    let Some(key_id) = claim.and_then(|claim| claim.key_id) else {
        return KeyState::None;
    };
    let created = claim.and_then(|claim| claim.created);
    let before = |at: i64| created.is_some_and(|created| created <= at);
    match &check.fault {
        _ if check.signer.is_none() && view.key_ids.contains(&key_id) => KeyState::NotForSigning,
        _ if check.signer.is_none() => KeyState::Unknown,
        None => KeyState::Good,
        Some(KeyFault::Expired { at, .. }) => KeyState::Expired {
            at: *at,
            signed_before: before(*at),
        },
        Some(KeyFault::Revoked { part, reason, time }) => KeyState::Revoked {
            part: *part,
            reason: *reason,
            at: *time,
            signed_before: before(*time),
            expires: check.signer.and_then(|found| found.signer.expires()),
        },
        Some(fault) => KeyState::Faulty(fault.clone()),
    }
}

fn cryptography(signature: &Evidence<'_>) -> Cryptography {
    match &signature.body {
        Body::Dsse { check, .. } if check.verdict.is_ok() => Cryptography::Good,
        Body::Dsse { check, .. } if check.refused => Cryptography::Bad,
        Body::Dsse { metadata: None, .. } => Cryptography::Unreadable,
        Body::Dsse { .. } => Cryptography::NotChecked,
        Body::Current { check, .. } | Body::Legacy { check, .. } => match check.fits {
            Some(true) => Cryptography::Good,
            Some(false) => Cryptography::Bad,
            None if check.verdict == Err(crate::failure::Cause::UnknownIssuer) => {
                Cryptography::NotChecked
            }
            None => Cryptography::Unreadable,
        },
        Body::Unrecognised => Cryptography::Unreadable,
    }
}

/// The reference's answer to one signature, as if it were the only one and its task had been asked for.
fn failure(content: &Content<'_>, signature: &Evidence<'_>, keys: &KeyMaterial) -> Option<Failure> {
    if let Some(failure) = signature.missing_material(keys) {
        return Some(failure);
    }
    let legacy = signature.is_legacy();
    let task = match signature.descriptor.link() {
        Link::Group(group) => Task::Group(group),
        Link::Object(id) if legacy => match content.object(id) {
            Some(object) => Task::Object(object),
            None => return Some(Failure::ObjectNotFound),
        },
        _ => return Some(Failure::InvalidGroupId),
    };
    check(content, signature, &task, legacy).result.err()
}
