//! The program as a shell sees it: arguments in; text, JSON and exit codes out.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bad_input;
mod interrupt;
mod keys;
mod look;
mod manual;
mod pem;
mod secrets;
mod shell;
mod sign;
mod verify;
