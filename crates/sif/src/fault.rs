//! What can be wrong with the bytes of an image: which field, where, and why it is refused.

use std::fmt;

use crate::ObjectId;

/// A reason to refuse an image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The field that is wrong.
    pub field: Field,
    /// Position of the descriptor in the table, from 0; `None` for the header.
    pub slot: Option<u32>,
    /// The object that the descriptor claims to describe; `None` for the header.
    pub object: Option<ObjectId>,
    /// Where the field stands in the file.
    pub offset: u64,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A field of the header or of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The header as a whole.
    Header,
    /// The magic word.
    Magic,
    /// The format version.
    Version,
    /// The capacity of the descriptor table.
    DescriptorsTotal,
    /// The place of the descriptor table.
    DescriptorsOffset,
    /// The size of the descriptor table.
    DescriptorsSize,
    /// The descriptors themselves.
    Descriptors,
    /// An object's number.
    ObjectId,
    /// An object's place.
    ObjectOffset,
    /// An object's size.
    ObjectSize,
}

/// Why a field is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The file ends before the field does.
    FileEnds {
        /// Where the field ends, or would.
        end: u64,
        /// The file's length.
        length: u64,
    },
    /// Not the magic word of the format.
    NotMagic,
    /// A version that nobody knows.
    UnknownVersion {
        /// The bytes found.
        found: [u8; 3],
    },
    /// Below zero.
    Negative {
        /// The number found.
        value: i64,
    },
    /// More than anything real has.
    TooMany {
        /// The number found.
        value: i64,
        /// The limit.
        limit: u32,
    },
    /// Smaller than its content.
    TooSmall {
        /// The number found.
        value: i64,
        /// What the content needs.
        needed: u64,
    },
    /// Place and size together exceed what a file can have.
    Overflow,
    /// Lies over the header.
    OverlapsHeader,
    /// Lies over the descriptor table.
    OverlapsTable,
    /// Lies over another object.
    OverlapsObject {
        /// The other object.
        other: ObjectId,
    },
    /// Another descriptor in use has the same number.
    Duplicate {
        /// Position of the other descriptor.
        other_slot: u32,
    },
    /// Zero, which no object may have.
    Zero,
    /// More than any object's number can be, as a table has at most 2^32 - 2 descriptors.
    NoSuchNumber,
}

/// How to take a [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The bytes contradict the format.
    Invalid,
    /// The bytes may be fine for others but not here.
    Unsupported,
    /// The file ends too early; a whole copy may be fine.
    Incomplete,
}

impl Fault {
    /// Returns whether the file is wrong, too new or cut off.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self.problem {
            Problem::UnknownVersion { .. } | Problem::TooMany { .. } => FaultKind::Unsupported,
            Problem::FileEnds { .. } => FaultKind::Incomplete,
            _ => FaultKind::Invalid,
        }
    }

    pub(crate) fn of_header(field: Field, problem: Problem) -> Self {
        let offset = match field {
            Field::Magic => 32,
            Field::Version => 42,
            Field::DescriptorsTotal => 88,
            Field::DescriptorsOffset => 96,
            Field::DescriptorsSize => 104,
            _ => 0,
        };
        Self {
            field,
            slot: None,
            object: None,
            offset,
            problem,
        }
    }

    pub(crate) fn of_descriptor(
        field: Field,
        (slot, id, start): (u32, ObjectId, u64),
        problem: Problem,
    ) -> Self {
        let inside = match field {
            Field::ObjectId => 5,
            Field::ObjectOffset => 17,
            Field::ObjectSize => 25,
            _ => 0,
        };
        let offset = start.saturating_add(inside);
        Self {
            field,
            slot: Some(slot),
            object: Some(id),
            offset,
            problem,
        }
    }
}

impl Field {
    /// Returns the class that the reference's loader gives to a failure in this field.
    ///
    /// `Structure` stands for the fields that it does not check.
    #[must_use]
    pub fn load_class(self) -> &'static str {
        match self {
            Self::Header => "HeaderUnreadable",
            Self::Magic => "InvalidMagic",
            Self::Version => "IncompatibleVersion",
            Self::DescriptorsTotal
            | Self::DescriptorsOffset
            | Self::DescriptorsSize
            | Self::Descriptors => "DescriptorsUnreadable",
            Self::ObjectId | Self::ObjectOffset | Self::ObjectSize => "Structure",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(object), Some(slot)) = (self.object, self.slot) {
            write!(f, "object {object} in slot {slot}: ")?;
        }
        write!(
            f,
            "`{}` at byte {} {}",
            self.field, self.offset, self.problem
        )
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Magic => "magic",
            Self::Version => "version",
            Self::DescriptorsTotal => "descriptors total",
            Self::DescriptorsOffset => "descriptors offset",
            Self::DescriptorsSize => "descriptors size",
            Self::Descriptors => "descriptors",
            Self::ObjectId => "ID",
            Self::ObjectOffset => "offset",
            Self::ObjectSize => "size",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileEnds { end, length } => {
                write!(f, "ends at {end}, but the file ends at {length}")
            }
            Self::NotMagic => f.write_str("is not the magic word of a SIF image"),
            Self::UnknownVersion { found } => {
                write!(
                    f,
                    "is `{}`, and only version `01` is known",
                    found.escape_ascii()
                )
            }
            Self::Negative { value } => write!(f, "is negative ({value})"),
            Self::TooMany { value, limit } => write!(f, "is {value}, more than {limit}"),
            Self::TooSmall { value, needed } => write!(f, "is {value}, less than {needed}"),
            Self::Overflow => f.write_str("reaches beyond what a file can hold"),
            Self::OverlapsHeader => f.write_str("lies over the header"),
            Self::OverlapsTable => f.write_str("lies over the descriptor table"),
            Self::OverlapsObject { other } => write!(f, "lies over object {other}"),
            Self::Duplicate { other_slot } => write!(f, "is also used in slot {other_slot}"),
            Self::Zero => f.write_str("is 0"),
            Self::NoSuchNumber => f.write_str("is a number that no object can have"),
        }
    }
}
