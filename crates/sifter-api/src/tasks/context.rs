//! What a running task may do: report, and ask whether to go on.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use transfer::CancellationToken;

use super::{
    Answer, Job, TaskItem, TaskNeed, TaskPhase, TaskProgress, control::Control, meter::Meter,
    registry::Tasks,
};
use crate::{Result, error::ApiError, units::TaskId};

/// At most ten progress events a second.
const PACE: Duration = Duration::from_millis(100);

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
        if self.control.is_paused() {
            self.tasks.give_way(self.id);
            self.control.wait_while_paused()?;
            self.take_turn()?;
        }
        // Also an error where the task is over.
        self.control.wait_while_paused()
    }

    /// Returns whether the task was cancelled, without waiting.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.control.is_cancelled()
    }

    /// Returns what ends the network's work when the task is cancelled, paused or suspended. For one attempt.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.control.stop()
    }

    /// Waits `pause` before the next attempt and shows that. Others may work meanwhile.
    ///
    /// # Errors
    /// `cancelled`.
    pub(crate) fn wait_to_retry(
        &self,
        (attempt, of): (u32, u32),
        pause: Duration,
        why: &ApiError,
    ) -> Result<()> {
        self.control.take_time();
        let pause = self.tasks.retries(self.id, (attempt, of), pause, why)?;
        self.tasks.give_way(self.id);
        self.control.wait_for_moment(pause)?;
        self.control.wait_while_paused()?;
        self.take_turn()
    }

    /// Returns how often somebody signed in anywhere: to be asked before an attempt.
    pub(crate) fn logins(&self) -> u64 {
        self.tasks.logins()
    }

    /// Waits until somebody signed in where `need` says, unless that happened since `logins` was asked.
    ///
    /// # Errors
    /// `cancelled`.
    pub(crate) fn ask_sign_in(&self, need: TaskNeed, logins: u64) -> Result<()> {
        if !self.tasks.asks_sign_in(self.id, need, logins) {
            return Ok(());
        }
        self.tasks.give_way(self.id);
        self.control.wait_for_sign_in()?;
        self.take_turn()
    }

    /// The work is known now: from here on, and after a restart, the task does `job`.
    pub(crate) fn becomes(&self, job: &Job) -> Result<()> {
        self.tasks.becomes(self.id, job)
    }

    /// Waits for the task's turn, where it gave way to others.
    fn take_turn(&self) -> Result<()> {
        if self.tasks.queue_again(self.id) {
            self.control.wait_for_turn()?;
        }
        crate::lock(&self.pace)
            .meter
            .skip_to(self.started.elapsed());
        Ok(())
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
        self.tell_if_due(&mut pace, now);
        drop(pace);
        self.check()
    }

    /// Reports how far the phase is, from a place that must not wait.
    pub(crate) fn report(&self, done: u64, total: Option<u64>) {
        let now = self.started.elapsed();
        let mut pace = crate::lock(&self.pace);
        if let Some(total) = total {
            pace.meter.set_total(total);
        }
        pace.meter.advance(done, now);
        self.tell_if_due(&mut pace, now);
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
        let answer = self.control.wait_for_answer()?;
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

    fn tell_if_due(&self, pace: &mut Pace, now: Duration) {
        if pace
            .told
            .is_none_or(|told| now.saturating_sub(told) >= PACE)
        {
            self.tell(pace, now);
        } else {
            pace.untold = true;
        }
    }

    fn tell(&self, pace: &mut Pace, now: Duration) {
        pace.told = Some(now);
        pace.untold = false;
        let progress: TaskProgress = pace.meter.progress(now);
        self.tasks.progress(self.id, progress);
    }
}
