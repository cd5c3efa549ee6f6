//! `remote …` and `registry …` where no keychain runs.

use crate::{
    server::Server,
    shell::{Ran, Shell},
};

#[test]
fn a_remote_is_added_used_asked_and_removed() {
    let (server, shell) = (Server::start(), Shell::new());
    let address = server.address();
    let (_, list) = shell.json("remote list");
    assert_eq!(list["current"], "this-computer");
    for (line, code, says) in [
        (format!("remote add --insecure lab {address}"), 0, "lab"),
        ("remote list".into(), 0, "* this-computer"),
        ("remote use lab".into(), 0, "* lab"),
        ("remote list".into(), 0, address.as_str()),
        ("remote status".into(), 0, "Library"),
        ("remote status lab".into(), 0, "signed out"),
        ("remote use --active lab".into(), 0, "active"),
        ("remote add --insecure down 127.0.0.1:1".into(), 0, "down"),
        ("remote status down".into(), 1, "Problem"),
        ("remote remove lab".into(), 0, "removed lab"),
        ("remote use lab".into(), 3, "there is no remote `lab`"),
    ] {
        let ran = shell.line(&line);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        let told = format!("{}{}", ran.out, ran.err);
        assert!(told.contains(says), "{line}: {ran:?}");
    }
    let (code, json) = shell.json("remote status down");
    assert_eq!(
        (code, json["problem"]["code"].as_str()),
        (1, Some("server-unreachable")),
        "{json:#}"
    );
}

#[test]
fn a_damaged_list_sends_nothing_elsewhere() {
    let shell = Shell::new();
    for line in ["remote add lab localhost.example", "remote use lab"] {
        assert_eq!(shell.line(line).code, 0, "{line}");
    }
    shell.put("x.sif", sifter_testkit::images::plain());
    let file = shell.home.keyring_folder().with_file_name("remote.yaml");
    std::fs::write(&file, "Active: lab\nUnknown: 1\n").unwrap();
    for line in [
        "search tools",
        "push --allow-unsigned x.sif library://anna/tools/tool:1",
        "pull library://anna/tools/tool:1",
        "delete --force library://anna/tools/tool:1",
        "remote status",
        "remote status lab",
    ] {
        let (code, json) = shell.json(line);
        let told = json["error"]["code"].as_str();
        assert_eq!(
            (code, told),
            (3, Some("remote-file-damaged")),
            "{line}: {json:#}"
        );
    }
    let (code, _) = shell.json("search --remote this-computer tools");
    assert_eq!(code, 0);
    std::fs::write(&file, "Active: gone\nRemotes:\n").unwrap();
    let (_, list) = shell.json("remote list");
    let names: Vec<_> = list["remotes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["", "SylabsCloud"]);
}

#[test]
fn what_to_do_next_can_be_done_here() {
    let shell = Shell::new();
    for (line, code, says) in [
        ("remote add lab http://lab.example", 3, "say --insecure"),
        ("remote add lab HTTP://lab.example", 3, "say --insecure"),
        (
            "remote add --insecure lab ftp://lab.example",
            3,
            "correct the input",
        ),
        ("remote login", 3, "name the remote to sign in to"),
        (
            "remote login this-computer",
            3,
            "name the remote to sign in to",
        ),
    ] {
        let ran = shell.line(line);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{line}: {ran:?}");
        assert!(ran.err.contains(says), "{line}: {ran:?}");
    }
}

#[test]
fn without_a_keychain_nothing_is_kept_and_the_hint_says_what_can_be_done() {
    let (server, shell) = (Server::start(), Shell::new());
    server.be_remote_of(&shell);
    let ran = shell.line("remote login --tokenfile token lab");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("--tokenfile"), "{ran:?}");
    let piped = with_input(&shell, "remote login lab", &server.token);
    assert_eq!(piped.code, 3, "{piped:?}");
    let wrong = shell.put("wrong", format!("{}x", server.token));
    let (code, json) = shell.json("remote login --tokenfile wrong lab");
    assert_eq!(
        (code, json["error"]["code"].as_str()),
        (4, Some("token-wrong")),
        "{wrong:?}: {json:#}"
    );
    let (_, list) = shell.json("remote list");
    let lab = list["remotes"].as_array().unwrap().iter();
    let lab = lab
        .filter(|remote| remote["name"] == "lab")
        .collect::<Vec<_>>();
    assert_eq!(lab[0]["login"]["kind"], "signedOut", "{list:#}");
}

/// Runs with a line on standard input.
pub(crate) fn with_input(shell: &Shell, line: &str, input: &str) -> Ran {
    use std::io::Write as _;
    let mut command = shell.command(&line.split_whitespace().collect::<Vec<_>>());
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that wants nothing may have ended already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    Ran::of(&child.wait_with_output().unwrap())
}
