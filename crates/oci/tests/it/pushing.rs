//! Pushes: what is sent, to whom, and how often.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use oci::{Cause, Digest, Error, Push, Pushed, Registry, Repository};
use sifter_testkit::http::{Answer, HttpServer};
use tempfile::TempDir;
use transfer::{Bandwidth, CancellationToken, Silent};

use crate::twin::{BASIC, Door, Twin, bytes, password};

struct File {
    folder: TempDir,
    bytes: Vec<u8>,
}

impl File {
    fn new(bytes: Vec<u8>) -> Self {
        let folder = TempDir::with_prefix("sifter-oci-").unwrap();
        std::fs::write(folder.path().join("blast.sif"), &bytes).unwrap();
        Self { folder, bytes }
    }

    async fn push(
        &self,
        registry: &Registry,
        repository: &Repository,
        tags: &[&str],
    ) -> Result<Pushed, Error> {
        let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
        registry
            .push(&Push {
                repository,
                tags: &tags,
                file: &self.folder.path().join("blast.sif"),
                form: oci::Form::Artifact { title: "blast.sif" },
                size: self.bytes.len() as u64,
                digest: Digest::of(&self.bytes),
                piece_size: oci::PIECE_SIZE,
                resume: None,
                on_state: &|_| {},
                bandwidth: Bandwidth::unlimited(),
                progress: Arc::new(Silent),
                stop: CancellationToken::new(),
            })
            .await
    }
}

#[tokio::test]
async fn a_file_is_sent_once_and_tagged_last() {
    let twin = Twin::start(Door::Basic).await;
    let registry = twin.registry(password());
    let repository = twin.reference("lab/blast").repository;
    let file = File::new(bytes(30_000));
    let pushed = file
        .push(&registry, &repository, &["2.15", "latest"])
        .await
        .unwrap();
    assert!(!pushed.was_there);
    let digest = Digest::of(&file.bytes);
    let lines = twin.seen();
    let expected = [
        "GET /v2/ -".to_owned(),
        format!("HEAD /v2/lab/blast/blobs/{digest} {BASIC}"),
        format!("POST /v2/lab/blast/blobs/uploads/ {BASIC}"),
        format!("PUT /v2/lab/blast/blobs/uploads/1 {BASIC}"),
        format!("HEAD /v2/lab/blast/blobs/{} {BASIC}", Digest::of(b"{}")),
        format!("POST /v2/lab/blast/blobs/uploads/ {BASIC}"),
        format!("PUT /v2/lab/blast/blobs/uploads/2 {BASIC}"),
        format!("PUT /v2/lab/blast/manifests/2.15 {BASIC}"),
        format!("PUT /v2/lab/blast/manifests/latest {BASIC}"),
    ];
    assert_eq!(lines, expected);
    let found = registry
        .resolve(&twin.reference("lab/blast:2.15"), None)
        .await
        .unwrap();
    assert_eq!(
        (found.digest, found.title.as_deref()),
        (digest, Some("blast.sif"))
    );
    assert_eq!(found.reference.digest, pushed.reference.digest);
    // Once more: only the tag is set.
    let before = twin.seen().len();
    let again = file.push(&registry, &repository, &[]).await.unwrap();
    assert!(again.was_there);
    assert_eq!(again.reference.tag.as_deref(), Some("latest"));
    assert!(
        twin.seen()[before..]
            .iter()
            .all(|line| !line.contains("uploads"))
    );
    assert!(registry.has(&repository, &digest).await.unwrap());
    assert!(!registry.has(&repository, &Digest::of(b"x")).await.unwrap());
}

#[tokio::test]
async fn another_server_gets_the_bytes_and_no_login() {
    let storage = HttpServer::start(|_| Answer::new(201, "")).await;
    let elsewhere = storage.url("/bucket?signature=x");
    let twin = Twin::with(Door::Basic, move |request, _| {
        let is_start = request.method == "POST" && request.header("authorization").is_some();
        is_start.then(|| Answer::new(202, "").with("Location", &elsewhere))
    })
    .await;
    let file = File::new(bytes(3000));
    let repository = twin.reference("lab/blast").repository;
    file.push(&twin.registry(password()), &repository, &["1"])
        .await
        .unwrap();
    let sent = storage.seen();
    assert_eq!(sent[0].body, file.bytes);
    assert!(
        sent[0]
            .path
            .starts_with("/bucket?signature=x&digest=sha256%3A"),
        "{}",
        sent[0].path
    );
    assert!(
        sent.iter()
            .all(|request| request.header("authorization").is_none())
    );
}

#[tokio::test]
async fn a_try_that_failed_starts_anew_and_a_refusal_does_not() {
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let twin = Twin::with(Door::Open, move |request, _| {
        let is_upload = request.method == "PUT" && request.path.contains("/uploads/");
        let fails = is_upload && counted.fetch_add(1, Ordering::Relaxed) < 2;
        fails.then(|| Answer::new(503, ""))
    })
    .await;
    let file = File::new(bytes(3000));
    let repository = twin.reference("lab/blast").repository;
    file.push(&twin.registry(None), &repository, &["1"])
        .await
        .unwrap();
    assert_eq!(tries.load(Ordering::Relaxed), 4);

    let refusals = [
        (413, "too large"),
        (403, "one has to sign in"),
        (400, "the server refused"),
    ];
    for (status, expected) in refusals {
        let twin = Twin::with(Door::Open, move |request, _| {
            let is_upload = request.method == "PUT" && request.path.contains("/uploads/");
            is_upload.then(|| Answer::new(status, ""))
        })
        .await;
        let repository = twin.reference("lab/blast").repository;
        let error = file
            .push(&twin.registry(None), &repository, &["1"])
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{status}: {error}");
        assert!(twin.store.lock().unwrap().manifests.is_empty());
        assert_eq!(
            twin.seen()
                .iter()
                .filter(|line| line.starts_with("PUT"))
                .count(),
            1
        );
    }
}

#[tokio::test]
async fn a_file_that_changed_is_not_tagged() {
    let twin = Twin::start(Door::Open).await;
    let mut file = File::new(bytes(3000));
    let repository = twin.reference("lab/blast").repository;
    // Another length than was hashed.
    file.bytes.push(0);
    let error = file
        .push(&twin.registry(None), &repository, &["1"])
        .await
        .unwrap_err();
    assert!(
        matches!(error.cause(), Cause::Transfer(transfer::Error::Changed(_))),
        "{error}"
    );
    // Other bytes than were hashed.
    file.bytes.pop();
    file.bytes[0] ^= 1;
    let error = file
        .push(&twin.registry(None), &repository, &["1"])
        .await
        .unwrap_err();
    assert_eq!(error.status, Some(400), "{error}");
    assert!(twin.store.lock().unwrap().manifests.is_empty());
}

#[tokio::test]
async fn addresses_of_uploads_are_looked_at() {
    for location in ["", "ftp://127.0.0.1/x", "file:///etc/passwd"] {
        let twin = Twin::with(Door::Open, move |request, _| {
            let answer = Answer::new(202, "");
            let answer = if location.is_empty() {
                answer
            } else {
                answer.with("Location", location)
            };
            (request.method == "POST").then_some(answer)
        })
        .await;
        let repository = twin.reference("lab/blast").repository;
        let error = File::new(bytes(9))
            .push(&twin.registry(None), &repository, &["1"])
            .await
            .unwrap_err();
        assert!(
            matches!(error.cause(), Cause::Redirect(_)),
            "{location}: {error}"
        );
    }
    let twin = Twin::start(Door::Open).await;
    let repository = twin.reference("lab/blast").repository;
    let error = File::new(bytes(9))
        .push(&twin.registry(None), &repository, &["../x"])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no tag"), "{error}");
    assert!(twin.seen().is_empty());
}
