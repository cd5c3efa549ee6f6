//! Which signatures a change of the image would break.

use std::collections::BTreeSet;

use sif::{GroupId, Image, Link, ObjectId};

use crate::facts::{Form, SignatureFacts};

/// A change of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Adding an object to a group.
    AddToGroup(GroupId),
    /// Adding an object to no group.
    AddUngrouped,
    /// Deleting an object.
    Delete(ObjectId),
    /// Making a partition the primary one.
    SetPrimary(ObjectId),
}

/// Returns the signatures that verify no longer, or let the verification of the image fail, after a change.
#[must_use]
pub fn broken_by(image: &Image, signatures: &[SignatureFacts], change: Change) -> Vec<ObjectId> {
    let affected = |signature: &&SignatureFacts| {
        let legacy = matches!(signature.form, Form::LegacyObject | Form::LegacyGroup);
        match change {
            Change::AddToGroup(group) => signature.link == Link::Group(group),
            Change::AddUngrouped => signature.form != Form::Unrecognised,
            Change::Delete(id) => {
                signature.covered.contains(&id) || (!legacy && shifts(image, signature, id))
            }
            Change::SetPrimary(id) => {
                !legacy
                    && rewritten(image, id)
                        .iter()
                        .any(|id| signature.covered.contains(id))
            }
        }
    };
    signatures
        .iter()
        .filter(affected)
        .map(|signature| signature.id)
        .collect()
}

/// Whether deleting `id` changes the relative numbers in the signature's group: it is the lowest.
fn shifts(image: &Image, signature: &SignatureFacts, id: ObjectId) -> bool {
    let Link::Group(group) = signature.link else {
        return false;
    };
    image.group_members(group).map(|object| object.id()).min() == Some(id)
}

/// The partitions whose descriptor changes when `id` becomes primary.
fn rewritten(image: &Image, id: ObjectId) -> BTreeSet<ObjectId> {
    let primaries = image
        .objects()
        .iter()
        .filter(|object| object.is_primary_partition());
    let mut ids: BTreeSet<ObjectId> = primaries.map(|object| object.id()).collect();
    if ids.remove(&id) && ids.is_empty() {
        // It is the primary one already: nothing is written.
        return ids;
    }
    ids.insert(id);
    ids
}
