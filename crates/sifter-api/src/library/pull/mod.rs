//! Pulling: a plan that is shown, then run.

mod job;

use std::sync::Arc;

pub(crate) use job::{PullJob, PullJobItem};

use crate::{
    Result, Sifter,
    tasks::{TaskContext, TaskOutcome},
};

pub(crate) fn run(_: &Sifter, _: &Arc<TaskContext>, _: &PullJob) -> Result<TaskOutcome> {
    Ok(TaskOutcome::Pulled { items: Vec::new() })
}
