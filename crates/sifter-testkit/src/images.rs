//! Images: whole, and damaged in one place each.

use std::{io::Cursor, path::Path};

use sif::{
    Architecture, DataType, FileSystem, GroupId, ImageBuilder, ObjectInput, PartitionType, UnixTime,
};
use uuid::Uuid;

/// The time in all images: 1 January 2025.
pub const MADE: UnixTime = UnixTime(1_735_689_600);

/// Returns an image with a definition file, labels and a small primary partition, all in one group.
///
/// # Panics
/// Never: the parts fit.
#[must_use]
pub fn plain() -> Vec<u8> {
    with_partition(b"hsqs and some bytes that stand for a file system")
}

/// Returns the same image with this partition.
///
/// # Panics
/// When the partition does not fit into memory twice.
#[must_use]
pub fn with_partition(partition: &[u8]) -> Vec<u8> {
    build(48, parts(partition))
}

/// Returns an image of two groups with a definition file and a partition.
///
/// # Panics
/// Never: the parts fit.
#[must_use]
pub fn two_groups() -> Vec<u8> {
    let mut objects = parts(b"hsqs of the first group");
    let data = ObjectInput::new(
        DataType::Generic,
        Cursor::new(b"of the second group".to_vec()),
    );
    objects.push(data.group(GroupId::new(2)).name("second.bin"));
    build(48, objects)
}

/// Returns an OCI-SIF image, as other tools write them: layer, config, manifest and index, and no architecture in its
/// header.
///
/// # Panics
/// Never: the parts fit.
#[must_use]
pub fn oci_sif() -> Vec<u8> {
    let config = br#"{"architecture":"arm64","os":"linux","rootfs":{"type":"layers"}}"#.to_vec();
    let content = |bytes: &[u8]| {
        let digest = sif::OciDigest::of(bytes);
        format!(r#"{{"digest":"{digest}","size":{}}}"#, bytes.len())
    };
    let layer = b"hsqs of a layer".to_vec();
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#,
        content(&config),
        content(&layer)
    );
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
        content(manifest.as_bytes())
    );
    let blob = |bytes: Vec<u8>| ObjectInput::new(DataType::OciBlob, Cursor::new(bytes));
    let objects = vec![
        blob(layer),
        blob(config),
        blob(manifest.into_bytes()),
        ObjectInput::new(DataType::OciRootIndex, Cursor::new(index.into_bytes())),
    ];
    ImageBuilder::deterministic()
        .capacity(12)
        .write(Vec::new(), objects)
        .expect("the parts fit")
}

/// Returns an image whose table has no free place.
///
/// # Panics
/// Never: the parts fit.
#[must_use]
pub fn full_table() -> Vec<u8> {
    build(3, parts(b"hsqs"))
}

/// Returns an image with a part outside all groups.
///
/// # Panics
/// Never: the parts fit.
#[must_use]
pub fn with_ungrouped_part() -> Vec<u8> {
    let mut objects = parts(b"hsqs");
    let loose = ObjectInput::new(DataType::Generic, Cursor::new(b"loose".to_vec()));
    objects.push(loose.group(None).name("loose.bin"));
    build(48, objects)
}

fn parts(partition: &[u8]) -> Vec<ObjectInput<Cursor<Vec<u8>>>> {
    let definition = b"Bootstrap: library\nFrom: alpine\n".to_vec();
    let labels = br#"{"maker":"Anna","version":"1.19"}"#.to_vec();
    let amd64 = Architecture::from_name("amd64").expect("in the list");
    vec![
        ObjectInput::new(DataType::DefinitionFile, Cursor::new(definition)).name("tool.def"),
        ObjectInput::new(DataType::Labels, Cursor::new(labels)).name("labels.json"),
        ObjectInput::partition(
            FileSystem::Squashfs,
            PartitionType::PrimarySystem,
            amd64,
            Cursor::new(partition.to_vec()),
        )
        .name("root.squashfs"),
    ]
}

fn build(capacity: u32, objects: Vec<ObjectInput<Cursor<Vec<u8>>>>) -> Vec<u8> {
    ImageBuilder::new(Uuid::from_u128(7), MADE)
        .launch_script("#!/usr/bin/env run-singularity\n")
        .capacity(capacity)
        .write(Vec::new(), objects)
        .expect("the parts fit")
}

/// Writes `bytes` to `path` and returns them.
///
/// # Panics
/// When the file cannot be written.
pub fn put(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a temporary file can be written");
}

/// A refused image and the word that its error must have.
#[derive(Debug)]
pub struct Damaged {
    /// What is wrong, for the test's own messages.
    pub what: &'static str,
    /// The code of the error, as it crosses to a front end.
    pub code: &'static str,
    /// Words that the message or a cause must have.
    pub says: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Returns one image for each way of being damaged.
///
/// # Panics
/// Never.
#[must_use]
pub fn damaged() -> Vec<Damaged> {
    let case = |what, code, says, bytes| Damaged {
        what,
        code,
        says,
        bytes,
    };
    let edit = |at: usize, value: i64| {
        let mut bytes = plain();
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    // The table starts at 4096; a descriptor has 585 bytes, its offset at 17 and its size at 25.
    let table = 4096;
    let (offset, size) = (table + 17, table + 25);
    let second = table + 585;
    let mut cases = vec![
        case("empty", "file-empty", "is empty", Vec::new()),
        case(
            "text",
            "not-sif",
            "seems to be text",
            b"hello, this is no image\n".repeat(20),
        ),
        case("picture", "not-sif", "a PNG picture", png()),
        case(
            "out of bounds",
            "sif-truncated",
            "but the file ends at",
            edit(size, 1 << 40),
        ),
        case(
            "negative offset",
            "sif-malformed",
            "is negative",
            edit(offset, -1),
        ),
        case(
            "offsets that overflow",
            "sif-malformed",
            "beyond what a file can hold",
            edit(size, i64::MAX),
        ),
        case(
            "over the header",
            "sif-malformed",
            "lies over the header",
            edit(offset, 1),
        ),
        case(
            "huge count",
            "sif-malformed",
            "more than 65536",
            edit(88, i64::MAX),
        ),
        case(
            "negative count",
            "sif-malformed",
            "is negative",
            edit(88, -5),
        ),
    ];
    let mut overlap = plain();
    let first: [u8; 8] = overlap[offset..offset + 8].try_into().expect("eight bytes");
    overlap[second + 17..second + 25].copy_from_slice(&first);
    cases.push(case(
        "overlapping parts",
        "sif-malformed",
        "lies over object",
        overlap,
    ));
    cases
}

fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(600, 7);
    bytes
}

/// Returns the plain image with a signature object of any content, linked to its group.
///
/// # Panics
/// Never: the parts fit.
#[must_use]
pub fn with_signature(content: &[u8]) -> Vec<u8> {
    let mut objects = parts(b"hsqs");
    let link = sif::Link::Group(GroupId::DEFAULT);
    let data = Cursor::new(content.to_vec());
    objects.push(ObjectInput::signature(
        sif::HashType::Sha256,
        Some([7; 20]),
        link,
        data,
    ));
    build(48, objects)
}
