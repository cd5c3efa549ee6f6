//! Libraries: looking into them, pulling from them, pushing to them; registries and plain addresses where a reference
//! leads there.

mod calls;
mod view;

pub use view::*;
