//! Whose turn it is: the queues of the pools, giving way, and what goes on after a restart.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use super::{
    Job, Pool, TaskNeed, TaskState,
    registry::{State, Tasks, is_final, unknown},
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    units::{TaskId, Timestamp},
};

/// Tasks on this computer that run at once.
const LOCAL_AT_ONCE: usize = 3;
/// More transfers at once help nobody.
const MOST_TRANSFERS: u32 = 8;

impl State {
    pub(super) fn pool_of(&self, id: TaskId) -> Pool {
        let job = self.entries.get(&id).and_then(|entry| entry.job.as_ref());
        job.map_or(Pool::Local, Job::pool)
    }

    /// Takes the first task out of the queue whose pool has room.
    pub(super) fn next(&mut self, transfers: usize) -> Option<TaskId> {
        let room = |pool: Pool| {
            let most = match pool {
                Pool::Local => LOCAL_AT_ONCE,
                Pool::Transfers => transfers,
            };
            let busy = self.turns.iter().filter(|id| self.pool_of(**id) == pool);
            busy.count() < most
        };
        let (local, transfers) = (room(Pool::Local), room(Pool::Transfers));
        let has_room = |id: &TaskId| match self.pool_of(*id) {
            Pool::Local => local,
            Pool::Transfers => transfers,
        };
        let place = self.waiting.iter().position(has_room)?;
        let id = self.waiting.remove(place)?;
        self.turns.insert(id);
        Some(id)
    }

    /// Whether the task stands behind another one of its pool.
    fn is_behind(&self, id: TaskId) -> bool {
        let pool = self.pool_of(id);
        let first = self
            .waiting
            .iter()
            .find(|other| self.pool_of(**other) == pool);
        self.waiting.contains(&id) && first != Some(&id)
    }
}

impl Tasks {
    pub(super) fn transfers_at_once(sifter: &Sifter) -> usize {
        let wanted = sifter.settings_now().settings.transfers_at_once;
        wanted.clamp(1, MOST_TRANSFERS) as usize
    }

    /// More may run at once now.
    pub(crate) fn look_for_room(self: &Arc<Self>) {
        self.run_waiting();
    }

    /// A transfer that waits for something lets others work.
    pub(super) fn give_way(self: &Arc<Self>, id: TaskId) {
        let mut state = crate::lock(&self.state);
        let gave = state.pool_of(id) == Pool::Transfers && state.turns.remove(&id);
        drop(state);
        if gave {
            self.run_waiting();
        }
    }

    /// Puts a task that gave way into the queue again; returns whether it has to wait for its turn.
    pub(super) fn queue_again(self: &Arc<Self>, id: TaskId) -> bool {
        let mut state = crate::lock(&self.state);
        if state.turns.contains(&id) {
            drop(state);
            self.goes_on(id);
            return false;
        }
        state.waiting.push_back(id);
        drop(state);
        self.change(id, |view| view.state = TaskState::Queued);
        self.run_waiting();
        true
    }

    /// Moves a waiting task to the front; one that waits for its next try, or for the network, tries now.
    pub(crate) fn hurry(self: &Arc<Self>, id: TaskId) -> Result<()> {
        let mut state = self.known()?;
        let entry = state.entries.get(&id).ok_or_else(unknown)?;
        entry.control.hurry();
        let rests = entry.view.waits_for_network() && !state.running.contains_key(&id);
        let place = state.waiting.iter().position(|other| *other == id);
        if let Some(place) = place {
            state.waiting.remove(place);
        }
        if rests || place.is_some() {
            state.waiting.push_front(id);
        }
        drop(state);
        self.run_waiting();
        Ok(())
    }

    /// Shows which tasks may be moved to the front.
    pub(super) fn show_places(&self) {
        let changed: Vec<(TaskId, bool)> = {
            let state = crate::lock(&self.state);
            let places = state.entries.iter().map(|(id, entry)| {
                let behind = state.is_behind(*id);
                (*id, behind, behind != entry.view.can_hurry)
            });
            let news = places.filter(|(_, _, is_news)| *is_news);
            news.map(|(id, behind, _)| (id, behind)).collect()
        };
        for (id, behind) in changed {
            self.change(id, |view| view.can_hurry = behind);
        }
    }

    /// Shows that a task waits before it tries again, and returns for how long.
    pub(super) fn retries(
        &self,
        id: TaskId,
        (attempt, of): (u32, u32),
        pause: Duration,
        why: &ApiError,
    ) -> Result<Duration> {
        let sifter = self.sifter()?;
        let pause = sifter.inner.clock.length_of(pause);
        let seconds = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
        let at = Timestamp(sifter.now().0.saturating_add(seconds));
        let why = why.clone();
        self.change(id, |view| {
            view.state = TaskState::Retrying {
                at,
                attempt,
                of,
                why,
            }
        });
        Ok(pause)
    }

    pub(super) fn logins(&self) -> u64 {
        self.logins.load(Ordering::SeqCst)
    }

    /// Says what a task needs, and returns whether it has to wait: not if somebody signed in since.
    pub(super) fn asks_sign_in(&self, id: TaskId, need: TaskNeed, logins: u64) -> bool {
        self.needs(id, need);
        let is_news = self.logins() != logins;
        if is_news {
            self.goes_on(id);
        }
        !is_news
    }

    /// Somebody signed in: tasks that waited for that go on.
    pub(crate) fn signed_in(&self, what: &TaskNeed) {
        self.logins.fetch_add(1, Ordering::SeqCst);
        let state = crate::lock(&self.state);
        for entry in state.entries.values() {
            if matches!(&entry.view.state, TaskState::NeedsInput { need } if need == what) {
                entry.control.signed_in();
            }
        }
    }

    /// Returns whether a task with such a job waits or runs.
    pub(crate) fn is_under_way(&self, is_such: impl Fn(&Job) -> bool) -> bool {
        let state = crate::lock(&self.state);
        let mut unfinished = state
            .entries
            .values()
            .filter(|entry| !is_final(&entry.view.state));
        unfinished.any(|entry| entry.job.as_ref().is_some_and(&is_such))
    }

    /// Stops everything and waits until it stopped, at most `limit`. What can go on does so at the next start; what cannot is
    /// called interrupted then. From now on this program takes care of no unfinished task.
    pub(crate) fn suspend_all(self: &Arc<Self>, limit: Duration) -> bool {
        let controls: Vec<_> = {
            let mut state = crate::lock(&self.state);
            state.waiting.retain(|_| false);
            let control = |id| Some(Arc::clone(&state.entries.get(id)?.control));
            state.running.keys().filter_map(control).collect()
        };
        for control in controls {
            control.suspend();
        }
        let ended = self.wait_for_all(limit);
        crate::lock(&self.state).history = None;
        ended
    }
}

/// The error for a task that does not wait for what was given.
pub(super) fn asks_nothing() -> ApiError {
    ApiError::new(
        ErrorCode::HandleUnknown,
        "the task does not ask for anything now",
    )
}
