//! The views and events of tasks.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    error::ApiError,
    library::{PulledItem, PushRequest, PushedItem},
    units::{ByteCount, ImageId, RemoteId, TaskId, Timestamp},
    verdict::Badge,
};

/// One row of Activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TaskView {
    pub id: TaskId,
    pub kind: TaskKind,
    /// What it works on: a file name or a signer.
    pub subject: String,
    pub state: TaskState,
    pub progress: Option<TaskProgress>,
    pub created: Timestamp,
    pub ended: Option<Timestamp>,
    /// Where to go when it is opened.
    pub images: Vec<ImageId>,
    pub can_cancel: bool,
    pub can_pause: bool,
    pub can_retry: bool,
    /// Whether it waits behind others and may be moved to their front.
    pub can_hurry: bool,
    /// Unfinished when Sifter last quit.
    pub interrupted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TaskKind {
    Verify,
    Sign,
    CreateKey,
    Export,
    ReadFolder,
    Pull,
    Push,
    PublishKey,
    FindKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum TaskState {
    Queued,
    Running,
    Paused,
    /// Waits for a moment before it tries again.
    #[serde(rename_all = "camelCase")]
    Retrying {
        /// When it goes on.
        at: Timestamp,
        attempt: u32,
        of: u32,
        why: ApiError,
    },
    /// Rests until the system says that the network is back, until the next start, or until the person wants it now.
    WaitsForNetwork {
        /// Why it could not be done when it was tried last. Absent: it was not.
        why: Option<ApiError>,
    },
    /// Waits for a person, for example for a passphrase.
    NeedsInput {
        need: TaskNeed,
    },
    Done {
        outcome: TaskOutcome,
    },
    Failed {
        error: ApiError,
    },
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum TaskNeed {
    Passphrase {
        fingerprint: String,
        wrong: bool,
    },
    /// The login at this remote is refused; the task goes on by itself after signing in.
    SignIn {
        remote: RemoteId,
    },
    /// The same for an OCI registry.
    RegistrySignIn {
        host: String,
    },
    /// A push that waited for the network would do more than was known when it was asked for: it is to be looked at again.
    Review {
        push: PushRequest,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum TaskPhase {
    Queued,
    Read,
    Hash,
    Verify,
    Write,
    MakeKey,
    Resolve,
    Download,
    CheckHash,
    Check,
    Upload,
    Tag,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TaskProgress {
    pub phase: TaskPhase,
    pub done: ByteCount,
    /// Absent: not known.
    pub total: Option<ByteCount>,
    /// Bytes a second, averaged over five seconds.
    pub rate: Option<ByteCount>,
    /// Seconds left, once it can be told.
    pub eta: Option<u32>,
    /// Seconds without progress, from 15 on.
    pub stalled: Option<u32>,
    /// Which of several files.
    pub item: Option<TaskItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TaskItem {
    pub name: String,
    pub number: u32,
    pub of: u32,
}

/// What a finished task brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum TaskOutcome {
    Verified {
        items: Vec<VerifiedItem>,
    },
    Signed {
        items: Vec<SignedItem>,
    },
    KeyCreated {
        fingerprint: String,
    },
    Exported {
        name: String,
        size: ByteCount,
    },
    FolderRead {
        images: u32,
    },
    Pulled {
        items: Vec<PulledItem>,
    },
    Pushed {
        items: Vec<PushedItem>,
    },
    #[serde(rename_all = "camelCase")]
    KeyPublished {
        keyserver: String,
        /// What it says, as plain text.
        message: Option<String>,
    },
    /// A key was looked for; importing it is left to the person.
    #[serde(rename_all = "camelCase")]
    KeyLookedFor {
        fingerprint: String,
        /// The keyserver that has it. Absent: none of those that were asked.
        keyserver: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedItem {
    pub image: ImageId,
    pub name: String,
    pub badge: Badge,
    pub error: Option<ApiError>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignedItem {
    pub image: ImageId,
    pub name: String,
    pub signatures: u32,
    pub error: Option<ApiError>,
}

/// What goes over the one stream of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum TaskEvent {
    Started {
        task: TaskView,
    },
    Progress {
        id: TaskId,
        progress: TaskProgress,
    },
    Log {
        id: TaskId,
        line: String,
    },
    NeedsInput {
        id: TaskId,
        need: TaskNeed,
    },
    /// State changed: paused, resumed, done, failed, cancelled.
    Finished {
        task: TaskView,
    },
    Changed {
        task: TaskView,
    },
}
