//! The secret that undo journals are sealed with: random bytes in a file of Sifter's own that only this user can read.
//!
//! It lives as long as the data folder. Without it a change that a crash interrupted cannot be taken back, so it is
//! safe on disk before the first journal is.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use rand::RngCore as _;
use sif::journal::{JOURNAL_KEY_SIZE, JournalKey};

use crate::{Result, error::write_error, files};

fn path(data: &Path) -> PathBuf {
    data.join("journal.key")
}

/// Returns the key if there is one: without it, no journal is ours.
pub(super) fn known(data: &Path) -> Option<JournalKey> {
    read(&path(data)).ok().flatten()
}

/// Returns the key, a new one where there is none or a damaged one.
pub(super) fn known_or_new(data: &Path) -> Result<JournalKey> {
    let path = path(data);
    let make = || match read(&path)? {
        Some(key) => Ok(key),
        None => make(data, &path),
    };
    make().map_err(|error| write_error(&path, &error))
}

fn read(path: &Path) -> io::Result<Option<JournalKey>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        result => result?,
    };
    let mut bytes = Vec::with_capacity(JOURNAL_KEY_SIZE + 1);
    file.take(JOURNAL_KEY_SIZE as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(<[u8; JOURNAL_KEY_SIZE]>::try_from(bytes)
        .ok()
        .map(JournalKey::from))
}

fn make(data: &Path, path: &Path) -> io::Result<JournalKey> {
    files::make_private_folder(data)?;
    let mut bytes = [0; JOURNAL_KEY_SIZE];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(io::Error::other)?;
    // Readable by this user only.
    let mut draft = tempfile::NamedTempFile::new_in(data)?;
    draft.write_all(&bytes)?;
    draft.as_file().sync_all()?;
    if path.exists() {
        // What is there is no key.
        draft.persist(path)?;
    } else if let Err(failed) = draft.persist_noclobber(path) {
        // Another Sifter was faster.
        return read(path)?.ok_or(failed.error);
    }
    // Not every system can do this, and then its file system keeps names by itself.
    if let Ok(folder) = fs::File::open(data) {
        let _ = folder.sync_all();
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: &JournalKey, data: &Path) -> Vec<u8> {
        drop(key.clone());
        fs::read(path(data)).expect("the key's file")
    }

    #[test]
    fn a_key_is_made_once_and_kept() {
        let home = tempfile::tempdir().expect("a folder");
        let data = home.path().join("data");
        assert!(known(&data).is_none());
        let first = text(&known_or_new(&data).expect("a key"), &data);
        assert_eq!(first.len(), JOURNAL_KEY_SIZE);
        assert_ne!(first, [0; JOURNAL_KEY_SIZE]);
        assert!(known(&data).is_some());
        assert_eq!(text(&known_or_new(&data).expect("the key"), &data), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(path(&data))
                .expect("a file")
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0);
        }
    }

    #[test]
    fn a_damaged_key_is_replaced() {
        let home = tempfile::tempdir().expect("a folder");
        for damaged in [
            &[][..],
            &[1; JOURNAL_KEY_SIZE - 1],
            &[1; JOURNAL_KEY_SIZE + 1],
        ] {
            fs::write(path(home.path()), damaged).expect("a file");
            assert!(known(home.path()).is_none());
            let made = text(&known_or_new(home.path()).expect("a key"), home.path());
            assert_eq!(made.len(), JOURNAL_KEY_SIZE);
        }
    }
}
