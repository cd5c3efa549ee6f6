//! Rate, time left and stalls of a task, from what it reports and a clock that only goes forward.

use std::time::Duration;

use super::{TaskItem, TaskPhase, TaskProgress};
use crate::units::ByteCount;

/// Half of the rate's weight lies in about the last five seconds.
const MEMORY: Duration = Duration::from_secs(5);
/// Steps shorter than this are summed up first.
const STEP: Duration = Duration::from_millis(100);
/// The time left is told after this long …
const ETA_AFTER: Duration = Duration::from_secs(3);
/// … and this part (one fiftieth) of the work.
const ETA_PART: u64 = 50;
/// Silence longer than this is told.
const STALL: Duration = Duration::from_secs(15);

/// Measures one phase of a task. Times are distances from the start of the task.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    phase: TaskPhase,
    item: Option<TaskItem>,
    done: u64,
    total: Option<u64>,
    began: Duration,
    moved: Duration,
    measured: (Duration, u64),
    rate: Option<f64>,
}

impl Meter {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            phase: TaskPhase::Queued,
            item: None,
            done: 0,
            total: None,
            began: now,
            moved: now,
            measured: (now, 0),
            rate: None,
        }
    }

    pub(super) fn set_item(&mut self, item: TaskItem) {
        self.item = Some(item);
    }

    pub(super) fn begin(&mut self, phase: TaskPhase, total: Option<u64>, now: Duration) {
        let item = self.item.take();
        *self = Self {
            phase,
            total,
            item,
            ..Self::new(now)
        };
    }

    /// The length became known, or is another one.
    pub(super) fn set_total(&mut self, total: u64) {
        self.total = Some(total);
    }

    pub(super) fn advance(&mut self, done: u64, now: Duration) {
        if done > self.done {
            self.done = done;
            self.moved = now;
        }
        let span = now.saturating_sub(self.measured.0);
        if span < STEP {
            return;
        }
        let latest = (self.done.saturating_sub(self.measured.1)) as f64 / span.as_secs_f64();
        let weight = 1.0 - (-span.as_secs_f64() / MEMORY.as_secs_f64()).exp();
        self.rate = Some(
            self.rate
                .map_or(latest, |rate| rate + weight * (latest - rate)),
        );
        self.measured = (now, self.done);
    }

    /// A pause is no stall, and does not lower the rate.
    pub(super) fn skip_to(&mut self, now: Duration) {
        self.moved = now;
        self.measured = (now, self.done);
    }

    pub(super) fn progress(&self, now: Duration) -> TaskProgress {
        let silent = now.saturating_sub(self.moved);
        let stalled = silent >= STALL && self.total.is_none_or(|total| self.done < total);
        TaskProgress {
            phase: self.phase,
            done: ByteCount(self.done),
            total: self.total.map(ByteCount),
            rate: self
                .rate
                .filter(|_| !stalled)
                .map(|rate| ByteCount(rate as u64)),
            eta: if stalled { None } else { self.eta(now) },
            stalled: stalled.then(|| u32::try_from(silent.as_secs()).unwrap_or(u32::MAX)),
            item: self.item.clone(),
        }
    }

    fn eta(&self, now: Duration) -> Option<u32> {
        let total = self.total?;
        let rate = self.rate.filter(|rate| *rate >= 1.0)?;
        if now.saturating_sub(self.began) < ETA_AFTER || self.done < total / ETA_PART {
            return None;
        }
        Some((total.saturating_sub(self.done) as f64 / rate).ceil() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_steady_task_tells_rate_and_time_left() {
        let mut meter = Meter::new(seconds(0));
        meter.begin(TaskPhase::Hash, Some(1000), seconds(0));
        assert_eq!(meter.progress(seconds(0)).eta, None);
        for second in 1..=4 {
            meter.advance(second * 100, seconds(second));
        }
        let progress = meter.progress(seconds(4));
        assert_eq!(progress.rate, Some(ByteCount(100)));
        assert_eq!(progress.eta, Some(6));
        assert_eq!(progress.stalled, None);
    }

    #[test]
    fn a_change_of_speed_takes_about_five_seconds() {
        let mut meter = Meter::new(seconds(0));
        meter.begin(TaskPhase::Hash, Some(100_000), seconds(0));
        meter.advance(1000, seconds(1));
        for second in 2..=6 {
            meter.advance(1000 + (second - 1) * 100, seconds(second));
        }
        let rate = meter.progress(seconds(6)).rate.expect("measured").0;
        assert!((300..=600).contains(&rate), "{rate}");
    }

    #[test]
    fn silence_is_told_from_fifteen_seconds_on() {
        let mut meter = Meter::new(seconds(0));
        meter.begin(TaskPhase::Hash, Some(1000), seconds(0));
        meter.advance(10, seconds(1));
        assert_eq!(meter.progress(seconds(15)).stalled, None);
        let progress = meter.progress(seconds(16));
        assert_eq!(
            (progress.stalled, progress.rate, progress.eta),
            (Some(15), None, None)
        );
        meter.skip_to(seconds(16));
        assert_eq!(meter.progress(seconds(17)).stalled, None);
    }

    #[test]
    fn a_phase_starts_anew_but_keeps_its_file() {
        let mut meter = Meter::new(seconds(0));
        meter.set_item(TaskItem {
            name: "a.sif".into(),
            number: 1,
            of: 2,
        });
        meter.begin(TaskPhase::Hash, Some(10), seconds(0));
        meter.advance(10, seconds(1));
        meter.begin(TaskPhase::Write, None, seconds(2));
        let progress = meter.progress(seconds(2));
        assert_eq!((progress.done, progress.total), (ByteCount(0), None));
        assert_eq!(progress.item.expect("kept").number, 1);
    }
}
