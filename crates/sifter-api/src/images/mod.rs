//! Image files: what Sifter was shown, what is inside, parts.

mod view;

pub use view::*;
