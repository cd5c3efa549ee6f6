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

pub(crate) use bytes::{CONNECTIONS, Deliver, Fetch, Fetched, Found};
pub(crate) use pull::{PullJob, discard_noted, discard_old, note as note_partial, run as run_pull};
pub(crate) use push::{PushJob, run as run_push};
pub(crate) use state::LibraryState;
