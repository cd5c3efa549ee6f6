//! The images that are measured, made once by siftool and kept in the build folder.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::process::Program;
use crate::{Outcome, say, stop};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// How large the work is, and which build does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// What is measured: the build that ships, and images of 1 GiB.
    Full,
    /// Whether the rows run at all: the build of every day, and images of 16 MiB. The figures mean nothing.
    Trial,
}

impl Scale {
    pub(super) fn profile(self) -> &'static str {
        match self {
            Self::Full => "release",
            Self::Trial => "debug",
        }
    }

    /// The name of the folder below the build folder.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Full => "bench",
            Self::Trial => "bench-trial",
        }
    }

    /// Bytes of the large object.
    pub(super) fn large(self) -> u64 {
        match self {
            Self::Full => GIB,
            Self::Trial => 16 * MIB,
        }
    }

    pub(super) fn rounds(self) -> usize {
        match self {
            Self::Full => 5,
            Self::Trial => 1,
        }
    }
}

/// A count of bytes in words.
pub(super) fn size(bytes: u64) -> String {
    if bytes >= GIB {
        format!("{} GiB", bytes / GIB)
    } else {
        format!("{} MiB", bytes / MIB)
    }
}

/// The folder of the images and of the bytes that they hold.
pub(super) struct Images {
    folder: PathBuf,
}

impl Images {
    pub(super) fn make(folder: &Path, scale: Scale) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        let images = Self {
            folder: folder.to_path_buf(),
        };
        images.make_one("small", 1, 4096)?;
        images.make_one("one", 1, scale.large())?;
        images.make_one("eight", 8, scale.large() / 4)?;
        images.make_again("small")?;
        images.make_again("one")?;
        images.make_huge()?;
        Ok(images)
    }

    /// The image of a name.
    pub(super) fn image(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.sif"))
    }

    /// The files with the bytes of its objects.
    pub(super) fn objects(&self, name: &str, count: usize) -> Vec<PathBuf> {
        let file = |number| self.folder.join(format!("{name}-{number}.bin"));
        (1..=count).map(file).collect()
    }

    fn make_one(&self, name: &str, count: usize, size: u64) -> Outcome {
        let image = self.image(name);
        if image.exists() {
            return Ok(());
        }
        say::step(&format!(
            "making {name}.sif: {count} x {} MiB",
            size.div_ceil(MIB)
        ));
        let objects = self.objects(name, count);
        for (number, object) in objects.iter().enumerate() {
            fill(object, size, number as u64 + 1)?;
        }
        build(&image, &objects)
    }

    /// The same image once more, to be signed again and again. An earlier run may have left it signed.
    fn make_again(&self, name: &str) -> Outcome {
        let image = self.image(&format!("{name}-unsigned"));
        say::step(&format!("making {name}-unsigned.sif"));
        build(&image, &self.objects(name, 1))
    }

    /// An image of 20 GB that takes no room on the disk: a small one, whose partition is then said to be large.
    fn make_huge(&self) -> Outcome {
        let image = self.image("huge");
        if image.exists() {
            return Ok(());
        }
        say::step("making huge.sif: 20 GB, sparse");
        let object = self.folder.join("huge.bin");
        fill(&object, 4096, 99)?;
        let unfinished = self.folder.join("huge.unfinished");
        build(&unfinished, &[object])?;
        stretch(&unfinished, 20_000_000_000)?;
        fs::rename(unfinished, image)?;
        Ok(())
    }
}

/// Makes an image with one partition per file, in one group.
fn build(image: &Path, objects: &[PathBuf]) -> Outcome {
    let unfinished = image.with_extension("new");
    if unfinished.exists() {
        fs::remove_file(&unfinished)?;
    }
    Program::new("siftool")
        .args(["new"])
        .args([&unfinished])
        .read()?;
    for (number, object) in objects.iter().enumerate() {
        // A file system of type squashfs; the first partition is the primary one, the others are data.
        let kind = if number == 0 { "2" } else { "3" };
        Program::new("siftool")
            .args([
                "add",
                "--datatype",
                "4",
                "--partfs",
                "1",
                "--parttype",
                kind,
            ])
            .args(["--partarch", "2", "--groupid", "1"])
            .args([&unfinished, object])
            .read()?;
    }
    fs::rename(unfinished, image)?;
    Ok(())
}

/// Writes bytes that no program can shorten, the same ones for the same seed.
fn fill(path: &Path, size: u64, seed: u64) -> Outcome {
    if fs::metadata(path).is_ok_and(|m| m.len() == size) {
        return Ok(());
    }
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for _ in 0..size.div_ceil(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.write_all(&state.to_le_bytes())?;
    }
    out.flush()?;
    out.get_ref().set_len(size)?;
    Ok(())
}

/// Where numbers stand in the format: in the header, and in a descriptor.
const HEADER_TABLE_OFFSET: u64 = 96;
const HEADER_DATA_SIZE: u64 = 120;
const DESCRIPTOR_OFFSET: u64 = 17;
const DESCRIPTOR_SIZE: u64 = 25;
const DESCRIPTOR_PADDED_SIZE: u64 = 33;

/// Makes the only object of an image as large as asked, with a hole.
fn stretch(image: &Path, size: u64) -> Outcome {
    let mut file = OpenOptions::new().read(true).write(true).open(image)?;
    let table = read_number(&mut file, HEADER_TABLE_OFFSET)?;
    let offset = read_number(&mut file, table + DESCRIPTOR_OFFSET)?;
    let old = read_number(&mut file, table + DESCRIPTOR_SIZE)?;
    let Some(more) = size.checked_sub(old) else {
        return stop("the object is larger already");
    };
    for place in [
        table + DESCRIPTOR_SIZE,
        table + DESCRIPTOR_PADDED_SIZE,
        HEADER_DATA_SIZE,
    ] {
        let number = read_number(&mut file, place)? + more;
        file.seek(SeekFrom::Start(place))?;
        file.write_all(&number.to_le_bytes())?;
    }
    file.set_len(offset + size)?;
    Ok(())
}

fn read_number(file: &mut File, place: u64) -> Outcome<u64> {
    let mut bytes = [0; 8];
    file.seek(SeekFrom::Start(place))?;
    file.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// The start of an unsigned image and its length: what signing changes, so that it can be undone between rounds.
pub(super) struct Unsigned {
    image: PathBuf,
    start: Vec<u8>,
    length: u64,
}

/// More than the header and the descriptor table of an image with the usual 48 slots.
const START: u64 = 32 * 1024;

impl Unsigned {
    pub(super) fn remember(image: &Path) -> Outcome<Self> {
        let mut start = Vec::new();
        File::open(image)?.take(START).read_to_end(&mut start)?;
        Ok(Self {
            image: image.to_path_buf(),
            start,
            length: fs::metadata(image)?.len(),
        })
    }

    pub(super) fn restore(&self) -> Outcome {
        let mut file = OpenOptions::new().write(true).open(&self.image)?;
        file.write_all(&self.start)?;
        file.set_len(self.length)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_stretched_and_restored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.sif");
        let mut bytes = vec![0_u8; 9000];
        let mut put = |place: usize, number: u64| {
            bytes[place..place + 8].copy_from_slice(&number.to_le_bytes());
        };
        put(96, 4096);
        put(120, 100);
        put(4096 + 17, 8000);
        put(4096 + 25, 1000);
        put(4096 + 33, 1000);
        fs::write(&path, &bytes).unwrap();
        let unsigned = Unsigned::remember(&path).unwrap();
        stretch(&path, 50_000).unwrap();
        let mut file = File::open(&path).unwrap();
        assert_eq!(read_number(&mut file, 4096 + 25).unwrap(), 50_000);
        assert_eq!(read_number(&mut file, 120).unwrap(), 49_100);
        assert_eq!(fs::metadata(&path).unwrap().len(), 58_000);
        unsigned.restore().unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn filling_is_the_same_every_time() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        for path in &paths {
            fill(path, 1001, 7).unwrap();
        }
        assert_eq!(fs::read(&paths[0]).unwrap(), fs::read(&paths[1]).unwrap());
        assert_eq!(fs::metadata(&paths[0]).unwrap().len(), 1001);
    }
}
