//! The room at its face: what a front end asks and is told.

#![allow(clippy::unwrap_used, reason = "tests")]

mod along;
mod bad_input;
mod behind;
mod behind_push;
mod causes;
mod cloud;
mod desk;
mod files;
mod interrupted;
mod keys;
mod keyservers;
mod lab;
mod later;
mod leftovers;
mod library;
mod meanwhile;
mod oras;
mod passphrases;
mod plain;
mod processes;
mod pull;
mod push;
mod push_plans;
mod references;
mod refusals;
mod registries;
mod remotes;
mod restarts;
mod sign_in;
mod signing;
mod state;
mod tasks;
mod tls;
mod transfers;
mod troubles;
mod verdicts;
mod waits;
