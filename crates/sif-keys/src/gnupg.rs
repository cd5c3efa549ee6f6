//! Keys that lie with GnuPG, fetched by its own program.
//!
//! Its key files are its own; only `gpg` knows how to read all of them, and its agent asks for passphrases in its
//! own window. Nothing is ever written there.

use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::fingerprint::Fingerprint;
use crate::wiped::{self, Wiped};

/// More than any export of keys.
const MAX_OUTPUT: usize = 64 << 20;
const STEP: Duration = Duration::from_millis(20);

/// The `gpg` program and how to call it.
#[derive(Debug, Clone)]
pub struct GnuPg {
    program: PathBuf,
    home: Option<PathBuf>,
    limit: Duration,
}

/// A key that GnuPG lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GnuPgKey {
    /// The fingerprint of the primary key.
    pub fingerprint: Option<Fingerprint>,
    /// The user ids.
    pub user_ids: Vec<String>,
    /// Whether GnuPG calls the key revoked, expired or otherwise unusable.
    pub is_invalid: bool,
    /// Whether the primary secret key is on a card or elsewhere.
    pub is_elsewhere: bool,
}

/// Why GnuPG gave nothing.
#[derive(Debug, Error)]
pub enum GnuPgError {
    /// The program is not there.
    #[error("`{0}` is not on this computer")]
    NotInstalled(PathBuf),
    /// The program could not be run.
    #[error("cannot run `{program}`: {source}")]
    Run {
        /// The program.
        program: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The program took too long and was ended.
    #[error("GnuPG did not answer in time")]
    TimedOut,
    /// The caller stopped it.
    #[error("cancelled")]
    Cancelled,
    /// The program failed, for instance because its window was closed.
    #[error("GnuPG failed: {0}")]
    Failed(String),
    /// The program gave more than any keys.
    #[error("GnuPG gave too much")]
    TooLarge,
    /// There is no such key.
    #[error("GnuPG has no key `{0}`")]
    NoSuchKey(Fingerprint),
}

impl GnuPg {
    /// Returns a caller of `program` that waits at most `limit` for an answer that needs no passphrase.
    pub fn new(program: impl Into<PathBuf>, limit: Duration) -> Self {
        Self {
            program: program.into(),
            home: None,
            limit,
        }
    }

    /// Uses this home instead of the user's.
    pub fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// Returns the keys with a secret part.
    ///
    /// # Errors
    /// When the program is missing, fails, or takes too long.
    pub fn secret_keys(&self) -> Result<Vec<GnuPgKey>, GnuPgError> {
        self.list("--list-secret-keys")
    }

    /// Returns all public keys.
    ///
    /// # Errors
    /// As [`GnuPg::secret_keys`].
    pub fn public_keys(&self) -> Result<Vec<GnuPgKey>, GnuPgError> {
        self.list("--list-keys")
    }

    /// Returns the packets of a public key.
    ///
    /// # Errors
    /// As [`GnuPg::secret_keys`], and when there is no such key.
    pub fn export_public(&self, key: Fingerprint) -> Result<Vec<u8>, GnuPgError> {
        let arguments = ["--batch".into(), "--export".into(), exact(key)];
        let bytes = self.run(&arguments, self.limit, &mut || true)?;
        if bytes.is_empty() {
            Err(GnuPgError::NoSuchKey(key))
        } else {
            Ok(bytes.to_vec())
        }
    }

    /// Returns the packets of a secret key, locked with its passphrase. GnuPG's agent asks for that in its own
    /// window, so this takes as long as the user does, up to `limit`; `go_on` is asked all the while.
    ///
    /// # Errors
    /// As [`GnuPg::secret_keys`], and `Failed` when the window was closed.
    pub fn export_secret(
        &self,
        key: Fingerprint,
        limit: Duration,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Zeroizing<Vec<u8>>, GnuPgError> {
        let bytes = self.run(&["--export-secret-keys".into(), exact(key)], limit, go_on)?;
        if bytes.is_empty() {
            Err(GnuPgError::NoSuchKey(key))
        } else {
            Ok(bytes)
        }
    }

    fn list(&self, what: &str) -> Result<Vec<GnuPgKey>, GnuPgError> {
        let arguments = [
            "--batch".into(),
            "--with-colons".into(),
            "--fixed-list-mode".into(),
            what.into(),
        ];
        let bytes = self.run(&arguments, self.limit, &mut || true)?;
        Ok(parse_list(&String::from_utf8_lossy(&bytes)))
    }

    fn run(
        &self,
        arguments: &[OsString],
        limit: Duration,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Zeroizing<Vec<u8>>, GnuPgError> {
        let mut command = Command::new(&self.program);
        command.args(["--no-tty", "--no-auto-check-trustdb", "--quiet"]);
        if let Some(home) = &self.home {
            command.arg("--homedir").arg(home);
        }
        command.args(arguments).env("LC_ALL", "C.UTF-8");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => GnuPgError::NotInstalled(self.program.clone()),
            _ => GnuPgError::Run {
                program: self.program.clone(),
                source,
            },
        })?;
        let output = Collected::start(child.stdout.take());
        let messages = Collected::start(child.stderr.take());
        let success = wait(&mut child, limit, &output, go_on)?;
        let output = output.finish();
        if output.len() > MAX_OUTPUT {
            return Err(GnuPgError::TooLarge);
        }
        if success {
            return Ok(output);
        }
        let messages = messages.finish();
        let text = String::from_utf8_lossy(&messages);
        Err(GnuPgError::Failed(
            text.lines().last().unwrap_or_default().to_owned(),
        ))
    }
}

/// A fingerprint as GnuPG takes it literally.
fn exact(key: Fingerprint) -> OsString {
    format!("0x{key}").into()
}

/// What a program writes into a pipe, read on its own thread, so that the program never waits for us.
struct Collected {
    bytes: Receiver<Wiped>,
    is_too_large: Arc<AtomicBool>,
}

impl Collected {
    fn start(pipe: Option<impl Read + Send + 'static>) -> Self {
        let (sender, bytes) = channel();
        let is_too_large = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_too_large);
        std::thread::spawn(move || {
            let mut bytes = Wiped::default();
            if let Some(pipe) = pipe {
                // What was read before an error is still there to be shown.
                let _ = wiped::read_to_end(pipe, 0, MAX_OUTPUT, &mut bytes);
            }
            flag.store(bytes.len() > MAX_OUTPUT, Ordering::Relaxed);
            let _ = sender.send(bytes);
        });
        Self {
            bytes,
            is_too_large,
        }
    }

    /// Whether no more is read, although there is more.
    fn is_too_large(&self) -> bool {
        self.is_too_large.load(Ordering::Relaxed)
    }

    fn finish(self) -> Wiped {
        self.bytes.recv().unwrap_or_default()
    }
}

/// Waits for the end of the program, or ends it.
fn wait(
    child: &mut Child,
    limit: Duration,
    output: &Collected,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<bool, GnuPgError> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) => {}
            Err(error) => return Err(GnuPgError::Failed(error.to_string())),
        }
        let stop = match (go_on(), start.elapsed() > limit) {
            (false, _) => Some(GnuPgError::Cancelled),
            // It may go on for ever, with nobody to read it.
            (true, _) if output.is_too_large() => Some(GnuPgError::TooLarge),
            (true, true) => Some(GnuPgError::TimedOut),
            (true, false) => None,
        };
        if let Some(error) = stop {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        std::thread::sleep(STEP);
    }
}

/// Reads the colon format.
fn parse_list(text: &str) -> Vec<GnuPgKey> {
    let mut keys: Vec<GnuPgKey> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        match (field(0), keys.last_mut()) {
            ("pub" | "sec", _) => keys.push(GnuPgKey {
                is_invalid: field(1).contains(['r', 'e', 'i', 'd', 'n']),
                is_elsewhere: !matches!(field(14), "" | "+"),
                ..GnuPgKey::default()
            }),
            // The first one after a key is its own; the others belong to subkeys.
            ("fpr", Some(key)) if key.fingerprint.is_none() => {
                key.fingerprint = field(9).parse().ok();
            }
            ("uid", Some(key)) => key.user_ids.push(unescape(field(9))),
            _ => {}
        }
    }
    keys.retain(|key| key.fingerprint.is_some());
    keys
}

/// Undoes `\x3a` and the like.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = match rest {
            [b'\\', b'x', high, low, ..] => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &rest[4..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colon_lists_are_read() {
        let text = "tru::1:1:::::::\n\
            sec:u:255:22:3581D99FE87EAFD1:1700000000:::u:::scESC:::#:::0:\n\
            fpr:::::::::7064B1D6EFF01B1262FED3F03581D99FE87EAFD1:\n\
            uid:u::::1700000000::X::Ada\\x3a Lovelace <ada@example.org>::::::::::0:\n\
            ssb:u:255:18:0000000000000000:1700000000::::::e:::+:::23:\n\
            fpr:::::::::0000000000000000000000000000000000000000:\n\
            sec:r:2048:1:0000000000000000:1:::u:::sc:::+:::0:\n";
        let keys = parse_list(text);
        assert_eq!(keys.len(), 1, "a key without fingerprint is left out");
        assert_eq!(keys[0].user_ids, ["Ada: Lovelace <ada@example.org>"]);
        assert_eq!(
            keys[0].fingerprint.unwrap().to_string(),
            "7064B1D6EFF01B1262FED3F03581D99FE87EAFD1"
        );
        assert!(keys[0].is_elsewhere && !keys[0].is_invalid);
    }

    #[test]
    fn a_missing_program_is_named() {
        let gpg = GnuPg::new("no-such-program-here", Duration::from_secs(1));
        assert!(matches!(
            gpg.secret_keys(),
            Err(GnuPgError::NotInstalled(_))
        ));
    }

    #[cfg(unix)]
    #[test]
    fn more_than_any_keys_is_its_own_failure() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::TempDir::new().unwrap();
        let program = folder.path().join("gpg");
        // Goes on although nobody listens.
        let script =
            "#!/bin/sh\ntrap '' PIPE\nwhile :; do head -c 4000000 /dev/zero; done 2>/dev/null\n";
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o700)).unwrap();
        let gpg = GnuPg::new(&program, Duration::from_secs(30));
        let answer = loop {
            match gpg.public_keys() {
                // Another test's new process still holds the file open for writing.
                Err(GnuPgError::Run { source, .. })
                    if source.kind() == std::io::ErrorKind::ExecutableFileBusy => {}
                answer => break answer,
            }
        };
        assert!(matches!(answer, Err(GnuPgError::TooLarge)), "{answer:?}");
    }
}
