//! The image as signatures see it: relative numbers, and digests of header, descriptors and data.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sif::{DataType, Descriptor, GroupId, Image, Link, ObjectId, Source};

use crate::digest::{Algorithm, Digest};
use crate::error::Error;
use crate::evidence::Evidence;
use crate::hashing::{Digests, Job, hash_all};
use crate::progress::Progress;
use crate::stream::{descriptor_stream, header_stream};

/// An image and the digests of those of its objects that some signature covers.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    pub(crate) image: &'a Image,
    numbers: &'a Numbers,
    data: BTreeMap<ObjectId, Digests>,
    groups: BTreeMap<GroupId, Digests>,
}

/// The digests that are needed.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    data: BTreeMap<ObjectId, BTreeSet<Algorithm>>,
    groups: BTreeMap<GroupId, BTreeSet<Algorithm>>,
}

impl Needs {
    /// Adds a digest of an object's data.
    pub(crate) fn add_object(&mut self, object: ObjectId, algorithm: Algorithm) {
        self.data.entry(object).or_default().insert(algorithm);
    }

    /// Returns what the signatures need of the objects that `wanted` tells.
    pub(crate) fn of(
        image: &Image,
        numbers: &Numbers,
        evidence: &[Evidence<'_>],
        wanted: impl Fn(&Descriptor) -> bool,
    ) -> Self {
        let mut needs = Self::default();
        for signature in evidence {
            match signature.descriptor.link() {
                Link::Group(group) if signature.is_legacy() => {
                    let any_wanted = image.group_members(group).any(&wanted);
                    if let (true, Ok(digest)) = (any_wanted, signature.legacy_digest()) {
                        needs
                            .groups
                            .entry(group)
                            .or_default()
                            .insert(digest.algorithm());
                    }
                }
                Link::Group(group) => needs.add_current(image, numbers, signature, group, &wanted),
                Link::Object(id) => {
                    let object = image.object(id).filter(|object| wanted(object));
                    if let (Some(object), Ok(digest)) = (object, signature.legacy_digest()) {
                        needs.add_object(object.id(), digest.algorithm());
                    }
                }
                Link::None => {}
            }
        }
        needs
    }

    fn add_current(
        &mut self,
        image: &Image,
        numbers: &Numbers,
        signature: &Evidence<'_>,
        group: GroupId,
        wanted: impl Fn(&Descriptor) -> bool,
    ) {
        for object in image.group_members(group).filter(|object| wanted(object)) {
            let relative_id = numbers.in_group(object);
            if let Some(algorithm) = signature.data_algorithm(relative_id) {
                self.add_object(object.id(), algorithm);
            }
        }
    }

    fn jobs(&self, image: &Image) -> Vec<Job> {
        let objects = self.data.iter().filter_map(|(id, algorithms)| {
            let object = image.object(*id)?;
            Some(Job {
                object: *id,
                extents: vec![object.range()],
                algorithms: algorithms.clone(),
            })
        });
        let groups = self.groups.iter().filter_map(|(group, algorithms)| {
            let first = image.group_members(*group).next()?;
            Some(Job {
                object: first.id(),
                extents: image.group_members(*group).map(Descriptor::range).collect(),
                algorithms: algorithms.clone(),
            })
        });
        objects.chain(groups).collect()
    }
}

impl<'a> Content<'a> {
    /// Hashes what is needed.
    pub(crate) fn hash<S: Source + ?Sized>(
        source: &S,
        image: &'a Image,
        numbers: &'a Numbers,
        needs: &Needs,
        threads: Option<usize>,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let mut results = hash_all(source, &needs.jobs(image), threads, progress)?.into_iter();
        let data = needs.data.keys().copied().zip(results.by_ref()).collect();
        let groups = needs.groups.keys().copied().zip(results).collect();
        Ok(Self {
            image,
            numbers,
            data,
            groups,
        })
    }

    pub(crate) fn lowest_id(&self, group: GroupId) -> u32 {
        self.numbers.lowest(group)
    }

    pub(crate) fn header_matches(&self, expected: &Digest) -> bool {
        expected
            .algorithm()
            .digest(&header_stream(self.image.header().raw()))
            == *expected
    }

    pub(crate) fn descriptor_matches(&self, object: &Descriptor, expected: &Digest) -> bool {
        let stream = descriptor_stream(object.raw(), self.numbers.in_stream(object));
        expected.algorithm().digest(&stream) == *expected
    }

    /// Whether the data has this digest; `None` if it was not hashed.
    pub(crate) fn data_matches(&self, object: ObjectId, expected: &Digest) -> Option<bool> {
        let digests = self.data.get(&object)?;
        digests
            .get(&expected.algorithm())
            .map(|digest| digest == expected)
    }

    /// Whether the joined data of a group has this digest; `None` if it was not hashed.
    pub(crate) fn group_data_matches(&self, group: GroupId, expected: &Digest) -> Option<bool> {
        let digests = self.groups.get(&group)?;
        digests
            .get(&expected.algorithm())
            .map(|digest| digest == expected)
    }

    /// A digest of an object's data that was asked for.
    pub(crate) fn data_digest(&self, object: ObjectId, algorithm: Algorithm) -> Option<&Digest> {
        self.data.get(&object)?.get(&algorithm)
    }
}

/// The lowest object numbers, from which relative numbers follow. Made from the table at hand each time:
/// a remembered minimum goes wrong when a group's first object is deleted.
#[derive(Debug)]
pub(crate) struct Numbers {
    by_group: HashMap<GroupId, u32>,
    by_field: HashMap<u32, u32>,
}

impl Numbers {
    pub(crate) fn of(image: &Image) -> Self {
        let mut numbers = Self {
            by_group: HashMap::new(),
            by_field: HashMap::new(),
        };
        for object in image.objects() {
            let id = object.id().0;
            let lower = |lowest: &mut u32| *lowest = id.min(*lowest);
            let field = object.raw().group.get();
            numbers
                .by_field
                .entry(field)
                .and_modify(lower)
                .or_insert(id);
            if let Some(group) = object.group() {
                numbers
                    .by_group
                    .entry(group)
                    .and_modify(lower)
                    .or_insert(id);
            }
        }
        numbers
    }

    /// The lowest number in a group.
    pub(crate) fn lowest(&self, group: GroupId) -> u32 {
        self.by_group.get(&group).copied().unwrap_or(0)
    }

    /// An object's number relative to the lowest of the same group: what metadata names it by.
    pub(crate) fn in_group(&self, object: &Descriptor) -> u32 {
        let lowest = object.group().map_or(0, |group| self.lowest(group));
        object.id().0.wrapping_sub(lowest)
    }

    /// An object's number relative to the lowest of the same raw group field: what its descriptor stream
    /// holds. It differs only where a group mixes raw forms, which no writer does.
    pub(crate) fn in_stream(&self, object: &Descriptor) -> u32 {
        let lowest = self
            .by_field
            .get(&object.raw().group.get())
            .copied()
            .unwrap_or(0);
        object.id().0.wrapping_sub(lowest)
    }
}

/// Whether an object is something to be signed.
pub(crate) fn is_content(object: &Descriptor) -> bool {
    object.data_type() != DataType::Signature
}
