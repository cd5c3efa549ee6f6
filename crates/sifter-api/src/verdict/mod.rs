//! What Sifter concludes about an image's signatures: facts, then one badge, then what the command line would say.
//!
//! [`table`] holds the whole decision and nothing else; it sees facts and trust, never files.

mod along;
mod check;
mod command_line;
mod failure;
mod material;
mod request;
mod table;
mod view;
mod views;

pub use request::{KeySource, VerifyRequest};
pub use view::*;

pub(crate) use along::Along;
pub(crate) use check::{Reported, check_for_signing, verdict_for_plan, verify_all, verify_one};
pub(crate) use failure::{integrity_error, pem_error};
pub(crate) use material::read_key_file;
pub(crate) use table::Conclusion;
