//! Sorting files by what can be done with them, from their first bytes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sif::{LooksLike, sniff};

use crate::{
    error::io_error,
    files::{self, OpenFile},
};

/// Bytes at the start that tell the kind.
const START: usize = 2048;
const KEY_ENDINGS: &[&str] = &["asc", "gpg", "pgp", "key", "pub", "sec"];

/// What a file can be used as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Use {
    Image,
    Key,
    Definition,
    Folder,
    /// Nothing here; what it seems to be.
    Other(String),
}

/// The files of a drop by their use, each list in the order of the drop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sorted {
    pub(crate) images: Vec<PathBuf>,
    pub(crate) keys: Vec<PathBuf>,
    pub(crate) definitions: Vec<PathBuf>,
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) others: Vec<(PathBuf, String)>,
}

impl Sorted {
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let mut sorted = Self::default();
        for path in paths {
            match use_of(path) {
                Use::Image => sorted.images.push(path.clone()),
                Use::Key => sorted.keys.push(path.clone()),
                Use::Definition => sorted.definitions.push(path.clone()),
                Use::Folder => sorted.folders.push(path.clone()),
                Use::Other(what) => sorted.others.push((path.clone(), what)),
            }
        }
        sorted
    }
}

/// Content decides; the ending only where the content says nothing or cannot be read. So a damaged `.sif` is an image,
/// whose page then says what is wrong.
pub(super) fn use_of(path: &Path) -> Use {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if has_ending(path, &["sif"]) => {
            tracing::debug!(%error, "a dropped image cannot be looked at");
            return Use::Image;
        }
        Err(error) => return Use::Other(io_error(path, &error).message),
    };
    if metadata.is_dir() {
        return Use::Folder;
    }
    if let Some(what) = files::special_kind(&metadata) {
        return Use::Other(what.into());
    }
    match start_of(path) {
        Some(start) => use_by_start(path, &start),
        None if has_ending(path, &["sif"]) => Use::Image,
        None if has_ending(path, KEY_ENDINGS) => Use::Key,
        None => Use::Other("a file that cannot be read".into()),
    }
}

fn use_by_start(path: &Path, start: &[u8]) -> Use {
    if start
        .get(32..)
        .is_some_and(|rest| rest.starts_with(b"SIF_MAGIC\0"))
    {
        return Use::Image;
    }
    let is_sif = has_ending(path, &["sif"]);
    match sniff(start) {
        Some(LooksLike::OpenPgpPublicKey | LooksLike::OpenPgpSecretKey) => Use::Key,
        Some(LooksLike::DefinitionFile) => Use::Definition,
        Some(LooksLike::Text | LooksLike::Empty | LooksLike::Script)
            if has_ending(path, &["def"]) =>
        {
            Use::Definition
        }
        Some(LooksLike::DamagedImage | LooksLike::Empty | LooksLike::Zeros) if is_sif => Use::Image,
        Some(kind) => Use::Other(kind.to_string()),
        None if has_ending(path, KEY_ENDINGS) && starts_like_key(start) => Use::Key,
        None if is_sif => Use::Image,
        None => Use::Other("a file of no kind that Sifter knows".into()),
    }
}

/// The first packet of a binary key: public or secret key, old or new form of the header.
fn starts_like_key(start: &[u8]) -> bool {
    let Some(first) = start.first() else {
        return false;
    };
    let tag = if first & 0xC0 == 0xC0 {
        first & 0x3F
    } else {
        (first & 0x3C) >> 2
    };
    first & 0x80 != 0 && matches!(tag, 5 | 6)
}

fn start_of(path: &Path) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let open = OpenFile::open(path).ok()?;
    let mut start = Vec::with_capacity(START);
    (&open.file)
        .take(START as u64)
        .read_to_end(&mut start)
        .ok()?;
    Some(start)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    endings.contains(&ending.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_before_the_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut sif = vec![0_u8; 32];
        sif.extend(b"SIF_MAGIC\x0001\0");
        let other = |what: &str| Use::Other(what.into());
        let cases: &[(&str, &[u8], Use)] = &[
            ("a.bin", &sif, Use::Image),
            ("a.sif", &sif, Use::Image),
            ("empty.sif", b"", Use::Image),
            ("picture.sif", b"\x89PNG\r\n\x1a\n", other("a PNG picture")),
            (
                "key.txt",
                b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
                Use::Key,
            ),
            ("key.gpg", &[0x99, 1, 0x0D, 4], Use::Key),
            (
                "noise.gpg",
                &[0x01, 1, 0x0D, 4],
                other("a file of no kind that Sifter knows"),
            ),
            (
                "build",
                b"Bootstrap: docker\nFrom: alpine\n",
                Use::Definition,
            ),
            ("own.def", b"%post\n  true\n", Use::Definition),
            ("notes.txt", b"hello", other("text")),
        ];
        for (name, content, expected) in cases {
            let path = folder.path().join(name);
            fs::write(&path, content).expect("written");
            assert_eq!(use_of(&path), *expected, "{name}");
        }
        assert_eq!(use_of(folder.path()), Use::Folder);
        assert_eq!(use_of(&folder.path().join("gone.sif")), Use::Image);
    }
}
