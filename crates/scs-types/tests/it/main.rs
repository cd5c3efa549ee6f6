//! The types against every body of the corpus.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod corpus;
mod seeds;
