//! Pushing, pulling, tags, names, search.

use serde_json::{Value, json};

use crate::support::{bytes, hash_of, start};

#[tokio::test]
async fn what_was_pushed_can_be_pulled() {
    let server = start().await;
    let content = bytes(300_000, 1);
    server.push("alice/tools/hello", "latest", &content).await;
    let image = server
        .anonymous("/v1/images/alice/tools/hello:latest?arch=amd64")
        .await
        .data();
    assert_eq!(image["hash"], hash_of(&content));
    assert_eq!(
        (image["size"].as_i64(), &image["uploaded"]),
        (Some(300_000), &json!(true))
    );
    // No SIF: nothing is said about it.
    assert!(
        ["arch", "signed", "encrypted", "fingerprints"]
            .iter()
            .all(|name| image.get(name).is_none())
    );
    let said = server
        .anonymous("/v1/imagefile/alice/tools/hello:latest?arch=amd64")
        .await;
    assert_eq!((said.status, said.body == content), (200, true));
    assert_eq!(said.header("etag"), format!("\"{}\"", hash_of(&content)));
    assert_eq!(said.header("content-length"), "300000");
    assert_eq!(said.header("accept-ranges"), "bytes");
    let range = server.request("GET", "/v1/imagefile/alice/tools/hello:latest?arch=amd64");
    let range = range
        .header("range", "bytes=1000-1999")
        .send()
        .await
        .unwrap();
    assert_eq!(range.status(), 206);
    assert_eq!(range.headers()["content-range"], "bytes 1000-1999/300000");
    assert_eq!(range.bytes().await.unwrap(), &content[1000..2000]);
    let head = server
        .request("HEAD", "/v1/imagefile/alice/tools/hello:latest")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-length"]),
        (200, &"300000".parse().unwrap())
    );
    let outside = server
        .request("GET", "/v1/imagefile/alice/tools/hello:latest")
        .header("range", "bytes=300000-");
    let outside = outside.send().await.unwrap();
    assert_eq!(
        (
            outside.status().as_u16(),
            &outside.headers()["content-range"]
        ),
        (416, &"bytes */300000".parse().unwrap())
    );
    // Only the request with the first byte counts.
    let container = server.get("/v1/containers/alice/tools/hello").await.data();
    assert_eq!(container["downloadCount"], 1);
    assert_eq!(container["archTags"]["amd64"]["latest"], image["id"]);
    assert_eq!(container["imageTags"]["latest"], image["id"]);
}

#[tokio::test]
async fn an_image_is_looked_into() {
    let server = start().await;
    let signed = sifter_testkit::images::with_signature(b"text");
    server.push("alice/tools/signed", "1.0", &signed).await;
    let image = server
        .get("/v1/images/alice/tools/signed:1.0?arch=amd64")
        .await
        .data();
    assert_eq!(
        (&image["signed"], &image["encrypted"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(image["arch"], "amd64");
    assert_eq!(image["tags"], json!(["1.0"]));
    // By its hash it is found for its own architecture, or none.
    let by_hash = format!("/v1/images/alice/tools/signed:{}", hash_of(&signed));
    for (query, status) in [("", 200), ("?arch=amd64", 200), ("?arch=arm64", 404)] {
        assert_eq!(
            server.get(&format!("{by_hash}{query}")).await.status,
            status,
            "{query}"
        );
    }
}

#[tokio::test]
async fn tags_are_kept_by_architecture() {
    let server = start().await;
    let first = server
        .push("alice/tools/hello", "latest", &bytes(10, 1))
        .await;
    let second = server
        .push("alice/tools/hello", "latest", &bytes(10, 2))
        .await;
    let container = server.container("alice/tools/hello").await;
    let tags = format!("/v2/tags/{container}");
    let set = async |body: Value| server.ask("POST", &tags, Some(body)).await;
    assert_eq!(
        set(json!({"arch": "arm64", "tag": "latest", "imageID": first}))
            .await
            .status,
        200
    );
    let found = server.get(&tags).await.data();
    assert_eq!(
        found,
        json!({"amd64": {"latest": second}, "arm64": {"latest": first}})
    );
    let flat = server.get(&format!("/v1/tags/{container}")).await.data();
    assert_eq!(flat, json!({"latest": second}));
    // The old image stays, by its hash.
    let old = format!("/v1/images/alice/tools/hello:{}", hash_of(&bytes(10, 1)));
    assert_eq!(server.get(&old).await.data()["id"], first.as_str());
    let ask = async |query: &str| {
        server
            .get(&format!("/v1/images/alice/tools/hello:{query}"))
            .await
    };
    assert_eq!(ask("latest").await.data()["id"], second.as_str());
    assert_eq!(ask("latest?arch=arm64").await.data()["id"], first.as_str());
    assert_eq!(
        ask("latest?arch%3Darm64").await.data()["id"],
        first.as_str()
    );
    assert_eq!(ask("latest?arch=s390x").await.status, 404);
    for body in [
        json!({"arch": "arm64", "tag": "two", "imageID": first}),
        json!({"arch": "386", "tag": "two", "imageID": first}),
    ] {
        assert_eq!(set(body).await.status, 200);
    }
    assert_eq!(ask("two").await.status, 406);
    for (body, status) in [
        (json!({"Arch": "amd64", "Tag": ".a", "ImageID": first}), 400),
        (json!({"Arch": "vax", "Tag": "a", "ImageID": first}), 400),
        (
            json!({"Arch": "amd64", "Tag": hash_of(b""), "ImageID": first}),
            400,
        ),
        (
            json!({"Arch": "amd64", "Tag": "a", "ImageID": "nobody"}),
            404,
        ),
        (json!([1]), 400),
    ] {
        assert_eq!(set(body.clone()).await.status, status, "{body}");
    }
    // An empty identity takes the tag away; old clients name it as the member.
    let said = server
        .ask(
            "POST",
            &format!("/v1/tags/{container}"),
            Some(json!({"two": ""})),
        )
        .await;
    assert_eq!(said.status, 200);
    assert_eq!(ask("two").await.status, 404);
    let said = server
        .ask(
            "POST",
            &format!("/v1/tags/{container}"),
            Some(json!({"old": first})),
        )
        .await;
    assert_eq!(said.data()["old"], first.as_str());
}

#[tokio::test]
async fn short_names_and_wrong_names() {
    let server = start().await;
    server
        .push("library/default/alpine", "latest", b"alpine")
        .await;
    server
        .push("library/base/debian", "latest", b"debian")
        .await;
    for (path, status) in [
        ("alpine", 200),
        ("alpine:latest", 200),
        ("base/debian:latest", 200),
        ("library/default/alpine:", 200),
        ("base/nothing", 400),
        ("nothing", 404),
        ("a/b/c:latest", 404),
        ("Alpine", 400),
        ("a:b:c", 400),
        ("a/b/c/d:e", 400),
        ("library/default/alpine:a,b", 400),
        ("library%2Fdefault/alpine", 400),
        ("../images/alpine", 400),
        ("library//alpine", 400),
    ] {
        // The client would tidy up dots itself, so they are sent by hand in the tests of the guards.
        if !path.contains("..") {
            assert_eq!(
                server.get(&format!("/v1/images/{path}")).await.status,
                status,
                "{path}"
            );
        }
    }
    for (path, name, status) in [
        ("/v1/entities", "imagefile", 400),
        ("/v1/entities", "tags", 400),
        ("/v1/entities", "A", 400),
        ("/v1/entities", "", 400),
        ("/v1/entities", "../x", 400),
        ("/v1/collections", "x", 404),
        ("/v1/containers", "x", 404),
    ] {
        assert_eq!(
            server
                .ask("POST", path, Some(json!({"name": name})))
                .await
                .status,
            status,
            "{path} {name}"
        );
    }
}

#[tokio::test]
async fn search_takes_every_letter_as_it_is() {
    let server = start().await;
    let signed = sifter_testkit::images::with_signature(b"text");
    server
        .push("alice/tools/hello_world", "latest", &signed)
        .await;
    server
        .push("alice/tools/helloxworld", "latest", &bytes(9, 1))
        .await;
    let found = async |query: &str| {
        server
            .anonymous(&format!("/v1/search?{query}"))
            .await
            .data()
    };
    let all = found("value=hello").await;
    assert_eq!(all["image"].as_array().unwrap().len(), 2);
    assert_eq!(all["container"].as_array().unwrap().len(), 2);
    let image = &found("value=hello_world").await["image"];
    assert_eq!(image.as_array().unwrap().len(), 1, "`_` is no wildcard");
    assert_eq!(image[0]["entityName"], "alice");
    assert_eq!(image[0]["collectionName"], "tools");
    assert_eq!(image[0]["containerName"], "hello_world");
    assert_eq!(image[0]["tags"], json!(["latest"]));
    for (query, images) in [
        ("value=hello&arch=amd64", 2),
        ("value=hello&arch=arm64", 0),
        ("value=hello&arch=arm64,amd64", 2),
        ("value=hello&arch=amd64&signed=true", 1),
        ("value=%25%25%25", 0),
        ("value='+OR+1=1--", 0),
        ("value=%22;DROP+TABLE+images;--", 0),
        ("value=TOOLS", 2),
        ("value=alice/tools/hello_w", 1),
        ("value=hello&arch='%7C%7Ci.arch%7C%7C'", 0),
    ] {
        let found = found(query).await;
        assert_eq!(found["image"].as_array().unwrap().len(), images, "{query}");
        if query.contains("arch") {
            assert_eq!(found["container"], json!([]), "{query}");
        }
    }
    assert_eq!(server.anonymous("/v1/search?value=he").await.status, 400);
    assert_eq!(server.anonymous("/v1/search").await.status, 400);
}

#[tokio::test]
async fn what_is_in_something_is_listed_for_those_who_may_see_it() {
    let server = start().await;
    for (path, tag, seed) in [
        ("alice/tools/hello", "1.0", 1),
        ("alice/tools/hello", "2.0", 2),
        ("alice/tools/world", "latest", 3),
        ("alice/other/thing", "latest", 4),
    ] {
        server.push(path, tag, &bytes(2000, seed)).await;
    }
    assert!(
        server
            .cloud
            .set("alice/tools/world", scs_server::Rule::Private(true))
            .unwrap()
    );
    let names = |value: &Value| -> Vec<String> {
        let rows = value.as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let collections = server.anonymous("/v1/collections/alice").await.data();
    assert_eq!(names(&collections), ["other", "tools"]);
    let containers = server.anonymous("/v1/containers/alice/tools").await.data();
    assert_eq!(names(&containers), ["hello"], "private ones are not listed");
    assert!(containers[0]["archTags"]["amd64"]["2.0"].is_string());
    let own = server.get("/v1/containers/alice/tools").await.data();
    assert_eq!(names(&own), ["hello", "world"]);
    let images = server
        .anonymous("/v1/containers/alice/tools/hello/images")
        .await
        .data();
    assert_eq!(images.as_array().unwrap().len(), 2);
    for path in [
        "/v1/collections/nobody",
        "/v1/containers/alice/nothing",
        "/v1/containers/alice/tools/nothing/images",
    ] {
        assert_eq!(server.anonymous(path).await.status, 404, "{path}");
    }
    let hidden = server
        .anonymous("/v1/containers/alice/tools/world/images")
        .await;
    assert_eq!(hidden.status, 401);
    let bad = server.anonymous("/v1/collections/No%20Name").await;
    assert_eq!(bad.status, 400);
}
