//! The parts of an image's file in order, for a map of it.

use std::ops::Range;

use crate::raw::HEADER_SIZE;
use crate::{Image, ObjectId};

/// A part of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its bytes.
    pub range: Range<u64>,
    /// What they are.
    pub kind: SegmentKind,
}

/// What a part of the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// The header.
    Header,
    /// The descriptor table.
    Table,
    /// An object's data; without bytes for an empty object.
    Object(ObjectId),
    /// Bytes between two parts that nothing describes.
    Gap,
    /// Bytes behind everything that is described.
    Trailing,
}

/// Returns parts that follow each other from the first to the last byte.
pub(crate) fn segments(image: &Image) -> Vec<Segment> {
    let table = image.header().table();
    let mut described = vec![Segment {
        range: 0..HEADER_SIZE as u64,
        kind: SegmentKind::Header,
    }];
    if table.total > 0 {
        described.push(Segment {
            range: table.offset..table.end(),
            kind: SegmentKind::Table,
        });
    }
    described.extend(image.objects().iter().map(|object| Segment {
        range: object.range(),
        kind: SegmentKind::Object(object.id()),
    }));
    described.sort_by_key(|segment| (segment.range.start, segment.range.end));

    let mut segments = Vec::with_capacity(described.len() * 2 + 1);
    let mut position = 0;
    for segment in described {
        if segment.range.start > position {
            let range = position..segment.range.start;
            segments.push(Segment {
                range,
                kind: SegmentKind::Gap,
            });
        }
        position = position.max(segment.range.end);
        segments.push(segment);
    }
    if image.length() > position {
        segments.push(Segment {
            range: position..image.length(),
            kind: SegmentKind::Trailing,
        });
    }
    segments
}
