//! What is odd about an image without being a reason to refuse it.

use std::fmt;

use crate::raw::HEADER_SIZE;
use crate::{Architecture, Descriptor, Image, ObjectId};

/// Something to tell the user about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The header's count of unused descriptors is wrong.
    FreeCount {
        /// What the header claims.
        declared: i64,
        /// What the table has.
        counted: u32,
    },
    /// The header claims an empty image while objects are there: the reference ignores them.
    DeclaredEmpty {
        /// How many objects are there.
        objects: usize,
    },
    /// The header's data offset is negative or lies inside the header or the table; the image can be
    /// read but not changed.
    DataOffset {
        /// What the header claims.
        declared: i64,
    },
    /// The header's data size is negative or smaller than what the objects span.
    DataSize {
        /// What the header claims.
        declared: i64,
        /// What the objects span.
        spanned: u64,
    },
    /// An object starts before the header's data offset.
    DataBeforeDataOffset {
        /// The object.
        object: ObjectId,
    },
    /// More than one object claims to be the primary system partition.
    SeveralPrimaryPartitions {
        /// The objects, in table order.
        objects: Vec<ObjectId>,
    },
    /// The header names another architecture than the primary partition.
    Architecture {
        /// What the header claims.
        header: Architecture,
        /// What the partition claims; unknown without a primary partition.
        partition: Architecture,
    },
    /// Bytes behind the last object, which nothing describes or covers.
    TrailingBytes {
        /// Where they start.
        offset: u64,
        /// How many.
        length: u64,
    },
}

pub(crate) fn findings(image: &Image) -> Vec<Finding> {
    let mut findings = Vec::new();
    free_count(image, &mut findings);
    data_area(image, &mut findings);
    primary(image, &mut findings);
    let end = described_end(image);
    if image.length() > end {
        findings.push(Finding::TrailingBytes {
            offset: end,
            length: image.length() - end,
        });
    }
    findings
}

fn free_count(image: &Image, findings: &mut Vec<Finding>) {
    let objects = image.objects().len();
    if image.declares_empty() && objects > 0 {
        findings.push(Finding::DeclaredEmpty { objects });
    }
    let used = u32::try_from(objects).unwrap_or(u32::MAX);
    let counted = image.header().descriptors_total().saturating_sub(used);
    let declared = image.header().descriptors_free();
    if declared != i64::from(counted) {
        findings.push(Finding::FreeCount { declared, counted });
    }
}

fn data_area(image: &Image, findings: &mut Vec<Finding>) {
    let header = image.header();
    if header.writable_data_offset().is_none() {
        findings.push(Finding::DataOffset {
            declared: header.data_offset(),
        });
    }
    let start = u64::try_from(header.data_offset()).unwrap_or(0);
    let spanned = image.objects_end().saturating_sub(start);
    let declared = header.data_size();
    // Deleting without compacting leaves a larger size behind, so only a smaller one is odd.
    if u64::try_from(declared).is_ok_and(|size| size < spanned) || declared < 0 {
        findings.push(Finding::DataSize { declared, spanned });
    }
    let before = image
        .objects()
        .iter()
        .filter(|object| object.size() > 0 && object.offset() < start);
    findings.extend(before.map(|object| Finding::DataBeforeDataOffset {
        object: object.id(),
    }));
}

fn primary(image: &Image, findings: &mut Vec<Finding>) {
    let primaries: Vec<&Descriptor> = image
        .objects()
        .iter()
        .filter(|object| object.is_primary_partition())
        .collect();
    if primaries.len() > 1 {
        let objects = primaries.iter().map(|object| object.id()).collect();
        findings.push(Finding::SeveralPrimaryPartitions { objects });
        return;
    }
    let header = image.header().architecture();
    let partition = primaries
        .first()
        .and_then(|object| object.raw().partition_architecture())
        .unwrap_or(Architecture::UNKNOWN);
    if header != partition {
        findings.push(Finding::Architecture { header, partition });
    }
}

/// Where everything that the header and the table describe ends. The room between the table and the
/// data offset belongs to the format even when no object follows.
fn described_end(image: &Image) -> u64 {
    let header = image.header();
    let table = header
        .descriptors_offset()
        .saturating_add(header.descriptors_size());
    let data = header.writable_data_offset().unwrap_or(0);
    image
        .objects_end()
        .max(table)
        .max(data)
        .max(HEADER_SIZE as u64)
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FreeCount { declared, counted } => {
                write!(
                    f,
                    "header counts {declared} free descriptors, the table has {counted}"
                )
            }
            Self::DeclaredEmpty { objects } => {
                write!(
                    f,
                    "header declares an empty image, but {objects} objects are there"
                )
            }
            Self::DataOffset { declared } => {
                write!(
                    f,
                    "data offset {declared} lies inside the header or the descriptor table"
                )
            }
            Self::DataSize { declared, spanned } => {
                write!(
                    f,
                    "data size is {declared}, the objects span {spanned} bytes"
                )
            }
            Self::DataBeforeDataOffset { object } => {
                write!(f, "object {object} lies before the data offset")
            }
            Self::SeveralPrimaryPartitions { objects } => {
                write!(
                    f,
                    "{} objects claim to be the primary partition",
                    objects.len()
                )
            }
            Self::Architecture { header, partition } => {
                write!(
                    f,
                    "header says `{header}`, the primary partition `{partition}`"
                )
            }
            Self::TrailingBytes { offset, length } => {
                write!(f, "{length} bytes from {offset} on belong to no object")
            }
        }
    }
}
