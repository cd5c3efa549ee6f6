//! Pushing: a plan that is shown, then run.

mod job;

use std::sync::Arc;

pub(crate) use job::{PlannedTag, PushJob, PushJobItem};

use crate::{
    Result, Sifter,
    tasks::{TaskContext, TaskOutcome},
};

pub(crate) fn run(_: &Sifter, _: &Arc<TaskContext>, _: &PushJob) -> Result<TaskOutcome> {
    Ok(TaskOutcome::Pushed { items: Vec::new() })
}
