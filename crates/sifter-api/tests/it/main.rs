//! The room at its face: what a front end asks and is told.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bad_input;
mod desk;
mod files;
mod keys;
mod meanwhile;
mod passphrases;
mod refusals;
mod signing;
mod state;
mod tasks;
mod verdicts;
