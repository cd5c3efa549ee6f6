//! How much memory the largest table takes, measured in a process of its own.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "how the child process answers")]

use std::fs::File;
use std::process::Command;

use sif::{DataType, Image, ImageBuilder, MAX_DESCRIPTORS, ObjectInput, UnixTime};

use crate::support::{DESCRIPTOR, TABLE};

const FILE: &str = "SIFTER_TEST_LARGEST_TABLE";
/// The descriptors themselves are 40 MB; a limit of 64 MiB is for everything that verifying takes.
const LIMIT: u64 = 48 << 20;

#[test]
fn the_largest_table_is_in_memory_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("largest.sif");
    std::fs::write(&path, largest_table()).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::reads_the_largest_table", "--nocapture"])
        .env(FILE, &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    let grown = said.lines().find_map(|line| line.strip_prefix("grown by "));
    let grown: u64 = grown.and_then(|text| text.parse().ok()).expect(&said);
    assert!(grown < LIMIT, "{grown} bytes");
}

/// Returns an image whose objects are all empty; writing them one by one would take minutes.
fn largest_table() -> Vec<u8> {
    let builder = ImageBuilder::new(uuid::Uuid::nil(), UnixTime(0)).capacity(MAX_DESCRIPTORS);
    let empty = ObjectInput::new(DataType::Generic, &b""[..]);
    let mut bytes = builder.write(Vec::new(), [empty]).unwrap();
    let first = bytes[TABLE..TABLE + DESCRIPTOR].to_vec();
    bytes.resize(TABLE + MAX_DESCRIPTORS as usize * DESCRIPTOR, 0);
    for (id, slot) in (1_u32..).zip(bytes[TABLE..].chunks_exact_mut(DESCRIPTOR)) {
        slot.copy_from_slice(&first);
        slot[5..9].copy_from_slice(&id.to_le_bytes());
    }
    bytes
}

/// The other side of the test above; without its variable it does nothing.
#[test]
fn reads_the_largest_table() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let file = File::open(path).unwrap();
    let before = peak();
    let image = Image::read(&file).unwrap();
    assert_eq!(image.objects().len(), MAX_DESCRIPTORS as usize);
    println!("\ngrown by {}", peak() - before);
}

/// Returns the most memory that this process ever had.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes << 10
}
