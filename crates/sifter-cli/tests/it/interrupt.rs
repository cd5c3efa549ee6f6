//! Ctrl-C during long work.

#![cfg(target_os = "linux")]

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use sifter_testkit::{images, keys};

use crate::shell::{Ran, Shell, VARIABLE};

/// Where the third descriptor has its offset and its size.
const OFFSET_FIELD: u64 = 4096 + 2 * 585 + 17;
/// Long enough that no machine is done before it is stopped; the file has holes and takes no room.
const LARGE: u64 = 64 << 30;
/// Bytes after which the work has certainly begun.
const BEGUN: u64 = 8 << 20;
const AT_ONCE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(120);

/// Moves the partition to the end of the file and makes it large.
fn enlarge(shell: &Shell, name: &str) {
    let mut file = File::options().write(true).open(shell.path(name)).unwrap();
    let start = file.metadata().unwrap().len().next_multiple_of(4096);
    file.seek(SeekFrom::Start(OFFSET_FIELD)).unwrap();
    for value in [start, LARGE, LARGE] {
        file.write_all(&value.to_le_bytes()).unwrap();
    }
    file.set_len(start + LARGE).unwrap();
}

/// What must be the same afterwards: length, time of change, and the bytes that are no hole.
fn state(shell: &Shell, name: &str) -> (u64, std::time::SystemTime, Vec<u8>, Vec<String>) {
    let file = File::open(shell.path(name)).unwrap();
    let metadata = file.metadata().unwrap();
    let mut start = Vec::new();
    file.take(1 << 20).read_to_end(&mut start).unwrap();
    (
        metadata.len(),
        metadata.modified().unwrap(),
        start,
        shell.names(),
    )
}

fn of_process(child: &Child, file: &str, field: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{}/{file}", child.id())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().to_owned())
}

/// Waits until the program has read much and listens to Ctrl-C.
fn wait_until_busy(child: &mut Child) {
    let begun = Instant::now();
    loop {
        let read = of_process(child, "io", "rchar:").and_then(|count| count.parse().ok());
        let caught = of_process(child, "status", "SigCgt:")
            .and_then(|mask| u64::from_str_radix(&mask, 16).ok());
        if read.is_some_and(|count: u64| count > BEGUN) && caught.is_some_and(|mask| mask & 2 != 0)
        {
            return;
        }
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "ended before it was stopped"
        );
        assert!(
            begun.elapsed() < PATIENCE,
            "read {read:?}, caught {caught:?}"
        );
        thread::yield_now();
    }
}

/// Interrupts the command once and returns how long it took to end.
fn interrupt(shell: &Shell, arguments: &[&str]) -> Duration {
    let mut child = shell
        .command(arguments)
        .env(VARIABLE, keys::PASSPHRASE)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until_busy(&mut child);
    let line = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(!String::from_utf8_lossy(&line).contains(keys::PASSPHRASE));
    let number = child.id().to_string();
    let stopped = Instant::now();
    assert!(
        Command::new("sh")
            .args(["-c", "kill -INT \"$0\"", &number])
            .status()
            .unwrap()
            .success()
    );
    let ran = Ran::of(&child.wait_with_output().unwrap());
    let took = stopped.elapsed();
    assert_eq!(ran.code, 130, "{ran:?}");
    took
}

/// The quickest of three counts: the machine may be busy with something else.
fn ends_at_once(shell: &Shell, arguments: &[&str]) {
    let image = arguments[arguments.len() - 1];
    let before = state(shell, image);
    let mut times = Vec::new();
    while times.len() < 3 {
        times.push(interrupt(shell, arguments));
        assert_eq!(state(shell, image), before, "{arguments:?}");
        if times.iter().any(|took| *took < AT_ONCE) {
            return;
        }
    }
    panic!("{arguments:?} took {times:?}");
}

#[test]
fn signing_ends_at_once_and_leaves_the_file() {
    let shell = Shell::of_anna();
    shell.put("x.sif", images::plain());
    enlarge(&shell, "x.sif");
    ends_at_once(&shell, &["sign", "x.sif"]);
    ends_at_once(&shell, &["sign", "--copy", "x.sif"]);
}

#[test]
fn verifying_ends_at_once_and_leaves_the_file() {
    let shell = Shell::of_anna();
    shell.put("x.sif", images::plain());
    shell.sign("x.sif");
    enlarge(&shell, "x.sif");
    ends_at_once(&shell, &["verify", "x.sif"]);
    ends_at_once(&shell, &["--json", "verify", "x.sif", "x.sif"]);
}

#[test]
fn writing_a_part_ends_at_once_and_leaves_no_file() {
    let shell = Shell::new();
    shell.put("x.sif", images::plain());
    enlarge(&shell, "x.sif");
    ends_at_once(&shell, &["dump", "--output", "part", "3", "x.sif"]);
}
