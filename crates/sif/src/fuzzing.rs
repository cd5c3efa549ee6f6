//! The bodies of the fuzz targets. They panic when a promise of this crate is broken.
//!
//! Plain functions, so that property tests and the replay of the fuzz corpus run them as well.

use std::collections::BTreeMap;

use crate::{
    Architecture, ChangeTime, DataType, DeleteOptions, Editor, Error, FileSystem, Finding, GroupId,
    Image, ImageBuilder, Inspection, ObjectId, ObjectInput, PartitionType, SegmentKind, UnixTime,
    text,
};

/// More than this of an object is not read: inputs are small.
const LIMIT: u64 = 1 << 20;

/// Reads any bytes in every way.
pub fn read_image(bytes: &[u8]) {
    let inspection = Inspection::read(bytes).expect("memory can be read");
    let image = match Image::read(bytes) {
        Ok(image) => image,
        Err(error) => {
            assert!(inspection.is_refused(), "refused only strictly: {error}");
            assert!(error.fault().is_some(), "memory can be read: {error}");
            return;
        }
    };
    assert!(!inspection.is_refused(), "{:?}", inspection.faults);
    check_layout(&image);
    let _ = (
        text::list(&image),
        text::header(&image),
        image.groups(),
        image.primary_partition(),
    );
    for finding in image.findings() {
        let _ = finding.to_string();
    }
    for object in image.objects() {
        let _ = text::info(object);
        let data = object
            .read(bytes, LIMIT)
            .expect("objects lie inside the file");
        let mut dumped = Vec::new();
        text::dump(bytes, object, &mut dumped).expect("objects lie inside the file");
        assert_eq!(data, dumped);
    }
}

/// Takes bytes as a list of edits, perhaps with an image at the end, and checks what they do to it.
///
/// The first byte is the length of the list. All edits in one change must give the same bytes as each
/// edit in a change of its own, and the objects must hold what a simple model says.
pub fn edit_image(bytes: &[u8]) {
    let Some((count, rest)) = bytes.split_first() else {
        return;
    };
    let (edits, image) = rest.split_at(usize::from(*count).min(rest.len()));
    let start = if image.is_empty() {
        new_image()
    } else {
        image.to_vec()
    };
    let Ok(editor) = Editor::open(start.clone()) else {
        return;
    };
    let before = editor.image().clone();
    let mut model = Model::of(&start, &before);

    let mut together = editor;
    let mut apart = start;
    let mut edits = Bytes(edits);
    while let Some(edit) = Edit::next(&mut edits) {
        let result = edit.apply(&mut together);
        let mut alone = Editor::open(apart.clone()).expect("an image that was just written");
        let other = edit.apply(&mut alone);
        assert_eq!(format!("{result:?}"), format!("{other:?}"), "{edit:?}");
        apart = alone.finish().expect("memory");
        model.apply(&edit, &result);
    }
    let expected = together.image().clone();
    let storage = together.finish().expect("memory");
    let after = Image::read(&storage).expect("an image that was just written");
    assert_eq!(
        (after.header(), after.objects()),
        (expected.header(), expected.objects())
    );
    assert!(
        storage == apart,
        "edits in one change differ from edits one by one"
    );
    model.check(&storage, &after);
    check_layout(&after);
    if after != before {
        check_findings(&before, &after);
    }
}

/// A small image with room for four objects.
#[must_use]
pub fn new_image() -> Vec<u8> {
    let objects = [ObjectInput::new(DataType::Generic, b"first".as_slice())];
    ImageBuilder::deterministic()
        .capacity(4)
        .write(Vec::new(), objects)
        .expect("memory")
}

fn check_layout(image: &Image) {
    let mut position = 0;
    for segment in image.layout() {
        let empty = segment.range.is_empty() && matches!(segment.kind, SegmentKind::Object(_));
        assert!(
            empty || segment.range.start == position,
            "{segment:?} after {position}"
        );
        position = position.max(segment.range.end);
    }
    assert_eq!(position, image.length(), "the layout reaches to the end");
}

/// A writer adds nothing odd to an image.
fn check_findings(before: &Image, after: &Image) {
    let old = before.findings();
    for finding in after.findings() {
        let known = match finding {
            // Deleting without cutting leaves bytes behind the last object.
            Finding::TrailingBytes { .. } => true,
            _ => old
                .iter()
                .any(|one| std::mem::discriminant(one) == std::mem::discriminant(&finding)),
        };
        assert!(known, "{finding}");
    }
}

/// What each object holds.
struct Model(BTreeMap<ObjectId, Vec<u8>>);

impl Model {
    fn of(storage: &Vec<u8>, image: &Image) -> Self {
        let read = |id: ObjectId| {
            let object = image.object(id).expect("an object of the image");
            object
                .read(storage, LIMIT)
                .expect("objects lie inside the file")
        };
        Self(
            image
                .objects()
                .iter()
                .map(|object| (object.id(), read(object.id())))
                .collect(),
        )
    }

    fn apply(&mut self, edit: &Edit, result: &Result<Option<ObjectId>, Error>) {
        match (edit, result) {
            (
                Edit::Add { fill, size, .. } | Edit::AddPartition { fill, size, .. },
                Ok(Some(id)),
            ) => {
                let old = self.0.insert(*id, vec![*fill; usize::from(*size)]);
                assert!(old.is_none(), "object {id} was overwritten");
            }
            (Edit::Delete { id, .. }, Ok(_)) => {
                assert!(
                    self.0.remove(id).is_some(),
                    "deleted object {id}, which is not there"
                );
            }
            _ => {}
        }
    }

    fn check(&self, storage: &Vec<u8>, image: &Image) {
        assert!(
            self.0 == Self::of(storage, image).0,
            "objects hold something else"
        );
    }
}

#[derive(Debug)]
enum Edit {
    Add {
        fill: u8,
        size: u16,
        group: Option<GroupId>,
        alignment: u64,
    },
    AddPartition {
        fill: u8,
        size: u16,
        kind: PartitionType,
    },
    Delete {
        id: ObjectId,
        options: DeleteOptions,
    },
    SetPrimary {
        id: ObjectId,
    },
    SetExtra {
        id: ObjectId,
        size: u16,
        fill: u8,
    },
}

impl Edit {
    fn next(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(match bytes.next()? % 5 {
            0 => Self::Add {
                fill: bytes.next()?,
                size: bytes.next_u16()? % 2000,
                group: GroupId::new(u32::from(bytes.next()? % 4)),
                alignment: u64::from(bytes.next_u16()? % 700),
            },
            1 => Self::AddPartition {
                fill: bytes.next()?,
                size: bytes.next_u16()? % 2000,
                kind: PartitionType::from_code(i32::from(bytes.next()? % 5)),
            },
            2 => {
                let (id, flags) = (ObjectId(u32::from(bytes.next()? % 6)), bytes.next()?);
                let options = DeleteOptions {
                    zero: flags & 1 != 0,
                    compact: flags & 2 != 0,
                };
                Self::Delete { id, options }
            }
            3 => Self::SetPrimary {
                id: ObjectId(u32::from(bytes.next()? % 6)),
            },
            _ => Self::SetExtra {
                id: ObjectId(u32::from(bytes.next()? % 6)),
                size: bytes.next_u16()? % 400,
                fill: bytes.next()?,
            },
        })
    }

    fn apply(&self, editor: &mut Editor<Vec<u8>>) -> Result<Option<ObjectId>, Error> {
        const TIME: ChangeTime = ChangeTime::Now(UnixTime(1_700_000_000));
        match self {
            Self::Add {
                fill,
                size,
                group,
                alignment,
            } => {
                let data = vec![*fill; usize::from(*size)];
                let input = ObjectInput::new(DataType::Generic, data.as_slice());
                editor
                    .add(input.group(*group).alignment(*alignment), TIME)
                    .map(Some)
            }
            Self::AddPartition { fill, size, kind } => {
                let data = vec![*fill; usize::from(*size)];
                let architecture = Architecture::from_bytes(*b"02\0");
                let file_system = FileSystem::Squashfs;
                let input =
                    ObjectInput::partition(file_system, *kind, architecture, data.as_slice());
                editor.add(input, TIME).map(Some)
            }
            Self::Delete { id, options } => editor.delete(*id, *options, TIME).map(|()| None),
            Self::SetPrimary { id } => editor.set_primary(*id, TIME).map(|_| None),
            Self::SetExtra { id, size, fill } => {
                let bytes = vec![*fill; usize::from(*size)];
                editor.set_extra_bytes(*id, &bytes, TIME).map(|()| None)
            }
        }
    }
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn next_u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.next()?, self.next()?]))
    }
}
