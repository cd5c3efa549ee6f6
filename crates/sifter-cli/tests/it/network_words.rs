//! Arguments of the verbs that use the network: what is wrong is said before anybody is asked.

use std::net::TcpListener;

use sifter_testkit::images;

use crate::shell::Shell;

#[test]
fn wrong_arguments_end_with_2() {
    let shell = Shell::new();
    for line in [
        "pull",
        "pull a b c",
        "push x.sif",
        "push --sign k --allow-unsigned x.sif library://a/b/c",
        "search",
        "delete",
        "remote",
        "remote add name",
        "remote login --token secret",
        "key push",
        "key pull",
        "key search",
        "registry login host",
        "registry login --username u --password secret host",
        "registry logout",
    ] {
        let ran = shell.line(line);
        assert_eq!(ran.code, 2, "{line}: {ran:?}");
        assert!(!ran.err.contains("secret"), "{line}: {ran:?}");
    }
}

#[test]
fn what_leads_nowhere_is_told_without_asking_anybody() {
    let shell = Shell::of_anna();
    shell.put("x.sif", images::plain());
    shell.put("token", "a.b.c\n");
    shell.put("empty", "\n");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    nobody.set_nonblocking(true).unwrap();
    let port = nobody.local_addr().unwrap().port();
    let added = shell.line(&format!("remote add --insecure lab 127.0.0.1:{port}"));
    assert_eq!(added.code, 0, "{added:?}");
    // The line, the exit code, the code of the error.
    for (line, code, error) in [
        ("pull --remote gone library://a/b/c", 3, "remote-unknown"),
        ("pull docker://alpine", 3, "transport-unsupported"),
        ("pull library://a/b/c/d/e", 3, "reference-invalid"),
        (
            "pull --tokenfile token oras://127.0.0.1:1/a:1",
            3,
            "input-invalid",
        ),
        (
            "pull --tokenfile gone --remote lab library://a/b/c",
            3,
            "file-not-readable",
        ),
        ("pull . library://a/b/c", 3, "file-is-folder"),
        (
            "push x.sif https://example.org/x.sif",
            3,
            "transport-unsupported",
        ),
        ("push --sign nobody x.sif library://a/b/c", 3, "key-missing"),
        (
            "push --sign tom@lab.example x.sif library://a/b/c",
            3,
            "no-secret-key",
        ),
        ("delete oras://127.0.0.1:1/a:1", 3, "reference-invalid"),
        ("delete library://other.example/a/b/c", 3, "remote-unknown"),
        ("search --remote lab ab", 3, "input-invalid"),
        ("search --remote gone abc", 3, "remote-unknown"),
        ("key push --remote lab nobody", 3, "key-missing"),
        ("key pull --remote lab 1234", 3, "input-invalid"),
        ("remote login --tokenfile empty lab", 4, "token-missing"),
        ("remote login lab", 4, "token-missing"),
        ("remote login --tokenfile token gone", 3, "remote-unknown"),
        ("remote remove gone", 3, "remote-unknown"),
        ("remote remove this-computer", 3, "remote-fixed"),
        ("remote add lab other.example", 3, "remote-name-taken"),
        (
            "registry login --username u 127.0.0.1:1",
            4,
            "token-missing",
        ),
    ] {
        let (ended, json) = shell.json(line);
        let told = json.pointer("/error/code").and_then(|told| told.as_str());
        assert_eq!((ended, told), (code, Some(error)), "{line}: {json:#}");
        let hint = json.pointer("/error/hint").and_then(|hint| hint.as_str());
        for window in ["Settings", "the list", "click"] {
            assert!(
                !hint.unwrap_or_default().contains(window),
                "{line}: {json:#}"
            );
        }
    }
    assert!(nobody.accept().is_err(), "nobody was to be asked");
}
