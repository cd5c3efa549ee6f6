//! Pulls: where bytes come from, and what they must be.

use std::sync::Arc;

use oci::{Cause, Error, Pull, Registry, Resolved};
use sifter_testkit::http::{Answer, Ending, HttpServer};
use tempfile::TempDir;
use transfer::{Bandwidth, CancellationToken, Downloaded, Silent};

use crate::twin::{BASIC, Door, Twin, bytes, password};

async fn pull(
    registry: &Registry,
    image: &Resolved,
    folder: &TempDir,
) -> Result<Downloaded, Error> {
    registry
        .pull(&Pull {
            image,
            target: &folder.path().join("x.sif"),
            check: None,
            arriving: None,
            replaces: false,
            part_size: 4096,
            connections: 4,
            bandwidth: Bandwidth::unlimited(),
            progress: Arc::new(Silent),
            stop: CancellationToken::new(),
        })
        .await
}

fn folder() -> TempDir {
    TempDir::with_prefix("sifter-oci-").unwrap()
}

#[tokio::test]
async fn a_file_comes_in_parts_with_the_login_of_its_registry() {
    let twin = Twin::start(Door::Basic).await;
    let file = bytes(50_000);
    twin.put("1", &file);
    let registry = twin.registry(password());
    let image = registry
        .resolve(&twin.reference("x/y:1"), None)
        .await
        .unwrap();
    let folder = folder();
    let downloaded = pull(&registry, &image, &folder).await.unwrap();
    assert_eq!(downloaded.size, 50_000);
    assert!(std::fs::read(folder.path().join("x.sif")).unwrap() == file);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(
        twin.seen()
            .iter()
            .filter(|line| line.contains("/blobs/"))
            .count()
            > 10
    );
}

#[tokio::test]
async fn another_server_gets_no_login() {
    let file = bytes(20_000);
    let held = file.clone();
    let storage = HttpServer::start(move |request| Answer::file(request, &held, None)).await;
    let elsewhere = storage.url("/bucket?signature=x");
    let twin = Twin::with(Door::Basic, move |request, _| {
        let is_blob = request.path.contains("/blobs/") && request.header("authorization").is_some();
        is_blob.then(|| Answer::new(307, "").with("Location", &elsewhere))
    })
    .await;
    twin.put("1", &file);
    let registry = twin.registry(password());
    let image = registry
        .resolve(&twin.reference("x/y:1"), None)
        .await
        .unwrap();
    let folder = folder();
    pull(&registry, &image, &folder).await.unwrap();
    assert!(std::fs::read(folder.path().join("x.sif")).unwrap() == file);
    assert!(storage.seen().iter().all(|request| request.method == "GET"));
    assert!(
        storage
            .seen()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
    assert!(
        twin.seen()
            .iter()
            .any(|line| line.starts_with("HEAD") && line.ends_with(BASIC))
    );
}

#[tokio::test]
async fn other_bytes_never_get_the_name() {
    let twin = Twin::start(Door::Open).await;
    let digest = twin.put("1", &bytes(9000));
    let image = twin
        .registry(None)
        .resolve(&twin.reference("x/y:1"), None)
        .await
        .unwrap();
    let mut wrong = bytes(9000);
    wrong[8000] ^= 1;
    type Fits = fn(&Cause) -> bool;
    let cases: [(Vec<u8>, Fits); 3] = [
        (wrong, |cause| matches!(cause, Cause::Digest { .. })),
        (bytes(9001), |cause| matches!(cause, Cause::Answer(_))),
        (bytes(100), |cause| matches!(cause, Cause::Answer(_))),
    ];
    for (file, fits) in cases {
        twin.store
            .lock()
            .unwrap()
            .blobs
            .insert(digest.to_string(), file);
        let folder = folder();
        let error = pull(&twin.registry(None), &image, &folder)
            .await
            .unwrap_err();
        assert!(fits(error.cause()), "{error}");
        assert!(!folder.path().join("x.sif").exists());
    }
    twin.store.lock().unwrap().blobs.clear();
    let error = pull(&twin.registry(None), &image, &folder())
        .await
        .unwrap_err();
    assert!(error.is_missing(), "{error}");
}

#[tokio::test]
async fn a_broken_pull_goes_on_where_it_was() {
    let twin = Twin::with(Door::Open, |request, _| {
        let (first, _) = request.range()?;
        (first >= 8192).then(|| Answer::new(500, "no more").ending(Ending::Whole))
    })
    .await;
    let file = bytes(40_000);
    twin.put("1", &file);
    let image = twin
        .registry(None)
        .resolve(&twin.reference("x/y:1"), None)
        .await
        .unwrap();
    let folder = folder();
    pull(&twin.registry(None), &image, &folder)
        .await
        .unwrap_err();
    let target = folder.path().join("x.sif");
    assert!(!target.exists());
    let (there, total) = transfer::resumable(&target).unwrap();
    assert!(there >= 4096 && total == 40_000, "{there} of {total}");

    // The same bytes from another server: the digest is what counts.
    let healthy = Twin::start(Door::Open).await;
    healthy.put("1", &file);
    let reference = healthy.reference("x/y:1");
    let mut image = healthy
        .registry(None)
        .resolve(&reference, None)
        .await
        .unwrap();
    image.reference = reference;
    pull(&healthy.registry(None), &image, &folder)
        .await
        .unwrap();
    assert!(std::fs::read(target).unwrap() == file);
}

#[tokio::test]
async fn a_stop_ends_it() {
    let twin = Twin::start(Door::Open).await;
    twin.put("1", &bytes(9000));
    let registry = twin.registry(None);
    let image = registry
        .resolve(&twin.reference("x/y:1"), None)
        .await
        .unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    let folder = folder();
    let pull = Pull {
        image: &image,
        target: &folder.path().join("x.sif"),
        check: None,
        arriving: None,
        replaces: false,
        part_size: 4096,
        connections: 1,
        bandwidth: Bandwidth::unlimited(),
        progress: Arc::new(Silent),
        stop,
    };
    let before = twin.seen().len();
    let error = registry.pull(&pull).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Stopped), "{error}");
    assert_eq!(twin.seen().len(), before);
}
