//! `push`, `search`, `pull` and `delete`: whole ways through a real cloud.

use sifter_testkit::{TempHome, images, keys};

use crate::{
    server::Server,
    shell::{Ran, Shell},
};

const PLACE: &str = "library://alice/tools/tool";

fn ready() -> (Server, Shell) {
    let (server, shell) = (Server::start(), Shell::of_anna());
    server.be_remote_of(&shell);
    (server, shell)
}

/// The line, the exit code, words of the answer.
fn check(shell: &Shell, cases: &[(String, i32, &str)]) {
    for (line, code, says) in cases {
        let ran = shell.line(line);
        assert_eq!(ran.code, *code, "{line}: {ran:?}");
        let told = format!("{}{}", ran.out, ran.err);
        assert!(told.contains(says), "{line}: {ran:?}");
    }
}

#[test]
fn an_image_is_pushed_found_pulled_and_deleted() {
    let (_server, shell) = ready();
    shell.put("tool.sif", images::plain());
    shell.put("plain.sif", images::plain());
    shell.sign("tool.sif");
    let token = "--tokenfile token";
    check(
        &shell,
        &[
            (format!("push tool.sif {PLACE}:1.0"), 4, "--tokenfile"),
            (
                format!("push {token} plain.sif {PLACE}:0.9"),
                3,
                "--allow-unsigned",
            ),
            (
                format!("push {token} tool.sif {PLACE}:1.0,latest"),
                0,
                "pushed to",
            ),
            (
                format!("push {token} tool.sif {PLACE}:1.1"),
                0,
                "there already",
            ),
            (
                format!("push {token} --allow-unsigned --tag 0.9 plain.sif {PLACE}"),
                0,
                "pushed",
            ),
            (
                format!("push {token} --allow-unsigned plain.sif {PLACE}:1.1"),
                0,
                "tag 1.1 moved",
            ),
            ("search tool".to_owned(), 0, "alice/tools/tool"),
            ("search --arch arm64 --signed tool".to_owned(), 0, ""),
            ("search nothing-like-this".to_owned(), 0, ""),
            (format!("pull --arch amd64 {PLACE}:1.0"), 0, "Verified"),
            (format!("pull --arch amd64 {PLACE}:1.0"), 3, "--force"),
            (
                format!("pull --arch amd64 --force {PLACE}:1.0"),
                0,
                "Verified",
            ),
            (
                format!("pull -U --disable-cache --arch amd64 --no-verify named.sif {PLACE}:1.0"),
                0,
                "named.sif",
            ),
            (format!("pull --arch amd64 {PLACE}:0.9"), 0, "Not signed"),
            (
                format!("pull --arch riscv64 other.sif {PLACE}:1.0"),
                3,
                "--arch",
            ),
            (format!("pull --arch amd64 other.sif {PLACE}:gone"), 3, ""),
        ],
    );
    assert_eq!(shell.get("tool_1.0.sif"), shell.get("tool.sif"));
    assert_eq!(shell.get("named.sif"), shell.get("tool.sif"));
    assert_eq!(shell.get("tool_0.9.sif"), images::plain());
    assert!(!shell.names().contains(&"other.sif".to_owned()));
    check(
        &shell,
        &[
            (
                format!("delete --arch amd64 {token} {PLACE}:1.0"),
                3,
                "--force",
            ),
            (
                format!("delete --force --arch amd64 {PLACE}:1.0"),
                4,
                "--tokenfile",
            ),
            (
                format!("delete --force --arch arm64 {token} {PLACE}:1.0"),
                3,
                "only for amd64",
            ),
            (
                format!("delete --force --arch amd64 {token} {PLACE}:gone"),
                3,
                "no such image",
            ),
            (
                format!("delete --force --arch amd64 {token} {PLACE}:1.0"),
                0,
                "deleted",
            ),
            (format!("pull --arch amd64 again.sif {PLACE}:1.0"), 3, ""),
            (
                format!("pull --arch amd64 still.sif {PLACE}:0.9"),
                0,
                "still.sif",
            ),
        ],
    );
}

#[test]
fn the_hash_that_is_asked_for_is_the_one_that_comes() {
    let (_server, shell) = ready();
    shell.put("tool.sif", images::plain());
    let push = format!("push --tokenfile token --allow-unsigned tool.sif {PLACE}:1.0");
    assert_eq!(shell.line(&push).code, 0);
    let (code, pulled) = shell.json(&format!("pull --arch amd64 a.sif {PLACE}:1.0"));
    assert_eq!(
        (code, pulled["badge"].as_str()),
        (0, Some("notSigned")),
        "{pulled:#}"
    );
    let wrong = "0".repeat(64);
    for digits in [wrong.clone(), format!("sha256:{wrong}")] {
        let ran = shell.line(&format!(
            "pull --arch amd64 --sha256 {digits} b.sif {PLACE}:1.0"
        ));
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(!shell.names().contains(&"b.sif".to_owned()), "{ran:?}");
    }
}

#[test]
fn an_unsigned_image_is_signed_first_and_a_tampered_one_never_goes() {
    let (_server, shell) = ready();
    shell.put("tool.sif", images::plain());
    let push = format!("push --tokenfile token --sign anna@lab.example tool.sif {PLACE}:1.0");
    let without: Vec<&str> = push.split(' ').collect();
    let ran = shell.run(&without);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert_eq!(shell.get("tool.sif"), images::plain());
    let ran = shell.line(&push);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!format!("{ran:?}").contains(keys::PASSPHRASE));
    assert_eq!(shell.line("verify tool.sif").code, 0);
    let pulled = shell.line(&format!("pull --arch amd64 pulled.sif {PLACE}:1.0"));
    assert!(
        pulled.code == 0 && pulled.out.contains("Verified"),
        "{pulled:?}"
    );
    let mut changed = shell.get("tool.sif");
    let at = changed.windows(4).position(|part| part == b"hsqs").unwrap();
    changed[at] ^= 1;
    shell.put("bad.sif", &changed);
    let ran = shell.line(&format!(
        "push --tokenfile token --allow-unsigned bad.sif {PLACE}:2.0"
    ));
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn this_computer_needs_no_login_and_no_remote() {
    let shell = Shell::of_anna();
    shell.put("tool.sif", images::plain());
    let (_, list) = shell.json("remote status this-computer");
    assert_eq!(list["login"]["kind"], "notNeeded", "{list:#}");
    // The owner is named after the person, here by the home folder.
    let place = "library://home/tools/tool:1.0";
    check(
        &shell,
        &[
            (
                format!("push --allow-unsigned tool.sif {place}"),
                0,
                "pushed to",
            ),
            ("search tool".to_owned(), 0, "tools/tool"),
            (format!("pull --arch amd64 {place}"), 0, "Not signed"),
            (format!("delete --force --arch amd64 {place}"), 0, "deleted"),
            ("key push anna@lab.example".to_owned(), 0, "published at"),
        ],
    );
    assert_eq!(shell.get("tool_1.0.sif"), images::plain());
}

#[test]
fn the_token_of_a_command_is_kept_nowhere() {
    let (server, shell) = ready();
    shell.put("tool.sif", images::plain());
    for line in [
        format!("push --tokenfile token --allow-unsigned tool.sif {PLACE}:1.0"),
        format!("--json pull --tokenfile token --arch amd64 p.sif {PLACE}:1.0"),
        "--json search --tokenfile token tool".to_owned(),
        "remote list".to_owned(),
    ] {
        let ran: Ran = shell.line(&line);
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
        assert!(!format!("{ran:?}").contains(&server.token), "{line}");
    }
    let home: &TempHome = &shell.home;
    let found = crate::secrets::files_with(&home.path().join("home"), &server.token);
    assert!(found.is_empty(), "{found:?}");
}
