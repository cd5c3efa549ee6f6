//! The contract of pushes: plans, parts, going on after a stop, giving up, and what the server refuses.

use scs_client::{Cause, Library, PushDone, PushPlan, Pushed, Step};
use sifter_testkit::http::{Answer, HttpServer};

use crate::{
    pushing::{Pulling, Pushing},
    service::Service,
    world::{open, sha256},
};

/// Three parts as our server cuts them, the last of them short.
const LARGE: u64 = (64 << 20) + 1000;

async fn run(pushing: &Pushing, library: &Library) -> PushDone {
    match pushing.run(library).await.unwrap() {
        Pushed::Done(done) => *done,
        Pushed::NeedsRegistry { .. } => panic!("there is no registry"),
    }
}

async fn plan(library: &Library, reference: &str, bytes: &[u8]) -> PushPlan {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(bytes).into();
    let reference = reference.parse().unwrap();
    let size = bytes.len() as u64;
    library
        .plan_push(&reference, "amd64", digest, size)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_plan_says_what_a_push_does_then() {
    let service = Service::start().await;
    let library = service.library("alice");
    let (one, two) = (b"one".as_slice(), b"two, longer".as_slice());
    for (before, makes) in [
        (None, Step::Entity),
        (Some("alice/other/x"), Step::Collection),
        (Some("alice/tools/x"), Step::Container),
    ] {
        if let Some(before) = before {
            run(&Pushing::new(before, b"before"), &library).await;
        }
        let plan = plan(&library, "alice/tools/hello:1.0", one).await;
        assert_eq!((plan.makes, plan.to_send), (Some(makes), 3));
        assert!(plan.tags[0].from.is_none() && !plan.tags[0].is_there);
    }
    run(&Pushing::new("alice/tools/hello:1.0,2.0", one), &library).await;
    let same = plan(&library, "alice/tools/hello:1.0,3.0", one).await;
    assert_eq!((same.makes, same.to_send), (None, 0));
    assert_eq!(
        (same.tags[0].is_there, same.tags[1].is_there),
        (true, false)
    );
    let moved = plan(&library, "alice/tools/hello:1.0,3.0", two).await;
    assert_eq!(moved.to_send, two.len() as u64);
    let old = format!("sha256.{}", sha256(one));
    assert_eq!(moved.tags[0].from_hash.as_deref(), Some(old.as_str()));
    assert!(!moved.tags[0].is_there && moved.tags[1].from.is_none());
    let done = run(&Pushing::new("alice/tools/hello:1.0", two), &library).await;
    assert_eq!(done.tags[0].from, moved.tags[0].from);
    assert!(
        run(&Pushing::new("alice/tools/hello:1.0", two), &library)
            .await
            .was_there
    );
}

#[tokio::test]
async fn room_and_read_only_are_planned_and_refused() {
    let service = Service::start().await;
    let library = service.library("alice");
    run(
        &Pushing::new("alice/tools/hello", b"twenty bytes are here"),
        &library,
    )
    .await;
    service
        .cloud
        .set("alice", scs_server::Rule::Quota(30))
        .unwrap();
    let next = [7; 20];
    let planned = plan(&library, "alice/tools/next", &next).await;
    let quota = planned.quota.unwrap();
    assert_eq!((quota.quota_total, quota.quota_usage), (30, 21));
    let error = Pushing::new("alice/tools/next", &next)
        .run(&library)
        .await
        .unwrap_err();
    let Cause::Quota { total, used, .. } = error.cause() else {
        panic!("{error}");
    };
    assert_eq!((*total, *used), (Some(30), Some(21)));
    service
        .cloud
        .set("alice", scs_server::Rule::Quota(0))
        .unwrap();
    service
        .cloud
        .set("alice/tools/hello", scs_server::Rule::ReadOnly(true))
        .unwrap();
    assert!(
        plan(&library, "alice/tools/hello:2", &next)
            .await
            .is_read_only
    );
    let error = Pushing::new("alice/tools/hello:2", &next)
        .run(&library)
        .await
        .unwrap_err();
    assert!(matches!(error.cause(), Cause::Forbidden { .. }), "{error}");
    let foreign = Pushing::new("alice/tools/foreign", &next)
        .run(&service.library("bob"))
        .await;
    assert!(matches!(
        foreign.unwrap_err().cause(),
        Cause::Forbidden { .. }
    ));
    let nobody = Pushing::new("alice/tools/foreign", &next)
        .run(&service.library(""))
        .await;
    let error = nobody.unwrap_err();
    assert!(
        matches!(
            error.cause(),
            Cause::SignIn {
                was_anonymous: true,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_in_parts_goes_on_after_a_stop() {
    let service = Service::start().await;
    let library = service.library("alice");
    let mut pushing = Pushing::sparse("alice/tools/large", LARGE);
    (pushing.connections, pushing.stops_after) = (1, Some(1));
    let error = pushing.run(&library).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Stopped), "{error}");
    let kept = pushing.kept.lock().unwrap().take().unwrap();
    // The client hashes parts of this length along with the file.
    assert_eq!((kept.part_size, kept.sent.len()), (32 << 20, 1));
    assert_eq!(service.open_uploads(), 1);
    let written = serde_json::to_string(&kept).unwrap();
    assert!(!written.contains("http"), "no address is kept");
    let mut again = pushing;
    again.stop = transfer::CancellationToken::new();
    (again.stops_after, again.resume) = (None, serde_json::from_str(&written).unwrap());
    let done = run(&again, &library).await;
    assert!(!done.was_there);
    let ended = again.kept.lock().unwrap().take().unwrap();
    assert_eq!((ended.upload, ended.sent.len()), (kept.upload, 3));
    assert_eq!(ended.sent[0], kept.sent[0], "it was not sent again");
    assert_eq!(service.open_uploads(), 0);
    let pulling = Pulling::new("alice/tools/large");
    let pulled = pulling.run(&library).await;
    pulled.unwrap();
    assert_eq!(
        std::fs::metadata(pulling.folder.path().join("image.sif"))
            .unwrap()
            .len(),
        LARGE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_given_up_leaves_nothing() {
    let service = Service::start().await;
    let library = service.library("alice");
    let mut pushing = Pushing::sparse("alice/tools/large", LARGE);
    (pushing.connections, pushing.stops_after) = (1, Some(1));
    pushing.is_given_up = true;
    let error = pushing.run(&library).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Stopped), "{error}");
    assert_eq!(service.open_uploads(), 0, "the server forgot it");
    // Later, too: somebody who looks at an old push that was only stopped.
    pushing.stop = transfer::CancellationToken::new();
    pushing.is_given_up = false;
    pushing.run(&library).await.unwrap_err();
    let kept = pushing.kept.lock().unwrap().take().unwrap();
    assert_eq!(service.open_uploads(), 1);
    library.forget_push(&kept).await.unwrap();
    assert_eq!(service.open_uploads(), 0);
    // What was forgotten is started anew.
    pushing.stop = transfer::CancellationToken::new();
    (pushing.stops_after, pushing.resume) = (None, Some(kept));
    run(&pushing, &library).await;
}

#[tokio::test]
async fn a_size_that_cannot_be_is_no_reason_to_fill_the_disk() {
    let bytes = b"a small file".as_slice();
    for size in [i64::MAX, 1 << 60, -5, 5] {
        let hash = format!("sha256.{}", sha256(bytes));
        let server = HttpServer::start(move |request| {
            if request.path.starts_with("/v1/imagefile/") {
                return Answer::file(request, bytes, None);
            }
            let image =
                serde_json::json!({"id": "1", "hash": hash, "size": size, "uploaded": true});
            match request.path.starts_with("/v1/images/") {
                true => Answer::new(200, serde_json::json!({"data": image}).to_string()),
                false => Answer::new(404, ""),
            }
        });
        let server = server.await;
        let client = open(transfer::Limits::default());
        let library = Library::new(&client, &server.url(""), None).unwrap();
        let pulling = Pulling::new("alice/tools/hello");
        // A size that nobody can believe is as none at all, or ends the pull; it never makes a wrong file.
        match pulling.run(&library).await {
            Ok(_) => assert!(pulling.bytes() == bytes, "{size}"),
            Err(error) => {
                assert!(
                    !pulling.left().contains(&"image.sif".to_owned()),
                    "{size}: {error}"
                );
                let taken: u64 = std::fs::read_dir(pulling.folder.path())
                    .unwrap()
                    .map(|entry| entry.unwrap().metadata().unwrap().len())
                    .sum();
                assert!(taken < 100_000, "{size}: {taken} bytes are left");
            }
        }
    }
}
