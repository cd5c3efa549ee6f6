//! Libraries: looking into them, pulling from them, pushing to them; registries and plain addresses where a reference
//! leads there.

mod bytes;
mod calls;
mod pull;
mod push;
mod view;

pub(crate) use bytes::{CONNECTIONS, Deliver, Fetch, Fetched, Found};
pub(crate) use pull::{PullJob, run as run_pull};
pub(crate) use push::{PushJob, run as run_push};
pub use view::*;
