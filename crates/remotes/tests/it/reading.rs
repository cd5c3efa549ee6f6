//! What the command lines read, and what they refuse.

use remotes::{BadFile, RemotesFile};
use secrecy::ExposeSecret;

pub(crate) const USERS: &str = "\
Active: Lab
Remotes:
    Lab:
        URI: lab.example.com
        Token: eyJhbGciOi-example
        System: false
        Exclusive: false
        Insecure: true
    SylabsCloud:
        URI: cloud.sylabs.io
        Token: eyJhbGciOi-other
        System: true
        Exclusive: false
        Keyservers:
            - URI: https://keys.sylabs.io
              Skip: false
              External: false
              Insecure: false
            - URI: hkp://localhost
              Skip: false
              External: true
              Insecure: true
Credentials:
    - URI: docker://docker.io
      Insecure: false
    - URI: https://keys.example.com
      Auth: Basic dXNlcjpwYXNz
      Insecure: false
";

pub(crate) fn parse(text: &str) -> RemotesFile {
    RemotesFile::parse(text.as_bytes()).unwrap()
}

#[test]
fn everything_in_a_file_is_read() {
    let file = parse(USERS);
    assert_eq!(file.active, "Lab");
    let lab = &file.remotes["Lab"];
    assert_eq!(
        (lab.uri.as_str(), lab.insecure, lab.system),
        ("lab.example.com", true, false)
    );
    assert_eq!(
        lab.token.as_ref().unwrap().expose_secret(),
        "eyJhbGciOi-example"
    );
    let keyservers = &file.remotes["SylabsCloud"].keyservers;
    assert_eq!(keyservers[1].uri, "hkp://localhost");
    assert!(keyservers[1].external && keyservers[1].insecure && !keyservers[1].skip);
    assert_eq!(
        file.credentials[1].auth.as_ref().unwrap().expose_secret(),
        "Basic dXNlcjpwYXNz"
    );
    assert!(file.credentials[0].auth.is_none());
}

#[test]
fn tokens_are_in_no_debug_output() {
    let shown = format!("{:?}", parse(USERS));
    assert!(!shown.contains("eyJ") && !shown.contains("dXNl"), "{shown}");
}

#[test]
fn what_both_command_lines_read_is_read() {
    for text in [
        "",
        "Active: \"\"\nRemotes: {}\n",
        "Remotes:\nActive: ''\n",
        "# a comment\nRemotes: {Lab: {URI: lab.example.com, System: false, Exclusive: false}} # another\nActive: Lab\n",
        "Active: Lab\n---\nNonsense: 1\n",
        "---\nActive: Lab\n",
        "Active: 7\n",
        "---\n",
        "---\n# nothing\n",
        "~\n",
        "Active: Lab\n...\nNonsense: 1\n",
        "Active: Lab\r\n---\r\nNonsense: 1\r\n",
        "%YAML 1.1\n---\nActive: Lab\n",
        "Remotes:\n  Lab:\n    Insecure: yes\n",
    ] {
        let file = RemotesFile::parse(text.as_bytes());
        assert!(file.is_ok(), "{text:?}: {file:?}");
    }
    assert!(parse("Remotes:\n  Lab:\n    Insecure: yes\n").remotes["Lab"].insecure);
}

#[test]
fn what_both_command_lines_refuse_is_refused_with_its_place() {
    let unknown = |key: &str, line| BadFile::UnknownKey {
        key: key.into(),
        line: Some(line),
    };
    let wrong = |key: &str, line| BadFile::WrongValue {
        key: key.into(),
        line: Some(line),
    };
    for (text, error) in [
        (" \n", BadFile::Blank),
        ("# only a comment\n", BadFile::Blank),
        ("Active: Lab\nColour: red\n", unknown("Colour", 2)),
        ("active: Lab\n", unknown("active", 1)),
        (
            "Remotes:\n  Lab:\n    URI: a\n    Note: b\n",
            unknown("Note", 4),
        ),
        (
            "Credentials:\n  - URI: a\n    Password: b\n",
            unknown("Password", 3),
        ),
        ("Remotes: 7\n", wrong("Remotes", 1)),
        ("Remotes:\n  Lab:\n    System: maybe\n", wrong("System", 3)),
        ("Remotes:\n  Lab:\n", BadFile::EmptyRemote("Lab".into())),
        (
            "Active: a\nRemotes:\n  a: {URI: a}\nURI: b\n",
            unknown("URI", 4),
        ),
        (
            "Remotes:\n  a: {Token: a}\nCredentials:\n  - URI: a\n    Token: b\n",
            unknown("Token", 5),
        ),
        (
            "Remotes:\n  a: {System: no}\n  b:\n    System: \"true\"\n",
            wrong("System", 4),
        ),
        ("Remotes:\n  a:\n    URI: [a]\n", wrong("URI", 3)),
        (
            "Remotes:\n  a:\n    Keyservers:\n      - ~\n",
            wrong("Keyservers", 4),
        ),
    ] {
        assert_eq!(RemotesFile::parse(text.as_bytes()), Err(error), "{text:?}");
    }
    for text in [
        "Active: a\nActive: b\n",
        "Active: [\n",
        "\u{1}",
        "- a\n",
        "Active: *nothing\n",
    ] {
        assert!(RemotesFile::parse(text.as_bytes()).is_err(), "{text:?}");
    }
    assert!(RemotesFile::parse(b"Active: \xff\n").is_err());
    assert_eq!(
        RemotesFile::parse(&vec![b'#'; 2 << 20]),
        Err(BadFile::TooLong)
    );
}

/// As seen with the real command line.
#[test]
fn texts_are_read_as_they_were_written() {
    for (text, name, uri) in [
        ("Active: 007\nRemotes: {007: {URI: 1e3}}\n", "007", "1e3"),
        (
            "Active: true\nRemotes: {true: {URI: 0x10}}\n",
            "true",
            "0x10",
        ),
        (
            "Active: 2024-01-01\nRemotes: {2024-01-01: {URI: 1_000}}\n",
            "2024-01-01",
            "1_000",
        ),
        (
            "# a note\n---\nActive: A\nRemotes: {A: {URI: a.example}}\n",
            "A",
            "a.example",
        ),
        (
            "\u{feff}Active: A\nRemotes: {A: {URI: a.example}}\n",
            "A",
            "a.example",
        ),
        (
            "Remotes: {B: &b {URI: a.example}, A: *b}\nActive: A\n",
            "A",
            "a.example",
        ),
        (
            "Remotes: {B: &b {URI: a.example, System: true}, A: {<<: *b, System: false}}\nActive: A\n",
            "A",
            "a.example",
        ),
    ] {
        let file = parse(text);
        assert_eq!(file.active, name, "{text:?}");
        let remote = &file.remotes[name];
        assert_eq!(
            (remote.uri.as_str(), remote.system),
            (uri, false),
            "{text:?}"
        );
    }
    let quoted = parse("Remotes: {A: {System: \"yes\", Exclusive: 'off'}}\n");
    assert!(quoted.remotes["A"].system && !quoted.remotes["A"].exclusive);
}

#[test]
fn a_short_file_cannot_become_a_large_one() {
    let mut text = "Remotes:\n  a0: &a0 {URI: a, Keyservers: [{URI: b}, {URI: b}]}\n".to_owned();
    let mut list = "Credentials: &c0 [{URI: a}, {URI: a}]\n".to_owned();
    for step in 1..40 {
        let before = step - 1;
        text.push_str(&format!("  a{step}: &a{step} [*a{before}, *a{before}]\n"));
        list.push_str(&format!("K{step}: &c{step} [*c{before}, *c{before}]\n"));
    }
    for text in [text, list] {
        assert_eq!(RemotesFile::parse(text.as_bytes()), Err(BadFile::TooLong));
    }
    let deep = "[".repeat(100_000);
    assert!(RemotesFile::parse(deep.as_bytes()).is_err());
}

#[test]
fn errors_quote_no_values() {
    for text in [
        "Remotes:\n  Lab:\n    Token: [eyJsecret]\n",
        "Remotes:\n  Lab:\n    Token: \"eyJsecret\n",
        "Remotes:\n  Lab:\n    Token: eyJsecret\n    Token: eyJsecret\n",
    ] {
        let error = RemotesFile::parse(text.as_bytes()).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("eyJsecret"),
            "{error:?}"
        );
    }
}
