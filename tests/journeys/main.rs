//! Journeys through the real window: the program, WebKit, a session bus, a keychain, notifications, real drops.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(target_os = "linux")]

mod closing;
#[allow(dead_code, reason = "the tour needs more of a desktop")]
mod desktop;
mod idle;
mod keyboard;
mod keyservers;
mod links;
mod main_job;
mod outside;
mod own_page;
mod secrets;
mod sharing;
mod shell;
mod sign_in;
mod transfers;
