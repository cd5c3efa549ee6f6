//! Servers that ask to wait are asked again when they said, whatever they serve.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::json;
use sha2::{Digest as _, Sha256};
use sifter_api::{
    ErrorCode,
    library::{IfExists, PullItem, PullRequest},
    tasks::TaskState,
    units::RemoteId,
};
use sifter_testkit::{
    http::{Answer, HttpServer, Request},
    images,
};

use crate::{
    desk::{Desk, NOW},
    lab::plain,
    oras::folder,
    transfers::until,
};

/// Seconds that the server asks for.
const WAIT: i64 = 100;

/// A web server, a library and a registry at one address, until they are closed for a while.
async fn server(is_closed: Arc<AtomicBool>) -> HttpServer {
    let file = images::plain();
    HttpServer::start(move |request| {
        if is_closed.load(Ordering::SeqCst) {
            return Answer::new(429, "").with("Retry-After", WAIT);
        }
        answer(request, &file)
    })
    .await
}

fn answer(request: &Request, file: &[u8]) -> Answer {
    let own = format!("http://{}", request.header("host").unwrap_or_default());
    let hash = hex::encode(Sha256::digest(file));
    let json = |value: serde_json::Value| Answer::new(200, value.to_string());
    let path = request.path.split('?').next().unwrap_or_default();
    match path {
        "/assets/config/config.prod.json" => json(json!({"libraryAPI": {"uri": own}})),
        "/v1/images/lab/tools/tool:1" => json(json!({"data": {"id": "1", "uploaded": true,
            "hash": format!("sha256.{hash}"), "size": file.len(), "arch": "amd64"}})),
        "/v2/" => Answer::new(200, "{}"),
        "/v2/lab/tool/manifests/1" => json(json!({
            "schemaVersion": 2,
            "config": {"mediaType": "application/vnd.sylabs.sif.config.v1+json", "size": 2,
                "digest": format!("sha256:{}", hex::encode(Sha256::digest(b"{}")))},
            "layers": [{"mediaType": "application/vnd.sylabs.sif.layer.v1.sif",
                "size": file.len(), "digest": format!("sha256:{hash}")}],
        }))
        .with("Content-Type", "application/vnd.oci.image.manifest.v1+json"),
        _ if path.ends_with(&hash) || path == "/tool.sif" => {
            Answer::file(request, file, Some("\"one\""))
        }
        _ => Answer::new(404, ""),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_waits_as_long_as_the_server_asks() {
    let is_closed = Arc::new(AtomicBool::new(false));
    let server = server(is_closed.clone()).await;
    let desk = Desk::new();
    let remote = desk
        .sifter
        .add_remote(plain("lab", &server.url("")))
        .await
        .unwrap();
    let host = server.url("").trim_start_matches("http://").to_owned();
    let cases: [(String, Option<RemoteId>); 3] = [
        (server.url("/tool.sif"), None),
        (format!("oras://{host}/lab/tool:1"), None),
        ("lab/tools/tool:1".into(), Some(remote)),
    ];
    for (reference, remote) in cases {
        is_closed.store(false, Ordering::SeqCst);
        let request = PullRequest {
            items: vec![PullItem {
                reference: reference.clone(),
                remote,
                arch: None,
                name: None,
                sha256: None,
            }],
            folder: Some(folder(&desk).await),
            verify: true,
            if_exists: IfExists::KeepBoth,
        };
        let plan = desk.sifter.plan_pull(request).await.unwrap();
        assert_eq!(plan.items[0].problem, None, "{reference}");
        is_closed.store(true, Ordering::SeqCst);
        let mut events = desk.sifter.events();
        let task = desk.sifter.run_pull(plan.plan).await.unwrap();
        let waiting = until(&mut events, task, |state| {
            matches!(state, TaskState::Retrying { .. } | TaskState::Failed { .. })
        });
        match waiting.await {
            TaskState::Retrying { at, why, .. } => {
                assert_eq!(why.code, ErrorCode::RateLimited, "{reference}: {why:?}");
                assert_eq!(at.0, NOW + WAIT, "{reference}");
            }
            other => panic!("{reference}: {other:?}"),
        }
        desk.sifter.cancel_task(task).await.unwrap();
    }
}
