//! What was found out, without a verdict: per object who covers it, per signature what it says, who made
//! it and what has changed since.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};

use sif::{DataType, Descriptor, FINGERPRINT_SIZE, GroupId, HashType, Link, ObjectId};
use sif_keys::{Fingerprint, KeyFault, KeyId, KeyPart, RevocationReason};

use crate::content::{Content, is_content};
use crate::digest::Algorithm;
use crate::evidence::{Body, Evidence};
use crate::failure::Failure;
use crate::key_material::{KeyMaterial, RingName};
use crate::openpgp::PgpCheck;
use crate::selection::Task;
use crate::strict::{by_absolute_id, check};

/// One object and the signatures that speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    /// The object.
    pub id: ObjectId,
    /// What it holds.
    pub data_type: DataType,
    /// Its group; without one no current signature can cover it.
    pub group: Option<GroupId>,
    /// The signatures that cover it, and how.
    pub covers: Vec<Cover>,
    /// For OCI objects: whether the digest in the descriptor is that of the data. `None` if not checked.
    pub oci_digest_matches: Option<bool>,
}

impl ObjectFacts {
    /// Tells whether this is a signature and not content.
    #[must_use]
    pub fn is_signature(&self) -> bool {
        self.data_type == DataType::Signature
    }
}

/// That a signature speaks of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// The signature object.
    pub signature: ObjectId,
    /// Its form.
    pub form: Form,
    /// Whether the object is as the signature says. `None` if its data was not hashed.
    pub unchanged: Option<bool>,
}

/// The form of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Clear-signed metadata.
    OpenPgp,
    /// Metadata in an envelope.
    Dsse,
    /// A clear-signed digest of one object's data, nothing else.
    LegacyObject,
    /// A clear-signed digest of the joined data of a group, nothing else.
    LegacyGroup,
    /// Neither.
    Unrecognised,
}

/// One signature.
#[derive(Debug, Clone)]
pub struct SignatureFacts {
    /// The signature object.
    pub id: ObjectId,
    /// Its form.
    pub form: Form,
    /// What the descriptor says it signs.
    pub link: Link,
    /// Fingerprint in the descriptor. A claim that nothing protects.
    pub claimed_fingerprint: Option<[u8; FINGERPRINT_SIZE]>,
    /// Digest algorithm in the descriptor. A claim that nothing protects.
    pub claimed_hash: HashType,
    /// Key ID in the OpenPGP signature.
    pub issuer: Option<KeyId>,
    /// Fingerprint in the OpenPGP signature.
    pub issuer_fingerprint: Option<Fingerprint>,
    /// When the signature says it was made, Unix time.
    pub created: Option<i64>,
    /// The digest algorithm of the OpenPGP signature.
    pub digest: Option<String>,
    /// The OpenPGP key that decides, if it is there.
    pub signer: Option<SignerFacts>,
    /// Key names in an envelope, in order.
    pub envelope_keys: Vec<String>,
    /// Those of them whose signature a given key accepts.
    pub accepted_keys: Vec<String>,
    /// The state of the key at the present time.
    pub key_state: KeyState,
    /// Whether the arithmetic fits.
    pub cryptography: Cryptography,
    /// Whether the image is as the signature says, known key or not.
    pub claims: Claims,
    /// The objects it speaks of, gone ones included.
    pub covered: Vec<ObjectId>,
    /// What has changed since, in the order header, descriptors and data, missing parts.
    pub changed: Vec<Part>,
    /// Whether it leaves out objects of its group.
    pub is_partial: bool,
    /// The reference's answer to this signature alone.
    pub failure: Option<Failure>,
}

impl SignatureFacts {
    /// Tells whether a known key made the signature, nothing has changed since, and the descriptor names
    /// the signer; the key's state and trust in it are another matter.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.cryptography == Cryptography::Good
            && self.claims == Claims::Agree
            && !matches!(self.failure, Some(Failure::FingerprintMismatch))
    }
}

/// The OpenPGP key that a signature was checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerFacts {
    /// Fingerprint of the primary key.
    pub fingerprint: Fingerprint,
    /// Fingerprint of the key that signed, which may be a subkey.
    pub signing_key: Fingerprint,
    /// The user ID that speaks for the key.
    pub user_id: Option<String>,
    /// Where the key was found.
    pub ring: RingName,
}

/// The state of a signature's key at the present time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// Nothing against it. For PEM keys there is no more to say.
    Good,
    /// It is over.
    Expired {
        /// Since when, Unix time.
        at: i64,
        /// Whether the signature claims to be made before that.
        signed_before: bool,
    },
    /// It was revoked.
    Revoked {
        /// What was revoked.
        part: KeyPart,
        /// Why.
        reason: RevocationReason,
        /// When, Unix time.
        at: i64,
        /// Whether the signature claims to be made before that.
        signed_before: bool,
    },
    /// The key is there, but does not say that it may sign.
    NotForSigning,
    /// Something else is wrong with the key or with the signature's dates.
    Faulty(KeyFault),
    /// The key is not there.
    Unknown,
    /// There is no key to speak of: the signature is not readable.
    None,
}

/// Whether the arithmetic of a signature fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cryptography {
    /// It fits.
    Good,
    /// It does not.
    Bad,
    /// The signature is broken, or of a kind that is not accepted.
    Unreadable,
    /// There is no key to check it with.
    NotChecked,
}

/// Whether the image is as a signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claims {
    /// In everything.
    Agree,
    /// Not in everything: see the changed parts.
    Disagree,
    /// Part of it was not looked at, and the rest agrees.
    NotChecked,
    /// What it says cannot be read.
    Unreadable,
}

/// A part of an image that a signature speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Launch script, format version or image ID.
    Header,
    /// What an object's descriptor says.
    Descriptor(ObjectId),
    /// An object's data.
    Data(ObjectId),
    /// The joined data of a group; which object is not known.
    GroupData(GroupId),
    /// An object that is gone.
    Missing(ObjectId),
}

/// What comparing one signature with the image gave.
struct Comparison {
    covers: Vec<(ObjectId, Option<bool>)>,
    changed: Vec<Part>,
    readable: bool,
    complete: bool,
}

impl Comparison {
    fn unreadable() -> Self {
        Self {
            covers: Vec::new(),
            changed: Vec::new(),
            readable: false,
            complete: true,
        }
    }

    fn claims(&self) -> Claims {
        match (self.readable, self.changed.is_empty(), self.complete) {
            (false, ..) => Claims::Unreadable,
            (true, false, _) => Claims::Disagree,
            (true, true, true) => Claims::Agree,
            (true, true, false) => Claims::NotChecked,
        }
    }

    fn take(&mut self, id: ObjectId, descriptor: bool, data: Option<bool>) {
        if !descriptor {
            self.changed.push(Part::Descriptor(id));
        }
        if data == Some(false) {
            self.changed.push(Part::Data(id));
        }
        self.complete &= data.is_some();
        self.covers
            .push((id, if descriptor { data } else { Some(false) }));
    }
}

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
    let oci_digest_matches = stated.and_then(|stated| {
        let actual = content.data_digest(object.id(), Algorithm::Sha256)?;
        Some(actual.to_string() == stated.to_string())
    });
    ObjectFacts {
        id: object.id(),
        data_type: object.data_type(),
        group: object.group(),
        covers,
        oci_digest_matches,
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

fn compare(content: &Content<'_>, signature: &Evidence<'_>) -> Comparison {
    match (&signature.body, signature.descriptor.link()) {
        (Body::Legacy { .. }, link) => compare_legacy(content, signature, link),
        (Body::Current { .. } | Body::Dsse { .. }, Link::Group(group)) => {
            compare_current(content, signature, group)
        }
        _ => Comparison::unreadable(),
    }
}

fn compare_current(content: &Content<'_>, signature: &Evidence<'_>, group: GroupId) -> Comparison {
    let Some(Ok(metadata)) = signature.metadata() else {
        return Comparison::unreadable();
    };
    let mut comparison = Comparison {
        readable: true,
        ..Comparison::unreadable()
    };
    if !metadata
        .header
        .as_ref()
        .is_some_and(|digest| content.header_matches(digest))
    {
        comparison.changed.push(Part::Header);
    }
    let mut missing = Vec::new();
    for (id, signed) in by_absolute_id(content, metadata, group) {
        let member = content
            .object(id)
            .filter(|object| object.group() == Some(group));
        let Some(object) = member else {
            missing.push(Part::Missing(id));
            continue;
        };
        let descriptor = signed.descriptor.as_ref();
        let data = match &signed.data {
            Some(digest) => content.data_matches(id, digest),
            None => Some(false),
        };
        let descriptor =
            descriptor.is_some_and(|digest| content.descriptor_matches(object, digest));
        comparison.take(id, descriptor, data);
    }
    comparison.changed.extend(missing);
    comparison
}

fn compare_legacy(content: &Content<'_>, signature: &Evidence<'_>, link: Link) -> Comparison {
    let Ok(digest) = signature.legacy_digest() else {
        return Comparison::unreadable();
    };
    let mut comparison = Comparison {
        readable: true,
        ..Comparison::unreadable()
    };
    match link {
        Link::Object(id) if content.object(id).is_some() => {
            comparison.take(id, true, content.data_matches(id, &digest));
        }
        Link::Object(id) => comparison.changed.push(Part::Missing(id)),
        Link::Group(group) => {
            let unchanged = content.group_data_matches(group, &digest);
            let members = content.members(group).iter().map(|object| object.id());
            comparison.covers.extend(members.map(|id| (id, unchanged)));
            comparison.complete = unchanged.is_some();
            if unchanged == Some(false) {
                comparison.changed.push(Part::GroupData(group));
            }
        }
        Link::None => return Comparison::unreadable(),
    }
    comparison
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
        Body::Dsse { check, .. } => (check.key_ids.clone(), check.accepted.clone()),
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

fn covered(comparison: &Comparison) -> Vec<ObjectId> {
    let missing = comparison.changed.iter().filter_map(|part| match part {
        Part::Missing(id) => Some(*id),
        _ => None,
    });
    let ids: BTreeSet<ObjectId> = comparison
        .covers
        .iter()
        .map(|(id, _)| *id)
        .chain(missing)
        .collect();
    ids.into_iter().collect()
}

fn is_partial(content: &Content<'_>, signature: &Evidence<'_>, comparison: &Comparison) -> bool {
    let Link::Group(group) = signature.descriptor.link() else {
        return false;
    };
    let covered: BTreeSet<ObjectId> = comparison.covers.iter().map(|(id, _)| *id).collect();
    let mut members = content
        .members(group)
        .iter()
        .filter(|object| is_content(object));
    comparison.readable && members.any(|object| !covered.contains(&object.id()))
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
