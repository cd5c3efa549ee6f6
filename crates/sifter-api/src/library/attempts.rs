//! Trying a transfer until it is done, or until trying again would not help.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use transfer::{CancellationToken, Progress};

use crate::{
    Result,
    error::{ApiError, ErrorCode},
    tasks::{TaskContext, TaskNeed, TaskPhase},
};

/// Attempts after the first; the rooms below try single requests again on their own.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// How often the network is looked for where there is none.
const OFFLINE_PAUSE: Duration = Duration::from_secs(15);
/// A server that asks for more is asked again after this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Tries until it is done. `need` says where one signs in when the login is refused.
///
/// # Errors
/// `cancelled`; what does not pass by itself; and what did not pass in five attempts.
pub(super) fn until_done<T>(
    task: &TaskContext,
    reporter: &Reporter,
    need: Option<&TaskNeed>,
    attempt: impl FnMut(CancellationToken) -> Result<T>,
) -> Result<T> {
    try_until(task, || reporter.reached(), need, next_try, attempt)
}

/// Tries a question until it is answered, but does not wait for a network.
///
/// # Errors
/// Those of [`until_done`], and `offline`.
pub(crate) fn while_reachable<T>(
    task: &TaskContext,
    need: Option<&TaskNeed>,
    attempt: impl FnMut(CancellationToken) -> Result<T>,
) -> Result<T> {
    let next = |tried, error: &ApiError| {
        let is_offline = error.code == ErrorCode::Offline;
        next_try(tried, error).filter(|_| !is_offline)
    };
    try_until(task, || 0, need, next, attempt)
}

fn try_until<T>(
    task: &TaskContext,
    progress: impl Fn() -> u64,
    need: Option<&TaskNeed>,
    next_try: impl Fn(u32, &ApiError) -> Option<(u32, Duration)>,
    mut attempt: impl FnMut(CancellationToken) -> Result<T>,
) -> Result<T> {
    let (mut tried, mut reached) = (0, 0);
    loop {
        task.check()?;
        let (logins, stop) = (task.logins(), task.stop());
        let error = match attempt(stop.clone()) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if progress() > reached {
            (tried, reached) = (0, progress());
        }
        match (error.code, need) {
            // A pause, or the end; the next check knows which.
            (ErrorCode::Cancelled, _) if stop.is_cancelled() => {}
            (code, Some(need)) if is_login(code) => task.ask_sign_in(need.clone(), logins)?,
            _ => {
                let Some((next, pause)) = next_try(tried, &error) else {
                    return Err(error);
                };
                tried = next;
                task.wait_to_retry((tried, TRIES), pause, &error)?;
            }
        }
    }
}

/// Which try is next after so many, and how long it waits; nothing where trying again would not help.
fn next_try(tried: u32, error: &ApiError) -> Option<(u32, Duration)> {
    // Without any network nobody was asked, and that is no try: it goes on when the network is back.
    if error.code == ErrorCode::Offline {
        return Some((tried.max(1), OFFLINE_PAUSE));
    }
    if !may_pass(error.code) || tried >= TRIES {
        return None;
    }
    let pause = FIRST_PAUSE * 2_u32.pow(tried);
    let asked = error.wait.unwrap_or_default();
    Some((tried + 1, pause.max(asked).min(LONGEST_PAUSE)))
}

/// Faults of the way, and servers that failed: nothing that the server said of the request itself.
fn may_pass(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::HostUnknown
            | ErrorCode::ServerUnreachable
            | ErrorCode::ServerFailed
            | ErrorCode::RateLimited
    )
}

/// Whether signing in may help.
pub(super) fn is_login(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::TokenExpired
            | ErrorCode::TokenWrong
            | ErrorCode::TokenMissing
            | ErrorCode::LoginRefused
    )
}

/// Passes the progress of a transfer on to its task. Never waits.
pub(super) struct Reporter {
    task: Arc<TaskContext>,
    /// What bytes mean now.
    phase: AtomicU8,
    reached: AtomicU64,
    after: Option<TaskPhase>,
}

const PHASES: [TaskPhase; 3] = [TaskPhase::Download, TaskPhase::Hash, TaskPhase::Upload];
const NONE: u8 = u8::MAX;
const OVER: u8 = u8::MAX - 1;

impl Reporter {
    /// Returns one for bytes that arrive; the hash is checked when all are there.
    pub(super) fn of_download(task: &Arc<TaskContext>) -> Arc<Self> {
        Arc::new(Self::new(task, Some(TaskPhase::CheckHash)))
    }

    /// Returns one for bytes that are read or sent, as [`Self::begin`] says.
    pub(super) fn of_upload(task: &Arc<TaskContext>) -> Arc<Self> {
        Arc::new(Self::new(task, None))
    }

    fn new(task: &Arc<TaskContext>, after: Option<TaskPhase>) -> Self {
        Self {
            task: Arc::clone(task),
            phase: AtomicU8::new(NONE),
            reached: AtomicU64::new(0),
            after,
        }
    }

    /// Begins a phase, one without bytes too.
    pub(super) fn begin(&self, phase: TaskPhase) {
        let number = PHASES.iter().position(|known| *known == phase);
        let number = number.and_then(|number| u8::try_from(number).ok());
        let before = self.phase.swap(number.unwrap_or(NONE), Ordering::SeqCst);
        if number.is_none() || number != Some(before) {
            self.task.begin(phase, None);
        }
    }

    /// How many bytes were moved at most.
    pub(super) fn reached(&self) -> u64 {
        self.reached.load(Ordering::SeqCst)
    }
}

impl Progress for Reporter {
    fn advanced(&self, done: u64, total: Option<u64>) {
        let is_download = self.after.is_some();
        if is_download {
            let before = self.phase.swap(0, Ordering::SeqCst);
            if before == NONE || (before == OVER && total != Some(done)) {
                self.task.begin(TaskPhase::Download, total);
            }
        }
        if is_download || self.phase.load(Ordering::SeqCst) == 2 {
            self.reached.fetch_max(done, Ordering::SeqCst);
        }
        self.task.report(done, total);
        if let Some(after) = self.after.filter(|_| total == Some(done))
            && self.phase.swap(OVER, Ordering::SeqCst) != OVER
        {
            self.task.begin(after, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_tried_again_and_answers_are_not() {
        use ErrorCode as Code;
        let fault = |code, wait: Option<u64>| ApiError {
            wait: wait.map(Duration::from_secs),
            ..ApiError::plain(code)
        };
        for (tried, error, expected) in [
            (0, fault(Code::ServerUnreachable, None), Some((1, 2))),
            (1, fault(Code::ServerFailed, None), Some((2, 4))),
            (4, fault(Code::HostUnknown, None), Some((5, 32))),
            (5, fault(Code::ServerFailed, None), None),
            (0, fault(Code::ServerFailed, Some(7)), Some((1, 7))),
            (2, fault(Code::RateLimited, Some(7)), Some((3, 8))),
            (0, fault(Code::RateLimited, Some(9999)), Some((1, 300))),
            (0, fault(Code::Offline, None), Some((1, 15))),
            (5, fault(Code::Offline, None), Some((5, 15))),
            (0, fault(Code::Forbidden, None), None),
            (0, fault(Code::NotFoundOrPrivate, None), None),
            (0, fault(Code::DiskFull, None), None),
            (0, fault(Code::ClockWrong, None), None),
            (0, fault(Code::DigestMismatch, None), None),
        ] {
            let next = next_try(tried, &error);
            let shown = next.map(|(next, pause)| (next, pause.as_secs()));
            assert_eq!(shown, expected, "{tried} {error:?}");
        }
    }
}
