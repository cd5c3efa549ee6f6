//! One image that is pulled when there is a network.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ask, login_at};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    library::{
        self, IfExists, PullItem, PullRequest, Transport, Unreached, UnreachedItem, decided_pull,
        plan_pull, registry_host, without_secrets,
    },
    tasks::{Ended, Job, TaskContext, TaskNeed, TaskPhase},
    units::FolderId,
};

/// A reference, and what to do with the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PullLater {
    /// Its reference is without what may be a secret.
    item: PullItem,
    /// The whole address where that is more. In memory only: after a restart the person gives it again.
    #[serde(skip)]
    whole: Option<String>,
    /// Whether there is such an address.
    is_short: bool,
    folder: FolderId,
    verify: bool,
    /// Whether a file that was there when it was asked for is replaced.
    replace: bool,
}

impl PullLater {
    /// Returns the pull of one image that could not be asked for.
    pub(super) fn new(sifter: &Sifter, pull: &Unreached, unreached: &UnreachedItem) -> Self {
        let item = &unreached.item;
        let reading = sifter.reading_of(&item.reference, item.remote.as_ref());
        let view = reading.map(|reading| reading.view);
        let is_address = view
            .as_ref()
            .is_some_and(|view| view.transport == Transport::Http);
        let reference = item.reference.trim();
        let shown = if is_address {
            without_secrets(reference)
        } else {
            reference
        };
        Self {
            whole: (shown != reference).then(|| reference.to_owned()),
            is_short: shown != reference,
            item: PullItem {
                reference: shown.to_owned(),
                // Another remote may be the current one then.
                remote: item.remote.clone().or(view.and_then(|view| view.remote)),
                ..item.clone()
            },
            folder: pull.folder.clone(),
            verify: pull.request.verify,
            replace: unreached.exists && pull.request.if_exists == IfExists::Replace,
        }
    }

    pub(super) fn run(&self, sifter: &Sifter, task: &Arc<TaskContext>) -> Result<Ended> {
        if self.is_short && self.whole.is_none() {
            let why = format!(
                "the whole address of `{}` was not kept",
                self.item.reference
            );
            return Err(ApiError::new(ErrorCode::AddressNeeded, why));
        }
        task.begin(TaskPhase::Resolve, None);
        let plan = ask(task, self.need(sifter).as_ref(), || async {
            let plan = plan_pull(sifter, self.request()).await?;
            match plan.items.iter().find_map(|item| item.problem.clone()) {
                Some(problem) => Err(problem),
                None => Ok(plan),
            }
        })?;
        if !plan.fits {
            return Err(ApiError::plain(ErrorCode::DiskFull));
        }
        let job = decided_pull(sifter, &plan.plan)?;
        task.becomes(&Job::Pull(job.clone()))?;
        library::run_pull(sifter, task, &job).map(Ended::Done)
    }

    fn request(&self) -> PullRequest {
        let whole = self.whole.as_ref().unwrap_or(&self.item.reference);
        PullRequest {
            items: vec![PullItem {
                reference: whole.clone(),
                ..self.item.clone()
            }],
            folder: Some(self.folder.clone()),
            verify: self.verify,
            if_exists: if self.replace {
                IfExists::Replace
            } else {
                IfExists::KeepBoth
            },
        }
    }

    fn need(&self, sifter: &Sifter) -> Option<TaskNeed> {
        let reading = sifter.reading_of(&self.item.reference, self.item.remote.as_ref())?;
        match (reading.view.transport, &reading.view.remote) {
            (Transport::Library, Some(remote)) => login_at(remote),
            (Transport::Oras, _) => Some(TaskNeed::RegistrySignIn {
                host: registry_host(&reading.view.server),
            }),
            _ => None,
        }
    }
}
