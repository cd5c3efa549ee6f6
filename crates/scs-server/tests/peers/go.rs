//! The official Go clients as a program, made of `tests/peers`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use sifter_testkit::{
    faults::skip,
    peers::{Said, said},
};

use crate::support::Server;

/// The program, and a folder for it.
pub(crate) struct GoPeer {
    folder: tempfile::TempDir,
}

impl GoPeer {
    /// The program, made anew; or nothing and a loud word where it cannot be made.
    pub(crate) async fn build() -> Option<Self> {
        let wanted = wanted_version();
        match installed_version().await {
            None => return skipped("it is not there"),
            Some(found) if found < wanted => {
                return skipped(&format!("{found:?} is there, {wanted:?} is needed"));
            }
            Some(_) => {}
        }
        // Once for each machine; without a network nothing can be said about the clients.
        if run(go(&["mod", "download"])).await.exit != 0 {
            return skipped("its modules cannot be fetched");
        }
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("peer");
        let built = run(go(&["build", "-o", &program.to_string_lossy(), "."])).await;
        assert_eq!(built.exit, 0, "{built:?}");
        Some(Self { folder })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs every step against `server`.
    pub(crate) async fn run(&self, server: &Server, fingerprint: &str) -> Said {
        let mut command = Command::new(self.path("peer"));
        command
            .env_clear()
            .env("PEER_URL", format!("http://localhost:{}", server.port))
            .env("PEER_TOKEN", &server.token)
            .env("PEER_FOLDER", self.folder.path())
            .env("PEER_FINGERPRINT", fingerprint);
        run(command).await
    }
}

fn skipped<T>(why: &str) -> Option<T> {
    skip("Go", why);
    None
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers")
}

fn go(arguments: &[&str]) -> Command {
    let mut command = Command::new("go");
    // Neither another Go nor other modules than those that are pinned.
    command
        .current_dir(folder())
        .args(arguments)
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "-mod=readonly");
    command
}

async fn run(command: Command) -> Said {
    said(command, "").await
}

/// What `go.mod` asks for.
fn wanted_version() -> Vec<u32> {
    let text = std::fs::read_to_string(folder().join("go.mod")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("go "));
    version(line.unwrap())
}

async fn installed_version() -> Option<Vec<u32>> {
    let output = go(&["env", "GOVERSION"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    text.strip_prefix("go").map(version)
}

fn version(text: &str) -> Vec<u32> {
    text.split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}
