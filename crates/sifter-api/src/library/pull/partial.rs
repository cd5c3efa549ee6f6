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
        ) if !is_tried_again(sifter, &job) => {
            discard(sifter, &job, &sifter.inner.tasks.pull_targets())
        }
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

/// Removes what a pull left, but for what other pulls took over: those are going to make the files `taken`.
fn discard(sifter: &Sifter, job: &PullJob, taken: &[PathBuf]) -> Result<()> {
    for place in places(sifter, job)? {
        if !taken.contains(&place) {
            transfer::discard(&place)?;
        }
    }
    sifter.inner.store.forget_items(&job.id)
}

/// Returns where the items that did not come are gathered.
fn places(sifter: &Sifter, job: &PullJob) -> Result<Vec<PathBuf>> {
    let mut places = Vec::new();
    for number in 0..job.items.len() {
        // Of one that was not begun nothing is there; what lies under its name is of another pull.
        if let Some(Progress::Started { target, replaces }) =
            sifter.inner.store.item(&job.id, number)?
        {
            places.push(staged(&target, replaces));
        }
    }
    Ok(places)
}

/// The task of a pull is forgotten: what it left is noted, so that it goes on where somebody pulls to that name, and goes
/// away after a week. `others` are the jobs of all tasks that stay. Blocks.
pub(crate) fn note(
    sifter: &Sifter,
    job: &Job,
    ended: Option<Timestamp>,
    others: &[Job],
) -> Result<()> {
    let Job::Pull(job) = job else {
        return Ok(());
    };
    let others: Vec<&PullJob> = others
        .iter()
        .filter_map(|other| match other {
            Job::Pull(other) => Some(other),
            _ => None,
        })
        .collect();
    // A retry is of the same job.
    if others.iter().any(|other| other.id == job.id) {
        return Ok(());
    }
    let is_known = |place: &Path| {
        let mut items = others.iter().flat_map(|other| &other.items);
        items.any(|item| item.target == *place)
    };
    for place in places(sifter, job)? {
        if transfer::has_partial(&place) && !is_known(&place) {
            let since = ended.unwrap_or_else(|| sifter.now());
            sifter.inner.store.keep_partial(&place, since)?;
        }
    }
    sifter.inner.store.forget_items(&job.id)
}

/// Removes what pulls left that were forgotten more than a week after their end.
pub(crate) fn discard_noted(sifter: &Sifter) -> Result<()> {
    let oldest = Timestamp(sifter.now().0.saturating_sub(WEEK));
    for place in sifter.inner.store.partials_before(oldest)? {
        match transfer::discard(&place) {
            Ok(()) => sifter.inner.store.forget_partial(&place)?,
            Err(error) => tracing::debug!(%error, "an old partial file stays"),
        }
    }
    Ok(())
}

/// Removes what pulls left that ended more than a week ago; `taken` are the files of those that did not end.
pub(crate) fn discard_old(sifter: &Sifter, job: &Job, ended: Option<Timestamp>, taken: &[PathBuf]) {
    let oldest = sifter.now().0.saturating_sub(WEEK);
    let is_old = ended.is_some_and(|ended| ended.0 < oldest);
    if let (Job::Pull(job), true) = (job, is_old)
        && let Err(error) = discard(sifter, job, taken)
    {
        tracing::debug!(code = ?error.code, "an old partial file stays");
    }
}
