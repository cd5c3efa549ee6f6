//! What is read in a row: each byte once, whatever the number of digests that need it.

use std::ops::Range;

use sif::{Descriptor, GroupId, ObjectId};

use super::{Needs, Numbers};
use crate::digest::Algorithm;
use crate::hashing::{Job, Part};

/// Bytes that are read one after the other.
pub(super) struct Row {
    pub(super) joined: Joined,
    pub(super) stretches: Vec<Stretch>,
}

/// What the bytes of a row are together.
pub(super) enum Joined {
    /// Nothing that has a digest.
    Nothing,
    /// The joined data of a group.
    Group(GroupId),
    /// The whole file.
    File,
}

/// Bytes of one object, or of none.
pub(super) struct Stretch {
    pub(super) object: Option<ObjectId>,
    extent: Range<u64>,
}

impl Stretch {
    fn of(object: &Descriptor) -> Self {
        Self {
            object: Some(object.id()),
            extent: object.range(),
        }
    }

    fn between(extent: Range<u64>) -> Self {
        Self {
            object: None,
            extent,
        }
    }
}

impl Needs {
    /// A group whose joined data is needed is read in one row, and so is the whole file; their objects are hashed on the
    /// way. All other objects are read by themselves.
    pub(super) fn rows(&self, numbers: &Numbers<'_>) -> Vec<Row> {
        let in_a_group = |object: &Descriptor| {
            let group = object.group();
            group.is_some_and(|group| self.groups.contains_key(&group))
        };
        let objects = self.data.keys().filter_map(|id| numbers.object(*id));
        let mut others: Vec<&Descriptor> = objects.filter(|one| !in_a_group(one)).collect();
        let file = self.whole_file.map(|size| whole_file(size, &mut others));
        let alone = others.into_iter().map(|object| Row {
            joined: Joined::Nothing,
            stretches: vec![Stretch::of(object)],
        });
        let groups = self.groups.keys().map(|group| {
            let members = numbers.members(*group).iter();
            Row {
                joined: Joined::Group(*group),
                stretches: members.map(|object| Stretch::of(object)).collect(),
            }
        });
        alone.chain(groups).chain(file).collect()
    }

    pub(super) fn job(&self, row: &Row) -> Job {
        let of_object = |id: ObjectId| self.data.get(&id).cloned();
        let parts = row.stretches.iter().map(|stretch| Part {
            extent: stretch.extent.clone(),
            algorithms: stretch.object.and_then(of_object).unwrap_or_default(),
        });
        let objects = row.stretches.iter().filter_map(|stretch| stretch.object);
        Job {
            object: objects.min().unwrap_or(ObjectId(0)),
            parts: parts.collect(),
            algorithms: match row.joined {
                Joined::Nothing => [].into(),
                Joined::Group(group) => self.groups.get(&group).cloned().unwrap_or_default(),
                Joined::File => [Algorithm::Sha256].into(),
            },
        }
    }
}

/// The file from its first byte to its last, with those of the objects that can be hashed on the way; they are taken out.
/// What overlaps another object has to be read once more.
fn whole_file(size: u64, objects: &mut Vec<&Descriptor>) -> Row {
    objects.sort_by_key(|object| object.range().start);
    let (mut stretches, mut at) = (Vec::new(), 0);
    objects.retain(|object| {
        let Range { start, end } = object.range();
        if start < at || end < start || end > size {
            return true;
        }
        stretches.extend([Stretch::between(at..start), Stretch::of(object)]);
        at = end;
        false
    });
    stretches.push(Stretch::between(at..size.max(at)));
    Row {
        joined: Joined::File,
        stretches,
    }
}
