//! The program `sifter`.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use std::process::ExitCode;

/// The C library of Linux gives big buffers back to the system at once, and transfers ask for thousands of them: getting
/// their pages anew took a third of the time of a pull.
#[cfg(target_os = "linux")]
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sifter_lib::run()
}
