//! Who sees what, who may change what, and how much room there is.

use serde_json::{Value, json};

use crate::support::{bytes, hash_of, secret, start, start_with};

#[tokio::test]
async fn deleting_takes_the_tags_and_the_bytes() {
    let server = start().await;
    let content = bytes(100, 1);
    server.push("alice/tools/one", "latest", &content).await;
    server.push("alice/tools/two", "latest", &content).await;
    let file = server.folder.path().join(format!(
        "cloud/blobs/sha256/{}/{}",
        &hash_of(&content)[7..9],
        &hash_of(&content)[7..]
    ));
    assert!(file.exists());
    let delete = async |token: &str, path: &str| {
        server
            .ask_as(token, "DELETE", &format!("/v1/images/{path}"), None)
            .await
            .status
    };
    assert_eq!(delete("", "alice/tools/one:latest?arch=amd64").await, 401);
    server.cloud.ensure_user("bob").unwrap();
    let bob = secret(&server.cloud, "bob");
    assert_eq!(delete(&bob, "alice/tools/one:latest?arch=amd64").await, 403);
    assert_eq!(
        delete(&server.token, "alice/tools/one:latest?arch=amd64").await,
        200
    );
    assert_eq!(
        delete(&server.token, "alice/tools/one:latest?arch=amd64").await,
        404
    );
    assert!(file.exists(), "the other image needs it");
    assert_eq!(delete(&server.token, "alice/tools/two:latest").await, 200);
    assert!(!file.exists());
    let container = server.get("/v1/containers/alice/tools/two").await.data();
    assert_eq!(
        (&container["archTags"], &container["size"]),
        (&json!({}), &json!(0))
    );
}

#[tokio::test]
async fn private_things_are_for_their_owner() {
    let server = start().await;
    let content = bytes(100, 1);
    server.push("alice/tools/secret", "latest", &content).await;
    assert!(
        server
            .cloud
            .set("alice/tools/secret", scs_server::Rule::Private(true))
            .unwrap()
    );
    server.cloud.ensure_user("bob").unwrap();
    let bob = secret(&server.cloud, "bob");
    let by_hash = format!("/v1/images/alice/tools/secret:{}", hash_of(&content));
    for path in [
        "/v1/images/alice/tools/secret:latest",
        "/v1/imagefile/alice/tools/secret:latest",
        "/v1/containers/alice/tools/secret",
        by_hash.as_str(),
    ] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
        assert_eq!(server.anonymous(path).await.status, 401, "{path}");
        assert_eq!(
            server.ask_as(&bob, "GET", path, None).await.status,
            404,
            "{path}"
        );
    }
    assert_eq!(
        server.anonymous("/v1/search?value=secret").await.data()["image"],
        json!([])
    );
    assert_eq!(
        server.get("/v1/search?value=secret").await.data()["image"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // Knowing a hash is not enough to get at the bytes.
    let request = async |path: &str, body: Value| {
        let said = server.ask_as(&bob, "POST", path, Some(body)).await.data();
        said["id"]
            .as_str()
            .map(str::to_owned)
            .map(|id| (id, said))
            .unwrap()
    };
    let (entity, _) = request("/v1/entities", json!({"name": "bob"})).await;
    let (collection, _) = request("/v1/collections", json!({"name": "c", "entity": entity})).await;
    let (container, _) = request(
        "/v1/containers",
        json!({"name": "i", "collection": collection}),
    )
    .await;
    let image = json!({"hash": hash_of(&content), "container": container});
    assert_eq!(request("/v1/images", image).await.1["uploaded"], false);
    // Nobody else makes things in the entity, or takes the name of a user.
    let entity = server.get("/v1/entities/alice").await.data()["id"].clone();
    for (path, body) in [
        ("/v1/collections", json!({"name": "x", "entity": entity})),
        ("/v1/entities", json!({"name": "alice"})),
    ] {
        assert_eq!(
            server.ask_as(&bob, "POST", path, Some(body)).await.status,
            403,
            "{path}"
        );
    }
    let mine = server.get("/v1/entities").await.data();
    assert_eq!(mine.as_array().unwrap().len(), 1);
    assert_eq!(server.anonymous("/v1/entities").await.status, 401);
}

#[tokio::test]
async fn known_bytes_are_not_sent_again() {
    let server = start().await;
    let content = bytes(100, 1);
    server.push("alice/tools/one", "latest", &content).await;
    let container = server.container("alice/tools/two").await;
    let body = json!({"hash": hash_of(&content), "container": container});
    let image = server.ask("POST", "/v1/images", Some(body)).await.data();
    assert_eq!(
        (&image["uploaded"], &image["size"]),
        (&json!(true), &json!(100))
    );
}

#[tokio::test]
async fn read_only_containers_refuse_everything() {
    let server = start().await;
    let image = server.push("alice/tools/hello", "latest", b"1").await;
    let container = server.container("alice/tools/hello").await;
    assert!(
        server
            .cloud
            .set("alice/tools/hello", scs_server::Rule::ReadOnly(true))
            .unwrap()
    );
    let new = json!({"hash": hash_of(b"2"), "container": container});
    assert_eq!(
        server.ask("POST", "/v1/images", Some(new)).await.status,
        403
    );
    let start = json!({"filesize": 1});
    assert_eq!(
        server
            .ask("POST", &format!("/v2/imagefile/{image}"), Some(start))
            .await
            .status,
        403
    );
    let tag = json!({"Arch": "amd64", "Tag": "x", "ImageID": image});
    assert_eq!(
        server
            .ask("POST", &format!("/v2/tags/{container}"), Some(tag))
            .await
            .status,
        403
    );
    assert_eq!(
        server
            .ask("DELETE", "/v1/images/alice/tools/hello:latest", None)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_full_entity_takes_no_more() {
    let server = start_with(|settings| settings.limits.quota = 150).await;
    let first = server
        .push("alice/tools/hello", "latest", &bytes(100, 1))
        .await;
    let container = server.container("alice/tools/hello").await;
    let second = server.image(&container, &bytes(60, 2)).await;
    for path in ["", "/_multipart"] {
        let said = server
            .ask(
                "POST",
                &format!("/v2/imagefile/{second}{path}"),
                Some(json!({"filesize": 60})),
            )
            .await;
        assert_eq!(said.status, 507, "{path}");
        assert!(said.message().contains("100 of 150"), "{}", said.message());
    }
    // Two that fit alone: the second to end is refused.
    let third = server.image(&container, &bytes(40, 3)).await;
    let mut urls = Vec::new();
    server
        .cloud
        .set("alice", scs_server::Rule::Quota(165))
        .unwrap();
    for (image, size) in [(&second, 60), (&third, 40)] {
        let said = server
            .ask(
                "POST",
                &format!("/v2/imagefile/{image}"),
                Some(json!({"filesize": size})),
            )
            .await;
        urls.push(said.data()["uploadURL"].as_str().unwrap().to_owned());
    }
    server.put(&urls[0], &bytes(60, 2)).await;
    server.put(&urls[1], &bytes(40, 3)).await;
    let complete = async |image: &str| {
        server
            .ask("PUT", &format!("/v2/imagefile/{image}/_complete"), None)
            .await
    };
    let done = complete(&second).await.data();
    assert_eq!(done["quota"], json!({"quotaTotal": 165, "quotaUsage": 160}));
    assert_eq!(done["containerUrl"], "library/alice/tools/hello");
    assert_eq!(complete(&third).await.status, 507);
    // With room again it can be ended, without sending the bytes again.
    server
        .cloud
        .set("alice", scs_server::Rule::Quota(0))
        .unwrap();
    assert_eq!(complete(&third).await.data()["quota"]["quotaUsage"], 200);
    assert_eq!(complete(&first).await.status, 200, "once more is fine");
}
