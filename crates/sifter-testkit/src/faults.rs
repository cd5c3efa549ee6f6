//! Places where writing fails, as far as this machine lets a test make them.
//!
//! A process that runs as root is stopped by no file mode, so a read-only folder is a bind mount and a full disk is a
//! tiny file system in memory. Where mounting is not permitted the maker says so, and the test is skipped loudly.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A mounted place that is unmounted when the value goes away.
#[derive(Debug)]
pub struct Mounted(PathBuf);

impl Mounted {
    /// Returns the place.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A mount that stays is told by the temporary folder that cannot go.
        let _ = run("umount", &[self.0.as_os_str().to_string_lossy().as_ref()]);
    }
}

/// Mounts a file system in memory with room for so many KiB at `place`, which is made.
///
/// # Errors
/// Why that is not possible here.
pub fn tiny_disk(place: &Path, kibibytes: u32) -> Result<Mounted, String> {
    std::fs::create_dir_all(place).map_err(|error| error.to_string())?;
    let size = format!("size={kibibytes}k");
    run(
        "mount",
        &[
            "-t",
            "tmpfs",
            "-o",
            &size,
            "tmpfs",
            &place.to_string_lossy(),
        ],
    )?;
    Ok(Mounted(place.to_path_buf()))
}

/// Makes `folder` read-only for everyone, root too, until the value goes away.
///
/// # Errors
/// Why that is not possible here.
pub fn read_only(folder: &Path) -> Result<Mounted, String> {
    let text = folder.to_string_lossy().into_owned();
    run("mount", &["--bind", &text, &text])?;
    let mounted = Mounted(folder.to_path_buf());
    run("mount", &["-o", "remount,bind,ro", &text])?;
    Ok(mounted)
}

/// Says loudly that a test could not run here. The line has the form that the closing summary looks for.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub fn skip(test: &str, reason: &str) {
    eprintln!("SKIPPED {test}: {reason}");
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{program}`: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "`{program}`: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}
