//! Tasks: everything that takes more than a second.
//!
//! A task is owned here, not by whoever watches it. It runs on a thread of its own, a few at once of each pool, asks after
//! each step whether to go on, and its row is kept when Sifter quits. Pulls and pushes that were unfinished then go on at
//! the next start of the window. What waits for the network rests without a thread.

mod calls;
mod context;
mod control;
mod history;
mod job;
mod meter;
mod registry;
mod rest;
mod running;
mod view;
mod waiting;

pub use view::*;

pub(crate) use context::TaskContext;
pub(crate) use control::Answer;
pub(crate) use job::{Job, Pool};
pub(crate) use registry::Tasks;
pub(crate) use rest::{Ended, may_wait};
