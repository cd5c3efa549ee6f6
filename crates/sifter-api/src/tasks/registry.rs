//! All tasks: what there is to know of each, and what a person wishes of them.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    Answer, Job, Pool, TaskContext, TaskEvent, TaskNeed, TaskOutcome, TaskProgress, TaskState,
    TaskView, control::Control, history::History, waiting::asks_nothing,
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    events::ApiEvent,
    library,
    sifter::Inner,
    store::TaskRecord,
    units::TaskId,
};

/// The registry.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    sifter: OnceLock<Weak<Inner>>,
    pub(super) state: Mutex<State>,
    pub(super) ended: Condvar,
    /// How often somebody signed in anywhere.
    pub(super) logins: AtomicU64,
    /// Whether unfinished transfers go on here.
    pub(super) at_home: AtomicBool,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// `None` until somebody asks about tasks.
    pub(super) history: Option<History>,
    pub(super) entries: BTreeMap<TaskId, Entry>,
    pub(super) waiting: VecDeque<TaskId>,
    pub(super) running: BTreeMap<TaskId, Arc<TaskContext>>,
    /// Those of them that work; the others wait for something and let others work.
    pub(super) turns: BTreeSet<TaskId>,
    /// How often the system said that the network is back.
    pub(super) network: u64,
    /// Whether a thread looks for silent tasks.
    pub(super) watched: bool,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) view: TaskView,
    pub(super) job: Option<Job>,
    pub(super) control: Arc<Control>,
    pub(super) given: Option<Answer>,
    /// What [`State::network`] was when it began to run.
    pub(super) began: u64,
}

impl Tasks {
    /// Says whose tasks these are. Called once, by the start.
    pub(crate) fn belong_to(&self, sifter: &Sifter) {
        let _ = self.sifter.set(Arc::downgrade(&sifter.inner));
    }

    /// Returns all tasks, those of earlier runs too.
    pub(super) fn known(&self) -> Result<MutexGuard<'_, State>> {
        let mut state = crate::lock(&self.state);
        if state.history.is_none() {
            let history = History::take_over(&self.sifter()?, &mut state)?;
            state.history = Some(history);
        }
        Ok(state)
    }

    /// Starts `job`, or lets it wait until others have ended.
    pub(crate) fn start(
        self: &Arc<Self>,
        job: Job,
        subject: String,
        given: Option<Answer>,
    ) -> Result<TaskId> {
        let id = self.add(job, subject, given, TaskState::Queued)?;
        crate::lock(&self.state).waiting.push_back(id);
        self.run_waiting();
        Ok(id)
    }

    /// Adds a task in the state in which it waits for its turn or rests.
    pub(super) fn add(
        &self,
        job: Job,
        subject: String,
        given: Option<Answer>,
        state: TaskState,
    ) -> Result<TaskId> {
        let sifter = self.sifter()?;
        // A program with a task says so to the others before it has one.
        drop(self.known()?);
        let created = sifter.inner.clock.timestamp();
        let id = sifter.inner.store.reserve_task(created)?;
        let view = TaskView {
            can_hurry: false,
            id,
            kind: job.kind(),
            subject,
            state,
            progress: None,
            created,
            ended: None,
            images: job.images(),
            can_cancel: true,
            can_pause: job.can_pause(),
            can_retry: false,
            interrupted: false,
        };
        sifter.inner.store.save_task(&TaskRecord {
            view: view.clone(),
            job: Some(job.clone()),
        })?;
        let entry = Entry {
            view: view.clone(),
            job: Some(job),
            control: Arc::new(Control::default()),
            given,
            began: 0,
        };
        crate::lock(&self.state).entries.insert(id, entry);
        sifter.tell(&ApiEvent::Task(TaskEvent::Started { task: view }));
        Ok(id)
    }

    pub(crate) fn list(&self) -> Result<Vec<TaskView>> {
        let state = self.known()?;
        let newest_first = state.entries.values().rev();
        Ok(newest_first.map(|entry| entry.view.clone()).collect())
    }

    pub(crate) fn view(&self, id: TaskId) -> Result<TaskView> {
        self.known()?
            .entries
            .get(&id)
            .map(|entry| entry.view.clone())
            .ok_or_else(unknown)
    }

    /// Returns the job and subject of a task that may be retried.
    pub(crate) fn retryable(&self, id: TaskId) -> Result<(Job, String)> {
        let state = self.known()?;
        let entry = state.entries.get(&id).ok_or_else(unknown)?;
        match &entry.job {
            Some(job) if entry.view.can_retry => Ok((job.clone(), entry.view.subject.clone())),
            _ => Err(ApiError::new(
                ErrorCode::InputInvalid,
                "this task cannot be done again as it was",
            )),
        }
    }

    /// Cancels a task: one that waits ends at once, one that runs within its next step. One that ended stays as it is.
    pub(crate) fn cancel(self: &Arc<Self>, id: TaskId) -> Result<()> {
        let mut state = self.known()?;
        let entry = state.entries.get(&id).ok_or_else(unknown)?;
        entry.control.cancel();
        let rests = !state.running.contains_key(&id) && !is_final(&entry.view.state);
        state.waiting.retain(|waiting| *waiting != id);
        drop(state);
        if rests {
            self.end(id, Err(ApiError::plain(ErrorCode::Cancelled)));
        }
        self.show_places();
        Ok(())
    }

    /// Pauses a task, or lets it go on. One that waits for its next try tries now.
    pub(crate) fn pause(self: &Arc<Self>, id: TaskId, paused: bool) -> Result<()> {
        let mut state = self.known()?;
        let pool = state.pool_of(id);
        let is_running = state.running.contains_key(&id);
        let entry = state.entries.get(&id).ok_or_else(unknown)?;
        let fits = match entry.view.state {
            TaskState::Running => paused && entry.view.can_pause,
            TaskState::Queued | TaskState::Retrying { .. } => {
                paused && entry.view.can_pause && pool == Pool::Transfers
            }
            TaskState::Paused => !paused,
            _ => false,
        };
        if !fits {
            if !paused {
                entry.control.hurry();
            }
            return Ok(());
        }
        entry.control.pause(paused);
        // One that did not notice yet still has its turn.
        let has_turn = state.turns.contains(&id);
        if !is_running {
            state.waiting.retain(|waiting| *waiting != id);
            if !paused {
                state.waiting.push_back(id);
            }
        }
        drop(state);
        self.change(id, |view| {
            view.state = match (paused, pool) {
                (true, _) => TaskState::Paused,
                (false, Pool::Transfers) if !has_turn => TaskState::Queued,
                (false, _) => TaskState::Running,
            }
        });
        if pool == Pool::Transfers {
            self.keep(id)?;
        }
        self.run_waiting();
        Ok(())
    }

    /// Keeps the row of a task as it is now.
    pub(super) fn keep(&self, id: TaskId) -> Result<()> {
        let record = crate::lock(&self.state).entries.get(&id).map(Entry::record);
        match record {
            Some(record) => self.sifter()?.inner.store.save_task(&record),
            None => Ok(()),
        }
    }

    pub(crate) fn answer(&self, id: TaskId, answer: Answer) -> Result<()> {
        let state = self.known()?;
        let entry = state.entries.get(&id).ok_or_else(unknown)?;
        let asks = matches!(
            entry.view.state,
            TaskState::NeedsInput {
                need: TaskNeed::Passphrase { .. }
            }
        );
        if !asks {
            return Err(asks_nothing());
        }
        entry.control.answer(answer);
        Ok(())
    }

    /// Forgets tasks that have ended; others stay.
    pub(crate) fn forget(&self, ids: &[TaskId]) -> Result<()> {
        let sifter = self.sifter()?;
        let mut state = self.known()?;
        let gone: Vec<TaskId> = ids
            .iter()
            .copied()
            .filter(|id| {
                state
                    .entries
                    .get(id)
                    .is_some_and(|entry| is_final(&entry.view.state))
            })
            .collect();
        let entries: Vec<Entry> = gone
            .iter()
            .filter_map(|id| state.entries.remove(id))
            .collect();
        let stay: Vec<Job> = state
            .entries
            .values()
            .filter_map(|entry| entry.job.clone())
            .collect();
        drop(state);
        for entry in &entries {
            if let Some(job) = &entry.job {
                library::note_partial(&sifter, job, entry.view.ended, &stay)?;
            }
        }
        sifter.inner.store.forget_tasks(&gone)
    }

    /// Waits until no task waits or runs, at most `limit`. Returns whether that came to be.
    pub(crate) fn wait_for_all(&self, limit: Duration) -> bool {
        let state = crate::lock(&self.state);
        let busy = |state: &mut State| !(state.waiting.is_empty() && state.running.is_empty());
        let waited = self.ended.wait_timeout_while(state, limit, busy);
        !waited
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .1
            .timed_out()
    }

    pub(super) fn progress(&self, id: TaskId, progress: TaskProgress) {
        if let Some(entry) = crate::lock(&self.state).entries.get_mut(&id) {
            entry.view.progress = Some(progress.clone());
        }
        self.tell(TaskEvent::Progress { id, progress });
    }

    pub(super) fn log(&self, id: TaskId, line: String) {
        self.tell(TaskEvent::Log { id, line });
    }

    pub(super) fn needs(&self, id: TaskId, need: TaskNeed) {
        self.change(id, |view| {
            view.state = TaskState::NeedsInput { need: need.clone() }
        });
        self.tell(TaskEvent::NeedsInput { id, need });
    }

    pub(super) fn goes_on(&self, id: TaskId) {
        self.change(id, |view| {
            if view.state != TaskState::Paused {
                view.state = TaskState::Running;
            }
        });
    }

    pub(super) fn change(&self, id: TaskId, change: impl FnOnce(&mut TaskView)) {
        let view = crate::lock(&self.state).entries.get_mut(&id).map(|entry| {
            change(&mut entry.view);
            entry.view.clone()
        });
        if let Some(task) = view {
            self.tell(TaskEvent::Changed { task });
        }
    }

    fn tell(&self, event: TaskEvent) {
        if let Ok(sifter) = self.sifter() {
            sifter.tell(&ApiEvent::Task(event));
        }
    }

    /// Returns the files that unfinished pulls are going to make.
    pub(crate) fn pull_targets(&self) -> Vec<PathBuf> {
        let Ok(state) = self.known() else {
            return Vec::new();
        };
        let unfinished = state
            .entries
            .values()
            .filter(|entry| !is_final(&entry.view.state));
        let jobs = unfinished.filter_map(|entry| entry.job.as_ref());
        jobs.flat_map(Job::pull_targets).collect()
    }

    /// Whether this is the program with the window, and not a command line.
    pub(crate) fn is_at_home(&self) -> bool {
        self.at_home.load(Ordering::SeqCst)
    }

    /// Returns the job of a task.
    pub(crate) fn job(&self, id: TaskId) -> Result<(Option<Job>, TaskState)> {
        let state = self.known()?;
        let entry = state.entries.get(&id).ok_or_else(unknown)?;
        Ok((entry.job.clone(), entry.view.state.clone()))
    }

    pub(super) fn sifter(&self) -> Result<Sifter> {
        let inner = self.sifter.get().and_then(Weak::upgrade);
        let inner =
            inner.ok_or_else(|| ApiError::new(ErrorCode::Cancelled, "Sifter is quitting"))?;
        Ok(Sifter { inner })
    }
}

impl Entry {
    pub(super) fn record(&self) -> TaskRecord {
        TaskRecord {
            view: self.view.clone(),
            job: self.job.clone(),
        }
    }
}

pub(super) fn is_final(state: &TaskState) -> bool {
    matches!(
        state,
        TaskState::Done { .. } | TaskState::Failed { .. } | TaskState::Cancelled
    )
}

pub(super) fn settle(view: &mut TaskView, job: Option<&Job>) {
    view.can_cancel = false;
    view.can_pause = false;
    view.can_hurry = false;
    let ended_well = match &view.state {
        TaskState::Done { outcome } => !outcome.has_failures(),
        _ => false,
    };
    view.can_retry = !ended_well && job.is_some_and(Job::can_retry);
}

impl TaskOutcome {
    /// Whether a part of a transfer failed, so that doing it again helps.
    fn has_failures(&self) -> bool {
        match self {
            Self::Pulled { items } => items.iter().any(|item| item.error.is_some()),
            Self::Pushed { items } => items.iter().any(|item| item.error.is_some()),
            _ => false,
        }
    }
}

pub(super) fn unknown() -> ApiError {
    ApiError::new(ErrorCode::HandleUnknown, "this task is not known any more")
}
