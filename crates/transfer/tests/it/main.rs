//! Transfers against a server that does everything wrong.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]

mod along;
mod case;
mod downloads;
mod goaway;
mod looks;
mod odd;
mod schedules;
mod seeds;
mod uploads;
