//! The desktop shell: one window, its commands, events, dialogs, menus and notifications.
//!
//! Start with [`shell`]: it puts everything together, for the program and, on a mock runtime, for the tests. A command
//! takes its arguments, calls one function of `sifter-api` and hands the error on; a rule of the domain that shows up
//! here is in the wrong room. The page never sees a path: it holds handles.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may panic"))]

mod before_paint;
mod bindings;
mod commands;
mod dialogs;
mod drop;
mod engine;
mod events;
mod graphics;
mod links;
mod logs;
mod menu;
mod network;
mod notify;
mod open;
mod own_page;
mod redact;
mod shell;
#[cfg(target_os = "linux")]
mod sleep;
mod taskbar;
mod window;

pub use bindings::typescript;
pub use engine::Engine;
pub use shell::{context, prepare, run, with_commands, with_plugins};
