//! Tasks of earlier runs, read at the first question about tasks.

use std::{
    fs::File,
    sync::{Arc, atomic::Ordering},
};

use super::{
    Job, Pool, TaskState,
    control::Control,
    registry::{Entry, State, Tasks, is_final, settle},
};
use crate::{Result, Sifter, files, homes::Homes, library, store::TaskRecord, units::Timestamp};

const DAY: i64 = 24 * 3600;

/// What holds while this program runs.
#[derive(Debug)]
pub(super) struct History {
    /// Held while this program is the one that takes care of unfinished tasks.
    first: Option<File>,
}

impl History {
    /// Takes the kept tasks over, those of the days that the settings name. Tasks that were unfinished are marked,
    /// unless another program of Sifter runs: then they may belong to that one.
    pub(super) fn take_over(sifter: &Sifter, state: &mut State) -> Result<Self> {
        let days = i64::from(sifter.settings_now().settings.history_days);
        let oldest = Timestamp(sifter.now().0.saturating_sub(days.saturating_mul(DAY)));
        let first = be_first(&sifter.inner.homes);
        let (old, kept): (Vec<_>, Vec<_>) = sifter
            .inner
            .store
            .tasks()?
            .into_iter()
            .partition(|record| is_final(&record.view.state) && record.view.created < oldest);
        for mut record in kept {
            if !is_final(&record.view.state) {
                // A transfer goes on where the window starts; until then it is nobody's.
                if first.is_none() || is_transfer(&record) {
                    continue;
                }
                interrupt(sifter, &mut record)?;
            }
            adopt(state, record, false);
        }
        let stay: Vec<_> = state
            .entries
            .values()
            .filter_map(|entry| entry.job.clone())
            .collect();
        for record in &old {
            if let Some(job) = &record.job {
                library::note_partial(sifter, job, record.view.ended, &stay)?;
            }
        }
        let old: Vec<_> = old.iter().map(|record| record.view.id).collect();
        sifter.inner.store.forget_tasks(&old)?;
        Ok(Self { first })
    }

    fn is_first(&self) -> bool {
        self.first.is_some()
    }
}

impl Tasks {
    /// Lets pulls and pushes go on that were unfinished when Sifter last quit, unless another program of Sifter runs:
    /// then they may be that one's.
    pub(crate) fn go_on(self: &Arc<Self>) -> Result<()> {
        let sifter = self.sifter()?;
        self.at_home.store(true, Ordering::SeqCst);
        let mut state = self.known()?;
        if !state.history.as_ref().is_some_and(History::is_first) {
            return Ok(());
        }
        library::discard_noted(&sifter)?;
        let mut went_on = false;
        let records = sifter.inner.store.tasks()?;
        let unfinished = records
            .iter()
            .filter(|record| !is_final(&record.view.state));
        let taken: Vec<_> = unfinished
            .filter_map(|record| record.job.as_ref())
            .flat_map(Job::pull_targets)
            .collect();
        for mut record in records {
            if let Some(job) = &record.job {
                library::discard_old(&sifter, job, record.view.ended, &taken);
            }
            let is_known = state.entries.contains_key(&record.view.id);
            if is_known || is_final(&record.view.state) || !is_transfer(&record) {
                continue;
            }
            let paused = record.view.state == TaskState::Paused;
            let rested = record.view.rests();
            if !paused && !record.view.waits_for_review() {
                record.view.state = TaskState::Queued;
                state.waiting.push_back(record.view.id);
            }
            record.view.interrupted |= !rested;
            record.view.progress = None;
            adopt(&mut state, record, paused);
            went_on = true;
        }
        drop(state);
        if went_on {
            self.run_waiting();
        }
        Ok(())
    }
}

fn adopt(state: &mut State, record: TaskRecord, paused: bool) {
    let control = Arc::new(Control::default());
    control.pause(paused);
    let entry = Entry {
        view: record.view,
        job: record.job,
        control,
        given: None,
        began: 0,
    };
    state.entries.insert(entry.view.id, entry);
}

fn is_transfer(record: &TaskRecord) -> bool {
    let job = record.job.as_ref();
    job.is_some_and(|job| job.pool() == Pool::Transfers)
}

fn interrupt(sifter: &Sifter, record: &mut TaskRecord) -> Result<()> {
    record.view.state = TaskState::Cancelled;
    record.view.interrupted = true;
    record.view.ended.get_or_insert_with(|| sifter.now());
    settle(&mut record.view, record.job.as_ref());
    sifter.inner.store.save_task(record)
}

/// Returns the lock that the first of several programs of Sifter holds.
fn be_first(homes: &Homes) -> Option<File> {
    files::make_private_folder(&homes.data).ok()?;
    let file = File::create(homes.data.join("sifter.lock")).ok()?;
    file.try_lock().is_ok().then_some(file)
}
