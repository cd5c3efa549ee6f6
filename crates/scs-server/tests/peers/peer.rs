//! The real `apptainer` in a chroot, with a configuration of this test's own; and GnuPG with a home of its own.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

/// Where the peers live when `SIFTER_PEERS` does not say it.
const DEFAULT_FOLDER: &str = "/var/tmp/sifter-peers";

/// A chroot with the peers, and a folder of this test's own inside it.
pub(crate) struct Peer {
    root: PathBuf,
    folder: TempDir,
}

/// What a peer answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    #[allow(dead_code, reason = "is shown when a test fails")]
    pub(crate) stderr: String,
}

impl Peer {
    /// The peers, or nothing and a loud word.
    pub(crate) fn find() -> Option<Self> {
        let folder =
            std::env::var_os("SIFTER_PEERS").map_or_else(|| DEFAULT_FOLDER.into(), PathBuf::from);
        let root = folder.join("root");
        if !root.join("usr/bin/apptainer").exists() {
            println!("SKIPPED: apptainer: no peers at `{}`", folder.display());
            return None;
        }
        let folder = TempDir::with_prefix_in("sifter-", root.join("tmp")).unwrap();
        std::fs::create_dir(folder.path().join("config")).unwrap();
        Some(Self { root, folder })
    }

    /// The shared folder as this side sees it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The shared folder as the peer sees it.
    pub(crate) fn inside(&self, name: &str) -> String {
        let path = self.path(name);
        let inside = path.strip_prefix(&self.root).unwrap();
        Path::new("/").join(inside).to_string_lossy().into_owned()
    }

    /// Makes `url` the only remote. A port cannot be given to `remote add`, so the file is written.
    pub(crate) fn use_remote(&self, url: &str, token: Option<&str>) {
        let token = token
            .map(|token| format!("    Token: {token}\n"))
            .unwrap_or_default();
        let text = format!(
            "Active: Here\nRemotes:\n  Here:\n    URI: {url}\n{token}    System: false\n    Exclusive: false\n    Insecure: true\n"
        );
        std::fs::write(self.path("config/remote.yaml"), text).unwrap();
    }

    /// Runs `apptainer` and returns what it said.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new("chroot");
        command
            .arg(&self.root)
            .arg("apptainer")
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.inside(""))
            .env("APPTAINER_CONFIGDIR", self.inside("config"))
            .env("APPTAINER_KEYSDIR", self.inside("keys"))
            .env("APPTAINER_CACHEDIR", self.inside("cache"));
        said(command).await
    }

    /// Runs `apptainer` and expects success.
    pub(crate) async fn apptainer(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments).await;
        assert_eq!(said.exit, 0, "apptainer {arguments:?}: {said:?}");
        said
    }
}

/// GnuPG with a home of its own.
pub(crate) struct Gpg(TempDir);

impl Gpg {
    /// GnuPG, or nothing and a loud word.
    pub(crate) fn find() -> Option<Self> {
        let has = |program: &str| {
            std::process::Command::new(program)
                .arg("--version")
                .output()
                .is_ok()
        };
        if !has("gpg") || !has("dirmngr") {
            println!("SKIPPED: gpg: it is not there, or without dirmngr");
            return None;
        }
        let home = TempDir::with_prefix("sifter-gpg-").unwrap();
        Some(Self(home))
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_string_lossy().into_owned()
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new("gpg");
        command
            .arg("--homedir")
            .arg(self.0.path())
            .args(["--batch", "--no-tty"])
            .args(arguments);
        said(command).await
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        // The helpers that it started live in this home only.
        let mut end = std::process::Command::new("gpgconf");
        let _ = end
            .arg("--homedir")
            .arg(self.0.path())
            .args(["--kill", "all"])
            .output();
    }
}

/// Runs a program with nothing to read, and returns what it said.
pub(crate) async fn said(mut command: Command) -> Said {
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .unwrap();
    Said {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
