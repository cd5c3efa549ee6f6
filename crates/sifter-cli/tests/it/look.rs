//! `inspect`, `list`, `header`, `info`, `dump`.

use std::process::Stdio;

use sifter_testkit::images;

use crate::shell::{Ran, Shell};

#[test]
fn each_verb_answers_as_text_and_as_json() {
    let shell = Shell::new();
    shell.put("x.sif", images::plain());
    // The line, words of the text, and a place in the JSON with what stands there.
    for (line, words, place, value) in [
        ("inspect x.sif", "amd64", "/row/arch", "amd64"),
        (
            "inspect x.sif",
            "root.squashfs",
            "/parts/2/name",
            "root.squashfs",
        ),
        ("inspect x.sif", "3 of 48", "/format", "sif"),
        (
            "list x.sif",
            "FS (Squashfs/*System/amd64)",
            "/2/fileSystem",
            "Squashfs",
        ),
        ("header x.sif", "run-singularity", "/arch", "amd64"),
        ("info 1 x.sif", "tool.def", "/name", "tool.def"),
        ("info 3 x.sif", "root.squashfs", "/kind", "fileSystem"),
    ] {
        let ran = shell.line(line);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{line}: {ran:?}");
        assert!(ran.out.contains(words), "{line}: {}", ran.out);
        let (code, json) = shell.json(line);
        let found = json.pointer(place).and_then(|value| value.as_str());
        assert_eq!((code, found), (0, Some(value)), "{line}: {json:#}");
    }
}

#[test]
fn dump_gives_the_bytes_and_nothing_else() {
    let shell = Shell::new();
    shell.put("x.sif", images::plain());
    let definition = "Bootstrap: library\nFrom: alpine\n";
    let ran = shell.line("dump 1 x.sif");
    assert_eq!((ran.code, ran.out.as_str()), (0, definition));
    let (code, json) = shell.json("dump 1 x.sif --output part");
    assert_eq!((code, json["file"].as_str()), (0, Some("part")), "{json}");
    assert_eq!(shell.get("part"), definition.as_bytes());
    for (line, code, says) in [
        ("dump 9 x.sif", 3, "part"),
        (
            "dump 1 x.sif --output no/such/folder/part",
            3,
            "no/such/folder",
        ),
        ("info 9 x.sif", 3, "part"),
        ("dump 1", 2, "Usage"),
        ("dump x x.sif", 2, "invalid"),
        ("--json dump 1 x.sif", 3, ""),
        ("fly x.sif", 2, "unrecognized"),
    ] {
        let ran = shell.line(line);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert!(
            ran.err.contains(says) || says.contains('/'),
            "{line}: {ran:?}"
        );
    }
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let shell = Shell::new();
    shell.put("x.sif", images::with_partition(&vec![7; 1 << 20]));
    for line in [
        "dump 3 x.sif",
        "list x.sif",
        "--json inspect x.sif",
        "--help",
        "verify x.sif",
    ] {
        let mut command = shell.command(&line.split(' ').collect::<Vec<_>>());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ran = Ran::of(&child.wait_with_output().unwrap());
        let expected = i32::from(line.starts_with("verify"));
        assert_eq!((ran.code, ran.err.as_str()), (expected, ""), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let shell = Shell::new();
    shell.put("x.sif", images::with_partition(&vec![7; 1 << 20]));
    for line in ["dump 3 x.sif", "list x.sif", "--json inspect x.sif"] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = shell.command(&line.split(' ').collect::<Vec<_>>());
        let ran = Ran::of(&command.stdout(full).output().unwrap());
        assert_eq!(ran.code, 3, "{line}: {ran:?}");
        assert!(ran.err.contains("standard output"), "{line}: {ran:?}");
    }
}

#[test]
fn looking_makes_no_file_of_our_own() {
    let shell = Shell::of_anna();
    shell.put("x.sif", images::plain());
    for (line, code) in [
        ("inspect x.sif", 0),
        ("list x.sif", 0),
        ("header x.sif", 0),
        ("info 1 x.sif", 0),
        ("dump 1 x.sif", 0),
        ("verify x.sif", 1),
    ] {
        let ran = shell.line(line);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        let home = shell.home.path().join("home");
        for folder in ["data", "config", "state", "cache"] {
            assert!(!home.join(folder).exists(), "{line} made {folder}");
        }
    }
    assert_eq!(shell.names(), ["x.sif"]);
}
