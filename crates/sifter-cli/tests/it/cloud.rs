//! The library of this computer without a window, by the built program.

#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::shell::{Ran, Shell};

/// `cloud serve` at work.
struct Serving {
    child: Option<Child>,
    said: Value,
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Serving {
    fn start(shell: &Shell, line: &str) -> Self {
        let words = format!("--json cloud serve --port 0 {line}");
        let words: Vec<_> = words.split_whitespace().collect();
        let mut child = shell
            .command(&words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut text).unwrap();
        child.stdout = Some(out.into_inner());
        let said = serde_json::from_str(&text).unwrap_or_else(|_| {
            let mut err = String::new();
            let _ = child.stderr.take().unwrap().read_to_string(&mut err);
            panic!("{text:?} {err}")
        });
        Self {
            child: Some(child),
            said,
        }
    }

    /// Stops it by a signal and returns what it said last.
    fn stop(mut self, signal: &str) -> Ran {
        let child = self.child.take().unwrap();
        let told = std::process::Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// The first line of the answer.
    fn ask(&self, path: &str, token: &str, host: &str) -> String {
        let answer = self.answer(path, token, host);
        answer.lines().next().unwrap_or_default().to_owned()
    }

    fn answer(&self, path: &str, token: &str, host: &str) -> String {
        let address = self.said["address"].as_str().unwrap();
        let (_, port) = address.rsplit_once(':').unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn takes(&self, token: &str) -> bool {
        self.ask("/v1/token-status", token, "localhost")
            .contains(" 200 ")
    }
}

fn read_token(shell: &Shell, name: &str) -> String {
    let mode = fs::metadata(shell.path(name)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{name}");
    String::from_utf8(shell.get(name))
        .unwrap()
        .trim()
        .to_owned()
}

#[test]
fn it_is_served_until_it_is_stopped() {
    for (signal, at) in [("TERM", "--folder cloud"), ("INT", "")] {
        let shell = Shell::new();
        let serving = Serving::start(
            &shell,
            &format!("{at} --user anna --name lab.example --token-file first"),
        );
        let said = &serving.said;
        assert!(
            said["address"].as_str().unwrap().starts_with("127.0.0.1:"),
            "{said}"
        );
        assert_eq!(
            (&said["user"], &said["isBeyondThisMachine"]),
            (&"anna".into(), &false.into())
        );
        let first = read_token(&shell, "first");
        assert!(first.len() >= 200 && serving.takes(&first));
        assert!(serving.ask("/version", "", "lab.example").contains(" 200 "));
        assert!(
            !serving
                .ask("/version", "", "evil.example")
                .contains(" 200 ")
        );
        // Nobody else can have the folder; the owner can make tokens all the same.
        let (code, other) = shell.json(&format!("cloud fsck {at}"));
        assert_eq!((code, &other["error"]["code"]), (3, &"cloud-in-use".into()));
        let (code, made) = shell.json(&format!(
            "cloud token bench --days 2 --user anna --output more {at}"
        ));
        assert_eq!(
            (code, &made["token"]["name"]),
            (0, &"bench".into()),
            "{made}"
        );
        let more = read_token(&shell, "more");
        assert!(more != first && serving.takes(&more) && !made.to_string().contains(&more));
        let (_, listed) = shell.json(&format!("cloud token --list {at}"));
        assert_eq!(listed.as_array().unwrap().len(), 2);
        let id = made["token"]["id"].as_str().unwrap();
        assert_eq!(
            shell.line(&format!("cloud token --revoke {id} {at}")).code,
            0
        );
        assert!(!serving.takes(&more) && serving.takes(&first));
        let (code, gone) = shell.json(&format!("cloud token --revoke nothing {at}"));
        assert_eq!(
            (code, &gone["error"]["code"]),
            (3, &"handle-unknown".into())
        );
        let ended = serving.stop(signal);
        assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{ended:?}");
        assert!(!ended.err.contains(&first));
        // It is there again, with its tokens, and makes no second first one.
        let again = Serving::start(&shell, &format!("{at} --user anna --token-file second"));
        assert_eq!(again.said["hasTokens"], true);
        assert!(again.takes(&first) && !shell.path("second").exists());
        again.stop(signal);
    }
}

#[test]
fn other_machines_reach_it_only_if_that_was_said() {
    let shell = Shell::new();
    let refused = shell.line("cloud serve --folder cloud --port 0 --address 0.0.0.0");
    assert_eq!(refused.code, 2, "{refused:?}");
    let serving = Serving::start(
        &shell,
        "--folder cloud --address 0.0.0.0 --beyond-this-machine",
    );
    assert_eq!(serving.said["isBeyondThisMachine"], true);
    let ended = serving.stop("TERM");
    assert!(ended.err.contains("unencrypted"), "{ended:?}");
}

#[test]
fn the_address_of_a_proxy_is_checked_kept_and_forgotten() {
    let shell = Shell::new();
    for address in [
        "cloud.example.org",
        "https://cloud.example.org/library",
        "https://anna:hidden-secret@cloud.example.org",
        "http://cloud.example.org",
    ] {
        let line = format!("--json cloud serve --folder cloud --port 0 --public-address {address}");
        let ran = shell.line(&line);
        assert_eq!(ran.code, 3, "{address}: {ran:?}");
        assert_eq!(ran.json()["error"]["code"], "input-invalid", "{address}");
        assert!(!format!("{ran:?}").contains("hidden-secret"), "{ran:?}");
    }
    let public = "https://cloud.example.org";
    let told = |serving: &Serving| {
        let document = "/assets/config/config.prod.json";
        let answer = serving.answer(document, "", "localhost");
        assert_eq!(
            answer.contains(&format!("\"uri\":\"{public}\"")),
            serving.said["publicAddress"] == public
        );
        serving.said["publicAddress"].clone()
    };
    for (line, expected) in [
        ("", Value::Null),
        (
            "--public-address https://Cloud.example.org:443/",
            public.into(),
        ),
        ("", public.into()),
        ("--no-public-address", Value::Null),
        ("", Value::Null),
    ] {
        let serving = Serving::start(&shell, &format!("--folder cloud {line}"));
        assert_eq!(told(&serving), expected, "{line}");
        let ended = serving.stop("TERM");
        assert!(!ended.err.contains("unencrypted"), "{ended:?}");
    }
    let plain = "--public-address http://cloud.example.org --beyond-this-machine";
    let serving = Serving::start(&shell, &format!("--folder cloud {plain}"));
    assert_eq!(serving.said["isBeyondThisMachine"], true);
    assert!(serving.stop("TERM").err.contains("unencrypted"));
}

/// The record of changes, and lines of the log, name the request as its answer did.
#[test]
fn a_request_is_found_again() {
    let shell = Shell::new();
    let at = "--folder cloud";
    let serving = Serving::start(
        &shell,
        &format!("{at} --user anna --token-file token --log debug"),
    );
    let token = read_token(&shell, "token");
    let answer = serving.answer("/v1/nothing", &token, "localhost");
    let id = answer
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "))
        .unwrap()
        .to_owned();
    let (code, lines) = shell.json(&format!("cloud audit {at}"));
    let what = lines.as_array().unwrap().iter();
    let what: Vec<_> = what.map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!((code, what), (0, vec!["token.issue", "user.create"]));
    assert_eq!(
        (&lines[0]["who"], &lines[0]["request"]),
        (&"owner".into(), &Value::Null)
    );
    assert!(!lines.to_string().contains(&token));
    let (_, one) = shell.json(&format!("cloud audit --most 1 {at}"));
    assert_eq!(one.as_array().unwrap().len(), 1);
    let ended = serving.stop("TERM");
    assert!(
        ended
            .err
            .lines()
            .any(|line| line.contains(&id) && line.contains("404")),
        "{ended:?}"
    );
    assert!(!ended.err.contains(&token));
    assert_eq!(shell.line("cloud audit --folder typo").code, 3);
}

#[test]
fn a_token_goes_to_nobody_who_did_not_ask_for_it() {
    let shell = Shell::new();
    for line in ["cloud token bench", "--json cloud token bench"] {
        let ran = shell.line(line);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(!ran.out.contains("sifter."), "{ran:?}");
    }
    shell.put("there", "something");
    let (code, said) = shell.json("cloud token bench --output there");
    assert_eq!((code, &said["error"]["code"]), (3, &"file-exists".into()));
    assert_eq!(shell.get("there"), b"something");
    let (code, said) = shell.json("cloud token bench --output new --user A/B --folder cloud");
    assert_eq!((code, &said["error"]["code"]), (3, &"input-invalid".into()));
    assert!(
        !shell.path("new").exists(),
        "no file for a token that there is not"
    );
}

#[test]
fn whoever_looks_at_a_wrong_folder_is_told_so() {
    let shell = Shell::new();
    for line in [
        "cloud fsck --folder typo",
        "cloud gc --folder typo",
        "cloud backup --folder typo copy",
        "cloud token --list --folder typo",
        "cloud token --revoke x --folder typo",
        "cloud fsck",
    ] {
        let (code, said) = shell.json(line);
        let told = said.pointer("/error/code").and_then(Value::as_str);
        assert_eq!((code, told), (3, Some("file-missing")), "{line}: {said:#}");
        assert!(!shell.path("typo").exists(), "{line} made it");
    }
}

#[test]
fn a_damaged_database_is_called_so_and_stays_as_it_is() {
    let shell = Shell::new();
    shell.line("cloud token bench --output token --folder cloud");
    let damage = vec![7; 8192];
    fs::write(shell.path("cloud/cloud.db"), &damage).unwrap();
    for line in ["cloud fsck", "cloud gc", "cloud serve --port 0"] {
        let (code, said) = shell.json(&format!("{line} --folder cloud"));
        assert_eq!(code, 3, "{line}: {said:#}");
        let told = said.to_string();
        assert!(
            told.contains("damaged") && told.contains("cloud backup"),
            "{told}"
        );
    }
    assert_eq!(shell.get("cloud/cloud.db"), damage);
}

/// Whoever runs it decides, before the first push too, and while it is served.
#[test]
fn owners_get_rules_and_what_is_not_there_has_none() {
    let shell = Shell::new();
    let serving = Serving::start(&shell, "--folder cloud --user anna --token-file token");
    let token = read_token(&shell, "token");
    let set = "cloud set --folder cloud";
    let (code, said) = shell.json(&format!("{set} anna --quota 1000 --private true"));
    assert_eq!((code, &said["quota"]), (0, &1000.into()), "{said:#}");
    let entity = serving.answer("/v1/entities/anna", &token, "localhost");
    assert!(
        entity.contains("\"quota\":1000") && entity.contains("\"defaultPrivate\":true"),
        "{entity}"
    );
    for (line, expected) in [
        ("nobody --quota 5", 3),
        ("anna --read-only true", 3),
        ("anna/tools/blast --quota 5", 3),
        ("anna/tools/blast --private true", 3),
        ("anna", 2),
    ] {
        let ran = shell.line(&format!("{set} {line}"));
        assert_eq!(ran.code, expected, "{line}: {ran:?}");
    }
}

#[test]
fn it_is_checked_tidied_and_copied() {
    let shell = Shell::new();
    let ran = shell.line("cloud token bench --output token --folder cloud");
    assert_eq!(ran.code, 0, "{ran:?}");
    let left = shell.path("cloud/uploads/left");
    fs::write(&left, "x").unwrap();
    let (code, checked) = shell.json("cloud fsck --quick --folder cloud");
    assert_eq!((code, &checked["orphans"][0]), (0, &"left".into()));
    let (code, removed) = shell.json("cloud gc --folder cloud");
    assert_eq!((code, &removed["files"]), (0, &1.into()));
    assert!(!left.exists());
    assert_eq!(shell.line("cloud backup --folder cloud copy").code, 0);
    let again = shell.line("cloud backup --folder cloud copy");
    assert_eq!(again.code, 3, "{again:?}");
    let (_, tokens) = shell.json("cloud token --list --folder copy");
    assert_eq!(tokens[0]["name"], "bench");
    let (code, checked) = shell.json("cloud fsck --folder copy");
    assert_eq!((code, &checked["problems"]), (0, &serde_json::json!([])));
}

#[test]
fn a_bucket_needs_a_folder_and_a_key_that_is_no_argument() {
    let shell = Shell::new();
    assert_eq!(shell.line("cloud fsck --bucket images").code, 2);
    let at = "--folder cloud --bucket images --endpoint http://127.0.0.1:9";
    let (code, said) = shell.json(&format!("cloud fsck {at}"));
    assert_eq!((code, &said["error"]["code"]), (3, &"input-invalid".into()));
    shell.put(
        "key",
        "aws_access_key_id = a\naws_secret_access_key = hidden-secret\n",
    );
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(shell.path("key"), open).unwrap();
    let ran = shell.line(&format!("--json cloud fsck --credentials key {at}"));
    assert!(
        ran.out.contains("0600") && !ran.out.contains("hidden-secret"),
        "{ran:?}"
    );
    assert_eq!(ran.json()["error"]["code"], "input-invalid");
}
