//! The client against the exchanges of the corpus, against servers that misbehave, and against our own server.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]
#![allow(clippy::print_stderr, reason = "what is skipped is said loudly")]

mod contract;
mod contract_push;
mod corpus;
mod exchanges;
mod faults;
mod logged;
mod odd;
mod pushing;
mod sequences;
mod service;
mod world;
