//! GnuPG with a home of its own.

use std::process::Command;

use sifter_testkit::{
    faults::skip,
    peers::{Said, said},
};
use tempfile::TempDir;

/// GnuPG with a home of its own.
pub(crate) struct Gpg(TempDir);

impl Gpg {
    /// GnuPG, or nothing and a loud word.
    pub(crate) fn find() -> Option<Self> {
        let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
        if !has("gpg") || !has("dirmngr") {
            skip("gpg", "it is not there, or without dirmngr");
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
        said(command, "").await
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        // The helpers that it started live in this home only.
        let mut end = Command::new("gpgconf");
        let _ = end
            .arg("--homedir")
            .arg(self.0.path())
            .args(["--kill", "all"])
            .output();
    }
}
