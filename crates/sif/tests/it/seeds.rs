//! The seeds of the fuzz targets: made here, replayed here.
//!
//! `SIFTER_WRITE_SEEDS=1` writes them anew. A crash that a fuzzer finds is added as a file and stays.

use std::fs;
use std::path::PathBuf;

use sif::fuzzing::{edit_image, new_image, read_image};
use sif::{ImageBuilder, ObjectInput, PartitionType};

use crate::support::{generic, partition, put_i64};

fn folder(target: &str) -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus");
    PathBuf::from(root).join(target)
}

fn small(objects: Vec<ObjectInput<&[u8]>>) -> Vec<u8> {
    ImageBuilder::deterministic()
        .capacity(2)
        .write(Vec::new(), objects)
        .unwrap()
}

fn read_seeds() -> Vec<(&'static str, Vec<u8>)> {
    let two = small(vec![
        partition(PartitionType::PrimarySystem, b"fs").alignment(0),
        generic(b"data").group(None),
    ]);
    let damaged = |at: usize, value: i64| {
        let mut bytes = two.clone();
        put_i64(&mut bytes, at, value);
        bytes
    };
    vec![
        ("empty", Vec::new()),
        ("text", b"not an image".to_vec()),
        ("no-objects", small(Vec::new())),
        ("two-objects", two.clone()),
        ("huge-count", damaged(88, 1 << 62)),
        ("overlap", damaged(4096 + 585 + 17, 5266)),
        ("negative-size", damaged(4096 + 25, -1)),
    ]
}

fn edit_seeds() -> Vec<(&'static str, Vec<u8>)> {
    let with_length = |edits: &[u8]| [&[u8::try_from(edits.len()).unwrap()], edits].concat();
    let add = [0, 7, 100, 0, 1, 64, 0];
    let add_primary = [1, 8, 50, 0, 2];
    let delete_first = [2, 1, 3];
    let set_primary = [3, 2];
    let set_extra = [4, 1, 20, 0, 9];
    vec![
        ("add", with_length(&add)),
        (
            "add-delete-add",
            with_length(&[&add[..], &delete_first, &add].concat()),
        ),
        (
            "primary",
            with_length(&[&add_primary[..], &set_primary, &set_extra].concat()),
        ),
        (
            "given-image",
            [
                with_length(&[&delete_first[..], &add].concat()),
                new_image(),
            ]
            .concat(),
        ),
    ]
}

fn check(target: &str, seeds: &[(&str, Vec<u8>)], run: fn(&[u8])) {
    let folder = folder(target);
    if std::env::var_os("SIFTER_WRITE_SEEDS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in seeds {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    for (name, bytes) in seeds {
        assert!(
            fs::read(folder.join(name)).unwrap() == *bytes,
            "seed `{name}` is out of date"
        );
    }
    for entry in fs::read_dir(&folder).unwrap() {
        run(&fs::read(entry.unwrap().path()).unwrap());
    }
}

#[test]
fn seeds_of_read_image() {
    check("read_image", &read_seeds(), read_image);
}

#[test]
fn seeds_of_edit_image() {
    check("edit_image", &edit_seeds(), edit_image);
}
