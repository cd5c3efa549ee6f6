//! A push that is done when there is a network, where nothing comes of it that was not known before.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ask, login_at};
use crate::{
    Result, Sifter,
    files::Stamp,
    images::stamp_at,
    library::{
        self, PushGate, PushPlanItem, PushPlanView, PushRequest, PushTarget, SignFirst, TagChange,
        decided_push, plan_push, registry_host,
    },
    tasks::{Ended, Job, TaskContext, TaskNeed, TaskPhase, TaskState},
    units::ImageId,
};

/// A push as it was shown without its server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PushLater {
    pub(super) request: PushRequest,
    /// What the files were then, in the order of the request.
    pub(super) stamps: Vec<Stamp>,
    /// The key that signs unsigned images first. Its passphrase is asked for when it is needed.
    pub(super) sign: Option<SignFirst>,
    pub(super) unsigned_too: bool,
}

impl PushLater {
    pub(super) fn images(&self) -> Vec<ImageId> {
        self.request.items.iter().map(|item| item.image).collect()
    }

    pub(super) fn run(&self, sifter: &Sifter, task: &Arc<TaskContext>) -> Result<Ended> {
        task.begin(TaskPhase::Check, None);
        let plan = ask(task, self.need().as_ref(), || {
            plan_push(sifter, self.request.clone())
        })?;
        if let [
            PushPlanItem {
                gate: PushGate::Blocked { error },
                ..
            },
        ] = plan.items.as_slice()
        {
            return Err(error.clone());
        }
        if !self.is_as_shown(sifter, &plan) {
            let need = TaskNeed::Review {
                push: self.request.clone(),
            };
            return Ok(Ended::Rests(TaskState::NeedsInput { need }));
        }
        let decided = decided_push(sifter, &plan.plan, self.sign.clone(), self.unsigned_too)?;
        task.becomes(&Job::Push(decided.clone()))?;
        library::run_push(sifter, task, &decided).map(Ended::Done)
    }

    /// Whether the files are what they were, every unsigned one was decided on, all have room, and no tag is taken away
    /// from another image.
    fn is_as_shown(&self, sifter: &Sifter, plan: &PushPlanView) -> bool {
        let same_files = self
            .request
            .items
            .iter()
            .zip(&self.stamps)
            .all(|(item, stamp)| {
                let record = sifter.record(item.image);
                record.is_ok_and(|record| stamp_at(&record.path).is_ok_and(|now| now == *stamp))
            });
        let fits = match (&self.sign, plan.if_signed) {
            (Some(_), Some(sums)) => sums.fits,
            _ => plan.fits,
        };
        same_files && fits && plan.items.iter().all(|item| self.changes_nothing(item))
    }

    fn changes_nothing(&self, item: &PushPlanItem) -> bool {
        let decided = match item.gate {
            PushGate::Open => true,
            PushGate::Unsigned => self.sign.is_some() || self.unsigned_too,
            PushGate::Blocked { .. } => false,
        };
        let tags = match (&self.sign, &item.tags_if_signed) {
            (Some(_), Some(tags)) => tags,
            _ => &item.tags,
        };
        decided && tags.iter().all(|tag| tag.effect != TagChange::Moves)
    }

    fn need(&self) -> Option<TaskNeed> {
        match &self.request.target {
            PushTarget::Library { remote, .. } => login_at(remote),
            PushTarget::Registry { repository } => Some(TaskNeed::RegistrySignIn {
                host: registry_host(repository),
            }),
        }
    }
}
