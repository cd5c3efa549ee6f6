//! What a running task may do: report, and ask whether to go on.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use super::{TaskItem, TaskNeed, TaskPhase, TaskProgress, meter::Meter, registry::Tasks};
use crate::{
    Result, Secret,
    error::{ApiError, ErrorCode},
    keys::KeepPassphrase,
    units::TaskId,
};

/// At most ten progress events a second.
const PACE: Duration = Duration::from_millis(100);

/// What a person answered to a task that needs input.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) passphrase: Secret,
    pub(crate) keep: KeepPassphrase,
}

/// The wishes of the person, as the task's thread sees them.
#[derive(Debug, Default)]
pub(super) struct Control {
    wishes: Mutex<Wishes>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Wishes {
    cancelled: bool,
    paused: bool,
    answer: Option<Answer>,
}

impl Control {
    pub(super) fn cancel(&self) {
        crate::lock(&self.wishes).cancelled = true;
        self.changed.notify_all();
    }

    pub(super) fn pause(&self, paused: bool) {
        crate::lock(&self.wishes).paused = paused;
        self.changed.notify_all();
    }

    pub(super) fn answer(&self, answer: Answer) {
        crate::lock(&self.wishes).answer = Some(answer);
        self.changed.notify_all();
    }
}

/// The task's side of a running task.
#[derive(Debug)]
pub(crate) struct TaskContext {
    id: TaskId,
    tasks: Arc<Tasks>,
    control: Arc<Control>,
    started: Instant,
    pace: Mutex<Pace>,
    given: Mutex<Option<Answer>>,
}

#[derive(Debug)]
struct Pace {
    meter: Meter,
    told: Option<Duration>,
    untold: bool,
}

impl TaskContext {
    pub(super) fn new(
        id: TaskId,
        tasks: Arc<Tasks>,
        control: Arc<Control>,
        given: Option<Answer>,
    ) -> Self {
        let pace = Pace {
            meter: Meter::new(Duration::ZERO),
            told: None,
            untold: false,
        };
        Self {
            id,
            tasks,
            control,
            started: Instant::now(),
            pace: Mutex::new(pace),
            given: Mutex::new(given),
        }
    }

    /// Returns at once to go on, waits while the task is paused, and is an error once it is cancelled.
    pub(crate) fn check(&self) -> Result<()> {
        let mut wishes = crate::lock(&self.control.wishes);
        let mut waited = false;
        while wishes.paused && !wishes.cancelled {
            waited = true;
            wishes = self
                .control
                .changed
                .wait(wishes)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        let cancelled = wishes.cancelled;
        drop(wishes);
        if waited {
            crate::lock(&self.pace)
                .meter
                .skip_to(self.started.elapsed());
        }
        if cancelled {
            Err(ApiError::plain(ErrorCode::Cancelled))
        } else {
            Ok(())
        }
    }

    /// Returns whether the task was cancelled, without waiting.
    pub(crate) fn is_cancelled(&self) -> bool {
        crate::lock(&self.control.wishes).cancelled
    }

    /// Names the file that is worked on now.
    pub(crate) fn item(&self, name: &str, number: usize, of: usize) {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let item = TaskItem {
            name: name.to_owned(),
            number: count(number),
            of: count(of),
        };
        crate::lock(&self.pace).meter.set_item(item);
    }

    /// Begins a phase of `total` bytes, where that is known.
    pub(crate) fn begin(&self, phase: TaskPhase, total: Option<u64>) {
        let now = self.started.elapsed();
        let mut pace = crate::lock(&self.pace);
        pace.meter.begin(phase, total, now);
        self.tell(&mut pace, now);
    }

    /// Reports how many bytes of the phase are done, and asks whether to go on.
    pub(crate) fn advance(&self, done: u64) -> Result<()> {
        let now = self.started.elapsed();
        let mut pace = crate::lock(&self.pace);
        pace.meter.advance(done, now);
        if pace
            .told
            .is_none_or(|told| now.saturating_sub(told) >= PACE)
        {
            self.tell(&mut pace, now);
        } else {
            pace.untold = true;
        }
        drop(pace);
        self.check()
    }

    /// Tells a line of the task's log.
    pub(crate) fn log(&self, line: impl Into<String>) {
        self.tasks.log(self.id, line.into());
    }

    /// Returns what came with the request, once; later it waits for the person.
    ///
    /// # Errors
    /// `cancelled`, when the person does so instead.
    pub(crate) fn ask_passphrase(&self, fingerprint: &str, wrong: bool) -> Result<Answer> {
        if let Some(given) = crate::lock(&self.given).take() {
            return Ok(given);
        }
        self.tasks.needs(
            self.id,
            TaskNeed::Passphrase {
                fingerprint: fingerprint.to_owned(),
                wrong,
            },
        );
        let mut wishes = crate::lock(&self.control.wishes);
        let answer = loop {
            if wishes.cancelled {
                return Err(ApiError::plain(ErrorCode::Cancelled));
            }
            if let Some(answer) = wishes.answer.take() {
                break answer;
            }
            wishes = self
                .control
                .changed
                .wait(wishes)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        };
        drop(wishes);
        crate::lock(&self.pace)
            .meter
            .skip_to(self.started.elapsed());
        self.tasks.goes_on(self.id);
        Ok(answer)
    }

    /// Tells the progress again when there is a stall to tell.
    pub(super) fn look_for_stall(&self) {
        let now = self.started.elapsed();
        let mut pace = crate::lock(&self.pace);
        if pace.meter.progress(now).stalled.is_some() {
            self.tell(&mut pace, now);
        }
    }

    /// Tells the last progress where the pace held it back.
    pub(super) fn flush(&self) {
        let mut pace = crate::lock(&self.pace);
        if pace.untold {
            let now = self.started.elapsed();
            self.tell(&mut pace, now);
        }
    }

    fn tell(&self, pace: &mut Pace, now: Duration) {
        pace.told = Some(now);
        pace.untold = false;
        let progress: TaskProgress = pace.meter.progress(now);
        self.tasks.progress(self.id, progress);
    }
}
