//! Files on their way into the bucket in parts, by what the storage calls each upload. What a crash cuts off stays there
//! otherwise, where nobody sees it and somebody pays for it.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{is_digest, make_folder, s3_owner::write_whole};
use crate::{database::lock, random};

/// The folder beside the rows with a file for each upload.
const FOLDER: &str = "sending";

/// The uploads that were begun and have not ended.
#[derive(Debug)]
pub(super) struct Unfinished {
    folder: PathBuf,
    /// Those that this process is at.
    busy: Mutex<BTreeSet<PathBuf>>,
}

/// An upload that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    file: PathBuf,
    /// Of the file that is sent.
    pub(super) digest: String,
    /// What the storage calls the upload.
    pub(super) id: String,
}

impl Unfinished {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let folder = folder.join(FOLDER);
        make_folder(&folder)?;
        Ok(Self {
            folder,
            busy: Mutex::default(),
        })
    }

    /// Notes an upload before anything is sent for it.
    pub(super) fn begin(&self, digest: &str, id: &str) -> io::Result<Begun> {
        let file = self.folder.join(format!("{digest}.{}", random::identity()));
        lock(&self.busy).insert(file.clone());
        let begun = Begun {
            file,
            digest: digest.to_owned(),
            id: id.to_owned(),
        };
        match write_whole(&begun.file, id) {
            Ok(()) => Ok(begun),
            Err(error) => {
                self.rest(&begun);
                Err(error)
            }
        }
    }

    /// Forgets an upload of which the storage keeps nothing but what it is to keep.
    pub(super) fn end(&self, begun: &Begun) -> io::Result<()> {
        self.rest(begun);
        match fs::remove_file(&begun.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Leaves an upload that could not be given up for later.
    pub(super) fn rest(&self, begun: &Begun) {
        lock(&self.busy).remove(&begun.file);
    }

    /// The uploads that nobody is at any more.
    pub(super) fn left(&self) -> io::Result<Vec<Begun>> {
        let mut left = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let file = entry?.path();
            if lock(&self.busy).contains(&file) {
                continue;
            }
            let name = file.file_name().and_then(|name| name.to_str());
            let digest = name.and_then(|name| name.split('.').next());
            // A file that was not written to its end is of an upload that was not told of.
            let is_whole = file.extension().is_some_and(|end| end != "part");
            match digest.filter(|digest| is_whole && is_digest(digest)) {
                Some(digest) => left.push(Begun {
                    digest: digest.to_owned(),
                    id: fs::read_to_string(&file)?,
                    file,
                }),
                None => fs::remove_file(&file)?,
            }
        }
        Ok(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_is_left_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let digest = "ab".repeat(32);
        let first = Unfinished::open(folder.path()).unwrap();
        let begun = first.begin(&digest, "id/1+=").unwrap();
        let ended = first.begin(&digest, "2").unwrap();
        assert_eq!(first.left().unwrap(), [], "somebody is at them");
        first.end(&ended).unwrap();
        fs::write(folder.path().join("sending/half.part"), "").unwrap();
        // The process died.
        let second = Unfinished::open(folder.path()).unwrap();
        assert_eq!(second.left().unwrap(), std::slice::from_ref(&begun));
        second.end(&begun).unwrap();
        assert_eq!(second.left().unwrap(), []);
    }
}
