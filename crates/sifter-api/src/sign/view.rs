//! What is asked for when images are signed.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::units::ImageId;

/// What to sign, with which key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignRequest {
    /// The images.
    pub images: Vec<ImageId>,
    /// The fingerprint of the key.
    pub fingerprint: String,
    /// Which parts.
    pub what: SignWhat,
    /// Whether a copy is signed and the image stays as it is.
    pub copy: bool,
}

/// Which parts of an image are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind", content = "value")]
pub enum SignWhat {
    /// All groups, one signature each.
    All,
    /// The parts of one group.
    Group(u32),
    /// These parts.
    Parts(Vec<u32>),
}
