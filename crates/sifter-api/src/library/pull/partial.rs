//! What an unfinished pull leaves on the disk: kept for another try, removed when the person says so or after a week.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use super::{
    PullJob,
    item::{Progress, staged},
};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode},
    files,
    tasks::{Job, TaskState},
    units::{TaskId, Timestamp},
};

const WEEK: i64 = 7 * 24 * 3600;

/// Removes what an unfinished pull left. One that is under way keeps its bytes. Blocks.
pub(crate) fn remove(sifter: &Sifter, id: TaskId) -> Result<()> {
    let (job, state) = sifter.inner.tasks.job(id)?;
    match (job, state) {
        (
            Some(Job::Pull(job)),
            TaskState::Cancelled | TaskState::Failed { .. } | TaskState::Done { .. },
        ) if !is_tried_again(sifter, &job) => discard(sifter, &job),
        (Some(Job::Pull(_)), _) => Err(ApiError::new(
            ErrorCode::InputInvalid,
            "the pull is not over; cancel it first",
        )),
        _ => Ok(()),
    }
}

/// A retry is another task for the same bytes.
fn is_tried_again(sifter: &Sifter, job: &PullJob) -> bool {
    let same = |other: &Job| matches!(other, Job::Pull(other) if other.id == job.id);
    sifter.inner.tasks.is_under_way(same)
}

/// Another program took the name of a pull meanwhile: what arrived goes on under a free one, as it does from now on.
pub(super) fn under_another_name(
    sifter: &Sifter,
    job: &PullJob,
    number: usize,
) -> Result<Option<Progress>> {
    let Some(Progress::Started { target, replaces }) = sifter.inner.store.item(&job.id, number)?
    else {
        return Ok(None);
    };
    let free = files::free_name(&target);
    let (from, to) = (staged(&target, replaces), staged(&free, false));
    for ending in ["part", "part.json"] {
        // What cannot be taken along arrives once more.
        let _ = fs::rename(with_ending(&from, ending), with_ending(&to, ending));
    }
    let started = Progress::Started {
        target: free,
        replaces: false,
    };
    sifter.inner.store.keep_item(&job.id, number, &started)?;
    Ok(Some(started))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(ending);
    name.into()
}

fn discard(sifter: &Sifter, job: &PullJob) -> Result<()> {
    for (number, item) in job.items.iter().enumerate() {
        let (target, replaces) = match sifter.inner.store.item(&job.id, number)? {
            Some(Progress::Done(_)) => continue,
            Some(Progress::Started { target, replaces }) => (target, replaces),
            None => (item.target.clone(), false),
        };
        transfer::discard(&staged(&target, replaces))?;
    }
    sifter.inner.store.forget_items(&job.id)
}

/// Removes what pulls left that ended more than a week ago.
pub(crate) fn discard_old(sifter: &Sifter, job: &Job, ended: Option<Timestamp>) {
    let oldest = sifter.now().0.saturating_sub(WEEK);
    let is_old = ended.is_some_and(|ended| ended.0 < oldest);
    if let (Job::Pull(job), true) = (job, is_old)
        && let Err(error) = discard(sifter, job)
    {
        tracing::debug!(code = ?error.code, "an old partial file stays");
    }
}
