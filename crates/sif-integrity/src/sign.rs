//! Signing: first the plan, which changes nothing and says what it would lead to; then the signatures,
//! ready to be added to the image.
//!
//! The lists of objects are fixed in the plan. Signatures belong to no group, so none of them changes
//! what the next one covers. Writing to the file is `sif`'s.

mod openpgp;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use sif::{
    ChangeTime, Descriptor, Editor, FINGERPRINT_SIZE, GroupId, HashType, Image, Link, ObjectId,
    ObjectInput, Source, Storage,
};
use sif_keys::{KeyFault, SigningKey};

use crate::content::{Content, Needs, Numbers, is_content};
use crate::digest::{Algorithm, Digest};
use crate::dsse::{PAYLOAD_TYPE, sign_envelope};
use crate::error::Error;
use crate::facts::ObjectFacts;
use crate::metadata::{Metadata, ObjectMetadata};
use crate::private_key::PrivateKey;
use crate::progress::Progress;
use crate::public_key::RsaDigest;
use crate::stream::{descriptor_stream, header_stream};

/// What to sign; nothing named means all groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SigningRequest {
    /// Whole groups, in this order; a repeat signs twice.
    pub groups: Vec<GroupId>,
    /// Lists of objects; each gives one signature per group that it touches.
    pub objects: Vec<Vec<ObjectId>>,
}

/// What to sign with.
#[derive(Debug, Clone, Copy)]
pub enum SigningKeys<'a> {
    /// One OpenPGP key: a clear-signed message.
    OpenPgp(&'a SigningKey),
    /// PEM keys, all in one envelope.
    Pem(&'a [PrivateKey]),
}

/// What signing would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningPlan {
    /// The signatures, in the order of making.
    pub signatures: Vec<PlannedSignature>,
    /// What the user should know before.
    pub warnings: Vec<SigningWarning>,
    /// Bytes to be hashed.
    pub bytes: u64,
    known: BTreeMap<ObjectId, Digest>,
}

impl SigningPlan {
    /// Returns the plan without the hashing that a verification of the same bytes has done.
    ///
    /// The signatures then speak of what was verified, so the caller must see to it that the file has not changed.
    #[must_use]
    pub fn knowing(mut self, image: &Image, verified: &[ObjectFacts]) -> Self {
        let digests = verified
            .iter()
            .filter_map(|object| Some((object.id, object.sha256.clone()?)));
        self.known = digests.collect();
        self.bytes = self.bytes_to_hash(image);
        self
    }

    fn bytes_to_hash(&self, image: &Image) -> u64 {
        let unknown = self.unknown().into_iter();
        let objects = unknown.filter_map(|id| image.object(id));
        objects.map(Descriptor::size).sum()
    }

    /// The objects to be signed whose digest is not known yet.
    fn unknown(&self) -> BTreeSet<ObjectId> {
        let covered = self.signatures.iter().flat_map(|one| &one.objects);
        let unknown = covered.filter(|id| !self.known.contains_key(id));
        unknown.copied().collect()
    }
}

/// One signature of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedSignature {
    /// The group that it links to.
    pub group: GroupId,
    /// The objects that it covers, ascending.
    pub objects: Vec<ObjectId>,
    /// Whether it leaves out objects of the group.
    pub is_partial: bool,
}

/// Why signing may not lead to what the user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningWarning {
    /// Whoever verifies will refuse the key.
    KeyRefused(KeyFault),
    /// The signature covers a part of its group, so verifying the whole image or the group fails.
    PartialSignature {
        /// The group.
        group: GroupId,
        /// Whether signatures for the group exist, which until now may verify.
        has_signatures: bool,
    },
    /// Groups stay without a signature, so verifying the whole image fails.
    UnsignedGroups(Vec<GroupId>),
    /// Objects outside all groups cannot be signed and make every verification fail.
    UngroupedObjects(Vec<ObjectId>),
}

/// How to sign.
#[derive(Debug, Clone, Copy)]
pub struct SignOptions {
    /// The time of the signature, Unix seconds.
    pub now: i64,
    /// Threads for hashing; `None` for as many as the machine runs at once.
    pub threads: Option<usize>,
    /// Whether OpenPGP signatures get random bytes. Only tests that compare bytes turn it off.
    pub salt: bool,
}

/// A signature that is ready to be added to its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignature {
    /// The group that it links to.
    pub group: GroupId,
    /// The objects that it covers.
    pub objects: Vec<ObjectId>,
    /// Fingerprint of the signer for the descriptor; none for an envelope.
    pub fingerprint: Option<[u8; FINGERPRINT_SIZE]>,
    /// The message or envelope.
    pub data: Vec<u8>,
}

impl NewSignature {
    /// Returns the object to add.
    #[must_use]
    pub fn input(&self) -> ObjectInput<Cursor<&[u8]>> {
        // Readers accept any known type here; signers always write this one, whatever the digest is.
        let signed = Link::Group(self.group);
        let data = Cursor::new(self.data.as_slice());
        ObjectInput::signature(HashType::Sha256, self.fingerprint, signed, data)
    }
}

/// Returns what signing would do. Reads nothing but the descriptors.
///
/// # Errors
/// When a group or object is not there, has no group, or there is no room for the signatures.
pub fn plan_signing(
    image: &Image,
    request: &SigningRequest,
    keys: SigningKeys<'_>,
    now: i64,
) -> Result<SigningPlan, Error> {
    if image.declares_empty() && !image.objects().is_empty() {
        return Err(Error::DeclaredEmpty);
    }
    let signatures = planned_signatures(image, request)?;
    let total = usize::try_from(image.header().descriptors_total()).unwrap_or(usize::MAX);
    let free = total.saturating_sub(image.objects().len());
    if free < signatures.len() {
        return Err(Error::InsufficientCapacity {
            needed: signatures.len(),
            free,
        });
    }
    let warnings = warnings(image, &signatures, keys, now);
    let mut plan = SigningPlan {
        signatures,
        warnings,
        bytes: 0,
        known: BTreeMap::new(),
    };
    plan.bytes = plan.bytes_to_hash(image);
    Ok(plan)
}

fn planned_signatures(
    image: &Image,
    request: &SigningRequest,
) -> Result<Vec<PlannedSignature>, Error> {
    let groups = if request.groups.is_empty() && request.objects.is_empty() {
        image.groups()
    } else {
        request.groups.clone()
    };
    if groups.is_empty() && request.objects.is_empty() {
        return Err(Error::NoGroups);
    }
    let mut signatures = groups
        .into_iter()
        .map(|group| whole_group(image, group))
        .collect::<Result<Vec<_>, _>>()?;
    for objects in &request.objects {
        signatures.extend(listed_objects(image, objects)?);
    }
    Ok(signatures)
}

fn whole_group(image: &Image, group: GroupId) -> Result<PlannedSignature, Error> {
    let members: BTreeSet<ObjectId> = image.group_members(group).map(Descriptor::id).collect();
    if members.is_empty() {
        return Err(Error::GroupNotFound(group));
    }
    Ok(PlannedSignature {
        group,
        objects: members.into_iter().collect(),
        is_partial: false,
    })
}

fn listed_objects(image: &Image, list: &[ObjectId]) -> Result<Vec<PlannedSignature>, Error> {
    if list.is_empty() {
        return Err(Error::NoObjectsSpecified);
    }
    let mut groups: BTreeMap<GroupId, BTreeSet<ObjectId>> = BTreeMap::new();
    for id in list {
        let object = image.object(*id).ok_or(Error::ObjectNotFound(*id))?;
        let group = object.group().ok_or(Error::NonGroupedObject(*id))?;
        groups.entry(group).or_default().insert(*id);
    }
    let signature = |(group, objects): (GroupId, BTreeSet<ObjectId>)| PlannedSignature {
        group,
        is_partial: image.group_members(group).count() > objects.len(),
        objects: objects.into_iter().collect(),
    };
    Ok(groups.into_iter().map(signature).collect())
}

fn warnings(
    image: &Image,
    signatures: &[PlannedSignature],
    keys: SigningKeys<'_>,
    now: i64,
) -> Vec<SigningWarning> {
    let mut warnings = Vec::new();
    if let SigningKeys::OpenPgp(key) = keys
        && let Err(fault) = key.may_sign(now)
    {
        warnings.push(SigningWarning::KeyRefused(fault));
    }
    let linked = |group| {
        image
            .objects()
            .iter()
            .any(|object| object.link() == Link::Group(group))
    };
    for signature in signatures.iter().filter(|signature| signature.is_partial) {
        let group = signature.group;
        let planned = signatures
            .iter()
            .any(|other| other.group == group && !other.is_partial);
        let has_signatures = planned || linked(group);
        warnings.push(SigningWarning::PartialSignature {
            group,
            has_signatures,
        });
    }
    let signed: BTreeSet<GroupId> = signatures.iter().map(|signature| signature.group).collect();
    let unsigned = |group: &GroupId| !signed.contains(group) && !linked(*group);
    let unsigned: Vec<GroupId> = image.groups().into_iter().filter(unsigned).collect();
    if !unsigned.is_empty() {
        warnings.push(SigningWarning::UnsignedGroups(unsigned));
    }
    let content = image.objects().iter().filter(|object| is_content(object));
    let ungrouped: Vec<ObjectId> = content
        .filter(|object| object.group().is_none())
        .map(Descriptor::id)
        .collect();
    if !ungrouped.is_empty() {
        warnings.push(SigningWarning::UngroupedObjects(ungrouped));
    }
    warnings
}

/// Makes the signatures of a plan. The image is read, not changed.
///
/// Does not refuse a key that the plan warned of: that is the caller's, who may ask the user.
///
/// # Errors
/// [`Error::Cancelled`], reading errors, and those of the keys.
pub fn make_signatures<S: Source + ?Sized>(
    source: &S,
    image: &Image,
    plan: &SigningPlan,
    keys: SigningKeys<'_>,
    options: &SignOptions,
    progress: &dyn Progress,
) -> Result<Vec<NewSignature>, Error> {
    if matches!(keys, SigningKeys::Pem([])) {
        return Err(Error::NoKeyMaterial);
    }
    let numbers = Numbers::of(image);
    let mut needs = Needs::default();
    for id in plan.unknown() {
        needs.add_object(id, Algorithm::Sha256);
    }
    let content = Content::hash(source, image, &numbers, &needs, options.threads, progress)?;
    let signature = |planned: &PlannedSignature| {
        let data = |id: &ObjectId| {
            let known = plan.known.get(id);
            known.or_else(|| content.data_digest(*id, Algorithm::Sha256))
        };
        let text = metadata(image, &numbers, data, planned)?.to_json();
        let (fingerprint, data) = sign_text(&text, keys, options)?;
        let PlannedSignature { group, objects, .. } = planned;
        Ok(NewSignature {
            group: *group,
            objects: objects.clone(),
            fingerprint,
            data,
        })
    };
    plan.signatures.iter().map(signature).collect()
}

/// Adds signatures to an open image, in order, and returns their numbers.
///
/// # Errors
/// Those of [`Editor::add`]; signatures added before stay in the editor.
pub fn add_signatures<S: Storage>(
    editor: &mut Editor<S>,
    signatures: &[NewSignature],
    time: ChangeTime,
) -> Result<Vec<ObjectId>, sif::Error> {
    signatures
        .iter()
        .map(|signature| editor.add(signature.input(), time))
        .collect()
}

fn metadata<'a>(
    image: &Image,
    numbers: &Numbers<'_>,
    data: impl Fn(&ObjectId) -> Option<&'a Digest>,
    planned: &PlannedSignature,
) -> Result<Metadata, Error> {
    let mut objects = BTreeMap::new();
    let lowest = numbers.lowest(planned.group);
    for id in &planned.objects {
        let object = numbers.object(*id).ok_or(Error::ObjectNotFound(*id))?;
        let descriptor = descriptor_stream(object.raw(), numbers.in_stream(object));
        let metadata = ObjectMetadata {
            descriptor: Some(Algorithm::Sha256.digest(&descriptor)),
            data: data(id).cloned(),
        };
        objects.insert(id.0.wrapping_sub(lowest), metadata);
    }
    let header = Algorithm::Sha256.digest(&header_stream(image.header().raw()));
    Ok(Metadata {
        header: Some(header),
        objects,
    })
}

type Signed = (Option<[u8; FINGERPRINT_SIZE]>, Vec<u8>);

fn sign_text(text: &str, keys: SigningKeys<'_>, options: &SignOptions) -> Result<Signed, Error> {
    match keys {
        SigningKeys::Pem(keys) => {
            let envelope = sign_envelope(PAYLOAD_TYPE, text.as_bytes(), keys, RsaDigest::Sha256)?;
            Ok((None, envelope.into_bytes()))
        }
        SigningKeys::OpenPgp(key) => {
            let fingerprint = key.fingerprint().as_v4().ok_or(Error::KeyVersion(6))?;
            let message = openpgp::clear_sign(text, key, options)?;
            Ok((Some(fingerprint), message.into_bytes()))
        }
    }
}
