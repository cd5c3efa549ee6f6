//! The image as signatures see it: relative numbers, and digests of header, descriptors and data.

mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sif::{DataType, Descriptor, GroupId, Image, Link, ObjectId, Source};

use crate::digest::{Algorithm, Digest};
use crate::error::Error;
use crate::evidence::Evidence;
use crate::hashing::{Digests, Job, JobDigests, hash_all};
use crate::progress::Progress;
use crate::stream::{descriptor_stream, header_stream};
use rows::{Joined, Row};

/// An image and the digests of those of its objects that some signature covers.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    pub(crate) image: &'a Image,
    numbers: &'a Numbers<'a>,
    data: BTreeMap<ObjectId, Digests>,
    groups: BTreeMap<GroupId, Digests>,
    /// The SHA-256 of the whole file, if it was needed.
    pub(crate) whole_file: Option<Digest>,
}

/// The digests that are needed.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    data: BTreeMap<ObjectId, BTreeSet<Algorithm>>,
    groups: BTreeMap<GroupId, BTreeSet<Algorithm>>,
    /// The length of the file in bytes, if the SHA-256 of all of it is needed.
    pub(crate) whole_file: Option<u64>,
}

impl Needs {
    /// Adds a digest of an object's data.
    pub(crate) fn add_object(&mut self, object: ObjectId, algorithm: Algorithm) {
        self.data.entry(object).or_default().insert(algorithm);
    }

    /// Returns what the signatures need of the objects that `wanted` tells.
    pub(crate) fn of(
        numbers: &Numbers<'_>,
        evidence: &[Evidence<'_>],
        wanted: impl Fn(&Descriptor) -> bool,
    ) -> Self {
        let mut needs = Self::default();
        for signature in evidence {
            match signature.descriptor.link() {
                Link::Group(group) if signature.is_legacy() => {
                    let any_wanted = numbers.members(group).iter().any(|object| wanted(object));
                    if let (true, Ok(digest)) = (any_wanted, signature.legacy_digest()) {
                        needs
                            .groups
                            .entry(group)
                            .or_default()
                            .insert(digest.algorithm());
                    }
                }
                Link::Group(group) => needs.add_current(numbers, signature, group, &wanted),
                Link::Object(id) => {
                    let object = numbers.object(id).filter(|object| wanted(object));
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
        numbers: &Numbers<'_>,
        signature: &Evidence<'_>,
        group: GroupId,
        wanted: impl Fn(&Descriptor) -> bool,
    ) {
        let lowest = numbers.lowest(group);
        for object in numbers
            .members(group)
            .iter()
            .filter(|object| wanted(object))
        {
            if let Some(algorithm) = signature.data_algorithm(object.id().0.wrapping_sub(lowest)) {
                self.add_object(object.id(), algorithm);
            }
        }
    }
}

impl<'a> Content<'a> {
    /// Hashes what is needed.
    pub(crate) fn hash<S: Source + ?Sized>(
        source: &S,
        image: &'a Image,
        numbers: &'a Numbers<'a>,
        needs: &Needs,
        threads: Option<usize>,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let rows = needs.rows(numbers);
        let jobs: Vec<Job> = rows.iter().map(|row| needs.job(row)).collect();
        let results = hash_all(source, &jobs, threads, progress)?;
        let mut content = Self {
            image,
            numbers,
            data: BTreeMap::new(),
            groups: BTreeMap::new(),
            whole_file: None,
        };
        for (row, digests) in rows.into_iter().zip(results) {
            content.take(&row, digests);
        }
        Ok(content)
    }

    fn take(&mut self, row: &Row, mut digests: JobDigests) {
        match row.joined {
            Joined::Nothing => {}
            Joined::Group(group) => drop(self.groups.insert(group, digests.whole)),
            Joined::File => self.whole_file = digests.whole.remove(&Algorithm::Sha256),
        }
        let objects = row.stretches.iter().map(|stretch| stretch.object);
        let needed = objects
            .zip(digests.parts)
            .filter_map(|(object, part)| Some((object?, part)));
        self.data
            .extend(needed.filter(|(_, part)| !part.is_empty()));
    }

    pub(crate) fn lowest_id(&self, group: GroupId) -> u32 {
        self.numbers.lowest(group)
    }

    pub(crate) fn object(&self, id: ObjectId) -> Option<&'a Descriptor> {
        self.numbers.object(id)
    }

    pub(crate) fn members(&self, group: GroupId) -> &[&'a Descriptor] {
        self.numbers.members(group)
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

/// Where objects stand, and the lowest numbers, from which relative numbers follow. Made from the table at
/// hand each time: a remembered minimum goes wrong when a group's first object is deleted.
#[derive(Debug)]
pub(crate) struct Numbers<'a> {
    objects: HashMap<ObjectId, &'a Descriptor>,
    members: HashMap<GroupId, Vec<&'a Descriptor>>,
    lowest: HashMap<u32, u32>,
}

impl<'a> Numbers<'a> {
    pub(crate) fn of(image: &'a Image) -> Self {
        let mut numbers = Self {
            objects: HashMap::new(),
            members: HashMap::new(),
            lowest: HashMap::new(),
        };
        for object in image.objects() {
            let id = object.id();
            numbers.objects.insert(id, object);
            let lowest = numbers
                .lowest
                .entry(object.raw().group.get())
                .or_insert(id.0);
            *lowest = id.0.min(*lowest);
            if let Some(group) = object.group() {
                numbers.members.entry(group).or_default().push(object);
            }
        }
        numbers
    }

    pub(crate) fn object(&self, id: ObjectId) -> Option<&'a Descriptor> {
        self.objects.get(&id).copied()
    }

    /// The objects of a group, in table order.
    pub(crate) fn members(&self, group: GroupId) -> &[&'a Descriptor] {
        self.members.get(&group).map_or(&[], Vec::as_slice)
    }

    /// The lowest number in a group.
    pub(crate) fn lowest(&self, group: GroupId) -> u32 {
        self.members(group)
            .iter()
            .map(|object| object.id().0)
            .min()
            .unwrap_or(0)
    }

    /// An object's number relative to the lowest of the same raw group field: what its descriptor stream
    /// holds. In metadata it is relative to the lowest of the same group; the two differ only where a group
    /// mixes raw forms, which no writer does.
    pub(crate) fn in_stream(&self, object: &Descriptor) -> u32 {
        let lowest = self
            .lowest
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
