//! The real `apptainer` in a chroot with a configuration of this test's own, and `skopeo`.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use oci::Digest;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command};

/// Where the peers live when `SIFTER_PEERS` does not say it.
const DEFAULT_FOLDER: &str = "/var/tmp/sifter-peers";

/// A chroot with `apptainer`, and a folder of this test's own inside it.
pub(crate) struct Peer {
    root: PathBuf,
    folder: TempDir,
}

/// What a program answered.
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

    /// Runs `apptainer` with `input` and returns what it said.
    pub(crate) async fn run(&self, arguments: &[&str], input: &str) -> Said {
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
        said(command, input).await
    }

    /// Runs `apptainer` and expects success.
    pub(crate) async fn apptainer(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments, "").await;
        assert_eq!(said.exit, 0, "apptainer {arguments:?}: {said:?}");
        said
    }

    /// Makes an image with a real file system: `apptainer` looks at it before it pushes.
    pub(crate) async fn make_image(&self, name: &str) {
        std::fs::create_dir(self.path("tree")).unwrap();
        let mut command = Command::new("chroot");
        command
            .arg(&self.root)
            .args(["mksquashfs", &self.inside("tree"), &self.inside("squash")])
            .args(["-quiet", "-no-progress"]);
        let made = said(command, "").await;
        assert_eq!(made.exit, 0, "mksquashfs: {made:?}");
        let squash = std::fs::read(self.path("squash")).unwrap();
        std::fs::write(
            self.path(name),
            sifter_testkit::images::with_partition(&squash),
        )
        .unwrap();
    }

    /// Makes an image that `apptainer` signed with a new key of its own.
    pub(crate) async fn make_signed(&self, name: &str) {
        self.make_image(name).await;
        let key = [
            "key",
            "newpair",
            "--name",
            "Anna",
            "--email",
            "anna@lab.example",
        ];
        let no_passphrase = ["--password", "", "--push=false"];
        self.apptainer(&[&key[..], &no_passphrase[..]].concat())
            .await;
        self.apptainer(&["sign", &self.inside(name)]).await;
    }
}

/// Whether `skopeo` is there; a loud word if not.
pub(crate) fn has_skopeo() -> bool {
    let has = std::process::Command::new("skopeo")
        .arg("--version")
        .output()
        .is_ok();
    if !has {
        println!("SKIPPED: skopeo: it is not installed");
    }
    has
}

/// Runs `skopeo` and expects success.
pub(crate) async fn skopeo(arguments: &[&str]) -> Said {
    let mut command = Command::new("skopeo");
    command.args(arguments);
    let said = said(command, "").await;
    assert_eq!(said.exit, 0, "skopeo {arguments:?}: {said:?}");
    said
}

/// Makes the smallest OCI image in `folder`, and returns how `skopeo` calls it.
pub(crate) fn oci_layout(folder: &Path) -> String {
    let layout = folder.join("layout");
    let blobs = layout.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let put = |text: &str| {
        let digest = Digest::of(text.as_bytes()).to_string();
        std::fs::write(blobs.join(digest.trim_start_matches("sha256:")), text).unwrap();
        format!(r#""digest":"{digest}","size":{}"#, text.len())
    };
    let config =
        put(r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#);
    let manifest = put(&format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json",{config}}},"layers":[]}}"#
    ));
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{}",{manifest},"annotations":{{"org.opencontainers.image.ref.name":"1"}}}}]}}"#,
        oci::MANIFEST
    );
    std::fs::write(layout.join("index.json"), index).unwrap();
    std::fs::write(
        layout.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )
    .unwrap();
    format!("oci:{}:1", layout.display())
}

async fn said(mut command: Command, input: &str) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    Said {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
