//! Running tasks: which is next, its thread, its end, and what is told while it is silent.

use std::{sync::Arc, time::Duration};

use super::{
    Ended, Job, TaskContext, TaskEvent, TaskState,
    registry::{Tasks, settle, unknown},
};
use crate::{
    Result,
    error::{ApiError, ErrorCode},
    events::ApiEvent,
    units::TaskId,
};

/// How often a silent task is looked at, while any runs.
const LOOK: Duration = Duration::from_secs(1);

impl Tasks {
    /// Runs what waits, as far as there is room.
    pub(super) fn run_waiting(self: &Arc<Self>) {
        let Ok(sifter) = self.sifter() else {
            return;
        };
        let transfers = Self::transfers_at_once(&sifter);
        loop {
            let (id, context, job) = {
                let mut state = crate::lock(&self.state);
                let Some(id) = state.next(transfers) else {
                    break;
                };
                if state.running.contains_key(&id) {
                    let control = state
                        .entries
                        .get(&id)
                        .map(|entry| Arc::clone(&entry.control));
                    drop(state);
                    // It gave way before; its thread waits.
                    self.goes_on(id);
                    if let Some(control) = control {
                        control.grant();
                    }
                    continue;
                }
                let network = state.network;
                let Some(entry) = state.entries.get_mut(&id) else {
                    state.turns.remove(&id);
                    continue;
                };
                entry.began = network;
                let given = entry.given.take();
                let control = Arc::clone(&entry.control);
                let job = entry.job.clone();
                let context = Arc::new(TaskContext::new(id, Arc::clone(self), control, given));
                state.running.insert(id, Arc::clone(&context));
                (id, context, job)
            };
            self.run(id, &context, job);
        }
        self.show_places();
    }

    fn run(self: &Arc<Self>, id: TaskId, context: &Arc<TaskContext>, job: Option<Job>) {
        self.goes_on(id);
        self.watch_for_stalls();
        let tasks = Arc::clone(self);
        let context = Arc::clone(context);
        let work = move || {
            let result = match (tasks.sifter(), job) {
                (Ok(sifter), Some(job)) => guarded(|| job.run(&sifter, &context)),
                (Err(error), _) => Err(error),
                (_, None) => Err(unknown()),
            };
            context.flush();
            drop(context);
            tasks.end(id, result);
            tasks.run_waiting();
        };
        let spawned = std::thread::Builder::new()
            .name(format!("task {}", id.0))
            .spawn(work);
        if let Err(error) = spawned {
            self.end(id, Err(ApiError::internal(&error)));
        }
    }

    /// Ends a task, or lets it rest: its row is kept, and that is told.
    pub(super) fn end(&self, id: TaskId, result: Result<Ended>) {
        let ended = self.sifter().ok().map(|sifter| sifter.now());
        let mut state = crate::lock(&self.state);
        state.running.remove(&id);
        state.turns.remove(&id);
        let network = state.network;
        let mut again = false;
        let record = state.entries.get_mut(&id).map(|entry| {
            // What only stops for the end of the program goes on at the next start.
            let stops = entry.control.is_suspended() && was_cancelled(&result);
            let rests = matches!(result, Ok(Ended::Rests(_))) && !entry.control.is_cancelled();
            let is_over = !stops && !rests;
            entry.view.state = match result {
                _ if !is_over && entry.control.is_paused() => TaskState::Paused,
                _ if stops => TaskState::Queued,
                Ok(Ended::Rests(_)) if is_over => TaskState::Cancelled,
                Ok(Ended::Rests(state)) => {
                    // The network came back meanwhile.
                    again = entry.began != network && !entry.control.is_suspended();
                    state
                }
                Ok(Ended::Done(outcome)) => TaskState::Done { outcome },
                Err(error) if error.code == ErrorCode::Cancelled => TaskState::Cancelled,
                Err(error) => TaskState::Failed { error },
            };
            again &= entry.view.waits_for_network();
            if is_over {
                entry.view.ended = ended;
                settle(&mut entry.view, entry.job.as_ref());
            } else {
                entry.view.progress = None;
            }
            (entry.record(), is_over, rests)
        });
        if again {
            state.waiting.push_back(id);
        }
        drop(state);
        if let (Some((record, is_over, rests)), Ok(sifter)) = (record, self.sifter()) {
            if let Err(error) = sifter.inner.store.save_task(&record) {
                tracing::warn!(%error, "the end of a task could not be kept");
            }
            if is_over {
                sifter.tell(&ApiEvent::Task(TaskEvent::Finished { task: record.view }));
            } else if rests {
                self.tell_rest(&sifter, record.view);
            }
        }
        self.ended.notify_all();
    }

    /// One thread looks at silent tasks, only while any runs.
    fn watch_for_stalls(self: &Arc<Self>) {
        let mut state = crate::lock(&self.state);
        if std::mem::replace(&mut state.watched, true) {
            return;
        }
        drop(state);
        let tasks = Arc::clone(self);
        let watch = move || {
            let mut state = crate::lock(&tasks.state);
            while !state.running.is_empty() {
                let waited = tasks.ended.wait_timeout(state, LOOK);
                state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
                let running: Vec<_> = state.running.values().cloned().collect();
                drop(state);
                running.iter().for_each(|context| context.look_for_stall());
                drop(running);
                state = crate::lock(&tasks.state);
            }
            state.watched = false;
        };
        if std::thread::Builder::new()
            .name("task watch".into())
            .spawn(watch)
            .is_err()
        {
            crate::lock(&self.state).watched = false;
        }
    }
}

fn was_cancelled(result: &Result<Ended>) -> bool {
    matches!(result, Err(error) if error.code == ErrorCode::Cancelled)
}

/// A panic is a defect: it ends this task and nothing else.
fn guarded(work: impl FnOnce() -> Result<Ended>) -> Result<Ended> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(ApiError::plain(ErrorCode::Internal)))
}
