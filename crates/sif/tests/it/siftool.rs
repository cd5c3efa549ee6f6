//! The reference's own command must read what is made here. Skipped where it is not installed.

use std::path::Path;
use std::process::Command;

use sif::{ChangeTime, Image, PartitionType, text};

use crate::support::{DESCRIPTOR, TABLE, TIME, generic, image, partition, put_u32};

fn siftool(arguments: &[&str], path: &Path) -> Option<Vec<u8>> {
    let output = match Command::new("siftool").args(arguments).arg(path).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED comparison with `siftool`: {error}");
            return None;
        }
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(output.stdout)
}

#[test]
fn the_installed_siftool_prints_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.sif");
    let mut editor = sif::Editor::open(image()).unwrap();
    // Older releases of the command do not know blobs.
    editor
        .delete(
            sif::ObjectId(4),
            sif::DeleteOptions::default(),
            ChangeTime::At(TIME),
        )
        .unwrap();
    editor
        .add(generic(&[1; 300]).name("b"), ChangeTime::At(TIME))
        .unwrap();
    editor
        .add(
            partition(PartitionType::Overlay, b"o"),
            ChangeTime::At(TIME),
        )
        .unwrap();
    let bytes = editor.finish().unwrap();
    std::fs::write(&path, &bytes).unwrap();

    let image = Image::read(&bytes).unwrap();
    let Some(list) = siftool(&["list"], &path) else {
        return;
    };
    assert_eq!(String::from_utf8_lossy(&list), text::list(&image));
    let header = siftool(&["header"], &path).unwrap();
    assert_eq!(String::from_utf8_lossy(&header), text::header(&image));
    for object in image.objects() {
        let id = object.id().to_string();
        let info = siftool(&["info", &id], &path).unwrap();
        assert_eq!(String::from_utf8_lossy(&info), text::info(object));
        let data = siftool(&["dump", &id], &path).unwrap();
        assert!(data == object.read(&bytes, u64::MAX).unwrap());
    }
}

#[test]
fn a_list_stops_in_front_of_what_it_cannot_name() {
    let mut bytes = image();
    // The digest of the signature in the third descriptor.
    put_u32(&mut bytes, TABLE + 2 * DESCRIPTOR + 201, 9);
    let list = text::list(&Image::read(&bytes).unwrap());
    let row = list.lines().find(|line| line.starts_with("3 ")).unwrap();
    assert_eq!(row.matches('|').count(), 3 + 4, "{row}");
    assert!(row.contains("  4    |2"), "{row}");
}
