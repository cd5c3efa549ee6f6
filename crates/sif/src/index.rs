//! Where the objects of an image are by number and by group.
//!
//! A table may hold 65 536 descriptors; callers that look up each of them must not take the square of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{Descriptor, GroupId, ObjectId};

/// Slots by number and by group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    slots: HashMap<ObjectId, u32>,
    groups: BTreeMap<GroupId, BTreeSet<u32>>,
}

impl Index {
    pub(crate) fn of(objects: &[Descriptor]) -> Self {
        let mut index = Self::default();
        for object in objects {
            index.insert(object);
        }
        index
    }

    pub(crate) fn insert(&mut self, object: &Descriptor) {
        self.slots.insert(object.id(), object.slot());
        if let Some(group) = object.group() {
            self.groups.entry(group).or_default().insert(object.slot());
        }
    }

    pub(crate) fn remove(&mut self, object: &Descriptor) {
        self.slots.remove(&object.id());
        if let Some(group) = object.group()
            && let Some(slots) = self.groups.get_mut(&group)
        {
            slots.remove(&object.slot());
            if slots.is_empty() {
                self.groups.remove(&group);
            }
        }
    }

    /// Returns the slot of the object of this number.
    pub(crate) fn slot(&self, id: ObjectId) -> Option<u32> {
        self.slots.get(&id).copied()
    }

    /// Returns all groups, ascending.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.groups.keys().copied()
    }

    /// Returns the slots of a group's objects, ascending.
    pub(crate) fn members(&self, group: GroupId) -> impl Iterator<Item = u32> {
        self.groups.get(&group).into_iter().flatten().copied()
    }
}
