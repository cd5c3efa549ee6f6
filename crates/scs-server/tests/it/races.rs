//! Two at once, and what changes in the middle: rooms that fill, tokens that end, the same upload ended twice.

use std::sync::{Arc, atomic::Ordering};

use jiff::Timestamp;
use scs_server::{Depth, Rule};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    parts::Parts,
    support::{bytes, clocked, secret, start, start_in, start_with},
};

const WORKERS: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_pushes_into_the_last_room_one_gets_it() {
    for round in 0..10_u8 {
        let server = Arc::new(start().await);
        let contents = [bytes(100, round), bytes(100, round + 100)];
        let mut images = Vec::new();
        for (number, content) in contents.iter().enumerate() {
            let path = format!("alice/tools/image{number}");
            let image = server.new_image(&path, content).await;
            let url = server.upload_url(&image, 100).await;
            assert_eq!(server.put(&url, content).await.status, 200);
            images.push(image);
        }
        server.cloud.set("alice", Rule::Quota(150)).unwrap();
        let mut ending = tokio::task::JoinSet::new();
        for image in images {
            let server = Arc::clone(&server);
            ending.spawn(async move {
                let path = format!("/v2/imagefile/{image}/_complete");
                server.ask("PUT", &path, Some(json!({}))).await.status
            });
        }
        let mut said = ending.join_all().await;
        said.sort_unstable();
        assert_eq!(said, [200, 507], "round {round}");
        let entity = server.get("/v1/entities/alice").await.data();
        assert_eq!(entity["size"], 100);
        let checked = server.cloud.fsck(Depth::Bytes).unwrap();
        assert_eq!((checked.files, checked.problems), (1, vec![]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_ended_twice_is_ended_once() {
    let server = Arc::new(start().await);
    let content = bytes(200_000, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    let url = server.upload_url(&image, content.len()).await;
    assert_eq!(server.put(&url, &content).await.status, 200);
    let mut ending = tokio::task::JoinSet::new();
    for _ in 0..4 * WORKERS {
        let (server, image) = (Arc::clone(&server), image.clone());
        ending.spawn(async move {
            let path = format!("/v2/imagefile/{image}/_complete");
            server.ask("PUT", &path, Some(json!({}))).await.status
        });
    }
    assert_eq!(ending.join_all().await, [200; 4 * WORKERS]);
    let lines = server.cloud.audit(100).unwrap();
    let uploads = lines.iter().filter(|line| line.what == "image.upload");
    assert_eq!(uploads.count(), 1);
    assert!(server.has("alice/tools/hello", &content).await);
    // Its link is worth nothing any more.
    assert_eq!(server.put(&url, &content).await.status, 403);
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_of_an_upload() {
    let (now, change) = clocked(1_800_000_000);
    let mut server = start_with(|settings| {
        change(settings);
        settings.limits.part = 1000;
    })
    .await;
    let content = bytes(3000, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    let soon = Timestamp::from_second(1_800_000_600).unwrap();
    let short = server.cloud.issue("alice", "short", Some(soon)).unwrap();
    let long = std::mem::replace(&mut server.token, short.secret.expose_secret().to_owned());
    let parts = Parts::start(&server, &image, &content).await;
    let mut tokens = vec![parts.send(&server, &content, 1).await];
    let second = parts.url(&server, 2, 1000, "").await.data();
    now.fetch_add(601, Ordering::SeqCst);
    // A link that was given is good for its part; nothing else is.
    let url = second["presignedURL"].as_str().unwrap();
    let sent = server.put(url, &content[1000..2000]).await;
    assert_eq!(sent.status, 200);
    tokens.push(sent.header("etag").to_owned());
    let refused = parts.url(&server, 3, 1000, "").await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(parts.complete(&server, &tokens).await.status, 401);
    // Nobody else goes on with it, and a new token of the same person does.
    server.cloud.ensure_user("bob").unwrap();
    server.token = secret(&server.cloud, "bob");
    assert_eq!(parts.url(&server, 3, 1000, "").await.status, 403);
    server.token = long;
    tokens.push(parts.send(&server, &content, 3).await);
    assert_eq!(parts.complete(&server, &tokens).await.status, 200);
    assert!(server.has("alice/tools/hello", &content).await);
}

/// A copy is served as what it was copied from: the same tokens, what is private, and it takes new pushes.
#[tokio::test]
async fn a_copy_goes_on_where_the_cloud_was() {
    let server = start().await;
    let content = bytes(3000, 1);
    server.push("alice/tools/hello", "latest", &content).await;
    server
        .cloud
        .set("alice/tools/hello", Rule::Private(true))
        .unwrap();
    let unfinished = bytes(3000, 2);
    let image = server.new_image("alice/tools/other", &unfinished).await;
    server.upload_url(&image, 3000).await;
    let place = Arc::new(tempfile::tempdir().unwrap());
    server.cloud.backup(&place.path().join("cloud")).unwrap();
    let token = server.token.clone();
    drop(server.stop().await);

    let copy = start_in(place, |_| {}).await;
    let path = "/v1/imagefile/alice/tools/hello:latest";
    assert_eq!(copy.anonymous(path).await.status, 401);
    let pulled = copy.ask_as(&token, "GET", path, None).await;
    assert!(pulled.status == 200 && pulled.body == content);
    assert_eq!(copy.upload(&image, &unfinished).await.status, 200);
    let checked = copy.cloud.fsck(Depth::Bytes).unwrap();
    assert_eq!((checked.files, checked.problems), (2, vec![]));
}
