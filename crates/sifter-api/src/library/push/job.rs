//! What a push does, in a form that can be kept.

use serde::{Deserialize, Serialize};

use crate::{files::Stamp, library::PushTarget, units::ImageId};

/// Images to push.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PushJob {
    /// Names what is kept of its items; a retry has the same.
    pub(crate) id: String,
    pub(crate) target: PushTarget,
    pub(crate) items: Vec<PushJobItem>,
    /// The fingerprint of the key that signs unsigned images first.
    pub(crate) sign: Option<String>,
}

/// One image, as the plan showed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PushJobItem {
    pub(crate) image: ImageId,
    pub(crate) stamp: Stamp,
    pub(crate) container: String,
    pub(crate) tags: Vec<PlannedTag>,
    pub(crate) arch: String,
    pub(crate) description: String,
    /// Whether it is signed before it is pushed.
    pub(crate) sign: bool,
    /// Whether the library takes it through the registry behind it.
    #[serde(default)]
    pub(crate) through_registry: bool,
}

/// A tag, and where it led when the plan was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedTag {
    pub(crate) tag: String,
    /// What the server called the image then; none: there was no such tag.
    pub(crate) from: Option<String>,
    pub(crate) from_hash: Option<String>,
}

impl PushJob {
    pub(crate) fn images(&self) -> Vec<ImageId> {
        self.items.iter().map(|item| item.image).collect()
    }
}
