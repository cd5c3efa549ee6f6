//! What Sifter concludes about an image's signatures: facts, then one badge, then what the command line would say.

mod view;

pub use view::*;
