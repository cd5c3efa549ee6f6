//! Files that are not what they should be.

use std::{
    fs,
    process::{Command, Stdio},
};

use sifter_testkit::images;

use crate::shell::{Ran, Shell};

const VERBS: [&str; 4] = ["inspect", "list", "verify", "sign"];

#[test]
fn a_damaged_image_is_refused_and_the_message_says_why() {
    let shell = Shell::of_anna();
    for case in images::damaged() {
        shell.put("bad.sif", &case.bytes);
        for verb in VERBS {
            let ran = shell.line(&format!("{verb} bad.sif"));
            let told = format!("{}{}", ran.out, ran.err);
            let expected = if verb == "inspect" && ran.err.is_empty() {
                1
            } else {
                3
            };
            assert_eq!(ran.code, expected, "{verb} {}: {ran:?}", case.what);
            assert!(told.contains(case.says), "{verb} {}: {told}", case.what);
        }
        let (code, json) = shell.json("verify bad.sif");
        assert_eq!(
            (code, json["error"]["code"].as_str()),
            (3, Some(case.code)),
            "{}",
            case.what
        );
        assert_eq!(shell.get("bad.sif"), case.bytes, "{}", case.what);
    }
}

#[test]
fn an_image_cut_anywhere_is_refused() {
    let shell = Shell::of_anna();
    let whole = images::plain();
    for length in [
        1,
        31,
        32,
        64,
        127,
        4096,
        4097,
        4681,
        30_000,
        whole.len() - 1,
    ] {
        shell.put("cut.sif", &whole[..length]);
        for verb in VERBS {
            let ran = shell.line(&format!("{verb} cut.sif"));
            assert!(matches!(ran.code, 1 | 3), "{verb} {length}: {ran:?}");
            assert!(!format!("{}{}", ran.out, ran.err).is_empty());
        }
        assert_eq!(shell.get("cut.sif"), &whole[..length]);
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_without_waiting() {
    use std::os::unix::fs::symlink;
    let shell = Shell::of_anna();
    fs::create_dir(shell.path("folder")).unwrap();
    symlink("loop.sif", shell.path("loop.sif")).unwrap();
    symlink("gone.sif", shell.path("dangling.sif")).unwrap();
    let pipe = shell.path("pipe.sif");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for (name, code) in [
        ("folder", "file-is-folder"),
        ("pipe.sif", "file-is-special"),
        ("/dev/null", "file-is-special"),
        ("loop.sif", "link-loop"),
        ("dangling.sif", "file-missing"),
        ("gone.sif", "file-missing"),
        ("gone/deeper.sif", "file-missing"),
    ] {
        for verb in VERBS {
            let (exit, json) = shell.json(&format!("{verb} {name}"));
            assert_eq!(
                (exit, json["error"]["code"].as_str()),
                (3, Some(code)),
                "{verb} {name}: {json:#}"
            );
        }
        let ran = shell.line(&format!("key import {name}"));
        assert_eq!(ran.code, 3, "key import {name}: {ran:?}");
    }
    let long = "a".repeat(300);
    let (exit, json) = shell.json(&format!("verify {long}"));
    assert_eq!(
        (exit, json["error"]["code"].as_str()),
        (3, Some("path-too-long"))
    );
    let ran = shell.run(&["verify", ""]);
    assert!(matches!(ran.code, 2 | 3), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_a_name() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let shell = Shell::of_anna();
    let name = OsStr::from_bytes(b"caf\xe9\x1b[2J.sif");
    fs::write(shell.path("x").with_file_name(name), images::plain()).unwrap();
    for verb in ["inspect", "list", "sign", "verify"] {
        for json in [false, true] {
            let mut command = shell.command::<&OsStr>(&[verb.as_ref(), name]);
            if json {
                command.arg("--json");
            }
            command.args((verb == "sign" && json).then_some("--force"));
            command.env(crate::shell::VARIABLE, sifter_testkit::keys::PASSPHRASE);
            let ran = Ran::of(&command.output().unwrap());
            assert_eq!(ran.code, 0, "{verb}: {ran:?}");
            assert!(
                !ran.out.contains('\u{1b}'),
                "a terminal would obey: {ran:?}"
            );
            if json {
                ran.json();
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = Shell::of_anna();
    let path = shell.put("x.sif", images::plain());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = shell.command(&["--json", "verify", "x.sif"]);
    if fs::read(&path).is_ok() {
        // Root may read everything, so the program runs as nobody.
        crate::shell::open_to_all(shell.home.path());
        let mut other = Command::new("setpriv");
        other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        other.arg(env!("CARGO_BIN_EXE_sifter-cli"));
        other.args(["--json", "verify", "x.sif"]);
        shell.prepare(&mut other);
        other.env("PATH", "/usr/bin:/bin");
        command = other;
    }
    let output = match command.stdout(Stdio::piped()).output() {
        Ok(output) if !matches!(output.status.code(), Some(126 | 127)) => output,
        told => {
            sifter_testkit::faults::skip("a file that may not be read", &format!("{told:?}"));
            return;
        }
    };
    let ran = Ran::of(&output);
    let code = ran.json()["error"]["code"].as_str().map(str::to_owned);
    assert_eq!(
        (ran.code, code.as_deref()),
        (3, Some("file-not-readable")),
        "{ran:?}"
    );
}

#[test]
fn a_damaged_keyring_is_told_and_repaired() {
    let shell = Shell::of_anna();
    let ring = shell.keyring("pgp-public");
    let whole = fs::read(&ring).unwrap();
    for tail in [vec![0; 16], vec![0], b"x".to_vec()] {
        let damaged = [whole.clone(), tail.clone()].concat();
        fs::write(&ring, &damaged).unwrap();
        let (code, json) = shell.json("key list");
        assert_eq!(code, 1, "{tail:?}: {json:#}");
        assert_eq!(json["problems"][0]["file"], "public", "{tail:?}: {json:#}");
        let ran = shell.line("key trust 0000000000000000000000000000000000000000");
        assert_eq!(ran.code, 3, "{ran:?}");
        assert_eq!(
            fs::read(&ring).unwrap(),
            damaged,
            "nothing but repair touches it"
        );
        let (code, json) = shell.json("key repair public");
        assert_eq!((code, json["kept"].as_u64()), (0, Some(2)), "{tail:?}");
        assert_eq!(fs::read(&ring).unwrap(), whole, "{tail:?}");
        assert_eq!(shell.line("key list").code, 0, "{tail:?}");
    }
}
