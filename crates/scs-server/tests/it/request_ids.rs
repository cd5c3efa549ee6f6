//! What a request is called: by its answer, in the record of changes, in the log. And what is in no log.

use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::MakeWriter,
};

use crate::support::{Said, Server, bytes, hash_of, start};

const HEADER: &str = "x-request-id";

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let server = start().await;
    let mut seen = HashSet::new();
    for (method, path) in [
        ("GET", "/version"),
        ("GET", "/version"),
        ("HEAD", "/version"),
        ("GET", "/nothing"),
        ("POST", "/version"),
        ("GET", "/v1/images/../x"),
        ("GET", "/v1/entities/Bad"),
        ("PUT", "/uploads/nobody"),
        ("GET", "/pks/lookup?op=get&search=0xdeadbeef"),
        ("GET", "/"),
    ] {
        let said = server.ask(method, path, None).await;
        let id = said.header(HEADER).to_owned();
        assert_eq!(id.len(), 16, "{method} {path}: {id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert!(seen.insert(id), "{method} {path}");
    }
    // Who asks does not choose what goes into the log.
    let chosen = server.request("GET", "/version").header(HEADER, "chosen");
    let said = Said::read(chosen.send().await.unwrap()).await;
    assert_ne!(said.header(HEADER), "chosen");
    let other = server
        .request("GET", "/version")
        .header("host", "evil.example");
    let said = Said::read(other.send().await.unwrap()).await;
    assert_eq!((said.status, said.header(HEADER).len()), (421, 16));
}

#[tokio::test]
async fn the_record_names_the_request() {
    let server = start().await;
    let entity = json!({"name": "alice"});
    let made = server.ask("POST", "/v1/entities", Some(entity)).await;
    let lines = server.cloud.audit(1).unwrap();
    assert_eq!(lines[0].what, "entity.create");
    assert_eq!(lines[0].request.as_deref(), Some(made.header(HEADER)));
    let image = server
        .push("alice/tools/hello", "latest", &bytes(9, 1))
        .await;
    let asked = |what: &str| {
        let lines = server.cloud.audit(50).unwrap();
        let line = lines.into_iter().find(|line| line.what == what);
        line.unwrap().request
    };
    for what in ["image.create", "image.upload", "tag.set"] {
        assert!(asked(what).is_some(), "{what} of {image}");
    }
    assert_ne!(asked("image.upload"), asked("tag.set"));
    // Nobody asked for this one.
    server.cloud.ensure_user("bob").unwrap();
    assert_eq!(asked("user.create"), None);
}

/// What is logged, as one text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Everything that this room logs from now on, in all threads and so of all tests.
fn listen() -> Log {
    use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
    let log = Log::default();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(log.clone());
    let ours = Targets::new().with_target("scs_server", LevelFilter::TRACE);
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(ours));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
}

async fn break_image(server: &Server, content: &[u8]) {
    let digest = hash_of(content).replace("sha256.", "");
    let folder = server.folder.path().join("cloud/blobs/sha256");
    std::fs::remove_file(folder.join(&digest[..2]).join(&digest)).unwrap();
}

#[tokio::test]
async fn a_line_of_the_log_names_the_request_and_no_secret() {
    let log = listen();
    let server = start().await;
    let content = bytes(100, 1);
    server.push("alice/tools/hello", "latest", &content).await;
    let image = server.new_image("alice/tools/other", &bytes(50, 2)).await;
    let start = format!("/v2/imagefile/{image}");
    let started = server
        .ask("POST", &start, Some(json!({"filesize": 50})))
        .await;
    let url = started.data()["uploadURL"].as_str().unwrap().to_owned();
    let (_, secret) = url.rsplit_once('/').unwrap();
    // The wrong way, to a wrong place, too much, and with a token where none belongs.
    for (method, path) in [
        ("GET", format!("/uploads/{secret}")),
        ("PUT", format!("/uploads/{secret}x")),
        ("PUT", format!("/uploads/{secret}/more")),
        ("GET", format!("/version?token={}", server.token)),
    ] {
        server.ask(method, &path, None).await;
    }
    server.put(&url, &bytes(51, 2)).await;
    break_image(&server, &content).await;
    let failed = server.get("/v1/imagefile/alice/tools/hello:latest").await;
    assert_eq!(failed.status, 500);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let id = failed.header(HEADER);
    let is_told = |line: &&str| line.contains("ERROR") && line.contains(id);
    assert!(text.lines().any(|line| is_told(&line)), "{id}: {text}");
    assert!(
        !text.contains(secret),
        "a secret of an upload is in the log"
    );
    assert!(!text.contains(&server.token), "a token is in the log");
}
