//! The program `sifter`.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use std::process::ExitCode;

/// The C library of Linux gives big buffers back to the system at once, and transfers ask for thousands of them: a pull of
/// 1 GiB met 46 000 page faults, and 8 000 where they were kept.
#[cfg(target_os = "linux")]
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sifter_lib::run()
}
