//! Libraries: looking into them, pulling from them, pushing to them; registries and plain addresses where a reference
//! leads there.

mod address;
mod attempts;
mod behind;
mod browse;
mod bytes;
mod calls;
mod container;
mod folder;
mod links;
mod names;
mod oras;
mod place;
mod places;
mod plain;
mod pull;
mod push;
mod reference;
mod resolve;
mod rows;
mod run;
mod shape;
mod state;
mod view;

pub use view::*;

pub(crate) use address::without_secrets;
pub(crate) use attempts::while_reachable;
pub(crate) use bytes::{CONNECTIONS, Deliver, Fetch, Fetched, Found};
pub(crate) use pull::{
    PullJob, Unreached, UnreachedItem, decided as decided_pull, discard_noted, discard_old,
    note as note_partial, plan as plan_pull, run as run_pull, unreached,
};
pub(crate) use push::{
    PushJob, decided as decided_push, plan as plan_push, plan_unasked, registry_host,
    run as run_push, take_unasked,
};
pub(crate) use state::LibraryState;
