//! Tasks: everything that takes more than a second.
//!
//! A task is owned here, not by whoever watches it. It runs on a thread of its own, at most three at once, asks after
//! each step whether to go on, and its row is kept when Sifter quits.

mod calls;
mod context;
mod history;
mod job;
mod meter;
mod registry;
mod running;
mod view;

pub use view::*;

pub(crate) use context::{Answer, TaskContext};
pub(crate) use job::Job;
pub(crate) use registry::Tasks;
