//! Starting other programs: shown as they are, watched line by line, or read in silence.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;

use crate::{Outcome, stop};

/// A program to start, as data.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    name: OsString,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    environment: Vec<(OsString, OsString)>,
}

impl Program {
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        Self {
            name: name.as_ref().to_owned(),
            arguments: Vec::new(),
            folder: None,
            environment: Vec::new(),
        }
    }

    /// `cargo`, of the tool chain that started this command.
    pub(crate) fn cargo() -> Self {
        Self::new("cargo")
    }

    /// `npm`, which is a script with an ending on Windows.
    pub(crate) fn npm() -> Self {
        Self::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
    }

    pub(crate) fn args<I, A>(mut self, arguments: I) -> Self
    where
        I: IntoIterator<Item = A>,
        A: AsRef<OsStr>,
    {
        self.arguments
            .extend(arguments.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    pub(crate) fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// The command line as one would type it.
    pub(crate) fn shown(&self) -> String {
        let words = std::iter::once(&self.name).chain(&self.arguments);
        let words: Vec<String> = words.map(|w| w.to_string_lossy().into_owned()).collect();
        words.join(" ")
    }

    /// The standard library's command, with standard input closed and without what `cargo run` adds for this process.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments).stdin(Stdio::null());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        // `cargo run` describes the package `xtask` in the environment. Build scripts that watch these variables would
        // run again each time a build is started by hand and by this program in turn.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        if let Some(paths) = std::env::var_os("LD_LIBRARY_PATH") {
            match without_cargo_paths(&paths) {
                Some(rest) => command.env("LD_LIBRARY_PATH", rest),
                None => command.env_remove("LD_LIBRARY_PATH"),
            };
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs with its output on the terminal; fails when it fails.
    pub(crate) fn show(&self) -> Outcome {
        let status = self.started(self.command().status())?;
        if status.success() {
            Ok(())
        } else {
            stop(format!("`{}` failed ({status})", self.shown()))
        }
    }

    /// Runs in silence and returns what it printed; fails, with what it said, when it fails.
    pub(crate) fn read(&self) -> Outcome<String> {
        let output = self.started(self.command().output())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            let said = String::from_utf8_lossy(&output.stderr);
            stop(format!("`{}` failed: {}", self.shown(), said.trim()))
        }
    }

    /// Runs in silence and tells whether it succeeded; a program that is not there has not.
    pub(crate) fn succeeds(&self) -> bool {
        self.command().output().is_ok_and(|o| o.status.success())
    }

    /// Runs with its output in a log, and hands each line to `watch`.
    pub(crate) fn watch(&self, log: &Path, mut watch: impl FnMut(&str)) -> Outcome<ExitStatus> {
        let mut log = File::create(log)?;
        let child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = self.started(child)?;
        let (sender, lines) = mpsc::channel();
        let out = child.stdout.take().map(|s| forward(s, sender.clone()));
        let err = child.stderr.take().map(|s| forward(s, sender));
        for line in lines {
            writeln!(log, "{line}")?;
            watch(&line);
        }
        for thread in [out, err].into_iter().flatten() {
            // The thread only ends early when this side hung up, which it has not.
            let _ = thread.join();
        }
        Ok(child.wait()?)
    }

    fn started<T>(&self, result: std::io::Result<T>) -> Outcome<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => stop(format!(
                "`{}` does not start: {error}",
                self.name.to_string_lossy()
            )),
        }
    }
}

/// Sends each line of a stream, bytes that are not UTF-8 replaced.
fn forward(
    stream: impl Read + Send + 'static,
    sender: mpsc::Sender<String>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line);
            if sender.send(text.trim_end().to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    })
}

/// The library path without the folders that `cargo run` put in front; `None` when nothing is left.
fn without_cargo_paths(paths: &OsStr) -> Option<OsString> {
    let kept: Vec<PathBuf> = std::env::split_paths(paths)
        .filter(|p| {
            let text = p.to_string_lossy();
            let of_cargo = text.contains("/toolchains/") || text.contains("/target/");
            !of_cargo && !text.is_empty()
        })
        .collect();
    if kept.is_empty() {
        return None;
    }
    std::env::join_paths(kept).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_path_loses_only_what_cargo_added() {
        let paths = OsStr::new(
            "/home/x/p/target/debug/deps:/home/x/.rustup/toolchains/stable/lib:/opt/lib",
        );
        assert_eq!(without_cargo_paths(paths), Some("/opt/lib".into()));
        assert_eq!(
            without_cargo_paths(OsStr::new("/home/x/p/target/debug")),
            None
        );
    }

    #[cfg(unix)]
    #[test]
    fn watching_sees_both_streams_and_the_status() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut seen = Vec::new();
        let status = Program::new("sh")
            .args(["-c", "echo one; echo two >&2; exit 3"])
            .watch(&log, |line| seen.push(line.to_owned()))
            .unwrap();
        seen.sort();
        assert_eq!(seen, ["one", "two"]);
        assert_eq!(status.code(), Some(3));
        assert_eq!(std::fs::read_to_string(log).unwrap().lines().count(), 2);
    }
}
