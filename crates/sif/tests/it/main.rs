//! Tests at the face of the crate.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod changing;
mod files;
mod memory;
mod properties;
mod reading;
mod refusing;
mod seeds;
mod siftool;
mod support;
