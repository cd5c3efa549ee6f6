//! The programs `docker-credential-NAME`, which keep logins for the command lines. Secrets go through their input and output
//! only. They run with a limit of time and of output, and only from folders of the search path.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
};
use zeroize::Zeroizing;

use super::LoginFileError;
use crate::login::Login;

const PREFIX: &str = "docker-credential-";
/// No answer is longer.
const LONGEST: u64 = 256 << 10;
/// By this name a helper says that the secret is a token.
const TOKEN_USER: &str = "<token>";
/// By these words all helpers say that they have nothing; they have no status for it.
const NOTHING: &str = "credentials not found";

/// Where helpers are looked for, and how long they may take.
#[derive(Clone, Debug)]
pub struct Helpers {
    search_path: OsString,
    limit: Duration,
}

/// A login that a helper is to keep.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Kept<'a> {
    #[serde(rename = "ServerURL")]
    server: &'a str,
    username: &'a str,
    secret: &'a str,
}

/// What a helper is to keep.
pub(super) struct Stored<'a> {
    pub(super) server: &'a str,
    pub(super) user: &'a str,
    pub(super) secret: &'a SecretString,
}

impl<'a> Stored<'a> {
    /// None for a login that no helper keeps.
    pub(super) fn of(server: &'a str, login: &'a Login) -> Option<Self> {
        let (user, secret) = match login {
            Login::Password { user, password } => (user.as_str(), password),
            Login::Identity(token) => (TOKEN_USER, token),
            Login::Bearer(_) => return None,
        };
        Some(Self {
            server,
            user,
            secret,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

struct Said {
    status: ExitStatus,
    output: Zeroizing<Vec<u8>>,
}

impl Helpers {
    /// Helpers in the folders of `search_path`, which has the form of the variable `PATH`.
    #[must_use]
    pub fn new(search_path: OsString, limit: Duration) -> Self {
        Self { search_path, limit }
    }

    /// No helpers at all: what they keep is not found.
    #[must_use]
    pub fn none() -> Self {
        Self::new(OsString::new(), Duration::ZERO)
    }

    pub(super) async fn get(
        &self,
        helper: &str,
        server: &str,
    ) -> Result<Option<Login>, LoginFileError> {
        let said = self.run(helper, "get", server.as_bytes()).await?;
        if !said.status.success() {
            return nothing_or_failed(helper, &said).map(|()| None);
        }
        let given: Given = serde_json::from_slice(&said.output)
            .map_err(|_| failed(helper, "its answer is no login"))?;
        if given.secret.is_empty() {
            return Ok(None);
        }
        let secret = SecretString::from(given.secret);
        Ok(Some(match given.username.as_str() {
            TOKEN_USER => Login::Identity(secret),
            _ => Login::Password {
                user: given.username,
                password: secret,
            },
        }))
    }

    pub(super) async fn store(
        &self,
        helper: &str,
        stored: &Stored<'_>,
    ) -> Result<(), LoginFileError> {
        let kept = Kept {
            server: stored.server,
            username: stored.user,
            secret: stored.secret.expose_secret(),
        };
        let input = serde_json::to_vec(&kept).map_err(|_| failed(helper, "no login"))?;
        let said = self.run(helper, "store", &Zeroizing::new(input)).await?;
        if said.status.success() {
            return Ok(());
        }
        // It may say again what it was told.
        Err(failed(helper, "it did not take the login"))
    }

    /// False if the helper had nothing.
    pub(super) async fn erase(&self, helper: &str, server: &str) -> Result<bool, LoginFileError> {
        let said = self.run(helper, "erase", server.as_bytes()).await?;
        if said.status.success() {
            return Ok(true);
        }
        nothing_or_failed(helper, &said).map(|()| false)
    }

    async fn run(&self, helper: &str, verb: &str, input: &[u8]) -> Result<Said, LoginFileError> {
        let program = self.program(helper)?;
        let mut command = Command::new(program);
        command
            .arg(verb)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let work = exchange(command, input);
        match tokio::time::timeout(self.limit, work).await {
            Ok(Ok(said)) => Ok(said),
            Ok(Err(error)) => Err(failed(helper, &error.to_string())),
            Err(_) => Err(LoginFileError::HelperTime(format!("{PREFIX}{helper}"))),
        }
    }

    /// The program of a helper. A name that is a path would start something else.
    fn program(&self, helper: &str) -> Result<PathBuf, LoginFileError> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if helper.is_empty() || helper.len() > 64 || !helper.bytes().all(good) {
            return Err(LoginFileError::HelperName(
                helper.chars().take(64).collect(),
            ));
        }
        let name = format!("{PREFIX}{helper}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(&self.search_path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(&name))
            .find(|program| program.is_file())
            .ok_or_else(|| LoginFileError::NoHelper(format!("{PREFIX}{helper}")))
    }
}

async fn exchange(mut command: Command, input: &[u8]) -> std::io::Result<Said> {
    let mut child = command.spawn()?;
    if let Some(mut to) = child.stdin.take() {
        // One that does not listen answers all the same.
        let _ = to.write_all(input).await;
    }
    let mut output = Zeroizing::new(Vec::new());
    if let Some(from) = child.stdout.take() {
        from.take(LONGEST).read_to_end(&mut output).await?;
    }
    let status = child.wait().await?;
    Ok(Said { status, output })
}

fn nothing_or_failed(helper: &str, said: &Said) -> Result<(), LoginFileError> {
    let words = String::from_utf8_lossy(&said.output);
    if words.to_ascii_lowercase().contains(NOTHING) {
        return Ok(());
    }
    let line: String = words
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    Err(failed(helper, line.trim()))
}

fn failed(helper: &str, said: &str) -> LoginFileError {
    LoginFileError::HelperFailed {
        name: format!("{PREFIX}{helper}"),
        said: said.to_owned(),
    }
}
