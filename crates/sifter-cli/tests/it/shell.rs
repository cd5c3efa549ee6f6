//! A home with the program, and what the program said.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use sif_keys::SecretCertificate;
use sifter_testkit::{TempHome, keys};

pub(crate) const VARIABLE: &str = "SIFTER_PASSPHRASE";

/// A home with the program. Commands run in its `work` folder with nothing else in their environment.
pub(crate) struct Shell {
    pub(crate) home: TempHome,
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self {
            home: TempHome::new(),
        }
    }

    /// A home with these own keys and these public ones.
    pub(crate) fn with_keys(own: &[&SecretCertificate], others: &[&SecretCertificate]) -> Self {
        let shell = Self::new();
        let folder = shell.home.keyring_folder();
        let secret: Vec<u8> = own.iter().flat_map(|key| key.to_bytes().to_vec()).collect();
        let public: Vec<u8> = own
            .iter()
            .chain(others)
            .flat_map(|key| key.certificate().to_bytes().to_vec())
            .collect();
        fs::write(folder.join("pgp-secret"), secret).unwrap();
        fs::write(folder.join("pgp-public"), public).unwrap();
        shell
    }

    /// A home where Anna's key is an own one and Tom's is known.
    pub(crate) fn of_anna() -> Self {
        Self::with_keys(&[keys::anna()], &[keys::tom()])
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.file(name)
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Returns the names in the folder that the person works in.
    pub(crate) fn names(&self) -> Vec<String> {
        let folder = self.path("x").parent().unwrap().to_path_buf();
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sifter-cli"));
        self.prepare(command.args(arguments));
        command
    }

    pub(crate) fn prepare(&self, command: &mut Command) {
        let home = self.home.path().join("home");
        fs::create_dir_all(&home).unwrap();
        command
            .current_dir(self.path("x").parent().unwrap())
            .env_clear()
            .env("HOME", &home)
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_RUNTIME_DIR", home.join("runtime"))
            .stdin(Stdio::null());
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Ran {
        Ran::of(&self.command(arguments).output().unwrap())
    }

    /// Runs with the passphrase of all test keys in the environment.
    pub(crate) fn run_open(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        Ran::of(&command.env(VARIABLE, keys::PASSPHRASE).output().unwrap())
    }

    /// Runs a line of words; a word cannot hold a blank.
    pub(crate) fn line(&self, line: &str) -> Ran {
        self.run_open(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs a line of words with `--json` and returns the exit code and what was said.
    pub(crate) fn json(&self, line: &str) -> (i32, Value) {
        let ran = self.line(&format!("--json {line}"));
        (ran.code, ran.json())
    }

    pub(crate) fn sign(&self, name: &str) {
        let ran = self.run_open(&["sign", name]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    pub(crate) fn keyring(&self, name: &str) -> PathBuf {
        self.home.keyring_folder().join(name)
    }
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        let ran = Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(!ran.err.contains("panicked"), "{ran:?}");
        ran
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Writes the public key of `key` as text.
pub(crate) fn put_public(shell: &Shell, name: &str, key: &SecretCertificate) -> PathBuf {
    shell.put(name, key.certificate().to_armored())
}

/// Makes all folders down to `path` open to everyone.
#[cfg(unix)]
pub(crate) fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            open_to_all(&entry.path());
        }
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
}
