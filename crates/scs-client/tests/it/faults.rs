//! Every fault of the corpus: its `expect` holds.

use std::{path::Path, time::Duration};

use scs_client::{Cause, Error, Library, Pulled, Pushed};
use scs_types::library::Search;
use serde_json::{Value, json};
use sifter_testkit::{http::Answer, tls::TlsServer};
use transfer::Limits;

use crate::{
    corpus,
    pushing::{Pulling, Pushing},
    world::{World, open, sha256},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_corpus() {
    let Some(folder) = corpus::folder() else {
        return;
    };
    let (mut passed, mut failed) = (0, Vec::new());
    for name in corpus::names(&folder, "fault-") {
        let (folder, fault) = (folder.clone(), name.clone());
        // A failed expectation is a panic in a task of its own.
        match tokio::spawn(async move { meet(&folder, &fault).await }).await {
            Ok(()) => passed += 1,
            Err(_) => failed.push(name),
        }
    }
    println!(
        "corpus scs faults: {passed} passed, {} failed",
        failed.len()
    );
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(passed, 22);
}

async fn meet(folder: &Path, name: &str) {
    let world = World::new(folder).await;
    match name {
        "fault-range-wrong-content-range" => wrong_content_range(&world, name).await,
        range if range.starts_with("fault-range-") => range_fault(&world, range).await,
        "fault-download-short" => short(&world, name).await,
        "fault-download-wrong-hash" => wrong_hash(&world, name).await,
        "fault-redirect-other-host" => other_host(&world, name).await,
        "fault-redirect-downgrade" => downgrade(&world, name).await,
        "fault-redirect-loop" => circle(&world, name).await,
        "fault-size-in-megabytes" => megabytes(&world, name).await,
        "fault-429-then-ok" => busy(&world, name).await,
        "fault-503-date" => closed(&world, name).await,
        part if part.starts_with("fault-part-put-") => part_fault(&world, part).await,
        "fault-complete-timeout" => late_completion(&world, name).await,
        json => json_fault(&world, json).await,
    }
}

fn fault(world: &World, name: &str) -> Answer {
    corpus::answer(&world.read(name)["response"])
}

fn small() -> Vec<u8> {
    corpus::pattern(&json!({"firstIndex": 0, "length": 36864}))
}

const RANGES: [&str; 5] = [
    "image-get-tag",
    "download-303",
    "download-range-1",
    "download-range-2",
    "download-range-3",
];

async fn pulled(world: &World) -> Result<Pulling, Error> {
    let pulling = Pulling::new("alice/tools/hello:latest");
    pulling.run(&world.library()).await.map(|_| pulling)
}

/// The second part goes wrong once; the file arrives all the same.
async fn range_fault(world: &World, name: &str) {
    world.expect(RANGES);
    world.before("download-range-2", [fault(world, name)]);
    if name == "fault-range-truncated" {
        let mut rest = world.read("download-range-2");
        rest["request"]["headers"]["Range"] = json!("bytes=17384-32767");
        rest["response"]["headers"]["Content-Range"] = json!("bytes 17384-32767/36864");
        rest["response"]["bodyPattern"] = json!({"firstIndex": 17384, "length": 15384});
        world.expect_exchange("the rest", &rest);
    }
    if name == "fault-range-200" {
        // From the start again; the rest of the script is that of a server with ranges.
        let mut whole = world.read("download-range-1");
        whole["response"] = world.read(name)["response"].clone();
        world.expect_exchange("the whole", &whole);
    }
    let pulling = pulled(world).await.unwrap();
    assert!(pulling.bytes() == small());
    assert_eq!(pulling.left(), ["image.sif"]);
    assert_eq!(world.used("before download-range-2"), 1);
    if name == "fault-range-403-expired" {
        assert_eq!(world.used("download-303"), 2);
        assert_eq!(world.used("download-range-1"), 1);
    }
    if name == "fault-range-truncated" {
        let asked = world.seen("objects");
        let asked: Vec<_> = asked
            .iter()
            .map(|request| request.header("range"))
            .collect();
        assert_eq!(world.used("the rest"), 1, "{asked:?}");
    }
    if name == "fault-range-500" {
        assert_eq!(world.used("download-range-2"), 1);
    }
}

async fn wrong_content_range(world: &World, name: &str) {
    range_fault(world, name).await;
    // Again and again it is an error, and no file.
    let again = World::new(&world.folder).await;
    again.expect(RANGES);
    again.before("download-range-2", vec![fault(world, name); 40]);
    let pulling = Pulling::new("alice/tools/hello:latest");
    pulling.run(&again.library()).await.unwrap_err();
    assert!(!pulling.left().contains(&"image.sif".to_owned()));
}

async fn short(world: &World, name: &str) {
    world.expect(["image-get-tag"]);
    world.expect_exchange(name, &world.read(name));
    world.expect_exchange(name, &world.read(name));
    let mut whole = world.read("download-200");
    for (first, last) in [(0, 16383), (16384, 32767), (32768, 36863)] {
        whole["request"]["headers"]["Range"] = json!(format!("bytes={first}-{last}"));
        whole["response"] = json!({
            "status": 206,
            "headers": {"Content-Range": format!("bytes {first}-{last}/36864")},
            "bodyPattern": {"firstIndex": first, "length": last - first + 1},
        });
        world.expect_exchange("a part", &whole);
    }
    let pulling = pulled(world).await.unwrap();
    assert!(pulling.bytes() == small());
}

async fn wrong_hash(world: &World, name: &str) {
    world.expect(["image-get-tag"]);
    world.expect_exchange(name, &world.read(name));
    let pulling = Pulling::new("alice/tools/hello:latest");
    let error = pulling.run(&world.library()).await.unwrap_err();
    let found = sha256(&corpus::body(&world.read(name)["response"]));
    let text = error.to_string();
    assert!(
        text.contains(&sha256(&small())) && text.contains(&found),
        "{text}"
    );
    assert_eq!(pulling.left(), Vec::<String>::new());
    // Each try asks where it is, and for the bytes.
    assert_eq!(world.used(name), 4);
}

async fn other_host(world: &World, name: &str) {
    world.expect(["image-get-tag", "oci-redirect-pull-404"]);
    world.expect_exchange(name, &world.read(name));
    let target = format!("{}/x", world.url("evil"));
    let there = json!({
        "request": {"method": "GET", "url": target},
        "response": {"status": 200, "bodyPattern": {"firstIndex": 0, "length": 36864}},
    });
    world.expect_exchange("there", &there);
    let pulling = pulled(world).await.unwrap();
    assert!(pulling.bytes() == small());
    assert_eq!(world.complaints(), Vec::<String>::new());
    assert!(!world.seen("evil").is_empty());
    assert!(
        world
            .seen("evil")
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
}

/// The address that leads from https to http is met behind an https server of this test.
async fn downgrade(world: &World, name: &str) {
    let location = corpus::read(&world.folder, name)["response"]["headers"]["Location"].clone();
    let answer = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        location.as_str().unwrap()
    );
    let server = TlsServer::answering("localhost", 2100, answer).await;
    let address = format!("https://localhost:{}", server.port);
    let client = crate::world::trusting(server.certificate.clone().into_bytes());
    let library = Library::new(&client, &address, world.login()).unwrap();
    let error = library.entities().await.unwrap_err();
    assert!(
        matches!(error.cause(), Cause::Redirect(_)),
        "{error} {error:?}"
    );
    assert!(error.to_string().contains("from https to http"), "{error}");
}

async fn circle(world: &World, name: &str) {
    world.expect_exchange(name, &world.read(name));
    let error = pulled(world).await.err().unwrap();
    assert!(matches!(error.cause(), Cause::Redirect(_)), "{error}");
    assert_eq!(world.used(name), 11);
}

async fn megabytes(world: &World, name: &str) {
    let mut image = world.read("image-get-tag");
    image["response"] = world.read(name)["response"].clone();
    world.expect_exchange("the image", &image);
    world.expect(RANGES.into_iter().skip(1));
    assert!(pulled(world).await.unwrap().bytes() == small());
    // The same without ranges.
    let streaming = World::new(&world.folder).await;
    streaming.expect_exchange("the image", &{
        let mut image = streaming.read("image-get-tag");
        image["response"] = streaming.read(name)["response"].clone();
        image
    });
    streaming.expect(["download-200"]);
    assert!(pulled(&streaming).await.unwrap().bytes() == small());
}

async fn busy(world: &World, name: &str) {
    let answer = fault(world, name);
    assert!(
        answer
            .headers
            .iter()
            .any(|(name, value)| name == "Retry-After" && value == "7")
    );
    world.expect(["entity-list"]);
    world.before("entity-list", [answer.clone()]);
    let library = world.library();
    // It waits for seven seconds, and whoever does not want to can go.
    let waiting = tokio::time::timeout(Duration::from_millis(300), library.entities()).await;
    assert!(waiting.is_err());
    assert_eq!(world.seen("library").len(), 1);
    let soon = World::new(&world.folder).await;
    soon.expect(["entity-list"]);
    let mut answer = answer;
    answer.headers.retain(|(name, _)| name != "Retry-After");
    soon.before("entity-list", [answer.with("Retry-After", 0)]);
    soon.library().entities().await.unwrap();
    assert_eq!(soon.seen("library").len(), 2);
}

async fn closed(world: &World, name: &str) {
    let answer = fault(world, name);
    let until = |date: &str| {
        let answer = answer.clone().with("Date", date);
        async move {
            let world = World::new(&corpus::folder().unwrap()).await;
            world.expect(["entity-list"]);
            world.before("entity-list", [answer]);
            let library = world.library();
            tokio::time::timeout(Duration::from_millis(700), library.entities()).await
        }
    };
    // Five minutes are waited for, more are not, and what is past is no wait.
    assert!(until("Sun, 22 Nov 2026 14:55:30 GMT").await.is_err());
    let error = until("Sun, 22 Nov 2026 14:54:00 GMT")
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.wait(), Some(Duration::from_secs(360)), "{error}");
    until("Sun, 22 Nov 2026 15:00:01 GMT")
        .await
        .unwrap()
        .unwrap();
}

fn steps(world: &World, sequence: &str) -> Vec<String> {
    let steps = world.read(sequence)["steps"].as_array().unwrap().clone();
    steps
        .iter()
        .map(|step| step.as_str().unwrap().to_owned())
        .collect()
}

fn big() -> Vec<u8> {
    corpus::pattern(&json!({"firstIndex": 0, "length": 70_000_000}))
}

async fn part_fault(world: &World, name: &str) {
    let steps = steps(world, "seq-push-v2-multipart");
    world.expect(steps.iter().map(String::as_str));
    let is_lost = name == "fault-part-put-no-etag";
    let times = if is_lost { 40 } else { 1 };
    world.before("multipart-put-2", vec![fault(world, name); times]);
    world.before(
        "multipart-part-2",
        vec![corpus::answer(&world.read("multipart-part-2")["response"]); times],
    );
    let pushing = Pushing::new("alice/tools/hello:2.0", &big());
    let pushed = pushing.run(&world.library()).await;
    if is_lost {
        let text = pushed.unwrap_err().to_string();
        assert!(text.contains("no receipt for a part"), "{text}");
        assert_eq!(world.used("multipart-complete"), 0);
        return;
    }
    assert!(matches!(pushed.unwrap(), Pushed::Done(_)));
    assert_eq!(world.complaints(), Vec::<String>::new());
    assert_eq!(
        world.used("multipart-put-1") + world.used("multipart-put-3"),
        2
    );
    assert_eq!(
        world.used("before multipart-put-2") + world.used("multipart-put-2"),
        2
    );
}

async fn late_completion(world: &World, name: &str) {
    for is_done in [true, false] {
        let world = World::new(&world.folder).await;
        let mut steps = steps(&world, "seq-push-v2-multipart");
        if is_done {
            // The question after it is answered with what is there by then.
            steps.push("image-get-big".into());
        }
        world.expect(steps.iter().map(String::as_str));
        world.before("multipart-complete", [fault(&world, name)]);
        let client = open(Limits {
            connect: Duration::from_secs(10),
            head: Duration::from_secs(20),
            idle: Duration::from_secs(3),
        });
        let library = Library::new(&client, &world.url("library"), world.login()).unwrap();
        let pushing = Pushing::new("alice/tools/hello:2.0", &big());
        let pushed = pushing.run(&library).await.unwrap();
        assert!(matches!(pushed, Pushed::Done(_)));
        assert_eq!(world.used("before multipart-complete"), 1);
        assert_eq!(world.used("multipart-complete"), usize::from(!is_done));
    }
}

async fn json_fault(world: &World, name: &str) {
    let with = |file: &str| {
        let mut exchange: Value = world.read(file);
        exchange["response"] = world.read(name)["response"].clone();
        world.expect_exchange(name, &exchange);
    };
    let library = world.library();
    match name {
        "fault-data-null" => {
            with("image-get-tag");
            let error = pulled(world).await.err().unwrap();
            assert!(matches!(error.cause(), Cause::Answer(_)), "{error}");
            let text = error.to_string();
            assert!(
                text.contains("looking for the image") && text.contains("without"),
                "{text}"
            );
        }
        "fault-unknown-fields" => {
            with("image-get-tag");
            world.expect(RANGES.into_iter().skip(1));
            let pulling = Pulling::new("alice/tools/hello:latest");
            let done = pulling.run(&library).await.unwrap();
            assert!(matches!(done, Pulled::Done { image, .. } if image.size == 36864));
        }
        "fault-timestamp-empty" => {
            with("entity-get");
            let entity = library.entity("alice").await.unwrap().unwrap();
            assert_eq!(entity.audit.created_at.0, None);
            assert_eq!(entity.name, "alice");
        }
        "fault-null-arrays" => {
            with("search-all");
            let search = Search {
                value: "alice".into(),
                ..Search::default()
            };
            let found = library.search(&search).await.unwrap();
            assert!(found.image.is_empty() && found.entity.is_empty());
        }
        "fault-gzip-json" => {
            with("entity-get");
            let entity = library.entity("alice").await.unwrap().unwrap();
            assert_eq!(entity.name, "");
            let asked = world.seen("library");
            assert!(asked[0].header("accept-encoding").unwrap().contains("gzip"));
        }
        other => panic!("{other} is new"),
    }
}
