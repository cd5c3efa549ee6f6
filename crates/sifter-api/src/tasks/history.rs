//! Tasks of earlier runs, read at the first question about tasks.

use std::fs::File;

use super::{
    TaskState,
    context::Control,
    registry::{Entry, State, is_final, settle},
};
use crate::{Result, Sifter, files, homes::Homes, store::TaskRecord, units::Timestamp};

const DAY: i64 = 24 * 3600;

/// What holds while this program runs.
#[derive(Debug)]
pub(super) struct History {
    /// Held while this program is the one that takes care of unfinished tasks.
    _first: Option<File>,
}

impl History {
    /// Takes the kept tasks over, those of the days that the settings name. Tasks that were unfinished are marked,
    /// unless another program of Sifter runs: then they may belong to that one.
    pub(super) fn take_over(sifter: &Sifter, state: &mut State) -> Result<Self> {
        let days = i64::from(sifter.settings_now().settings.history_days);
        let oldest = Timestamp(sifter.now().0.saturating_sub(days.saturating_mul(DAY)));
        sifter.inner.store.forget_tasks_before(oldest)?;
        let first = be_first(&sifter.inner.homes);
        for mut record in sifter.inner.store.tasks()? {
            if !is_final(&record.view.state) {
                if first.is_none() {
                    continue;
                }
                interrupt(sifter, &mut record)?;
            }
            let entry = Entry {
                view: record.view,
                job: record.job,
                control: std::sync::Arc::new(Control::default()),
                given: None,
            };
            state.entries.insert(entry.view.id, entry);
        }
        Ok(Self { _first: first })
    }
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
