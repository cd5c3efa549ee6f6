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
    error::ErrorCode,
    tasks::{TaskContext, TaskNeed, TaskPhase},
};

/// Attempts after the first; the rooms below try single requests again on their own.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// Tries until it is done. `need` says where one signs in when the login is refused.
///
/// # Errors
/// `cancelled`; what does not pass by itself; and what did not pass in five attempts.
pub(super) fn until_done<T>(
    task: &TaskContext,
    reporter: &Reporter,
    need: Option<&TaskNeed>,
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
        if reporter.reached() > reached {
            (tried, reached) = (0, reporter.reached());
        }
        match (error.code, need) {
            // A pause, or the end; the next check knows which.
            (ErrorCode::Cancelled, _) if stop.is_cancelled() => {}
            (code, Some(need)) if is_login(code) => task.ask_sign_in(need.clone(), logins)?,
            (code, _) if may_pass(code) && tried < TRIES => {
                tried += 1;
                let pause = FIRST_PAUSE * 2_u32.pow(tried - 1);
                task.wait_to_retry((tried, TRIES), pause, &error)?;
            }
            _ => return Err(error),
        }
    }
}

/// Faults of the way, and servers that failed: nothing that the server said of the request itself.
fn may_pass(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Offline
            | ErrorCode::HostUnknown
            | ErrorCode::ServerUnreachable
            | ErrorCode::ServerFailed
            | ErrorCode::RateLimited
    )
}

fn is_login(code: ErrorCode) -> bool {
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

    fn reached(&self) -> u64 {
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
