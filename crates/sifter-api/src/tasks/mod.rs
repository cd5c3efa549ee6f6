//! Tasks: everything that takes more than a second.

mod view;

pub use view::*;
