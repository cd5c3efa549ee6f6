//! The real `apptainer`; `skopeo`, and an image for it.

use std::{path::Path, process::Command};

use oci::Digest;
use sifter_testkit::{
    faults::skip,
    peers::{Said, said},
};

pub(crate) use sifter_testkit::peers::Peer;

/// Whether `skopeo` is there; a loud word if not.
pub(crate) fn has_skopeo() -> bool {
    let has = Command::new("skopeo").arg("--version").output().is_ok();
    if !has {
        skip("skopeo", "it is not installed");
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
