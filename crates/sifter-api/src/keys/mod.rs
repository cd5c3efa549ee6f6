//! Keys: own and others', trust, passphrases.

mod view;

pub use view::*;
