//! The reference's algorithm: every signature of every task must stand.
//!
//! Works on evidence and digests that were gathered before, so asking again costs nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sif::{Descriptor, FINGERPRINT_SIZE, GroupId, Link, ObjectId};
use sif_keys::Fingerprint;

use crate::content::{Content, is_content};
use crate::evidence::{Body, Evidence, metadata_cause};
use crate::failure::{Cause, Failure};
use crate::key_material::KeyMaterial;
use crate::metadata::{Metadata, ObjectMetadata};
use crate::selection::{Selection, Task, tasks};

/// What the reference would answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strict {
    /// How it ends.
    pub result: Result<(), Failure>,
    /// Where it ends.
    pub stage: Stage,
    /// What it says about each signature that it looked at, in order.
    pub checked: Vec<CheckedSignature>,
    /// Who signed; `None` if what was asked for is not there or a descriptor is not readable.
    pub signers: Option<Signers>,
}

/// Where a verification ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// While making the list of tasks.
    Select,
    /// While checking signatures.
    Verify,
}

/// What the reference says about one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSignature {
    /// The signature object.
    pub signature: ObjectId,
    /// Objects found unchanged before the first failure.
    pub verified: Vec<ObjectId>,
    /// Primary fingerprint of a signer that is known.
    pub signer: Option<Fingerprint>,
    /// Names of the keys whose signature in an envelope was accepted.
    pub keys: Vec<String>,
    /// How it ends.
    pub result: Result<(), Failure>,
}

/// Fingerprints in the descriptors of signatures. Nothing is checked: they are claims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signers {
    /// For at least one task.
    pub any: Vec<[u8; FINGERPRINT_SIZE]>,
    /// For every task.
    pub all: Vec<[u8; FINGERPRINT_SIZE]>,
}

/// Runs the reference's algorithm; with `ignore_errors`, a signature that fails does not end it.
pub(crate) fn run(
    content: &Content<'_>,
    evidence: &[Evidence<'_>],
    keys: &KeyMaterial,
    selection: &Selection,
    ignore_errors: bool,
) -> Strict {
    let tasks = match tasks(content.image, selection) {
        Ok(tasks) => tasks,
        Err(failure) => {
            let result = Err(failure);
            return Strict {
                result,
                stage: Stage::Select,
                checked: Vec::new(),
                signers: None,
            };
        }
    };
    let mut by_link: HashMap<Link, Vec<&Evidence<'_>>> = HashMap::new();
    for signature in evidence {
        by_link
            .entry(signature.descriptor.link())
            .or_default()
            .push(signature);
    }
    let verifier = Verifier {
        content,
        by_link,
        keys,
        legacy: selection.mode.is_legacy(),
        ignore_errors,
    };
    let mut checked = Vec::new();
    let result = verifier.verify(&tasks, &mut checked);
    Strict {
        result,
        stage: Stage::Verify,
        checked,
        signers: verifier.signers(&tasks),
    }
}

struct Verifier<'a> {
    content: &'a Content<'a>,
    by_link: HashMap<Link, Vec<&'a Evidence<'a>>>,
    keys: &'a KeyMaterial,
    legacy: bool,
    ignore_errors: bool,
}

impl Verifier<'_> {
    fn verify(
        &self,
        tasks: &[Task<'_>],
        checked: &mut Vec<CheckedSignature>,
    ) -> Result<(), Failure> {
        let image = self.content.image;
        if image.declares_empty() {
            return Err(Failure::NoObjects);
        }
        if image
            .objects()
            .iter()
            .any(|object| is_content(object) && object.group().is_none())
        {
            return Err(Failure::NonGroupedObject);
        }
        for task in tasks {
            for signature in self.signatures(task)? {
                if let Some(failure) = signature.missing_material(self.keys) {
                    return Err(failure);
                }
                let outcome = check(self.content, signature, task, self.legacy);
                checked.push(outcome.clone());
                if !self.ignore_errors {
                    outcome.result?;
                }
            }
        }
        Ok(())
    }

    /// The signatures that speak for a task, in table order; at least one.
    fn signatures(&self, task: &Task<'_>) -> Result<Vec<&Evidence<'_>>, Failure> {
        let linked = |link| {
            self.by_link
                .get(&link)
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .copied()
        };
        let found: Vec<&Evidence<'_>> = match (task, self.legacy) {
            (Task::Object(object), true) => linked(Link::Object(object.id())).collect(),
            _ => {
                // Without any signature the reference does not come to look at the group.
                let group = task.group().ok_or_else(|| match self.by_link.is_empty() {
                    true => task.not_found(self.legacy),
                    false => Failure::InvalidGroupId,
                })?;
                let fits = |signature: &&Evidence<'_>| signature.is_legacy() == self.legacy;
                linked(Link::Group(group)).filter(fits).collect()
            }
        };
        if found.is_empty() {
            Err(task.not_found(self.legacy))
        } else {
            Ok(found)
        }
    }

    /// `None` where the reference fails: an object without a group, or a descriptor with an unknown
    /// digest algorithm. A missing signature only counts as nobody.
    fn signers(&self, tasks: &[Task<'_>]) -> Option<Signers> {
        let mut any = BTreeSet::new();
        let mut all: Option<BTreeSet<[u8; FINGERPRINT_SIZE]>> = None;
        for task in tasks {
            let signatures = match self.signatures(task) {
                Ok(signatures) => signatures,
                Err(Failure::SignatureNotFound { .. }) => Vec::new(),
                Err(_) => return None,
            };
            if signatures
                .iter()
                .any(|signature| !signature.hash.is_known())
            {
                return None;
            }
            let fingerprints: BTreeSet<_> = signatures
                .iter()
                .filter_map(|signature| signature.fingerprint)
                .collect();
            any.extend(fingerprints.iter().copied());
            all = Some(match all {
                None => fingerprints,
                Some(all) => all.intersection(&fingerprints).copied().collect(),
            });
        }
        let list = |set: BTreeSet<_>| set.into_iter().collect();
        Some(Signers {
            any: list(any),
            all: list(all.unwrap_or_default()),
        })
    }
}

/// What the reference says about one signature for one task.
pub(crate) fn check(
    content: &Content<'_>,
    signature: &Evidence<'_>,
    task: &Task<'_>,
    legacy: bool,
) -> CheckedSignature {
    let mut verified = Vec::new();
    let result = if legacy {
        check_legacy(content, signature, task, &mut verified)
    } else {
        check_current(content, signature, task, &mut verified)
    };
    // A descriptor that cannot be read ends the check before the signer is known.
    let unread = !legacy && !signature.hash.is_known();
    CheckedSignature {
        signature: signature.descriptor.id(),
        verified,
        signer: if unread {
            None
        } else {
            known_signer(signature)
        },
        keys: match &signature.body {
            Body::Dsse { check, .. } if !unread => check.accepted.clone(),
            _ => Vec::new(),
        },
        result,
    }
}

/// The signer, unless the arithmetic fails: then nothing says who signed.
fn known_signer(signature: &Evidence<'_>) -> Option<Fingerprint> {
    let check = signature.pgp()?;
    let found = check.signer.filter(|_| check.fits == Some(true))?;
    Some(found.signer.certificate().fingerprint())
}

fn check_current(
    content: &Content<'_>,
    signature: &Evidence<'_>,
    task: &Task<'_>,
    verified: &mut Vec<ObjectId>,
) -> Result<(), Failure> {
    if !signature.hash.is_known() {
        return Err(Failure::HashUnsupported);
    }
    signature.cryptography()?;
    let metadata = match signature.metadata() {
        Some(Ok(metadata)) => metadata,
        Some(Err(fault)) => return Err(signature.not_valid(metadata_cause(*fault))),
        None => return Err(signature.not_valid(Cause::MetadataNotJson)),
    };
    signature.check_fingerprint()?;
    let group = task.group().ok_or(Failure::InvalidGroupId)?;
    let signed = by_absolute_id(content, metadata, group);
    if let Task::Group(_) = task {
        check_ids(content, &signed, group)?;
    }
    let header = metadata.header.as_ref().ok_or(Failure::HashUnavailable)?;
    if !content.header_matches(header) {
        return Err(Failure::HeaderIntegrity);
    }
    match task {
        Task::Object(object) => check_object(content, &signed, object, verified),
        Task::Group(group) => content
            .members(*group)
            .iter()
            .try_for_each(|object| check_object(content, &signed, object, verified)),
    }
}

/// The metadata's objects by the numbers they have in this image.
pub(crate) fn by_absolute_id<'m>(
    content: &Content<'_>,
    metadata: &'m Metadata,
    group: GroupId,
) -> BTreeMap<ObjectId, &'m ObjectMetadata> {
    let lowest = content.lowest_id(group);
    let objects = metadata.objects.iter();
    objects
        .map(|(relative_id, object)| (ObjectId(lowest.wrapping_add(*relative_id)), object))
        .collect()
}

fn check_ids(
    content: &Content<'_>,
    signed: &BTreeMap<ObjectId, &ObjectMetadata>,
    group: GroupId,
) -> Result<(), Failure> {
    let members: Vec<ObjectId> = content
        .members(group)
        .iter()
        .map(|object| object.id())
        .collect();
    if let Some(id) = members.iter().find(|id| !signed.contains_key(id)) {
        return Err(Failure::ObjectNotSigned { id: *id });
    }
    let present: BTreeSet<ObjectId> = members.into_iter().collect();
    match signed.keys().find(|id| !present.contains(id)) {
        Some(id) => Err(Failure::SignedObjectNotFound { id: *id }),
        None => Ok(()),
    }
}

fn check_object(
    content: &Content<'_>,
    signed: &BTreeMap<ObjectId, &ObjectMetadata>,
    object: &Descriptor,
    verified: &mut Vec<ObjectId>,
) -> Result<(), Failure> {
    let id = object.id();
    let metadata = signed.get(&id).ok_or(Failure::ObjectNotSigned { id })?;
    let descriptor = metadata
        .descriptor
        .as_ref()
        .ok_or(Failure::HashUnavailable)?;
    if !content.descriptor_matches(object, descriptor) {
        return Err(Failure::DescriptorIntegrity { id });
    }
    let data = metadata.data.as_ref().ok_or(Failure::HashUnavailable)?;
    if content.data_matches(id, data) != Some(true) {
        return Err(Failure::ObjectIntegrity { id: Some(id) });
    }
    verified.push(id);
    Ok(())
}

fn check_legacy(
    content: &Content<'_>,
    signature: &Evidence<'_>,
    task: &Task<'_>,
    verified: &mut Vec<ObjectId>,
) -> Result<(), Failure> {
    signature.cryptography()?;
    if !signature.hash.is_known() {
        return Err(Failure::HashUnsupported);
    }
    signature.check_fingerprint()?;
    let digest = signature.legacy_digest()?;
    match task {
        Task::Object(object) => {
            let id = object.id();
            if content.data_matches(id, &digest) != Some(true) {
                return Err(Failure::ObjectIntegrity { id: Some(id) });
            }
            verified.push(id);
        }
        Task::Group(group) => {
            if content.group_data_matches(*group, &digest) != Some(true) {
                return Err(Failure::ObjectIntegrity { id: None });
            }
            verified.extend(content.members(*group).iter().map(|object| object.id()));
        }
    }
    Ok(())
}
