//! What a person asked for while its server could not be reached, to be done when there is a network.
//!
//! It is planned anew then. Where that would do more than was known when it was asked for, it stops and asks. No
//! passphrase and no token is kept with it.

mod calls;
mod keys;
mod pull;
mod push;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Result, Sifter,
    library::while_reachable,
    network::wait_for,
    tasks::{Ended, TaskContext, TaskKind, TaskNeed, TaskState, may_wait},
    units::{ImageId, RemoteId},
};

use self::{pull::PullLater, push::PushLater};

/// The work of such a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Later {
    Pull(PullLater),
    Push(PushLater),
    PublishKey {
        remote: RemoteId,
        fingerprint: String,
    },
    FindKey {
        remote: RemoteId,
        fingerprint: String,
    },
}

impl Later {
    pub(crate) fn kind(&self) -> TaskKind {
        match self {
            Self::Pull(_) => TaskKind::Pull,
            Self::Push(_) => TaskKind::Push,
            Self::PublishKey { .. } => TaskKind::PublishKey,
            Self::FindKey { .. } => TaskKind::FindKey,
        }
    }

    pub(crate) fn images(&self) -> Vec<ImageId> {
        match self {
            Self::Push(push) => push.images(),
            _ => Vec::new(),
        }
    }

    /// Does it, or rests again where the server still cannot be reached.
    pub(crate) fn run(&self, sifter: &Sifter, task: &Arc<TaskContext>) -> Result<Ended> {
        let ended = match self {
            Self::Pull(pull) => pull.run(sifter, task),
            Self::Push(push) => push.run(sifter, task),
            Self::PublishKey {
                remote,
                fingerprint,
            } => keys::publish(sifter, task, remote, fingerprint),
            Self::FindKey {
                remote,
                fingerprint,
            } => keys::find(sifter, task, remote, fingerprint),
        };
        match ended {
            Err(why) if may_wait(why.code) => {
                let why = Some(why);
                Ok(Ended::Rests(TaskState::WaitsForNetwork { why }))
            }
            other => other,
        }
    }
}

/// Asks until there is an answer; a pause or the end of the task ends the question.
fn ask<T, F>(task: &TaskContext, need: Option<&TaskNeed>, question: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    while_reachable(task, need, |stop| {
        wait_for(async {
            tokio::select! {
                biased;
                () = stop.cancelled() => Err(crate::ApiError::plain(crate::ErrorCode::Cancelled)),
                answer = question() => answer,
            }
        })
    })
}

/// Where one signs in when the login at a remote is refused.
fn login_at(remote: &RemoteId) -> Option<TaskNeed> {
    (*remote != RemoteId::this_computer()).then(|| TaskNeed::SignIn {
        remote: remote.clone(),
    })
}
