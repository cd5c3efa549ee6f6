//! Registries that behave and that do not, over real sockets of this machine; and the files of logins.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

mod libraries;
mod logins;
mod pieces;
mod pulling;
mod pushing;
mod resolving;
mod seeds;
mod signing_in;
mod twin;
