//! The progress of all transfers together, on the taskbar or the dock.

#[cfg(target_os = "linux")]
mod launcher;
#[cfg(not(target_os = "linux"))]
mod native;

#[cfg(target_os = "linux")]
use launcher as place;
#[cfg(not(target_os = "linux"))]
use native as place;

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use sifter_api::{
    tasks::{TaskEvent, TaskKind, TaskPhase, TaskProgress, TaskState, TaskView},
    units::TaskId,
};
use tauri::{AppHandle, Runtime};

/// A taskbar is looked at in passing: more often would only cost.
const STEP: Duration = Duration::from_millis(500);

/// Whether something is shown that has to be taken away.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// Shows how far all transfers are.
#[derive(Debug)]
pub(crate) struct Taskbar<R: Runtime> {
    app: AppHandle<R>,
    transfers: Transfers,
    pace: Pace,
}

impl<R: Runtime> Taskbar<R> {
    pub(crate) fn new(app: AppHandle<R>) -> Self {
        Self {
            app,
            transfers: Transfers::default(),
            pace: Pace::default(),
        }
    }

    /// Takes what a task tells.
    pub(crate) fn follow(&mut self, event: &TaskEvent) {
        self.transfers.note(event);
        let percent = self.transfers.percent();
        if self.pace.allows(percent, Instant::now()) {
            IS_SHOWN.store(percent.is_some(), Ordering::Relaxed);
            place::show(&self.app, percent);
        }
    }
}

/// Takes the progress away when the program ends.
pub(crate) fn clear<R: Runtime>(app: &AppHandle<R>) {
    if IS_SHOWN.swap(false, Ordering::Relaxed) {
        place::show(app, None);
    }
}

/// The transfers that run, with the bytes that are done and those that there are.
#[derive(Debug, Default)]
struct Transfers(HashMap<TaskId, (u64, u64)>);

impl Transfers {
    fn note(&mut self, event: &TaskEvent) {
        match event {
            TaskEvent::Started { task }
            | TaskEvent::Changed { task }
            | TaskEvent::Finished { task } => self.note_task(task),
            TaskEvent::Progress { id, progress } => self.note_progress(*id, progress),
            TaskEvent::NeedsInput { .. } | TaskEvent::Log { .. } => {}
        }
    }

    fn note_task(&mut self, task: &TaskView) {
        if !matches!(task.kind, TaskKind::Pull | TaskKind::Push) {
            return;
        }
        if has_ended(&task.state) {
            self.0.remove(&task.id);
            return;
        }
        self.0.entry(task.id).or_default();
        if let Some(progress) = &task.progress {
            self.note_progress(task.id, progress);
        }
    }

    /// Hashing and verifying count other bytes: only what goes over the wire is shown.
    fn note_progress(&mut self, id: TaskId, progress: &TaskProgress) {
        let on_the_wire = matches!(progress.phase, TaskPhase::Download | TaskPhase::Upload);
        if let (true, Some(known), Some(total)) = (on_the_wire, self.0.get_mut(&id), progress.total)
        {
            *known = (progress.done.0.min(total.0), total.0);
        }
    }

    fn percent(&self) -> Option<u8> {
        let sum = |of: fn(&(u64, u64)) -> u64| -> u128 {
            self.0.values().map(|one| u128::from(of(one))).sum()
        };
        let done = sum(|one| one.0) * 100;
        done.checked_div(sum(|one| one.1))
            .and_then(|percent| u8::try_from(percent).ok())
    }
}

fn has_ended(state: &TaskState) -> bool {
    match state {
        TaskState::Done { .. }
        | TaskState::Failed { .. }
        | TaskState::Cancelled
        | TaskState::WaitsForNetwork { .. } => true,
        TaskState::Queued
        | TaskState::Running
        | TaskState::Paused
        | TaskState::Retrying { .. }
        | TaskState::NeedsInput { .. } => false,
    }
}

/// How often something new is shown.
#[derive(Debug, Default)]
struct Pace {
    shown: Option<u8>,
    last: Option<Instant>,
}

impl Pace {
    /// Whether `percent` is to be shown now. Taking it away never waits.
    fn allows(&mut self, percent: Option<u8>, now: Instant) -> bool {
        let is_early = self
            .last
            .is_some_and(|last| now.duration_since(last) < STEP);
        if percent == self.shown || (percent.is_some() && is_early) {
            return false;
        }
        self.shown = percent;
        self.last = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use sifter_api::units::{ByteCount, Timestamp};

    use super::*;

    fn task(id: u32, kind: TaskKind, state: TaskState) -> TaskView {
        TaskView {
            id: TaskId(id),
            kind,
            subject: "samtools".into(),
            state,
            progress: None,
            created: Timestamp(0),
            ended: None,
            images: Vec::new(),
            can_cancel: true,
            can_pause: true,
            can_retry: false,
            can_hurry: false,
            interrupted: false,
        }
    }

    fn progress(id: u32, phase: TaskPhase, done: u64, total: Option<u64>) -> TaskEvent {
        let progress = TaskProgress {
            phase,
            done: ByteCount(done),
            total: total.map(ByteCount),
            rate: None,
            eta: None,
            stalled: None,
            item: None,
        };
        TaskEvent::Progress {
            id: TaskId(id),
            progress,
        }
    }

    #[test]
    fn all_transfers_make_one_total() {
        let mut all = Transfers::default();
        let mut check = |event: TaskEvent, expected: Option<u8>| {
            all.note(&event);
            assert_eq!(all.percent(), expected, "after {event:?}");
        };
        let started = |id, kind| TaskEvent::Started {
            task: task(id, kind, TaskState::Running),
        };
        check(started(1, TaskKind::Pull), None);
        check(started(2, TaskKind::Verify), None);
        check(progress(2, TaskPhase::Verify, 5, Some(10)), None);
        check(progress(1, TaskPhase::Download, 50, None), None);
        check(progress(1, TaskPhase::Download, 50, Some(100)), Some(50));
        check(started(3, TaskKind::Push), Some(50));
        check(progress(3, TaskPhase::Hash, 300, Some(300)), Some(50));
        check(progress(3, TaskPhase::Upload, 0, Some(100)), Some(25));
        check(progress(1, TaskPhase::Verify, 1, Some(100)), Some(25));
        check(
            progress(3, TaskPhase::Upload, u64::MAX, Some(u64::MAX)),
            Some(99),
        );
        let ended = |id, state| TaskEvent::Finished {
            task: task(id, TaskKind::Pull, state),
        };
        check(ended(3, TaskState::Cancelled), Some(50));
        check(progress(3, TaskPhase::Upload, 1, Some(100)), Some(50));
        check(ended(1, TaskState::Cancelled), None);
    }

    #[test]
    fn it_is_shown_twice_a_second_and_taken_away_at_once() {
        let mut pace = Pace::default();
        let start = Instant::now();
        let mut check = |percent, after: u64, shown| {
            let now = start + Duration::from_millis(after);
            assert_eq!(pace.allows(percent, now), shown, "{percent:?} at {after}");
        };
        check(None, 0, false);
        check(Some(1), 0, true);
        check(Some(2), 499, false);
        check(Some(2), 500, true);
        check(Some(2), 2000, false);
        check(None, 2001, true);
        check(None, 9000, false);
    }
}
