//! Debian's `docker-registry` with a folder and a port of its own.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

pub(crate) const USER: &str = "anna";
pub(crate) const PASSWORD: &str = "open-sesame-of-anna";

/// A running registry. It ends when it is dropped.
pub(crate) struct Server {
    pub(crate) host: String,
    child: Child,
    _folder: TempDir,
}

impl Server {
    /// A registry that anybody may use; nothing and a loud word if it is not installed.
    pub(crate) fn open() -> Option<Self> {
        Self::start(folder(), "")
    }

    /// A registry that asks for a login.
    pub(crate) fn with_login() -> Option<Self> {
        let folder = folder();
        let users = folder.path().join("users");
        if !write_users(&users) {
            println!("SKIPPED: docker-registry with a login: `htpasswd` is not installed");
            return None;
        }
        let auth = format!(
            "auth: {{htpasswd: {{realm: test, path: {}}}}}\n",
            users.display()
        );
        Self::start(folder, &auth)
    }

    fn start(folder: TempDir, auth: &str) -> Option<Self> {
        let text = format!(
            "version: 0.1\nlog: {{level: info}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n{auth}",
            folder.path().join("data").display()
        );
        let config = folder.path().join("config.yml");
        std::fs::write(&config, text).unwrap();
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            println!("SKIPPED: docker-registry: it is not installed");
            return None;
        };
        let mut log = BufReader::new(child.stderr.take().unwrap())
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
            host: address.unwrap(),
            child,
            _folder: folder,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> TempDir {
    TempDir::with_prefix("sifter-registry-").unwrap()
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
    child
        .stdin
        .take()
        .unwrap()
        .write_all(PASSWORD.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    std::fs::write(path, output.stdout).unwrap();
    output.status.success()
}
