//! Where passphrases come from, and where they never appear.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sifter_testkit::{images, keys};

use crate::shell::{Ran, Shell, VARIABLE};

#[test]
fn from_a_file_or_a_variable_or_not_at_all() {
    let shell = Shell::of_anna();
    shell.put("x.sif", images::plain());
    shell.put("right", format!("{}\r\nsecond line\n", keys::PASSPHRASE));
    shell.put("wrong", "wrong\n");
    shell.put("empty", "");
    shell.put("latin", b"gr\xfc\xdfe\n");
    shell.put("large", vec![b'a'; 70_000]);
    for (file, variable, code, says) in [
        (
            None,
            None,
            4,
            "--passphrase-file or the variable SIFTER_PASSPHRASE",
        ),
        (None, Some(""), 4, "no terminal"),
        (None, Some("wrong"), 4, "wrong passphrase"),
        (Some("wrong"), Some(keys::PASSPHRASE), 4, "wrong passphrase"),
        (Some("empty"), None, 4, "passphrase"),
        (Some("gone"), None, 3, "`gone` cannot be read"),
        (Some("latin"), None, 3, "is not UTF-8"),
        (Some("large"), None, 3, "is too large"),
        (Some("."), None, 3, "`.` cannot be read"),
        (Some("right"), Some("wrong"), 0, ""),
        (None, Some(keys::PASSPHRASE), 0, ""),
    ] {
        let mut arguments = vec!["sign", "--copy", "x.sif"];
        arguments.extend(file.iter().flat_map(|file| ["--passphrase-file", file]));
        let mut command = shell.command(&arguments);
        command.envs(variable.map(|value| (VARIABLE, value)));
        let ran = Ran::of(&command.output().unwrap());
        assert_eq!(ran.code, code, "{file:?} {variable:?}: {ran:?}");
        assert!(ran.err.contains(says), "{file:?} {variable:?}: {ran:?}");
    }
    assert_eq!(shell.get("x.sif"), images::plain());
    let (code, json) = {
        let ran = shell.run(&["--json", "sign", "x.sif"]);
        (ran.code, ran.json())
    };
    assert_eq!(
        (code, json["error"]["code"].as_str()),
        (4, Some("passphrase-needed"))
    );
    let hint = json["error"]["hint"].as_str().unwrap();
    assert!(
        hint.contains("--passphrase-file") && hint.contains(VARIABLE),
        "{hint}"
    );
}

#[test]
fn never_as_an_argument_and_never_shown() {
    let shell = Shell::of_anna();
    shell.put("x.sif", images::plain());
    let secret = "hunter2-hunter2";
    for arguments in [
        &["sign", "--passphrase", secret, "x.sif"][..],
        &["sign", "--passphrase=hunter2-hunter2", "x.sif"],
        &[
            "key",
            "create",
            "--name",
            "N",
            "--mail",
            "n@lab.example",
            "--passphrase",
            secret,
        ],
        &["key", "passwd", "Anna Ruiz", "--new-passphrase", secret],
        &["key", "passwd", "Anna Ruiz", "--password", secret],
    ] {
        let ran = shell.run(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(!format!("{ran:?}").contains(secret), "{ran:?}");
    }
    let new = "brand-new-secret";
    shell.put("new", new);
    for line in [
        "sign x.sif",
        "--json sign --force x.sif",
        "--json verify x.sif",
        "--json key list",
        "--json key show anna@lab.example",
        "--json key passwd anna@lab.example --new-passphrase-file new",
        "key export anna@lab.example --secret --output secret.asc",
        "--json sign --force x.sif",
    ] {
        let ran = shell.line(line);
        let told = format!("{ran:?}");
        assert!(
            !told.contains(keys::PASSPHRASE) && !told.contains(new),
            "{line}: {told}"
        );
    }
    let home = shell.home.path().join("home");
    let written = files_below(&home);
    assert!(written.iter().any(|path| path.ends_with("sifter.db")));
    for secret in [keys::PASSPHRASE, new] {
        let found = files_with(&home, secret);
        assert!(found.is_empty(), "`{secret}` in {found:?}");
    }
}

/// The files below a folder that hold a text.
pub(crate) fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    files_below(folder).into_iter().filter(holds).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.is_file() {
            // Not a socket, of which nothing can be read.
            files.push(path);
        }
    }
    files
}
