//! Libraries and storages that do it otherwise than most.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use scs_client::{AsksRegistry, Cause, Error, Keyserver, Library, Pulled, Pushed};
use scs_types::keystore::KeySearch;
use serde_json::json;
use sifter_testkit::http::{Answer, HttpServer, Request};
use transfer::Limits;

use crate::{
    pushing::{Pulling, Pushing},
    world::{open, sha256},
};

/// More than goes in one piece.
const LONG: u64 = (64 << 20) + 1;
const BYTES: &[u8] = b"an image";

/// Answers one step of a push or pull otherwise; the second value counts the requests of this step from 0.
type Odd = fn(&str, usize) -> Option<Answer>;

/// A library that has everything but the image, which is there as soon as an upload was completed, whatever it answers.
struct Host {
    server: HttpServer,
    own: Arc<OnceLock<String>>,
}

impl Host {
    async fn new(odd: Odd) -> Self {
        let own = Arc::new(OnceLock::<String>::new());
        let (known, is_done) = (own.clone(), AtomicUsize::new(0));
        let counts = std::sync::Mutex::new(std::collections::BTreeMap::<String, usize>::new());
        let server = HttpServer::start(move |request| {
            let step = step(request);
            let count = {
                let mut counts = counts.lock().unwrap();
                let count = counts.entry(step.clone()).or_default();
                *count += 1;
                *count - 1
            };
            let answer = odd(&step, count);
            let is_refused = answer.as_ref().is_some_and(|answer| answer.status == 422);
            if step.ends_with("complete") && !is_refused {
                is_done.store(1, Ordering::SeqCst);
            }
            let is_done = is_done.load(Ordering::SeqCst) == 1;
            answer.unwrap_or_else(|| usual(&step, request, known.get().unwrap(), is_done))
        })
        .await;
        own.set(server.url("")).unwrap();
        Self { server, own }
    }

    fn library(&self) -> Library {
        Library::new(&open(Limits::default()), self.own.get().unwrap(), None).unwrap()
    }

    /// How often this step was asked for.
    fn count(&self, wanted: &str) -> usize {
        let seen = self.server.seen();
        seen.iter()
            .filter(|request| step(request) == wanted)
            .count()
    }
}

/// The name of a request: what differs from image to image is left out.
fn step(request: &Request) -> String {
    let path = request.path.split('?').next().unwrap_or_default();
    let path = path.trim_start_matches('/');
    let short = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["v1", "images", ..] => "image".to_owned(),
        ["v1", "imagefile", ..] => "file".to_owned(),
        ["v1", kind, ..] => (*kind).to_owned(),
        ["v2", "tags", ..] => "tags".to_owned(),
        ["v2", "imagefile", _] => "start".to_owned(),
        ["v2", "imagefile", _, action] => (*action).to_owned(),
        _ => path.to_owned(),
    };
    format!("{} {short}", request.method)
}

fn usual(step: &str, request: &Request, own: &str, is_done: bool) -> Answer {
    let data = |value: serde_json::Value| Answer::new(200, json!({"data": value}).to_string());
    let image = json!({"id": "i", "hash": format!("sha256.{}", sha256(BYTES)), "size": BYTES.len(), "uploaded": is_done});
    match step {
        "GET entities" | "GET collections" | "GET containers" => data(json!({"id": "x"})),
        "GET image" => data(image),
        "GET version" => data(json!({"apiVersion": "2.0.0-alpha.2"})),
        "POST start" => data(json!({"uploadURL": format!("{own}/store")})),
        "POST _multipart" => data(json!({"uploadID": "u", "partSize": 64 << 20})),
        "PUT _multipart" => data(json!({"presignedURL": format!("{own}/store")})),
        "PUT store" => Answer::new(200, "").with("ETag", "\"e\""),
        "GET file" => Answer::new(303, "").with("Location", "/bytes"),
        "GET bytes" => Answer::file(request, BYTES, Some("\"e\"")),
        "GET tags" => data(json!({})),
        _ if step.starts_with("PUT _") || step == "POST tags" => data(json!({})),
        _ => Answer::new(404, ""),
    }
}

async fn push(host: &Host, bytes: &[u8]) -> Result<Pushed, Error> {
    let pushing = Pushing::new("lab/tools/tool:1", bytes);
    pushing.run(&host.library()).await
}

/// The work is done, whatever is answered to the one who says that all is there.
#[tokio::test]
async fn an_upload_that_is_complete_is_complete() {
    let answers: [Odd; 8] = [
        |step, _| (step == "PUT _complete").then(|| Answer::new(400, "no such upload")),
        |step, _| (step == "PUT _complete").then(|| Answer::new(404, "")),
        |step, _| (step == "PUT _complete").then(|| Answer::new(409, "it is complete")),
        |step, _| (step == "PUT _complete").then(|| Answer::new(410, "")),
        |step, _| (step == "PUT _complete").then(|| Answer::new(500, "")),
        |step, _| {
            let page = || Answer::new(502, "<html>").with("Content-Type", "text/html");
            (step == "PUT _complete").then(page)
        },
        |step, _| (step == "PUT _complete").then(|| Answer::new(200, "<html>")),
        |step, _| (step == "PUT _complete").then(|| Answer::new(204, "")),
    ];
    for (number, odd) in answers.into_iter().enumerate() {
        let host = Host::new(odd).await;
        let pushed = push(&host, BYTES).await;
        assert!(
            matches!(pushed, Ok(Pushed::Done(_))),
            "{number}: {pushed:?}"
        );
        assert_eq!(host.count("POST tags"), 1);
    }
}

#[tokio::test]
async fn a_storage_that_refuses_says_nothing_of_the_account() {
    for (number, odd) in [
        (|step, _| (step == "PUT store").then(|| Answer::new(401, ""))) as Odd,
        |step, _| (step == "PUT store").then(|| Answer::new(403, "<Error>")),
    ]
    .into_iter()
    .enumerate()
    {
        let host = Host::new(odd).await;
        let error = push(&host, BYTES).await.unwrap_err();
        assert!(
            matches!(error.cause(), Cause::Answer(_)),
            "{number}: {error}"
        );
    }
    let elsewhere = HttpServer::start(|_| Answer::new(403, "expired")).await;
    let away = OnceLock::new();
    away.set(elsewhere.url("/x")).unwrap();
    let host = HttpServer::start(move |request| match step(request).as_str() {
        "GET file" => Answer::new(303, "").with("Location", away.get().unwrap()),
        other => usual(other, request, "", true),
    })
    .await;
    let library = Library::new(&open(Limits::default()), &host.url(""), None).unwrap();
    let error = Pulling::new("lab/tools/tool:1")
        .run(&library)
        .await
        .unwrap_err();
    assert!(matches!(error.cause(), Cause::Answer(_)), "{error}");
    assert_eq!(elsewhere.seen().len(), 4, "fresh addresses are asked for");
}

#[tokio::test]
async fn uploads_in_parts_that_go_wrong() {
    let push_long = async |host: &Host| {
        let pushing = Pushing::sparse("lab/tools/tool:1", LONG);
        pushing.run(&host.library()).await
    };
    // The storage forgot the upload: it is started over.
    let host = Host::new(|step, count| {
        (step == "PUT store" && count == 1).then(|| Answer::new(404, "<Code>NoSuchUpload</Code>"))
    })
    .await;
    let pushed = push_long(&host).await;
    assert!(matches!(pushed, Ok(Pushed::Done(_))), "{pushed:?}");
    assert_eq!(host.count("POST _multipart"), 2);
    // What the server will never take is not left behind.
    let host = Host::new(|step, _| {
        (step == "PUT _multipart_complete").then(|| Answer::new(422, "another digest"))
    })
    .await;
    let error = push_long(&host).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Digest { .. }), "{error}");
    assert_eq!(host.count("PUT _multipart_abort"), 1);
    // What may be put right is.
    let host = Host::new(|step, _| (step == "PUT _multipart").then(|| Answer::new(503, ""))).await;
    push_long(&host).await.unwrap_err();
    assert_eq!(host.count("PUT _multipart_abort"), 0);
    // No uploads in parts: it goes whole.
    let host = Host::new(|step, _| (step == "POST _multipart").then(|| Answer::new(405, ""))).await;
    let pushed = push_long(&host).await;
    assert!(matches!(pushed, Ok(Pushed::Done(_))), "{pushed:?}");
    assert_eq!(host.count("PUT store"), 1);
}

#[tokio::test]
async fn a_registry_is_asked_for_when_the_library_sends_nothing() {
    let registry = r#"{"token":"t","url":"https://registry.example.org","name":"a/b"}"#;
    for (status, has_registry, needs_it) in [
        (404, true, true),
        (405, true, true),
        (501, true, true),
        (400, true, true),
        (404, false, false),
        (401, true, false),
        (200, true, false),
    ] {
        let host = HttpServer::start(move |request| match step(request).as_str() {
            "GET oci-redirect" if has_registry => Answer::new(200, registry),
            "GET file" if status != 200 => Answer::new(status, ""),
            other => usual(other, request, "", true),
        })
        .await;
        let library = Library::new(&open(Limits::default()), &host.url(""), None).unwrap();
        let mut pulling = Pulling::new("lab/tools/tool:1");
        pulling.asks_registry = AsksRegistry::Last;
        match pulling.run(&library).await {
            Ok(Pulled::NeedsRegistry { registry, .. }) => {
                assert!(needs_it, "{status}");
                assert_eq!(registry.name, "a/b");
            }
            Ok(Pulled::Done { .. }) => assert_eq!(status, 200),
            Err(error) => assert_eq!((error.status, needs_it), (Some(status), false)),
        }
    }
}

/// Bytes of an old alphabet in one name cost that name's letters, not the list.
#[tokio::test]
async fn a_list_of_keys_in_another_alphabet_is_read() {
    let server = HttpServer::start(|_| {
        let mut body = b"info:1:1\r\npub:0123456789abcdef:1:2048:1::\r\nuid:J".to_vec();
        body.extend([0xfc]);
        body.extend(b"rgen <j@example.org>:1::\r\n");
        Answer::new(200, body)
    })
    .await;
    let keys = Keyserver::new(&open(Limits::default()), &server.url(""), None).unwrap();
    let found = keys.search(&KeySearch::Text("example".into()), None).await;
    let found = found.unwrap();
    assert_eq!(found.keys.len(), 1);
    assert!(found.keys[0].user_names[0].ends_with("rgen <j@example.org>"));
}
