//! The list of remotes against what the command lines do with it.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

mod addresses;
mod merging;
mod reading;
mod seeds;
mod writing;
