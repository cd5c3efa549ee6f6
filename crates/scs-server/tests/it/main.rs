//! The embedded cloud over real sockets.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod access;
mod behind;
mod bucket;
mod corpus;
mod crashes;
mod guards;
mod keystore;
mod library;
mod load;
mod odd;
mod parts;
mod races;
mod request_ids;
mod storage;
mod support;
mod tokens;
mod trouble;
mod upkeep;
mod uploads;
