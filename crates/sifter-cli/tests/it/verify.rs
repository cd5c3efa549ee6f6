//! `verify`: badges, selections, key sources, several images.

use std::fs;

use sifter_testkit::{images, keys};

use crate::shell::{Shell, put_public};

#[test]
fn the_badge_decides_the_exit_code() {
    let shell = Shell::of_anna();
    shell.put("unsigned.sif", images::plain());
    shell.put("signed.sif", images::plain());
    shell.sign("signed.sif");
    let mut changed = shell.get("signed.sif");
    let at = changed.windows(4).position(|part| part == b"hsqs").unwrap();
    changed[at] ^= 1;
    shell.put("changed.sif", changed);
    for (image, code, badge, words, exit) in [
        ("unsigned.sif", 1, "notSigned", "Not signed", 255),
        ("signed.sif", 0, "verified", "Verified", 0),
        ("changed.sif", 1, "tampered", "Tampered", 255),
    ] {
        let ran = shell.line(&format!("verify {image}"));
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(
            ran.out.starts_with(&format!("{image}: {words}\n")),
            "{}",
            ran.out
        );
        let (code_again, json) = shell.json(&format!("verify {image}"));
        assert_eq!((code_again, json["badge"].as_str()), (code, Some(badge)));
        assert_eq!(json["image"], image);
        assert_eq!(json["verdict"]["commandLine"]["exitCode"], exit, "{json:#}");
    }
    let ran = shell.line("verify changed.sif");
    assert!(ran.out.contains("object 3: differs"), "{}", ran.out);
    let (code, json) = shell.json("verify signed.sif changed.sif gone.sif");
    let badges: Vec<_> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["badge"].as_str())
        .collect();
    assert_eq!(
        (code, badges),
        (1, vec![Some("verified"), Some("tampered"), None])
    );
    assert_eq!(json[2]["error"]["code"], "file-missing");
    assert_eq!(shell.line("verify signed.sif signed.sif").code, 0);
}

#[test]
fn selections_and_key_sources() {
    let shell = Shell::of_anna();
    shell.put("x.sif", images::two_groups());
    put_public(&shell, "anna.asc", keys::anna());
    put_public(&shell, "tom.asc", keys::tom());
    shell.put("both.gpg", {
        let mut both = keys::tom().certificate().to_bytes().to_vec();
        both.extend(keys::anna().certificate().to_bytes());
        both
    });
    let mut stray = keys::anna().certificate().to_bytes().to_vec();
    stray.push(0);
    shell.put("stray.gpg", stray);
    assert_eq!(shell.line("sign --group 1 --force x.sif").code, 0);
    for (line, code) in [
        ("x.sif", 1),
        ("--group 1 x.sif", 0),
        ("--group-id 1 x.sif", 0),
        ("-g 1 --local x.sif", 0),
        ("--group 2 x.sif", 1),
        ("--group 9 x.sif", 1),
        ("--object 1 x.sif", 0),
        ("--sif-id 1 -i 2 x.sif", 0),
        ("--object 4 x.sif", 1),
        ("--object 99 x.sif", 1),
        ("--group 1 --keyring anna.asc x.sif", 0),
        ("--group 1 --keyring both.gpg x.sif", 0),
        ("--group 1 --keyring tom.asc --keyring anna.asc x.sif", 0),
        ("--group 1 --keyring tom.asc x.sif", 1),
        ("--keyring gone.asc x.sif", 3),
        ("--keyring x.sif x.sif", 3),
        ("--keyring stray.gpg x.sif", 3),
        ("--legacy-insecure x.sif", 1),
        ("--legacy-insecure --all x.sif", 1),
        ("--all --group 1 x.sif", 0),
        ("--pem anna.asc x.sif", 3),
        ("--pem anna.asc --keyring anna.asc x.sif", 2),
        ("--certificate-roots anna.asc x.sif", 2),
        ("--certificate anna.asc x.sif", 3),
        ("", 2),
        ("--group first x.sif", 2),
    ] {
        let ran = shell.line(&format!("verify {line}"));
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        if code != 2 {
            let (code_again, _) = shell.json(&format!("verify {line}"));
            assert_eq!(code_again, code, "{line}");
        }
    }
}

#[test]
fn trust_moves_the_badge() {
    let tom = Shell::with_keys(&[keys::tom()], &[]);
    tom.put("x.sif", images::plain());
    tom.sign("x.sif");
    let shell = Shell::of_anna();
    shell.put("x.sif", tom.get("x.sif"));
    let fingerprint = keys::tom().fingerprint().to_string();
    for (change, badge) in [
        (None, "untrustedKey"),
        (Some("trust --compared pasted"), "verified"),
        (Some("distrust"), "untrustedKey"),
        (Some("trust"), "verified"),
        (Some("block"), "untrustedKey"),
    ] {
        if let Some(change) = change {
            let (verb, rest) = change.split_once(' ').unwrap_or((change, ""));
            let (code, row) = shell.json(&format!("key {verb} {fingerprint} {rest}"));
            assert_eq!((code, row["name"].as_str()), (0, Some("Tom Berg")));
        }
        let (code, json) = shell.json("verify x.sif");
        let expected = i32::from(badge != "verified");
        assert_eq!(
            (code, json["badge"].as_str()),
            (expected, Some(badge)),
            "{change:?}"
        );
    }
    fs::remove_file(shell.keyring("pgp-public")).unwrap();
    assert_eq!(shell.json("verify x.sif").1["badge"], "unknownKey");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_how_far_it_is_and_a_pipe_does_not() {
    let shell = Shell::of_anna();
    for name in ["a.sif", "b.sif"] {
        shell.put(name, images::plain());
        shell.sign(name);
    }
    let line = format!("{} verify a.sif b.sif", env!("CARGO_BIN_EXE_sifter-cli"));
    let mut command = std::process::Command::new("script");
    command.args(["-qec", &line, "/dev/null"]);
    shell.prepare(&mut command);
    let Ok(output) = command.env("PATH", "/usr/bin:/bin").output() else {
        sifter_testkit::faults::skip("progress on a terminal", "`script` is not there");
        return;
    };
    let on_terminal = crate::shell::Ran::of(&output);
    assert_eq!(on_terminal.code, 0, "{on_terminal:?}");
    assert!(
        on_terminal.out.contains("Checking") && on_terminal.out.contains("2 of 2: b.sif"),
        "{on_terminal:?}"
    );
    let ran = shell.line("verify a.sif b.sif");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(!ran.out.contains("Checking"), "{ran:?}");
}
