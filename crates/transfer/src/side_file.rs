//! What is remembered of a download that is not finished, beside its bytes.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{Error, parts::Parts};

const VERSION: u32 = 1;
/// No side file is longer.
const LENGTH_LIMIT: u64 = 1 << 20;

/// What is remembered of a download that is not finished. It holds no address: addresses can be secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SideFile {
    version: u32,
    /// What is downloaded, in the words of the caller.
    pub(crate) name: String,
    /// What it should be, in hexadecimal.
    pub(crate) sha256: Option<String>,
    /// The strong `ETag` of all that is there.
    pub(crate) tag: Option<String>,
    size: u64,
    part: u64,
    have: Vec<u32>,
}

impl SideFile {
    pub(crate) fn new(
        name: &str,
        sha256: Option<String>,
        tag: Option<String>,
        parts: &Parts,
    ) -> Self {
        Self {
            version: VERSION,
            name: name.to_owned(),
            sha256,
            tag,
            size: parts.size(),
            part: parts.part(),
            have: parts.have().collect(),
        }
    }

    /// What stands in the side file at `path`; none if there is none or it is of no use.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let length = fs::symlink_metadata(path)
            .ok()
            .filter(fs::Metadata::is_file)?
            .len();
        if length > LENGTH_LIMIT {
            return None;
        }
        let side: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        (side.version == VERSION).then_some(side)
    }

    pub(crate) fn parts(&self) -> Option<Parts> {
        Parts::recall(self.size, self.part, &self.have)
    }

    /// Replaces the side file: a reader sees the old one or the new one.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let write = || -> io::Result<()> {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            let draft = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            serde_json::to_writer(&draft, self)?;
            draft.persist(path)?;
            Ok(())
        };
        write().map_err(|source| Error::file("writing", path, source))
    }
}

/// The side file of the bytes at `part`.
pub(crate) fn beside(part: &Path) -> PathBuf {
    let mut name = part.as_os_str().to_owned();
    name.push(".json");
    name.into()
}
