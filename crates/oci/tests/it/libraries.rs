//! Images as libraries keep them in the registry behind them.

use std::sync::Arc;

use oci::{Cause, Digest, Form, LibraryImage, Login, MANIFEST, Push, Reference, Registry};
use serde_json::{Value, json};
use sifter_testkit::http::{Answer, Request};
use tempfile::NamedTempFile;
use transfer::{Bandwidth, CancellationToken, Silent};

use crate::twin::{Door, Twin, bytes, client};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const GIVEN: &str = "given-by-the-library";

/// A registry that takes only the token of its library.
async fn twin() -> Twin {
    Twin::with(Door::Open, |request: &Request, _| {
        let is_known = request.header("authorization") == Some(&format!("Bearer {GIVEN}"));
        let challenge = "Bearer realm=\"https://nowhere.invalid/token\",service=\"r\"";
        (!is_known).then(|| Answer::new(401, "").with("WWW-Authenticate", challenge))
    })
    .await
}

fn registry(twin: &Twin, token: &str) -> Registry {
    let url = twin.server.url("").parse().unwrap();
    let login = Login::Bearer(token.to_owned().into());
    Registry::at(&client(), &url, Some(login), false).unwrap()
}

async fn push(
    twin: &Twin,
    registry: &Registry,
    (architecture, file): (&str, &[u8]),
) -> Result<oci::Pushed, oci::Error> {
    let on_disk = NamedTempFile::new().unwrap();
    std::fs::write(on_disk.path(), file).unwrap();
    let push = Push {
        repository: &twin.reference("mapped/blast").repository,
        tags: &["1".to_owned(), "latest".to_owned()],
        file: on_disk.path(),
        form: Form::Library(LibraryImage {
            architecture,
            description: "aligns",
            is_signed: true,
            is_encrypted: false,
        }),
        size: file.len() as u64,
        digest: Digest::of(file),
        piece_size: oci::PIECE_SIZE,
        resume: None,
        on_state: &|_| {},
        bandwidth: Bandwidth::unlimited(),
        progress: Arc::new(Silent),
        stop: CancellationToken::new(),
    };
    registry.push(&push).await
}

fn json_of(twin: &Twin, name: &str) -> (String, Value) {
    let store = twin.store.lock().unwrap();
    let (kind, text) = &store.manifests[name];
    (kind.clone(), serde_json::from_slice(text).unwrap())
}

#[tokio::test]
async fn an_image_is_told_as_libraries_tell_it() {
    let twin = twin().await;
    let file = bytes(30_000);
    push(&twin, &registry(&twin, GIVEN), ("amd64", &file))
        .await
        .unwrap();
    let digest = Digest::of(&file);
    let by_hash = format!("sha256.{}", hex(&digest));
    let (kind, manifest) = json_of(&twin, &by_hash);
    let config = json!({"architecture": "amd64", "os": "linux", "rootfs": digest.to_string(),
        "description": "aligns", "signed": true, "encrypted": false});
    let kept = manifest["config"]["digest"].as_str().unwrap();
    let blob = twin.store.lock().unwrap().blobs[kept].clone();
    assert_eq!(serde_json::from_slice::<Value>(&blob).unwrap(), config);
    assert_eq!(kind, MANIFEST);
    assert_eq!(
        manifest,
        json!({"schemaVersion": 2,
            "config": {"mediaType": oci::SIF_CONFIG, "digest": kept, "size": blob.len()},
            "layers": [{"mediaType": oci::SIF_LAYER, "digest": digest.to_string(), "size": 30_000}]})
    );
    for tag in ["1", "latest"] {
        let (kind, index) = json_of(&twin, tag);
        let entries = index["manifests"].as_array().unwrap();
        assert_eq!((kind.as_str(), entries.len()), (INDEX, 1));
        let (_, bytes) = twin.store.lock().unwrap().manifests[&by_hash].clone();
        assert_eq!(
            entries[0],
            json!({"mediaType": MANIFEST, "digest": Digest::of(&bytes).to_string(),
                "size": bytes.len(), "platform": {"architecture": "amd64", "os": "linux"}})
        );
    }
    // The bytes come first and the tags last, so that they lead to whole images whatever happens.
    let order: Vec<String> = twin
        .server
        .seen()
        .iter()
        .filter(|request| request.method == "PUT")
        .map(|request| request.path.split(['?', '/']).nth(4).unwrap().to_owned())
        .collect();
    assert_eq!(
        order,
        ["blobs", "blobs", "manifests", "manifests", "manifests"]
    );
}

#[tokio::test]
async fn images_for_other_architectures_stay_under_the_tag() {
    let twin = twin().await;
    let registry = registry(&twin, GIVEN);
    let (amd, arm, newer) = (bytes(5_000), bytes(6_000), bytes(7_000));
    for image in [("amd64", &amd), ("arm64", &arm), ("amd64", &newer)] {
        push(&twin, &registry, image_of(image)).await.unwrap();
    }
    for (architecture, file) in [("amd64", &newer), ("arm64", &arm)] {
        let at: Reference = twin.reference("mapped/blast:1");
        let found = registry.resolve(&at, Some(architecture)).await.unwrap();
        assert_eq!(found.digest, Digest::of(file), "{architecture}");
        assert_eq!(found.architectures, ["amd64", "arm64"]);
    }
}

fn image_of<'a>((architecture, file): (&'a str, &'a Vec<u8>)) -> (&'a str, &'a [u8]) {
    (architecture, file)
}

#[tokio::test]
async fn a_token_that_is_refused_is_not_sent_again_and_again() {
    let twin = twin().await;
    let refused = push(&twin, &registry(&twin, "too-old"), ("amd64", &bytes(9)))
        .await
        .unwrap_err();
    assert!(matches!(refused.cause(), Cause::SignIn { .. }), "{refused}");
    assert!(twin.seen().len() < 4, "{:?}", twin.seen());
}

#[tokio::test]
async fn a_registry_without_encryption_is_asked_only_where_that_is_allowed() {
    let _ = client();
    let url = "http://registry.lab.example/".parse().unwrap();
    for (may_be_plain, is_taken) in [(false, false), (true, true)] {
        let registry = Registry::at(&client(), &url, None, may_be_plain);
        assert_eq!(registry.is_ok(), is_taken);
    }
}

fn hex(digest: &Digest) -> String {
    digest.to_string().split_off("sha256:".len())
}
