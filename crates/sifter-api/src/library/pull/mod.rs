//! Pulling: a plan that is shown, then run.
//!
//! What a plan resolved is pinned by its hash, so that a tag that moves meanwhile changes nothing. A file gets its name
//! when it is whole and proven.

mod behind;
mod item;
mod job;
mod partial;
mod plan;
mod run;

pub(crate) use job::{PullJob, PullJobItem};
pub(crate) use partial::{discard_noted, discard_old, note, remove};
pub(crate) use plan::{Unreached, UnreachedItem, decided, plan, unreached};
pub(crate) use run::run;

pub(super) use plan::{PullPlan, start};
