//! The work of a pull: each image with its own result.

use std::sync::Arc;

use super::{PullJob, item, partial};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of},
    library::PulledItem,
    tasks::{TaskContext, TaskOutcome},
};

/// Pulls what is not pulled yet.
pub(crate) fn run(sifter: &Sifter, task: &Arc<TaskContext>, job: &PullJob) -> Result<TaskOutcome> {
    let mut items = Vec::with_capacity(job.items.len());
    for (number, wanted) in job.items.iter().enumerate() {
        task.check()?;
        let name = name_of(&wanted.target);
        task.item(&name, number + 1, job.items.len());
        let before = sifter.inner.store.item(&job.id, number)?;
        if let Some(item::Progress::Done(done)) = before {
            items.push(done);
            continue;
        }
        match pull(sifter, task, (job, number), before) {
            Ok(pulled) => {
                if pulled.error.is_none() {
                    let done = item::Progress::Done(pulled.clone());
                    sifter.inner.store.keep_item(&job.id, number, &done)?;
                }
                items.push(pulled);
            }
            Err(error) if error.code == ErrorCode::Cancelled => return Err(error),
            Err(error) => items.push(PulledItem {
                reference: wanted.reference.clone(),
                name,
                image: None,
                badge: None,
                error: Some(error),
            }),
        }
    }
    match only_failure(&items) {
        Some(error) => Err(error),
        None => {
            if items.iter().all(|item| item.error.is_none()) {
                sifter.inner.store.forget_items(&job.id)?;
            }
            Ok(TaskOutcome::Pulled { items })
        }
    }
}

/// Names that are tried where other programs take them.
const NAMES: usize = 3;

fn pull(
    sifter: &Sifter,
    task: &Arc<TaskContext>,
    (job, number): (&PullJob, usize),
    before: Option<item::Progress>,
) -> Result<PulledItem> {
    let mut pulled = item::pull(sifter, task, (job, number), before);
    for _ in 0..NAMES {
        match &pulled {
            Err(error) if error.code == ErrorCode::FileExists => {}
            _ => break,
        }
        let Some(started) = partial::under_another_name(sifter, job, number)? else {
            break;
        };
        pulled = item::pull(sifter, task, (job, number), Some(started));
    }
    pulled
}

/// A pull of one image that did not come is a failure as a whole.
fn only_failure(items: &[PulledItem]) -> Option<ApiError> {
    match items {
        [only] if only.image.is_none() => only.error.clone(),
        _ => None,
    }
}
