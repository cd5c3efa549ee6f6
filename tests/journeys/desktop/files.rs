//! Image files for journeys, made by Sifter's own writer.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use sif::{
    Architecture, DataType, FileSystem, ImageBuilder, ObjectInput, PartitionType, Source, Storage,
};

/// The definition in an image of [`write_image`].
pub(crate) const DEFINITION: &[u8] =
    b"Bootstrap: docker\nFrom: alpine:3.20\n\n%post\n    apk add samtools\n";

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

/// Writes an image with a file system of `size` zeros, which take no place on the disk.
pub(crate) fn write_large_image(folder: &Path, name: &str, size: u64) -> PathBuf {
    let path = folder.join(name);
    let options = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path);
    let amd64 = Architecture::from_name("amd64").unwrap();
    let partition = ObjectInput::partition(
        FileSystem::Squashfs,
        PartitionType::PrimarySystem,
        amd64,
        io::repeat(0).take(size),
    );
    let storage = Sparse(options.unwrap());
    ImageBuilder::deterministic()
        .write(storage, [partition])
        .unwrap();
    path
}

/// A file in which zeros are holes.
struct Sparse(File);

impl Source for Sparse {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Source::read_at(&self.0, buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Source::size(&self.0)
    }
}

impl Storage for Sparse {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        const ZEROS: [u8; 4096] = [0; 4096];
        let end = offset + bytes.len() as u64;
        let size = Source::size(&self.0)?;
        if offset >= size
            && bytes
                .chunks(ZEROS.len())
                .all(|part| part == &ZEROS[..part.len()])
        {
            return self.0.set_len(end);
        }
        Storage::write_all_at(&mut self.0, bytes, offset)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

/// The file with this name somewhere below `folder`.
pub(crate) fn find_file(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                folders.push(entry.path());
            } else if entry.file_name() == name {
                return Some(entry.path());
            }
        }
    }
    None
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
