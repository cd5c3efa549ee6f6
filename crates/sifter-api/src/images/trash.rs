//! The system's trash.

#[cfg_attr(all(unix, not(target_os = "macos")), path = "trash/free_desktop.rs")]
#[cfg_attr(any(windows, target_os = "macos"), path = "trash/native.rs")]
mod platform;

pub(crate) use platform::put;
