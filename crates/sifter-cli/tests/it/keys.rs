//! `key …`.

use std::fs;

use sifter_testkit::keys;

use crate::shell::{Ran, Shell, VARIABLE, put_public};

/// Runs with an old and a new passphrase in the environment.
fn with(shell: &Shell, (old, new): (&str, &str), line: &str) -> Ran {
    let mut command = shell.command(&line.split_whitespace().collect::<Vec<_>>());
    command.env(VARIABLE, old).env("SIFTER_NEW_PASSPHRASE", new);
    Ran::of(&command.output().unwrap())
}

#[test]
fn the_life_of_a_key() {
    let shell = Shell::new();
    let (first, second) = ("first one", "second one");
    let create = "key create --name Nina --mail nina@lab.example --kind ed25519 --expires 1y";
    let ran = with(&shell, (first, ""), create);
    assert_eq!(ran.code, 0, "{ran:?}");
    let fingerprint = ran.out.trim().to_owned();
    assert_eq!(fingerprint.len(), 40);
    let groups: Vec<&str> = (0..10).map(|at| &fingerprint[at * 4..at * 4 + 4]).collect();
    let groups = groups.join(" ");
    let short = &fingerprint[24..];
    let wrong = fingerprint.replace('A', "B").replace('1', "A");
    // The line, the old and the new passphrase, the exit code, words of the answer.
    for (line, old, new, code, says) in [
        (
            "key list".to_owned(),
            "",
            "",
            0,
            "yours  Nina <nina@lab.example>",
        ),
        ("key show Nina".to_owned(), "", "", 0, groups.as_str()),
        ("key show nina@LAB.example".to_owned(), "", "", 0, "words"),
        (
            format!("key show 0x{}", fingerprint.to_lowercase()),
            "",
            "",
            0,
            "current",
        ),
        ("key show nobody".to_owned(), "", "", 3, "no key `nobody`"),
        (
            "key passwd Nina".to_owned(),
            "wrong",
            second,
            4,
            "wrong passphrase",
        ),
        (
            "key passwd Nina".to_owned(),
            first,
            "",
            4,
            "SIFTER_NEW_PASSPHRASE",
        ),
        ("key passwd Nina".to_owned(), first, second, 0, "Nina"),
        (
            "key extend Nina --expires never".to_owned(),
            first,
            "",
            4,
            "wrong passphrase",
        ),
        (
            "key extend Nina --expires soon".to_owned(),
            second,
            "",
            2,
            "2030-01-31",
        ),
        (
            "key extend Nina --expires 2y".to_owned(),
            second,
            "",
            0,
            "current",
        ),
        (
            "key extend Nina --expires never".to_owned(),
            second,
            "",
            0,
            "current",
        ),
        (
            "key export Nina".to_owned(),
            "",
            "",
            0,
            "BEGIN PGP PUBLIC KEY BLOCK",
        ),
        ("key export Nina --secret".to_owned(), "", "", 2, "--output"),
        ("key export Nina --binary".to_owned(), "", "", 2, "--output"),
        (
            "key export Nina --secret --output s.asc".to_owned(),
            "",
            "",
            0,
            "s.asc",
        ),
        (
            "key export Nina --binary --output p.gpg".to_owned(),
            "",
            "",
            0,
            "p.gpg",
        ),
        (
            "key revocation Nina --output r.asc".to_owned(),
            second,
            "",
            0,
            "r.asc",
        ),
        (
            format!("key compare Nina {groups}"),
            "",
            "",
            0,
            "all groups match",
        ),
        (
            format!("key compare Nina {fingerprint}"),
            "",
            "",
            0,
            "all groups match",
        ),
        (format!("key compare Nina {short}"), "", "", 1, "too few"),
        (format!("key compare Nina {wrong}"), "", "", 1, "differ"),
        (
            "key compare Nina zebra".to_owned(),
            "",
            "",
            1,
            "no fingerprint",
        ),
        ("key compare Nina".to_owned(), "", "", 2, "required"),
        (
            "key revoke Nina --reason compromised --text lost".to_owned(),
            second,
            "",
            0,
            "revoked",
        ),
        ("key delete Nina".to_owned(), "", "", 3, "--confirm"),
        (
            "key delete Nina --confirm Tom".to_owned(),
            "",
            "",
            3,
            "typed",
        ),
        (
            "key delete Nina --confirm Nina".to_owned(),
            "",
            "",
            0,
            "deleted",
        ),
        (
            "key delete Nina --confirm Nina".to_owned(),
            "",
            "",
            3,
            "no key `Nina`",
        ),
        (
            "key import s.asc".to_owned(),
            "",
            "",
            0,
            "with secret part  new",
        ),
        (
            "key import --dry-run r.asc".to_owned(),
            "",
            "",
            0,
            "update: revocation",
        ),
        ("key list".to_owned(), "", "", 0, "current"),
        (
            "key import r.asc".to_owned(),
            "",
            "",
            0,
            "update: revocation",
        ),
        ("key list".to_owned(), "", "", 0, "revoked"),
    ] {
        let ran = with(&shell, (old, new), &line);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert!(
            format!("{}{}", ran.out, ran.err).contains(says),
            "{line}: {ran:?}"
        );
    }
    let secret = String::from_utf8(shell.get("s.asc")).unwrap();
    assert!(secret.starts_with("-----BEGIN PGP PRIVATE KEY BLOCK-----"));
    assert!(shell.get("p.gpg")[0] & 0x80 != 0, "binary");
}

#[test]
fn every_answer_is_json_too() {
    let shell = Shell::of_anna();
    let fingerprint = keys::anna().fingerprint().to_string();
    shell.put("new", keys::PASSPHRASE);
    put_public(&shell, "rsa.asc", keys::rsa());
    for (line, place, value) in [
        ("key list", "/keys/0/algorithm", "Ed25519"),
        (
            "key show anna@lab.example",
            "/row/fingerprint",
            fingerprint.as_str(),
        ),
        ("key import rsa.asc", "/0/effect/kind", "new"),
        ("key import rsa.asc", "/0/effect/kind", "identical"),
        (
            "key export anna@lab.example",
            "/fingerprint",
            fingerprint.as_str(),
        ),
        (
            "key export anna@lab.example --output a.asc",
            "/name",
            "a.asc",
        ),
        (
            "key passwd anna@lab.example --new-passphrase-file new",
            "/fingerprint",
            &fingerprint,
        ),
        (
            "key extend anna@lab.example --expires 2040-01-31",
            "/state",
            "current",
        ),
        (
            "key revocation anna@lab.example --output r.asc",
            "/name",
            "r.asc",
        ),
        ("key compare anna@lab.example 0000", "/kind", "tooShort"),
        (
            "key delete ruth@lab.example",
            "/deleted",
            &keys::rsa().fingerprint().to_string(),
        ),
        ("key revoke anna@lab.example", "/state", "revoked"),
        ("key show nobody", "/error/code", "key-missing"),
        (
            "key extend tom@lab.example --expires 1y",
            "/error/code",
            "no-secret-key",
        ),
        (
            "key delete anna@lab.example",
            "/error/code",
            "input-invalid",
        ),
        (
            "key create --name New --mail new@lab.example --kind ed25519 --no-passphrase",
            "/name",
            "New",
        ),
    ] {
        let (_, json) = shell.json(line);
        let found = json.pointer(place).and_then(|value| value.as_str());
        assert_eq!(found, Some(value), "{line}: {json:#}");
    }
    let end = shell.json("key show new@lab.example").1;
    assert!(
        end["row"]["expires"].is_i64(),
        "two years by default: {end:#}"
    );
}

#[test]
fn imports_of_several_files_and_of_none() {
    let shell = Shell::new();
    put_public(&shell, "anna.asc", keys::anna());
    shell.put("tom.gpg", keys::tom().certificate().to_bytes());
    shell.put("olga.asc", keys::open().to_armored().as_bytes());
    shell.put("text.asc", "no key at all\n");
    let armored = keys::rsa().certificate().to_armored();
    shell.put("cut.asc", &armored[..armored.len() / 2]);
    let ran = shell.line("key import --dry-run anna.asc tom.gpg");
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2), "{ran:?}");
    assert!(
        shell.line("key list").out.is_empty(),
        "nothing was imported"
    );
    for (line, code, says) in [
        ("anna.asc tom.gpg", 0, "new"),
        ("anna.asc", 0, "already here"),
        ("olga.asc", 0, "with secret part"),
        ("text.asc", 3, "key"),
        ("cut.asc", 3, ""),
        ("anna.asc text.asc", 3, "key"),
        ("gone.asc", 3, "gone.asc"),
        ("", 2, "required"),
    ] {
        let ran = shell.line(&format!("key import {line}"));
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert!(
            format!("{}{}", ran.out, ran.err).contains(says),
            "{line}: {ran:?}"
        );
    }
    let (_, list) = shell.json("key list");
    let keys = list["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 3, "{list:#}");
    let olga = keys.iter().find(|key| key["name"] == "Open Olga").unwrap();
    assert_eq!(
        olga["protection"], "all",
        "locked by the passphrase that was given"
    );
}

#[test]
fn making_a_key_needs_a_name_and_a_passphrase() {
    let shell = Shell::new();
    shell.put("empty", "\n");
    for (arguments, code, says) in [
        (&["--mail", "n@lab.example"][..], 2, "--name"),
        (
            &["--name", "N", "--mail", "n@lab.example"],
            4,
            "SIFTER_PASSPHRASE",
        ),
        (
            &[
                "--name",
                "N",
                "--mail",
                "n@lab.example",
                "--passphrase-file",
                "empty",
            ],
            3,
            "--no-passphrase",
        ),
        (
            &[
                "--name",
                "N <x>",
                "--mail",
                "n@lab.example",
                "--no-passphrase",
            ],
            3,
            "<",
        ),
        (
            &["--name", "N", "--mail", "n@lab.example", "--kind", "dsa"],
            2,
            "ed25519",
        ),
        (
            &[
                "--name",
                "N",
                "--mail",
                "n@lab.example",
                "--expires",
                "99999y",
            ],
            2,
            "never",
        ),
        (
            &[
                "--name",
                "N",
                "--mail",
                "n@lab.example",
                "--expires",
                "2001-01-31",
                "--no-passphrase",
            ],
            3,
            "",
        ),
    ] {
        let ran = shell.run(&[&["key", "create"], arguments].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(says), "{arguments:?}: {ran:?}");
    }
    let made = shell.keyring("pgp-secret");
    assert!(!made.exists() || fs::read(made).unwrap().is_empty());
}
