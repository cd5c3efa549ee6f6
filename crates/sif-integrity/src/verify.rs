//! Verifying an image: facts of everything, and the reference's verdict on what was asked for.

use std::collections::BTreeSet;

use sif::{Descriptor, Extra, GroupId, Image, ObjectId, Source};

use crate::content::{Content, Needs, Numbers, is_content};
use crate::digest::{Algorithm, Digest};
use crate::error::Error;
use crate::evidence::{self, Evidence};
use crate::facts::{self, ObjectFacts, SignatureFacts};
use crate::key_material::KeyMaterial;
use crate::progress::Progress;
use crate::selection::{Mode, Selection};
use crate::strict::{self, Strict};

/// How to verify.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The present time, Unix seconds.
    pub now: i64,
    /// Threads for hashing; `None` for as many as the machine runs at once.
    pub threads: Option<usize>,
    /// Whether the reference's algorithm goes on behind a signature that fails.
    pub ignore_errors: bool,
    /// The length of the file in bytes, if the SHA-256 of all of it is wanted too: beside the others it costs half.
    pub whole_file: Option<u64>,
}

/// What a verification found.
#[derive(Debug, Clone)]
pub struct Verification {
    /// All objects, in table order.
    pub objects: Vec<ObjectFacts>,
    /// All signatures, in table order.
    pub signatures: Vec<SignatureFacts>,
    /// What the reference would answer to the selection.
    pub strict: Strict,
    /// The SHA-256 of the whole file, if it was wanted.
    pub whole_file: Option<Digest>,
}

impl Verification {
    /// Returns the content that no signature of any form speaks of.
    #[must_use]
    pub fn uncovered(&self) -> Vec<ObjectId> {
        let content = self.objects.iter().filter(|object| !object.is_signature());
        content
            .filter(|object| object.covers.is_empty())
            .map(|object| object.id)
            .collect()
    }

    /// Returns the content outside all groups, which no current signature can cover.
    #[must_use]
    pub fn ungrouped(&self) -> Vec<ObjectId> {
        let content = self.objects.iter().filter(|object| !object.is_signature());
        content
            .filter(|object| object.group.is_none())
            .map(|object| object.id)
            .collect()
    }

    /// Returns the groups with content that no signature speaks of at all.
    #[must_use]
    pub fn unsigned_groups(&self) -> Vec<GroupId> {
        let content = || self.objects.iter().filter(|object| !object.is_signature());
        let covered: BTreeSet<GroupId> = content()
            .filter(|object| !object.covers.is_empty())
            .filter_map(|object| object.group)
            .collect();
        let all: BTreeSet<GroupId> = content().filter_map(|object| object.group).collect();
        all.difference(&covered).copied().collect()
    }
}

/// Verifies an image that was read from `source`.
///
/// Every covered object is read once, however many signatures cover it. With a selection only the
/// selected objects are hashed; signatures over others are then not fully checked, and say so.
///
/// # Errors
/// [`Error::Cancelled`] if `progress` asks to stop; reading errors, also when the source has become
/// shorter than it was. Whatever is wrong with the image or its signatures is in the result instead.
pub fn verify<S: Source + ?Sized>(
    source: &S,
    image: &Image,
    keys: &KeyMaterial,
    selection: &Selection,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Verification, Error> {
    let evidence = evidence::gather(source, image, keys, options.now, progress)?;
    let numbers = Numbers::of(image);
    let mut needs = needs(image, &numbers, &evidence, selection);
    needs.whole_file = options.whole_file;
    let content = Content::hash(source, image, &numbers, &needs, options.threads, progress)?;
    let (objects, signatures) = facts::gather(&content, &evidence, keys);
    let strict = strict::run(&content, &evidence, keys, selection, options.ignore_errors);
    Ok(Verification {
        objects,
        signatures,
        strict,
        whole_file: content.whole_file.clone(),
    })
}

fn needs(
    image: &Image,
    numbers: &Numbers<'_>,
    evidence: &[Evidence<'_>],
    selection: &Selection,
) -> Needs {
    let all = selection.groups.is_empty()
        && selection.objects.is_empty()
        && selection.mode != Mode::LegacyPrimary;
    let groups: BTreeSet<u32> = selection.groups.iter().copied().collect();
    let objects: BTreeSet<u32> = selection.objects.iter().copied().collect();
    let wanted = |object: &Descriptor| {
        all || objects.contains(&object.id().0)
            || object
                .group()
                .is_some_and(|group| groups.contains(&group.number()))
            || (selection.mode == Mode::LegacyAll && is_content(object))
            || (selection.mode == Mode::LegacyPrimary && object.is_primary_partition())
    };
    let mut needs = Needs::of(numbers, evidence, wanted);
    if all {
        let oci = |object: &&Descriptor| matches!(object.extra(), Extra::Oci { .. });
        for object in image.objects().iter().filter(oci) {
            needs.add_object(object.id(), Algorithm::Sha256);
        }
    }
    needs
}
