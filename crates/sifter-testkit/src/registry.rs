//! A real OCI registry, Debian's `docker-registry`, with a folder and a port of its own.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::{faults::skip, issuer::TokenIssuer};

/// Who may use a registry that asks for a login.
pub const USER: &str = "anna";
/// And with what.
pub const PASSWORD: &str = "open-sesame-of-anna";

/// A running registry. It ends when it is dropped.
#[derive(Debug)]
pub struct Registry {
    /// Host and port.
    pub host: String,
    child: Child,
    _folder: TempDir,
}

impl Registry {
    /// A registry that anybody may use; nothing and a loud word if it is not installed.
    ///
    /// # Panics
    ///
    /// If it is installed and does not start.
    #[must_use]
    pub fn open() -> Option<Self> {
        Self::start(folder(), "")
    }

    /// A registry that asks for the login of [`USER`] and [`PASSWORD`].
    ///
    /// # Panics
    ///
    /// If it is installed and does not start.
    #[must_use]
    pub fn with_login() -> Option<Self> {
        let folder = folder();
        let users = folder.path().join("users");
        if !write_users(&users) {
            skip(
                "docker-registry with a login",
                "`htpasswd` is not installed",
            );
            return None;
        }
        let auth = format!(
            "auth: {{htpasswd: {{realm: test, path: {}}}}}\n",
            users.display()
        );
        Self::start(folder, &auth)
    }

    /// A registry that asks for the tokens of a service.
    ///
    /// # Panics
    ///
    /// If it is installed and does not start.
    #[must_use]
    pub fn with_tokens(issuer: &TokenIssuer) -> Option<Self> {
        let folder = folder();
        let settings = issuer.settings(&folder.path().join("issuer.pem"));
        Self::start(folder, &settings)
    }

    fn start(folder: TempDir, auth: &str) -> Option<Self> {
        let text = format!(
            "version: 0.1\nlog: {{level: info}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n{auth}",
            folder.path().join("data").display()
        );
        let config = folder.path().join("config.yml");
        std::fs::write(&config, text).expect("a file of settings");
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            skip("docker-registry", "it is not installed");
            return None;
        };
        let mut log = BufReader::new(child.stderr.take()?)
            .lines()
            .map_while(Result::ok);
        let address = log.by_ref().find_map(|line| {
            let (_, rest) = line.split_once("listening on ")?;
            let end = rest.find(['"', ',', ' ']).unwrap_or(rest.len());
            Some(rest[..end].to_owned())
        });
        // Nobody reads on, and it must not wait for that.
        std::thread::spawn(move || log.for_each(drop));
        Some(Self {
            host: address.expect("a registry that listens"),
            child,
            _folder: folder,
        })
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> TempDir {
    TempDir::with_prefix("sifter-registry-").expect("a temporary folder")
}

fn write_users(path: &Path) -> bool {
    let child = Command::new("htpasswd")
        .args(["-n", "-i", "-B", USER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return false;
    };
    let told = child
        .stdin
        .take()
        .is_some_and(|mut input| input.write_all(PASSWORD.as_bytes()).is_ok());
    let Ok(output) = child.wait_with_output() else {
        return false;
    };
    told && output.status.success() && std::fs::write(path, output.stdout).is_ok()
}
