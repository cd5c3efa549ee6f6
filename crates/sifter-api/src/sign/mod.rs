//! Signing: a plan that is shown, then run.
//!
//! An image is signed in place under an undo journal, so that a crash leaves the old image or the signed one; or a copy
//! is signed and gets its name when it is whole. An image that contradicts a signature it has is never signed.

mod item;
mod job;
mod journal_key;
mod plan;
mod run;
mod view;
mod write;

pub use view::*;

pub(crate) use item::tampered;
pub(crate) use job::SignJob;
pub(crate) use plan::Plans;
pub(crate) use run::{Signer, run};
pub(crate) use write::recover;
