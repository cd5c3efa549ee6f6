//! What a signature says, compared with the image.

use std::collections::BTreeSet;

use sif::{GroupId, Link, ObjectId};

use super::{Claims, Part};
use crate::content::{Content, is_content};
use crate::evidence::{Body, Evidence};
use crate::strict::by_absolute_id;

/// What comparing one signature with the image gave.
pub(super) struct Comparison {
    pub(super) covers: Vec<(ObjectId, Option<bool>)>,
    pub(super) changed: Vec<Part>,
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

    /// Whether all is as the signature says.
    pub(super) fn claims(&self) -> Claims {
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

/// Compares what a signature says with the image, whoever made it.
pub(super) fn compare(content: &Content<'_>, signature: &Evidence<'_>) -> Comparison {
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

/// The objects that the signature speaks of, ascending.
pub(super) fn covered(comparison: &Comparison) -> Vec<ObjectId> {
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

/// Whether the signature leaves out content of its group.
pub(super) fn is_partial(
    content: &Content<'_>,
    signature: &Evidence<'_>,
    comparison: &Comparison,
) -> bool {
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
