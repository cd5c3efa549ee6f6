//! The program as a shell sees it: arguments in; text, JSON and exit codes out.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bad_input;
mod cloud;
mod interrupt;
mod keychain;
mod keys;
mod keyservers;
mod look;
mod manual;
mod network_words;
mod pem;
mod remotes;
mod secrets;
mod server;
mod shell;
mod sign;
mod transfers;
mod verify;
