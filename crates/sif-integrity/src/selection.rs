//! What to verify, and the list of tasks that it comes to.

use std::collections::BTreeSet;

use sif::{DataType, Descriptor, GroupId, Image, ObjectId};

use crate::failure::Failure;

/// What to verify. Numbers are as the user gave them; 0 and numbers that are not there are answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Groups; with no objects either, all of them.
    pub groups: Vec<u32>,
    /// Objects.
    pub objects: Vec<u32>,
    /// Which form of signature is looked for.
    pub mode: Mode,
}

/// Which form of signature is looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The current form.
    #[default]
    Current,
    /// The legacy form; with nothing selected, group signatures of all groups.
    Legacy,
    /// The legacy form as `--legacy-insecure` alone asks for it: with nothing selected, the primary
    /// partition.
    LegacyPrimary,
    /// The legacy form, one signature for each object that has a group.
    LegacyAll,
}

impl Mode {
    /// Tells whether the legacy form is looked for.
    #[must_use]
    pub fn is_legacy(self) -> bool {
        self != Self::Current
    }
}

/// One thing that needs at least one signature.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task<'a> {
    Group(GroupId),
    Object(&'a Descriptor),
}

impl Task<'_> {
    /// The group whose signatures matter; none for an object outside all groups.
    pub(crate) fn group(&self) -> Option<GroupId> {
        match self {
            Self::Group(group) => Some(*group),
            Self::Object(object) => object.group(),
        }
    }

    /// Number and kind for "signature not found".
    pub(crate) fn not_found(&self, legacy: bool) -> Failure {
        match self {
            Self::Object(object) if legacy => Failure::SignatureNotFound {
                id: object.id().0,
                is_group: false,
            },
            _ => Failure::SignatureNotFound {
                id: self.group().map_or(0, GroupId::number),
                is_group: true,
            },
        }
    }
}

/// Returns the tasks: groups ascending, then objects ascending, without repeats.
pub(crate) fn tasks<'a>(image: &'a Image, selection: &Selection) -> Result<Vec<Task<'a>>, Failure> {
    let mut groups: BTreeSet<u32> = selection.groups.iter().copied().collect();
    let mut objects: BTreeSet<u32> = selection.objects.iter().copied().collect();
    if groups.contains(&0) {
        return Err(Failure::InvalidGroupId);
    }
    if objects.contains(&0) {
        return Err(Failure::InvalidObjectId);
    }
    let nothing_asked = groups.is_empty() && objects.is_empty();
    match selection.mode {
        Mode::LegacyPrimary if nothing_asked => {
            objects.insert(primary(image)?.id().0);
        }
        Mode::LegacyAll => objects.extend(grouped(image).map(|object| object.id().0)),
        _ => {}
    }
    if groups.is_empty() && objects.is_empty() {
        groups.extend(image.groups().into_iter().map(GroupId::number));
        if groups.is_empty() {
            return Err(Failure::NoGroupsFound);
        }
    }
    let groups = groups.into_iter().map(|number| group_task(image, number));
    let objects = objects.into_iter().map(|number| object_task(image, number));
    groups.chain(objects).collect()
}

/// Objects that a legacy signature of their own is expected for.
fn grouped(image: &Image) -> impl Iterator<Item = &Descriptor> {
    image
        .objects()
        .iter()
        .filter(|object| object.data_type() != DataType::Signature && object.group().is_some())
}

fn primary(image: &Image) -> Result<&Descriptor, Failure> {
    if image.declares_empty() {
        return Err(Failure::NoObjects);
    }
    match image.primary_partition() {
        Ok(Some(partition)) => Ok(partition),
        Ok(None) => Err(Failure::ObjectNotFound),
        Err(_) => Err(Failure::MultipleObjectsFound),
    }
}

fn group_task(image: &Image, number: u32) -> Result<Task<'_>, Failure> {
    if image.declares_empty() {
        return Err(Failure::NoObjects);
    }
    GroupId::new(number)
        .filter(|group| image.group_members(*group).next().is_some())
        .map(Task::Group)
        .ok_or(Failure::GroupNotFound)
}

fn object_task(image: &Image, number: u32) -> Result<Task<'_>, Failure> {
    if image.declares_empty() {
        return Err(Failure::NoObjects);
    }
    image
        .object(ObjectId(number))
        .map(Task::Object)
        .ok_or(Failure::ObjectNotFound)
}
