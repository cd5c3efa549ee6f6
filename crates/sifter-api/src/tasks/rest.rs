//! Tasks that rest: they have no thread, and begin anew when the network is back or a person says so.

use std::sync::Arc;

use super::{
    Job, TaskEvent, TaskNeed, TaskOutcome, TaskState, TaskView,
    registry::{Tasks, unknown},
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    events::ApiEvent,
    units::TaskId,
};

/// How the work of a task ended, for good or for now.
#[derive(Debug)]
pub(crate) enum Ended {
    Done(TaskOutcome),
    /// It begins anew from this state.
    Rests(TaskState),
}

impl TaskView {
    /// Whether it rests for want of a network.
    pub(super) fn waits_for_network(&self) -> bool {
        matches!(self.state, TaskState::WaitsForNetwork { .. })
    }

    /// Whether it rests: for the network, or until somebody looked at it again.
    pub(super) fn rests(&self) -> bool {
        self.waits_for_network() || self.waits_for_review()
    }

    pub(super) fn waits_for_review(&self) -> bool {
        let TaskState::NeedsInput { need } = &self.state else {
            return false;
        };
        matches!(need, TaskNeed::Review { .. })
    }
}

impl Tasks {
    /// Adds a task that waits for the network. `why` is what failed for want of it.
    pub(crate) fn rest(&self, job: Job, subject: String, why: Option<ApiError>) -> Result<TaskId> {
        self.add(job, subject, None, TaskState::WaitsForNetwork { why })
    }

    /// Lets go on what waits for the network.
    pub(crate) fn network_is_back(self: &Arc<Self>) {
        let mut state = crate::lock(&self.state);
        state.network += 1;
        let mut resting = Vec::new();
        for (id, entry) in &state.entries {
            match &entry.view.state {
                TaskState::WaitsForNetwork { .. } if !state.running.contains_key(id) => {
                    resting.push(*id);
                }
                TaskState::Retrying { why, .. } if may_wait(why.code) => entry.control.hurry(),
                _ => {}
            }
        }
        resting.retain(|id| !state.waiting.contains(id));
        state.waiting.extend(resting);
        drop(state);
        self.run_waiting();
    }

    /// Gives a running task other work.
    pub(super) fn becomes(&self, id: TaskId, job: &Job) -> Result<()> {
        if let Some(entry) = crate::lock(&self.state).entries.get_mut(&id) {
            entry.job = Some(job.clone());
        }
        self.change(id, |view| view.images = job.images());
        self.keep(id)
    }

    /// Lets a task go on with what the person saw and decided.
    pub(crate) fn go_on_reviewed(self: &Arc<Self>, id: TaskId, job: Job) -> Result<()> {
        let mut state = self.known()?;
        let entry = state.entries.get_mut(&id).ok_or_else(unknown)?;
        if !entry.view.waits_for_review() {
            return Err(super::waiting::asks_nothing());
        }
        entry.view.images = job.images();
        entry.job = Some(job);
        state.waiting.push_back(id);
        drop(state);
        self.change(id, |view| view.state = TaskState::Queued);
        self.keep(id)?;
        self.run_waiting();
        Ok(())
    }

    pub(super) fn tell_rest(&self, sifter: &Sifter, task: TaskView) {
        let need = match &task.state {
            TaskState::NeedsInput { need } => Some((task.id, need.clone())),
            _ => None,
        };
        sifter.tell(&ApiEvent::Task(TaskEvent::Changed { task }));
        if let Some((id, need)) = need {
            sifter.tell(&ApiEvent::Task(TaskEvent::NeedsInput { id, need }));
        }
    }
}

/// Whether the way was missing, not the answer: when the network changes it may be there.
pub(crate) fn may_wait(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Offline | ErrorCode::HostUnknown | ErrorCode::ServerUnreachable
    )
}
