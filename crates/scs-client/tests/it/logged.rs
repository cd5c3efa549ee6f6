//! No token and no signature in what is logged, printed or said.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use scs_client::{Keyserver, Library, Login};
use serde_json::json;
use sifter_testkit::http::{Answer, Ending, HttpServer};

use crate::{
    corpus,
    pushing::{Pulling, Pushing},
    world::{World, open},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Everything that this thread logs from now on, at every level, of every crate.
    fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

const TOKEN: &str = "a-token-that-nobody-may-see-0123456789";

fn limits() -> transfer::Limits {
    transfer::Limits {
        idle: std::time::Duration::from_millis(300),
        ..transfer::Limits::default()
    }
}

/// Servers that repeat what they were told, in every way of failing.
#[tokio::test]
async fn errors_and_logs_name_no_token() {
    let (log, _guard) = Log::start();
    let mut said = String::new();
    for status in [
        200, 303, 400, 401, 403, 404, 409, 413, 416, 422, 429, 500, 503, 507,
    ] {
        for ending in [
            Ending::Whole,
            Ending::Close(3),
            Ending::Reset(3),
            Ending::Stall(3),
        ] {
            let server = HttpServer::start(move |request| {
                let heard = request.header("authorization").unwrap_or_default();
                let body =
                    json!({"error": {"code": status, "message": format!("no {heard} {TOKEN}")}});
                Answer::new(status, body.to_string())
                    .with(
                        "Location",
                        format!("http://localhost:1/x?X-Amz-Signature={TOKEN}"),
                    )
                    .with("Retry-After", 9999)
                    .ending(ending)
            })
            .await;
            let client = open(limits());
            let login = Some(Login::Token(TOKEN.to_owned().into()));
            let library = Library::new(&client, &server.url(""), login.clone()).unwrap();
            let keys = Keyserver::new(&client, &server.url(""), login).unwrap();
            let pushing = Pushing::new("e/c/i:latest", b"image");
            let pulling = Pulling::new("e/c/i:latest");
            let errors = [
                library.entities().await.err(),
                library.current_user().await.err(),
                pushing.run(&library).await.err(),
                pulling.run(&library).await.err(),
                keys.add("key").await.err(),
            ];
            for error in errors.into_iter().flatten() {
                said.push_str(&format!("{error} {error:?}\n"));
            }
            said.push_str(&format!("{library:?} {keys:?} {client:?}\n"));
        }
    }
    assert!(said.contains("the sign-in is not accepted"));
    let lines = said + &log.text();
    let bad: Vec<_> = lines.lines().filter(|line| line.contains(TOKEN)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

/// A whole push and a whole pull, with presigned addresses.
#[tokio::test]
async fn what_is_kept_and_logged_names_no_signature() {
    let Some(folder) = corpus::folder() else {
        return;
    };
    let (log, _guard) = Log::start();
    let world = World::new(&folder).await;
    let steps = world.read("seq-push-v2-multipart")["steps"].clone();
    world.expect(
        steps
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step.as_str().unwrap()),
    );
    let big = corpus::pattern(&json!({"firstIndex": 0, "length": 70_000_000}));
    let pushing = Pushing::new("alice/tools/hello:2.0", &big);
    pushing.run(&world.library()).await.unwrap();
    let kept = pushing.kept.lock().unwrap().clone().unwrap();
    let kept = serde_json::to_string(&kept).unwrap();
    assert_eq!(kept.matches("\"number\"").count(), 3, "{kept}");
    world.expect(["image-get-tag", "oci-redirect-pull-404", "download-303"]);
    world.expect(["download-range-1", "download-range-2", "download-range-3"]);
    Pulling::new("alice/tools/hello:latest")
        .run(&world.library())
        .await
        .unwrap();
    let token = corpus::token(&folder);
    for secret in [
        token.as_str(),
        "X-Amz-Signature",
        "a543997d84f12798350c09bdef2c",
    ] {
        let lines = log.text();
        let bad: Vec<_> = lines.lines().filter(|line| line.contains(secret)).collect();
        assert!(bad.is_empty(), "{bad:#?}");
        assert!(!kept.contains(secret), "{kept}");
    }
}
