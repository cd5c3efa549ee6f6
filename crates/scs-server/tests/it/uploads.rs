//! Uploads in every order, interrupted, wrong, and gone on with after a restart.

use std::sync::{Arc, atomic::Ordering};

use serde_json::json;

use crate::{
    parts::{Parts, small_parts},
    support::{Said, bytes, clocked, digest_of, hash_of, start, start_in, start_with},
};

#[tokio::test]
async fn parts_come_in_any_order_and_again() {
    let server = small_parts().await;
    let content = bytes(4500, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    let parts = Parts::start(&server, &image, &content).await;
    let mut tokens = vec![String::new(); 5];
    for number in [3, 1, 5, 2, 4, 2] {
        tokens[number - 1] = parts.send(&server, &content, number).await;
    }
    let said = parts.complete(&server, &tokens).await.data();
    assert_eq!(said["containerUrl"], "library/alice/tools/hello");
    assert_eq!(
        parts.complete(&server, &tokens).await.status,
        200,
        "once more is fine"
    );
    assert!(server.has("alice/tools/hello", &content).await);
}

#[tokio::test]
async fn parts_come_at_once() {
    let server = Arc::new(small_parts().await);
    let content = Arc::new(bytes(40_000, 1));
    let image = server.new_image("alice/tools/hello", &content).await;
    let parts = Arc::new(Parts::start(&server, &image, &content).await);
    let mut sending = tokio::task::JoinSet::new();
    for number in 1..=40 {
        let (server, content, parts) = (server.clone(), content.clone(), parts.clone());
        sending.spawn(async move { (number, parts.send(&server, &content, number).await) });
    }
    let mut tokens = vec![String::new(); 40];
    while let Some(sent) = sending.join_next().await {
        let (number, token) = sent.unwrap();
        tokens[number - 1] = token;
    }
    assert_eq!(parts.complete(&server, &tokens).await.status, 200);
}

#[tokio::test]
async fn wrong_parts_are_refused_but_never_with_404() {
    let server = small_parts().await;
    let content = bytes(2500, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    let parts = Parts::start(&server, &image, &content).await;
    for (number, length, sha256, status) in [
        (0, 1000, "", 400),
        (4, 1000, "", 400),
        (1, 999, "", 400),
        (3, 1000, "", 400),
        (1, 1000, "zz", 400),
    ] {
        assert_eq!(
            parts.url(&server, number, length, sha256).await.status,
            status,
            "{number} {length}"
        );
    }
    let lost = Parts {
        image: image.clone(),
        id: "nobody".into(),
        size: 1000,
    };
    assert_eq!(lost.url(&server, 1, 1000, "").await.status, 410);
    let lost = Parts {
        image: "nobody".into(),
        id: parts.id.clone(),
        size: 1000,
    };
    assert_eq!(lost.url(&server, 1, 1000, "").await.status, 410);
    // A hash that is given is checked.
    let url = parts
        .url(&server, 1, 1000, &digest_of(&content[..1000]))
        .await
        .data();
    let url = url["presignedURL"].as_str().unwrap();
    assert_eq!(server.put(url, &bytes(1000, 9)).await.status, 400);
    assert_eq!(server.put(url, &content[..999]).await.status, 400);
    let said = server.put(url, &content[..1000]).await;
    assert_eq!(
        said.header("etag"),
        format!("\"{}\"", digest_of(&content[..1000]))
    );
    // A token, or a part, is missing.
    let mut tokens = vec![said.header("etag").to_owned()];
    assert_eq!(parts.complete(&server, &tokens).await.status, 409);
    tokens.push(parts.send(&server, &content, 2).await);
    tokens.push("\"wrong\"".into());
    assert_eq!(parts.complete(&server, &tokens).await.status, 409);
    parts.send(&server, &content, 3).await;
    assert_eq!(parts.complete(&server, &tokens).await.status, 409);
    for url in ["/uploads/0000", "/uploads/x"] {
        assert_eq!(
            server.put(&server.url(url), b"x").await.status,
            403,
            "{url}"
        );
    }
    let abort = json!({"uploadID": parts.id});
    let path = format!("/v2/imagefile/{image}/_multipart_abort");
    assert_eq!(
        server.ask("PUT", &path, Some(abort.clone())).await.status,
        200
    );
    assert_eq!(server.ask("PUT", &path, Some(abort)).await.status, 200);
    assert_eq!(parts.url(&server, 1, 1000, "").await.status, 410);
    assert_eq!(server.put(url, &content[..1000]).await.status, 403);
}

#[tokio::test]
async fn other_bytes_never_become_the_image() {
    let server = start().await;
    let content = bytes(1000, 1);
    let container = server.container("alice/tools/hello").await;
    let image = server.image(&container, &content).await;
    let said = server.upload(&image, &bytes(1000, 2)).await;
    assert_eq!(said.status, 422, "{}", said.message());
    let path = format!("/v1/images/alice/tools/hello:{}", hash_of(&content));
    assert_eq!(server.get(&path).await.data()["uploaded"], false);
    assert_eq!(
        server.anonymous(&path).await.status,
        404,
        "others do not see it"
    );
    let tag = json!({"Arch": "amd64", "Tag": "latest", "ImageID": image});
    assert_eq!(
        server
            .ask("POST", &format!("/v2/tags/{container}"), Some(tag))
            .await
            .status,
        409
    );
    let start = json!({"filesize": 1000, "sha256sum": digest_of(b"other")});
    assert_eq!(
        server
            .ask("POST", &format!("/v2/imagefile/{image}"), Some(start))
            .await
            .status,
        422
    );
    assert_eq!(server.upload(&image, &content).await.status, 200);
}

#[tokio::test]
async fn the_oldest_way_still_works() {
    let server = start().await;
    let content = bytes(100_000, 1);
    let container = server.container("alice/tools/hello").await;
    let image = server.image(&container, &content).await;
    let send = async |content: &[u8]| {
        let request = server
            .request("POST", &format!("/v1/imagefile/{image}"))
            .bearer_auth(&server.token);
        Said::read(request.body(content.to_vec()).send().await.unwrap())
            .await
            .status
    };
    assert_eq!(send(&bytes(100_000, 2)).await, 422);
    assert_eq!(send(&content).await, 200);
    let tag = json!({"Tag": "latest", "ImageID": image});
    assert_eq!(
        server
            .ask("POST", &format!("/v1/tags/{container}"), Some(tag))
            .await
            .status,
        200
    );
    assert!(
        server
            .get("/v1/imagefile/alice/tools/hello:latest")
            .await
            .body
            == content
    );
}

#[tokio::test]
async fn an_upload_survives_a_restart() {
    let server = small_parts().await;
    let content = bytes(3500, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    let parts = Parts::start(&server, &image, &content).await;
    let mut tokens = vec![
        parts.send(&server, &content, 1).await,
        parts.send(&server, &content, 2).await,
    ];
    let server = start_in(server.stop().await, |settings| settings.limits.part = 1000).await;
    for number in [3, 4] {
        tokens.push(parts.send(&server, &content, number).await);
    }
    assert_eq!(parts.complete(&server, &tokens).await.status, 200);
    assert!(server.has("alice/tools/hello", &content).await);
}

#[tokio::test]
async fn uploads_and_urls_grow_old() {
    let (now, change) = clocked(1_800_000_000);
    let server = start_with(change).await;
    let content = bytes(100, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    let url = server.upload_url(&image, 100).await;
    now.fetch_add(13 * 3600, Ordering::SeqCst);
    assert_eq!(server.put(&url, &content).await.status, 403);
    now.fetch_add(12 * 3600, Ordering::SeqCst);
    assert_eq!(server.cloud.gc().unwrap().uploads, 1);
    let complete = server
        .ask("PUT", &format!("/v2/imagefile/{image}/_complete"), None)
        .await;
    assert_eq!(
        complete.status, 404,
        "the image that never came is gone too"
    );
    let left = std::fs::read_dir(server.folder.path().join("cloud/uploads"))
        .unwrap()
        .count();
    assert_eq!(left, 0);
}
