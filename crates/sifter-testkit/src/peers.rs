//! The real `apptainer` in a chroot, with a configuration of one test's own and a folder that both sides see; and what
//! other programs say.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::{faults::skip, images};

/// Where the peers live when `SIFTER_PEERS` does not say it.
const DEFAULT_FOLDER: &str = "/var/tmp/sifter-peers";

/// The certificates that a peer trusts, where they are not the usual ones.
const AUTHORITIES: &str = "authorities.pem";

/// A chroot with `apptainer`, and a folder of this test's own inside it.
#[derive(Debug)]
pub struct Peer {
    root: PathBuf,
    folder: TempDir,
}

/// What a program answered.
#[derive(Debug)]
pub struct Said {
    /// -1 if it was ended by a signal.
    pub exit: i32,
    /// What it said.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Peer {
    /// The peers, or nothing and a loud word.
    ///
    /// # Panics
    ///
    /// If they are there and cannot be written to.
    #[must_use]
    pub fn find() -> Option<Self> {
        let folder =
            std::env::var_os("SIFTER_PEERS").map_or_else(|| DEFAULT_FOLDER.into(), PathBuf::from);
        let root = folder.join("root");
        if !root.join("usr/bin/apptainer").exists() {
            skip("apptainer", &format!("no peers at `{}`", folder.display()));
            return None;
        }
        let folder =
            TempDir::with_prefix_in("sifter-", root.join("tmp")).expect("a folder in the chroot");
        std::fs::create_dir(folder.path().join("config")).expect("a folder of settings");
        Some(Self { root, folder })
    }

    /// The shared folder as this side sees it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The shared folder as the peer sees it.
    ///
    /// # Panics
    ///
    /// Never: the folder lies in the chroot.
    #[must_use]
    pub fn inside(&self, name: &str) -> String {
        let path = self.path(name);
        let inside = path
            .strip_prefix(&self.root)
            .expect("it lies in the chroot");
        Path::new("/").join(inside).to_string_lossy().into_owned()
    }

    /// Makes `url` the only remote. A port cannot be given to `remote add`, so the file is written.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub fn use_remote(&self, url: &str, token: Option<&str>) {
        self.write_remotes(url, token, true);
    }

    /// Makes `url`, which begins with `https`, the only remote, and trusts its certificate.
    ///
    /// # Panics
    ///
    /// If the files cannot be written.
    pub fn use_encrypted_remote(&self, url: &str, token: &str, certificate: &str) {
        self.write_remotes(url, Some(token), false);
        std::fs::write(self.path(AUTHORITIES), certificate).expect("a file of authorities");
    }

    fn write_remotes(&self, url: &str, token: Option<&str>, is_plain: bool) {
        let token = token
            .map(|token| format!("    Token: {token}\n"))
            .unwrap_or_default();
        let text = format!(
            "Active: Here\nRemotes:\n  Here:\n    URI: {url}\n{token}    System: false\n    Exclusive: false\n    Insecure: {is_plain}\n"
        );
        std::fs::write(self.path("config/remote.yaml"), text).expect("a list of remotes");
    }

    /// A program in the chroot that finds nothing but what is this test's own.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("chroot");
        command
            .arg(&self.root)
            .arg(program)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.inside(""))
            .env("APPTAINER_CONFIGDIR", self.inside("config"))
            .env("APPTAINER_KEYSDIR", self.inside("keys"))
            .env("APPTAINER_CACHEDIR", self.inside("cache"));
        if self.path(AUTHORITIES).exists() {
            command.env("SSL_CERT_FILE", self.inside(AUTHORITIES));
        }
        command
    }

    /// What `apptainer` said to `input`.
    pub async fn run(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command("apptainer");
        command.args(arguments);
        said(command, input).await
    }

    /// What `apptainer` said when it did what it was told.
    ///
    /// # Panics
    ///
    /// If it did not.
    pub async fn apptainer(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments, "").await;
        assert_eq!(said.exit, 0, "apptainer {arguments:?}: {said:?}");
        said
    }

    /// Makes an image with a real file system: `apptainer` looks at it before it pushes to a registry.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    pub async fn make_image(&self, name: &str) {
        std::fs::create_dir(self.path("tree")).expect("a new folder");
        let mut command = self.command("mksquashfs");
        command
            .args([&self.inside("tree"), &self.inside("squash")])
            .args(["-quiet", "-no-progress"]);
        let made = said(command, "").await;
        assert_eq!(made.exit, 0, "mksquashfs: {made:?}");
        let squash = std::fs::read(self.path("squash")).expect("a file system");
        std::fs::write(self.path(name), images::with_partition(&squash)).expect("an image");
    }

    /// Makes an image that `apptainer` signed with a new key of its own.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    pub async fn make_signed(&self, name: &str) {
        self.make_image(name).await;
        let key = ["key", "newpair", "--name", "Anna", "--email"];
        let rest = ["anna@lab.example", "--password", "", "--push=false"];
        self.apptainer(&[&key[..], &rest[..]].concat()).await;
        self.apptainer(&["sign", &self.inside(name)]).await;
    }
}

/// What a program says to `input`.
///
/// # Panics
///
/// If it cannot be started.
pub async fn said(mut command: Command, input: &str) -> Said {
    let input = input.to_owned();
    let run = tokio::task::spawn_blocking(move || {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // One that reads nothing may have ended.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        Said::from(child.wait_with_output().expect("the program ends"))
    });
    run.await.expect("nothing here panics")
}
