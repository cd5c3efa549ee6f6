//! A library that knows its images and keeps their bytes in a registry behind it.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use sha2::{Digest as _, Sha256};
use sifter_api::{
    ErrorCode,
    library::{IfExists, PullRequest},
    tasks::{TaskOutcome, TaskState},
};
use sifter_testkit::{
    http::{Answer, HttpServer, Request},
    images,
};

use crate::{
    lab::Person,
    transfers::{ended, item},
};

const TOKEN: &str = "Bearer for-the-registry-only";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What the servers have: the file in the registry need not be the one that the library tells of.
struct Shelf {
    file: Vec<u8>,
    told: String,
    /// Whether the registry knows the image by its hash too.
    has_hash: bool,
    /// How many of the first tokens that the library gives are too old.
    stale: AtomicUsize,
}

impl Shelf {
    fn manifest(&self) -> String {
        json!({
            "schemaVersion": 2,
            "config": {"mediaType": "application/vnd.sylabs.sif.config.v1+json", "size": 2,
                "digest": format!("sha256:{}", hex(b"{}"))},
            "layers": [{"mediaType": "application/vnd.sylabs.sif.layer.v1.sif",
                "size": self.file.len(), "digest": format!("sha256:{}", hex(&self.file))}],
        })
        .to_string()
    }

    fn library(&self, request: &Request, own: &str, registry: &str) -> Answer {
        let path = request.path.split('?').next().unwrap_or_default();
        match path {
            "/assets/config/config.prod.json" => {
                Answer::new(200, json!({"libraryAPI": {"uri": own}}).to_string())
            }
            "/v1/oci-redirect" => {
                let is_stale = |left: usize| left.checked_sub(1);
                let stale = self
                    .stale
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, is_stale);
                let token = match stale {
                    Ok(_) => "too-old",
                    Err(_) => TOKEN.trim_start_matches("Bearer "),
                };
                let body =
                    json!({"token": token, "url": registry, "name": "mapped/lab/tools/tool"});
                Answer::new(200, body.to_string())
            }
            _ if path.starts_with("/v1/images/lab/tools/tool:") => {
                let hash = format!("sha256.{}", self.told);
                let image = json!({"id": "1", "hash": hash, "size": self.file.len(),
                    "uploaded": true, "arch": "amd64"});
                Answer::new(200, json!({"data": image}).to_string())
            }
            _ => Answer::new(404, r#"{"error":{"code":404,"message":"not here"}}"#),
        }
    }

    fn registry(&self, request: &Request) -> Answer {
        if request.header("authorization") != Some(TOKEN) {
            let challenge = r#"Bearer realm="https://nowhere.invalid/token",service="r""#;
            return Answer::new(401, "").with("WWW-Authenticate", challenge);
        }
        let manifest = self.manifest();
        let by_digest = format!("manifests/sha256:{}", hex(manifest.as_bytes()));
        let by_hash = format!("manifests/sha256.{}", self.told);
        let blob = format!("blobs/sha256:{}", hex(&self.file));
        let path = request
            .path
            .strip_prefix("/registry/v2/mapped/lab/tools/tool/");
        match path.unwrap_or_default() {
            "manifests/1.0" => {
                // The size is 0 where a command line pushed it.
                let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [{
                    "mediaType": MANIFEST, "size": 0, "digest": format!("sha256:{}", hex(manifest.as_bytes())),
                    "platform": {"architecture": "amd64", "os": "linux"}}]});
                Answer::new(200, index.to_string()).with("Content-Type", INDEX)
            }
            path if path == by_digest || (self.has_hash && path == by_hash) => {
                Answer::new(200, manifest).with("Content-Type", MANIFEST)
            }
            path if path == blob => Answer::file(request, &self.file, None),
            _ => Answer::new(404, ""),
        }
    }
}

/// Pulls from such a library; returns how it ended, and what both servers were asked.
async fn pull(shelf: Shelf) -> (TaskState, Vec<Request>, Vec<Request>) {
    let shelf = Arc::new(shelf);
    let behind = shelf.clone();
    let registry = HttpServer::start(move |request| behind.registry(request)).await;
    let (own, at) = (
        Arc::new(OnceLock::<String>::new()),
        registry.url("/registry"),
    );
    let known = own.clone();
    let library =
        HttpServer::start(move |request| shelf.library(request, known.get().unwrap(), &at)).await;
    own.set(library.url("")).unwrap();
    let person = Person::new();
    let remote = person.add("lab", &library.url("")).await;
    let path = person.home.file("in");
    std::fs::create_dir_all(&path).unwrap();
    let folder = person.sifter.offer_target_folder(path).await.unwrap().id;
    let request = PullRequest {
        items: vec![item("lab/tools/tool:1.0", &remote)],
        folder: Some(folder),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = person.sifter.plan_pull(request).await.unwrap();
    let task = person.sifter.run_pull(plan.plan).await.unwrap();
    let state = ended(&person.sifter, task).await.state;
    let there = person.home.file("in").join("tool_1.0.sif");
    assert_eq!(
        there.exists(),
        matches!(state, TaskState::Done { .. }),
        "{state:?}"
    );
    if there.exists() {
        assert_eq!(std::fs::read(there).unwrap(), images::plain());
    }
    (state, library.seen(), registry.seen())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_come_from_the_registry_with_its_own_token() {
    for has_hash in [true, false] {
        let file = images::plain();
        let told = hex(&file);
        let (state, library, registry) = pull(Shelf {
            file,
            told,
            has_hash,
            stale: AtomicUsize::new(0),
        })
        .await;
        let TaskState::Done {
            outcome: TaskOutcome::Pulled { items },
        } = state
        else {
            panic!("{state:?}");
        };
        assert_eq!(items[0].error, None);
        let carried = |requests: &[Request]| {
            let with = |request: &&Request| request.header("authorization") == Some(TOKEN);
            requests.iter().filter(with).count()
        };
        assert_eq!(carried(&library), 0, "the token is for the registry alone");
        assert!(carried(&registry) > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_in_the_registry_is_refused() {
    let (state, _, _) = pull(Shelf {
        file: images::plain(),
        told: hex(b"something else"),
        has_hash: true,
        stale: AtomicUsize::new(0),
    })
    .await;
    match state {
        TaskState::Failed { error } => assert_eq!(error.code, ErrorCode::DigestMismatch),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_asked_for_once_more_and_nobody_has_to_sign_in() {
    for (stale, is_pulled) in [(1, true), (99, false)] {
        let file = images::plain();
        let told = hex(&file);
        let (state, ..) = pull(Shelf {
            file,
            told,
            has_hash: true,
            stale: AtomicUsize::new(stale),
        })
        .await;
        match state {
            TaskState::Done { .. } => assert!(is_pulled, "{stale}"),
            TaskState::Failed { error } => {
                assert_eq!((is_pulled, error.code), (false, ErrorCode::Forbidden));
            }
            other => panic!("{stale}: {other:?}"),
        }
    }
}
