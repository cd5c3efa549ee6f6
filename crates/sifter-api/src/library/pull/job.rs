//! What a pull does, in a form that can be kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{library::Transport, units::RemoteId};

/// Images to pull.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PullJob {
    /// Names what is kept of its items; a retry has the same.
    pub(crate) id: String,
    pub(crate) items: Vec<PullJobItem>,
    pub(crate) verify: bool,
    /// Whether the old file of a name goes to the trash once the new one is there.
    pub(crate) replace: bool,
}

/// One image, as the plan showed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PullJobItem {
    /// As it was understood, written out; without what may be a secret.
    pub(crate) reference: String,
    /// The whole address where that is more. In memory only: after a restart the person gives it again.
    #[serde(skip)]
    pub(crate) whole: Option<String>,
    /// Whether there is such an address.
    #[serde(default)]
    pub(crate) is_short: bool,
    /// Host and port.
    pub(crate) server: String,
    pub(crate) transport: Transport,
    /// The remote that serves it; none: the host itself is asked.
    pub(crate) remote: Option<RemoteId>,
    pub(crate) arch: Option<String>,
    /// What the library called it when the plan was shown.
    pub(crate) hash: Option<String>,
    /// What the bytes must be, because the person or the plan says so: 64 digits.
    pub(crate) sha256: Option<String>,
    pub(crate) target: PathBuf,
}

impl PullJobItem {
    /// Returns what the server is asked for.
    pub(super) fn address(&self) -> &str {
        self.whole.as_deref().unwrap_or(&self.reference)
    }

    /// Whether only the person knows the whole address.
    pub(super) const fn is_address_gone(&self) -> bool {
        self.is_short && self.whole.is_none()
    }
}
