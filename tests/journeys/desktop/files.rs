//! Image files for journeys, made by Sifter's own writer.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use sif::{Architecture, DataType, FileSystem, ImageBuilder, ObjectInput, PartitionType};

const DEFINITION: &[u8] = b"Bootstrap: docker\nFrom: alpine:3.20\n\n%post\n    apk add samtools\n";

/// Writes an image with a definition and a file system of `size` bytes.
pub(crate) fn write_image(folder: &Path, name: &str, size: usize) -> PathBuf {
    let path = folder.join(name);
    let squashfs: Vec<u8> = b"hsqs"
        .iter()
        .copied()
        .chain((0..size).map(|number| (number % 251) as u8))
        .collect();
    let amd64 = Architecture::from_name("amd64").unwrap();
    let objects = [
        ObjectInput::new(DataType::DefinitionFile, DEFINITION).name("definition"),
        ObjectInput::partition(
            FileSystem::Squashfs,
            PartitionType::PrimarySystem,
            amd64,
            &squashfs[..],
        )
        .name("root"),
    ];
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    ImageBuilder::deterministic()
        .launch_script("#!/usr/bin/env run-singularity\n")
        .write(file, objects)
        .unwrap();
    path
}

/// Changes one byte of the file system.
pub(crate) fn tamper(image: &Path) {
    let mut bytes = std::fs::read(image).unwrap();
    let place = bytes
        .windows(4)
        .position(|window| window == b"hsqs")
        .unwrap()
        + 100;
    bytes[place] ^= 1;
    std::fs::write(image, bytes).unwrap();
}
