//! Small types with a unit, so that no bare number crosses a room.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A count of bytes. JavaScript holds it exactly up to 2^53.
///
/// Bindings take the type of a small integer, which is a plain `number`; that of `f64` may be `null`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type,
)]
#[serde(transparent)]
pub struct ByteCount(#[specta(type = u32)] pub u64);

/// A moment in Unix seconds (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct Timestamp(#[specta(type = i32)] pub i64);

/// The handle of an image file that Sifter was shown; stable across restarts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type,
)]
#[serde(transparent)]
pub struct ImageId(pub u32);

/// The handle of a task; stable across restarts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type,
)]
#[serde(transparent)]
pub struct TaskId(pub u32);

/// The handle of a plan that was shown and may be run once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct PlanId(pub String);

/// The handle of a set of files that a person dropped, picked or opened and that is not an image yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct FilesId(pub String);

/// The handle of a remote: `this-computer`, or `remote:` and its name in `remote.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct RemoteId(pub String);

impl RemoteId {
    /// Returns the handle of the embedded cloud.
    #[must_use]
    pub fn this_computer() -> Self {
        Self("this-computer".into())
    }
}

/// The handle of a folder that images are pulled into.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct FolderId(pub String);
