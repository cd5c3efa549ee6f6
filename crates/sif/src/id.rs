//! Object numbers, group numbers, links and times, each with its own type.

use std::fmt;
use std::num::NonZeroU32;

/// The bits that mark a group in a group or link field.
pub(crate) const GROUP_MASK: u32 = 0xF000_0000;

/// The number of an object, as stored in its descriptor; 1 and up in files that are well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a group of objects: 28 bits, never 0 (which means: no group).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(NonZeroU32);

impl GroupId {
    /// The group that new objects belong to unless told otherwise.
    pub const DEFAULT: Self = Self(NonZeroU32::MIN);

    /// Returns the group of this number; `None` for 0 and for numbers of more than 28 bits.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        if number & GROUP_MASK != 0 {
            return None;
        }
        NonZeroU32::new(number).map(Self)
    }

    /// Returns the number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0.get()
    }

    /// Returns the group of a raw field; its top four bits, whatever they are, do not matter.
    pub(crate) fn from_field(field: u32) -> Option<Self> {
        NonZeroU32::new(field & !GROUP_MASK).map(Self)
    }

    /// Returns the raw field for a group or for none.
    pub(crate) fn field(group: Option<Self>) -> u32 {
        GROUP_MASK | group.map_or(0, Self::number)
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an object refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Link {
    /// Nothing.
    #[default]
    None,
    /// One object.
    Object(ObjectId),
    /// A group of objects.
    Group(GroupId),
}

impl Link {
    /// Returns the link of a raw field: a group only if all four top bits are set.
    pub(crate) fn from_field(field: u32) -> Self {
        match (NonZeroU32::new(field & !GROUP_MASK), field & GROUP_MASK) {
            (None, _) => Self::None,
            (Some(number), GROUP_MASK) => Self::Group(GroupId(number)),
            (Some(number), _) => Self::Object(ObjectId(number.get())),
        }
    }

    /// Returns the raw field.
    pub(crate) fn field(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Object(id) => id.0,
            Self::Group(group) => GroupId::field(Some(group)),
        }
    }
}

/// A moment in Unix seconds, as the format stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The time that stands for "none": the first second of year 1. Deterministic images use it.
    pub const ZERO: Self = Self(-62_135_596_800);

    /// Tells whether the time stands for "none".
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_fields_ignore_the_top_bits() {
        assert_eq!(GroupId::from_field(0xF000_0001), GroupId::new(1));
        assert_eq!(GroupId::from_field(1), GroupId::new(1));
        assert_eq!(GroupId::from_field(0xF000_0000), None);
        assert_eq!(GroupId::field(None), 0xF000_0000);
        assert_eq!(GroupId::new(0x1000_0001), None);
    }

    #[test]
    fn links_are_groups_only_with_all_mask_bits() {
        let group = |number| Link::Group(GroupId::new(number).expect("a number below 2^28"));
        for (field, link) in [
            (0, Link::None),
            (0xF000_0000, Link::None),
            (0x1000_0000, Link::None),
            (7, Link::Object(ObjectId(7))),
            (0x1000_0001, Link::Object(ObjectId(1))),
            (0xF000_0001, group(1)),
        ] {
            assert_eq!(Link::from_field(field), link, "{field:#x}");
        }
        assert_eq!(group(3).field(), 0xF000_0003);
    }
}
