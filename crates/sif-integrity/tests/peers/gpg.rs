//! GnuPG as a maker of keys and signatures that Sifter itself would not make.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A keyring of GnuPG of this test's own.
pub(crate) struct Gpg {
    home: TempDir,
}

impl Gpg {
    /// Returns an empty keyring.
    pub(crate) fn new() -> Self {
        Self {
            home: TempDir::with_prefix("sifter-gpg-").expect("a folder"),
        }
    }

    /// Runs gpg with `input` and returns its output; `None` if it fails.
    pub(crate) fn try_run(&self, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
        use std::io::Write;
        let mut child = Command::new("gpg")
            .arg("--homedir")
            .arg(self.home.path())
            .args([
                "--batch",
                "--yes",
                "--quiet",
                "--no-permission-warning",
                "--pinentry-mode",
                "loopback",
            ])
            .args(["--passphrase", "", "--allow-weak-digest-algos"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("gpg runs");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(input).expect("gpg reads");
        drop(pipe);
        let output = child.wait_with_output().expect("gpg ends");
        output.status.success().then_some(output.stdout)
    }

    /// Runs gpg and expects success.
    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        self.try_run(arguments, input)
            .unwrap_or_else(|| panic!("gpg {arguments:?} failed"))
    }

    /// Makes a key at this time and returns its fingerprint.
    pub(crate) fn make(
        &self,
        name: &str,
        algorithm: &str,
        usage: &str,
        expires: &str,
        time: Option<&str>,
    ) -> String {
        let user_id = format!("{name} <{}@example.org>", name.to_lowercase());
        let make = ["--quick-generate-key", &user_id, algorithm, usage, expires];
        self.run(&[&at(time)[..], &make].concat(), b"");
        let listed = self.run(
            &["--with-colons", "--list-keys", &format!("={user_id}")],
            b"",
        );
        let listed = String::from_utf8(listed).expect("text");
        let line = listed
            .lines()
            .find(|line| line.starts_with("fpr:"))
            .expect("a fingerprint");
        line.split(':').nth(9).expect("the field").to_owned()
    }

    /// Clear-signs `text`.
    pub(crate) fn clear_sign(&self, options: &[&str], text: &[u8]) -> Vec<u8> {
        self.run(&[options, &["--clearsign"]].concat(), text)
    }

    /// Revokes the key by the certificate that gpg keeps for this case.
    pub(crate) fn revoke(&self, fingerprint: &str) {
        let path = self
            .home
            .path()
            .join("openpgp-revocs.d")
            .join(format!("{fingerprint}.rev"));
        let text = std::fs::read_to_string(path).expect("a revocation certificate");
        self.run(
            &["--import"],
            text.replace(":-----BEGIN", "-----BEGIN").as_bytes(),
        );
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        kill_agent(self.home.path());
    }
}

fn kill_agent(home: &Path) {
    let _ = Command::new("gpgconf")
        .arg("--homedir")
        .arg(home)
        .args(["--kill", "all"])
        .status();
}

/// The option for another time.
pub(crate) fn at(time: Option<&str>) -> Vec<&str> {
    time.map_or_else(Vec::new, |time| vec!["--faked-system-time", time])
}
