//! Libraries: looking into them, pulling from them, pushing to them; registries and plain addresses where a reference
//! leads there.

mod bytes;
mod calls;
mod view;

pub(crate) use bytes::{CONNECTIONS, Deliver, Fetch, Fetched, Found};
pub use view::*;
