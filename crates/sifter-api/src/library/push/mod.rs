//! Pushing: a plan that is shown, then run.
//!
//! The gate stands before everything: what contradicts its signatures is not pushed, and what is not signed only by the
//! person's word. Tags are set last, so that they lead to whole images whatever happens.

mod behind;
mod gate;
mod item;
mod job;
mod kept;
mod plan;
mod planned;
mod registry;
mod run;
mod target;
mod unasked;

pub(crate) use job::{PlannedTag, PushJob, PushJobItem};
pub(crate) use plan::{decided, plan};
pub(crate) use run::run;
pub(crate) use target::registry_host;
pub(crate) use unasked::{plan as plan_unasked, take as take_unasked};

pub(super) use plan::{PushPlan, start};
