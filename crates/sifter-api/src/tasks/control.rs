//! The wishes of the person, as the task's thread sees them.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use transfer::CancellationToken;

use crate::{Result, Secret, error::ApiError, error::ErrorCode, keys::KeepPassphrase};

/// What a person answered to a task that needs input.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) passphrase: Secret,
    pub(crate) keep: KeepPassphrase,
}

#[derive(Debug, Default)]
pub(super) struct Control {
    wishes: Mutex<Wishes>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Wishes {
    cancelled: bool,
    paused: bool,
    /// The program ends; the task goes on at the next start.
    suspended: bool,
    /// Do not wait for the moment of the next try.
    now: bool,
    /// The task has its turn again.
    granted: bool,
    signed_in: bool,
    answer: Option<Answer>,
    /// Ends what the network does for the task.
    stop: Option<CancellationToken>,
}

impl Wishes {
    fn is_over(&self) -> bool {
        self.cancelled || self.suspended
    }

    fn interrupt(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.cancel();
        }
    }
}

impl Control {
    pub(super) fn cancel(&self) {
        self.change(|wishes| {
            wishes.cancelled = true;
            wishes.interrupt();
        });
    }

    pub(super) fn suspend(&self) {
        self.change(|wishes| {
            wishes.suspended = true;
            wishes.interrupt();
        });
    }

    pub(super) fn pause(&self, paused: bool) {
        self.change(|wishes| {
            wishes.paused = paused;
            if paused {
                wishes.interrupt();
            }
        });
    }

    pub(super) fn hurry(&self) {
        self.change(|wishes| wishes.now = true);
    }

    /// Forgets that somebody was in a hurry: before a wait is shown, so that whoever sees it can end it.
    pub(super) fn take_time(&self) {
        self.change(|wishes| wishes.now = false);
    }

    pub(super) fn grant(&self) {
        self.change(|wishes| wishes.granted = true);
    }

    pub(super) fn signed_in(&self) {
        self.change(|wishes| wishes.signed_in = true);
    }

    pub(super) fn answer(&self, answer: Answer) {
        self.change(|wishes| wishes.answer = Some(answer));
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.wishes().cancelled
    }

    pub(super) fn is_paused(&self) -> bool {
        self.wishes().paused
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.wishes().suspended
    }

    /// Returns what ends the network's work when the task is cancelled, paused or suspended.
    pub(super) fn stop(&self) -> CancellationToken {
        let stop = CancellationToken::new();
        let mut wishes = self.wishes();
        wishes.stop = Some(stop.clone());
        if wishes.is_over() || wishes.paused {
            wishes.interrupt();
        }
        stop
    }

    /// Waits while the task is paused.
    pub(super) fn wait_while_paused(&self) -> Result<()> {
        self.wait(|wishes| (!wishes.paused).then_some(()))
    }

    /// Waits for a passphrase.
    pub(super) fn wait_for_answer(&self) -> Result<Answer> {
        self.wait(|wishes| wishes.answer.take())
    }

    /// Waits until somebody signed in.
    pub(super) fn wait_for_sign_in(&self) -> Result<()> {
        self.wait(|wishes| std::mem::take(&mut wishes.signed_in).then_some(()))
    }

    /// Waits for the task's turn.
    pub(super) fn wait_for_turn(&self) -> Result<()> {
        self.wait(|wishes| std::mem::take(&mut wishes.granted).then_some(()))
    }

    /// Waits so long, or until the person wants it now or wants a pause.
    pub(super) fn wait_for_moment(&self, pause: Duration) -> Result<()> {
        let until = Instant::now() + pause;
        let mut wishes = self.wishes();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if wishes.is_over() {
                return Err(ApiError::plain(ErrorCode::Cancelled));
            }
            if left.is_zero() || wishes.paused || std::mem::take(&mut wishes.now) {
                return Ok(());
            }
            let waited = self.changed.wait_timeout(wishes, left);
            wishes = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until `ready` says so, or is an error once the task is over.
    fn wait<T>(&self, mut ready: impl FnMut(&mut Wishes) -> Option<T>) -> Result<T> {
        let mut wishes = self.wishes();
        loop {
            if wishes.is_over() {
                return Err(ApiError::plain(ErrorCode::Cancelled));
            }
            if let Some(value) = ready(&mut wishes) {
                return Ok(value);
            }
            wishes = self
                .changed
                .wait(wishes)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Wishes)) {
        change(&mut self.wishes());
        self.changed.notify_all();
    }

    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        crate::lock(&self.wishes)
    }
}
