//! The program as a shell sees it: arguments in; text, JSON and exit codes out.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use sifter_testkit::{TempHome, images, keys};

/// A home with the program.
struct Shell(TempHome);

impl Shell {
    fn new() -> Self {
        Self(TempHome::new())
    }

    /// A home where Anna's key is an own one and Tom's is known.
    fn of_anna() -> Self {
        let shell = Self::new();
        let folder = shell.0.keyring_folder();
        let mut public = keys::anna().certificate().to_bytes().to_vec();
        public.extend(keys::tom().certificate().to_bytes());
        fs::write(folder.join("pgp-secret"), keys::anna().to_bytes()).unwrap();
        fs::write(folder.join("pgp-public"), public).unwrap();
        shell
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.file(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sifter-cli"));
        command
            .args(arguments)
            .current_dir(self.0.file("x").parent().unwrap())
            .env_clear()
            .env("HOME", self.0.path().join("home"))
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        Ran::of(
            self.command(arguments)
                .envs(variables.iter().copied())
                .output()
                .unwrap(),
        )
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let mut with_json = vec!["--json"];
        with_json.extend(arguments);
        let ran = self.run(&with_json);
        let value =
            serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        (ran.code, value)
    }

    fn sign(&self, name: &str) -> Ran {
        self.run_with(&[("SIFTER_PASSPHRASE", keys::PASSPHRASE)], &["sign", name])
    }
}

#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[test]
fn looking_at_an_image() {
    let shell = Shell::new();
    shell.file("x.sif", &images::plain());
    let ran = shell.run(&["inspect", "x.sif"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.out.contains("FS (Squashfs/*System/amd64)") && ran.out.contains("architecture: amd64"),
        "{}",
        ran.out
    );
    let (code, view) = shell.json(&["inspect", "x.sif"]);
    assert_eq!((code, view["parts"].as_array().unwrap().len()), (0, 3));
    assert!(shell.run(&["list", "x.sif"]).out.starts_with("------"));
    assert!(
        shell
            .run(&["header", "x.sif"])
            .out
            .contains("Launch Script")
    );
    assert!(shell.run(&["info", "1", "x.sif"]).out.contains("tool.def"));
    assert_eq!(shell.json(&["list", "x.sif"]).1[2]["primary"], true);
    let dumped = shell.run(&["dump", "1", "x.sif"]);
    assert_eq!(
        (dumped.code, dumped.out.as_str()),
        (0, "Bootstrap: library\nFrom: alpine\n")
    );
    assert_eq!(shell.run(&["--json", "dump", "1", "x.sif"]).code, 2);
    assert_eq!(shell.run(&["dump", "9", "x.sif"]).code, 3);
}

#[test]
fn signing_and_verifying_with_exit_codes() {
    let shell = Shell::of_anna();
    shell.file("x.sif", &images::plain());
    assert_eq!(shell.run(&["verify", "x.sif"]).code, 1, "not signed");
    let ran = shell.sign("x.sif");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "x.sif: 1 signature(s) added\n"),
        "{ran:?}"
    );
    let ran = shell.run(&["verify", "x.sif"]);
    assert!(
        ran.code == 0 && ran.out.starts_with("Verified\n"),
        "{ran:?}"
    );
    let (code, report) = shell.json(&["verify", "x.sif"]);
    assert_eq!((code, report["badge"].as_str()), (0, Some("verified")));
    assert_eq!(report["commandLine"]["exitCode"], 0);
    assert_eq!(report["facts"]["signatures"][0]["result"], "good");

    let mut bytes = fs::read(shell.0.file("x.sif")).unwrap();
    let at = bytes.windows(4).position(|four| four == b"hsqs").unwrap();
    bytes[at] ^= 1;
    shell.file("x.sif", &bytes);
    let (code, report) = shell.json(&["verify", "x.sif"]);
    assert_eq!((code, report["badge"].as_str()), (1, Some("tampered")));
    assert_eq!(report["facts"]["intact"]["changes"][0]["part"], 3);
    assert_eq!(report["commandLine"]["exitCode"], 255);
    let variables = [("SIFTER_PASSPHRASE", keys::PASSPHRASE)];
    let ran = shell.run_with(&variables, &["sign", "--yes", "x.sif"]);
    assert!(
        ran.code == 1 && ran.err.contains("is not what was signed"),
        "{ran:?}"
    );
}

#[test]
fn passphrases_come_from_files_and_variables_only() {
    let shell = Shell::of_anna();
    shell.file("x.sif", &images::plain());
    let ran = shell.run(&["sign", "x.sif"]);
    assert!(
        ran.code == 4 && ran.err.contains("SIFTER_PASSPHRASE"),
        "{ran:?}"
    );
    let ran = shell.run_with(&[("SIFTER_PASSPHRASE", "wrong")], &["sign", "x.sif"]);
    assert!(
        ran.code == 4 && ran.err.contains("wrong passphrase"),
        "{ran:?}"
    );
    assert_eq!(shell.run(&["sign", "--passphrase", "x", "x.sif"]).code, 2);
    assert_eq!(fs::read(shell.0.file("x.sif")).unwrap(), images::plain());
    shell.file(
        "secret",
        format!("{}\nsecond line\n", keys::PASSPHRASE).as_bytes(),
    );
    let ran = shell.run(&["sign", "--passphrase-file", "secret", "--copy", "x.sif"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "x-signed.sif: 1 signature(s) added\n"),
        "{ran:?}"
    );
    assert_eq!(shell.run(&["verify", "x-signed.sif"]).code, 0);
}

#[test]
fn selections_and_other_keys() {
    let shell = Shell::of_anna();
    shell.file("x.sif", &images::two_groups());
    shell.file(
        "anna.asc",
        keys::anna().certificate().to_armored().as_bytes(),
    );
    shell.file("tom.asc", keys::tom().certificate().to_armored().as_bytes());
    let variables = [("SIFTER_PASSPHRASE", keys::PASSPHRASE)];
    assert_eq!(
        shell
            .run_with(&variables, &["sign", "--group", "1", "x.sif"])
            .code,
        0
    );
    for (arguments, code) in [
        (&["verify", "x.sif"][..], 1),
        (&["verify", "--group", "1", "x.sif"], 0),
        (&["verify", "--group", "2", "x.sif"], 1),
        (&["verify", "--object", "1", "--local", "x.sif"], 0),
        (&["verify", "--object", "4", "x.sif"], 1),
        (
            &["verify", "--group", "1", "--keyring", "anna.asc", "x.sif"],
            0,
        ),
        (
            &["verify", "--group", "1", "--keyring", "tom.asc", "x.sif"],
            1,
        ),
        (&["verify", "--legacy-insecure", "--all", "x.sif"], 1),
        (&["verify", "--pem", "anna.asc", "x.sif"], 3),
        (&["verify", "--certificate-roots", "anna.asc", "x.sif"], 2),
        (&["verify", "--keyring", "gone.asc", "x.sif"], 3),
        (&["verify"], 2),
    ] {
        let ran = shell.run(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    }
}

#[test]
fn bad_input_ends_with_three_and_says_why() {
    let shell = Shell::new();
    for case in images::damaged() {
        shell.file("bad.sif", &case.bytes);
        for verb in ["inspect", "verify", "list"] {
            let ran = shell.run(&[verb, "bad.sif"]);
            assert_eq!(ran.code, 3, "{verb} {}: {ran:?}", case.what);
            assert!(
                ran.err.contains(case.says),
                "{verb} {}: {}",
                case.what,
                ran.err
            );
        }
        let (code, error) = shell.json(&["verify", "bad.sif"]);
        assert_eq!(
            (code, error["code"].as_str()),
            (3, Some(case.code)),
            "{}",
            case.what
        );
    }
    assert_eq!(shell.run(&["inspect", "gone.sif"]).code, 3);
    assert_eq!(shell.run(&["fly"]).code, 2);
}

#[test]
fn keys_from_making_to_deleting() {
    let shell = Shell::new();
    let secret = [
        ("SIFTER_PASSPHRASE", "first one"),
        ("SIFTER_NEW_PASSPHRASE", "second one"),
    ];
    let ran = shell.run_with(
        &secret,
        &[
            "key",
            "create",
            "--name",
            "Nina New",
            "--mail",
            "nina@lab.example",
            "--kind",
            "ed25519",
        ],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let fingerprint = ran.out.trim().to_owned();
    assert_eq!(fingerprint.len(), 40);
    assert!(
        shell
            .run(&["key", "list"])
            .out
            .contains("Nina New <nina@lab.example>")
    );
    let (_, view) = shell.json(&["key", "show", "Nina New"]);
    assert_eq!(view["row"]["protection"], "all");
    assert_eq!(
        shell
            .run_with(&secret, &["key", "passwd", &fingerprint])
            .code,
        0
    );
    assert_eq!(
        shell
            .run_with(&secret, &["key", "extend", "Nina New", "--days", "9"])
            .code,
        4,
        "the old passphrase"
    );
    let secret = [("SIFTER_PASSPHRASE", "second one")];
    assert_eq!(
        shell
            .run_with(&secret, &["key", "extend", "Nina New", "--days", "9"])
            .code,
        0
    );
    assert_eq!(
        shell.run(&["key", "export", "Nina New", "--secret"]).code,
        2,
        "never to the terminal"
    );
    assert_eq!(
        shell
            .run(&["key", "export", "Nina New", "--secret", "-o", "nina.asc"])
            .code,
        0
    );
    assert_eq!(
        shell
            .run(&["key", "export", "Nina New", "-o", "nina.asc"])
            .code,
        5,
        "not over a file"
    );
    assert!(
        shell
            .run(&["key", "export", "Nina New"])
            .out
            .starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    );
    assert_eq!(
        shell
            .run_with(
                &secret,
                &["key", "revocation", "Nina New", "-o", "revocation.asc"]
            )
            .code,
        0
    );
    assert_eq!(
        shell
            .run(&["key", "compare", "Nina New", &fingerprint.to_lowercase()])
            .code,
        0
    );
    assert_eq!(
        shell
            .run(&["key", "compare", "Nina New", &fingerprint[24..]])
            .code,
        1
    );
    assert_eq!(
        shell.run(&["key", "delete", "Nina New"]).code,
        2,
        "not confirmed"
    );
    assert_eq!(
        shell
            .run(&["key", "delete", "Nina New", "--confirm", "Nina New"])
            .code,
        0
    );
    assert_eq!(shell.run(&["key", "show", &fingerprint]).code, 3);
    assert_eq!(shell.run(&["key", "import", "nina.asc"]).code, 0);
    let (_, report) = shell.json(&["key", "import", "--dry-run", "revocation.asc"]);
    assert_eq!(report["items"][0]["effect"]["changes"][0], "revocation");
    assert_eq!(shell.run(&["key", "import", "revocation.asc"]).code, 0);
    assert!(shell.run(&["key", "list"]).out.contains("revoked"));
}

#[test]
fn trust_and_distrust() {
    let tom = Shell::new();
    let folder = tom.0.keyring_folder();
    fs::write(folder.join("pgp-secret"), keys::tom().to_bytes()).unwrap();
    fs::write(
        folder.join("pgp-public"),
        keys::tom().certificate().to_bytes(),
    )
    .unwrap();
    let path = tom.file("x.sif", &images::plain());
    assert_eq!(tom.sign("x.sif").code, 0);
    let shell = Shell::of_anna();
    shell.file("x.sif", &fs::read(path).unwrap());
    let badge = || {
        shell.json(&["verify", "x.sif"]).1["badge"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(badge(), "untrustedKey");
    assert_eq!(
        shell
            .run(&["key", "trust", "Tom Berg", "--compared", "read-aloud"])
            .code,
        0
    );
    assert_eq!(badge(), "verified");
    assert_eq!(
        shell.run(&["key", "distrust", "Tom Berg", "--block"]).code,
        0
    );
    assert_eq!(badge(), "untrustedKey");
    assert_eq!(shell.run(&["key", "distrust", "Tom Berg"]).code, 0);
    assert_eq!(badge(), "untrustedKey");
}

#[test]
fn help_names_every_exit_code_and_nothing_is_left_in_the_list() {
    let shell = Shell::of_anna();
    let help = shell.run(&["--help"]).out;
    for line in [
        "0  done",
        "1  the answer",
        "2  the command",
        "3  the input",
        "4  a passphrase",
        "5  writing",
        "130",
    ] {
        assert!(help.contains(line), "`{line}` in {help}");
    }
    shell.file("x.sif", &images::plain());
    shell.sign("x.sif");
    shell.run(&["inspect", "x.sif"]);
    let homes = shell.0.path().join("home/.local/share/sifter");
    assert!(homes.join("sifter.db").exists(), "{}", homes.display());
    let database = fs::read(homes.join("sifter.db")).unwrap();
    assert!(
        !database
            .windows(keys::PASSPHRASE.len())
            .any(|part| part == keys::PASSPHRASE.as_bytes())
    );
}
