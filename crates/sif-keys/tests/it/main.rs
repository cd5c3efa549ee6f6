//! Tests at the face of the crate.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop at what they did not expect, and skip loudly"
)]

mod apptainer;
mod changes;
mod corpus;
mod gpg;
mod import;
mod judge;
mod keyrings;
mod make;
mod parts;
mod properties;
mod rings;
mod support;
mod traps;
