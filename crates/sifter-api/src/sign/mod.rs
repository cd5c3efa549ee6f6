//! Signing: a plan that is shown, then run.

mod view;

pub use view::*;
