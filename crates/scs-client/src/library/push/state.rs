//! What is kept of a push, so that it can go on after a restart. No address that lets anybody write is in it.

use std::{path::Path, time::UNIX_EPOCH};

use scs_types::Id;
use serde::{Deserialize, Serialize};
use transfer::SentPart;

/// What is kept of a push in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushState {
    /// The length of the file.
    pub size: u64,
    /// When the file was changed last, in nanoseconds since 1970.
    pub modified: Option<u64>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// What the server calls the image.
    pub image: Id,
    /// What the server calls the upload.
    pub upload: String,
    /// The length of all parts but the last.
    pub part_size: u64,
    /// Whether the server wants the digest of each part.
    pub hashes_parts: bool,
    /// The parts that it has.
    pub sent: Vec<SentToken>,
}

/// A part that the server has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentToken {
    /// From 1.
    pub number: u32,
    /// Its receipt.
    pub token: String,
}

impl PushState {
    /// Whether it tells of the same file and image.
    pub(crate) fn fits(&self, file: &Path, size: u64, sha256: &str, image: &Id) -> bool {
        let parts = self.size.div_ceil(self.part_size.max(1));
        self.size == size
            && self.part_size > 0
            && self.sha256 == sha256
            && self.image == *image
            && self.modified == modified(file)
            && self
                .sent
                .iter()
                .all(|part| part.number > 0 && u64::from(part.number) <= parts)
    }

    pub(crate) fn parts(&self) -> Vec<SentPart> {
        let sent = self.sent.iter().map(|part| SentPart {
            number: part.number,
            token: part.token.clone(),
        });
        sent.collect()
    }
}

pub(crate) fn modified(file: &Path) -> Option<u64> {
    let time = std::fs::metadata(file).ok()?.modified().ok()?;
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok()
}
