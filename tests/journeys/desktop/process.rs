//! Processes that surely end: each leads a group of its own, and the whole group goes with it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long a group may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(2);

/// A process and everything that it starts.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
}

impl Group {
    /// Starts `command` as the leader of a new group.
    pub(crate) fn start(command: &mut Command) -> Self {
        use std::os::unix::process::CommandExt;
        let child = command.process_group(0).spawn();
        Self {
            child: child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}")),
        }
    }

    /// Starts `command` and returns the first line that it prints and that is not blank; nothing when it ends before.
    pub(crate) fn start_and_read_line(command: &mut Command) -> (Self, Option<String>) {
        Self::start_and_find_line(command, |line| !line.is_empty())
    }

    /// Starts `command` and returns the first printed line that `fits`; nothing when it ends before.
    pub(crate) fn start_and_find_line(
        command: &mut Command,
        fits: impl Fn(&str) -> bool,
    ) -> (Self, Option<String>) {
        let mut group = Self::start(command.stdout(Stdio::piped()));
        let mut lines = BufReader::new(group.child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let line = lines
            .find(|line| fits(line.trim()))
            .map(|line| line.trim().to_owned());
        // A process that prints more must not meet a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        (group, line)
    }

    /// The process that leads the group.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It is gone already if this fails.
            let _ = kill_process_group(group, signal);
        }
    }

    fn wait(&mut self, time: Duration) -> bool {
        let end = Instant::now() + time;
        loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
                Ok(None) => return false,
                _ => return true,
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        self.wait(PATIENCE);
        // Also when the leader has ended: its children may live on.
        self.signal(Signal::KILL);
        self.wait(PATIENCE);
    }
}

/// Ends a process that the test started, at once.
pub(crate) fn kill(id: u32) {
    if let Some(process) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // It is gone already if this fails.
        let _ = kill_process(process, Signal::KILL);
    }
}

/// Whether a program is installed.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The programs of this computer whose environment names `home`: process id and name.
pub(crate) fn running_in(home: &std::path::Path) -> Vec<(u32, String)> {
    let mark = format!("HOME={}", home.display());
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            let ours = environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == mark.as_bytes());
            // A process that has ended and was not asked for yet has no program.
            let program = std::fs::read_link(entry.path().join("exe")).ok()?;
            ours.then(|| {
                (
                    id,
                    program
                        .file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned(),
                )
            })
        })
        .collect()
}
