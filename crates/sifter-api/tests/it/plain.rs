//! Pulls from plain addresses, and from servers of the `shub://` kind.

use sha2::{Digest as _, Sha256};
use sifter_api::{
    library::{PullItem, Transport},
    tasks::{TaskState, TaskView},
    verdict::Badge,
};
use sifter_testkit::{
    http::{Answer, HttpServer},
    images,
};

use crate::{
    desk::{Desk, code},
    oras::{item, pull, pulled},
};

/// A web server with an image, and with what is none.
async fn web() -> HttpServer {
    let image = images::plain();
    HttpServer::start(move |request| {
        let host = request.header("host").unwrap_or_default();
        match request.path.split('?').next().unwrap_or_default() {
            "/files/blast.sif" => Answer::file(request, &image, Some("\"one\""))
                .with("Last-Modified", "Wed, 01 Jan 2025 12:00:00 GMT"),
            "/latest.sif" => Answer::new(302, "").with("Location", "/files/blast.sif"),
            "/page.sif" => Answer::new(200, "<!DOCTYPE html><html></html>"),
            "/api/container/lab/blast:1.0" => {
                let address = format!("http://{host}/files/blast.sif?signature=secret");
                Answer::new(
                    200,
                    format!(r#"{{"image":"{address}","name":"lab/blast","tag":"1.0"}}"#),
                )
            }
            "/api/container/lab/odd:latest" => {
                Answer::new(200, r#"{"image":"ftp://127.0.0.1/x","name":"lab/odd"}"#)
            }
            _ => Answer::new(404, "not here").with("Content-Type", "text/plain"),
        }
    })
    .await
}

fn error_of(task: &TaskView) -> String {
    use sifter_api::tasks::TaskOutcome;
    match &task.state {
        TaskState::Failed { error } => code(error),
        TaskState::Done {
            outcome: TaskOutcome::Pulled { items },
        } => code(items[0].error.as_ref().expect("an error")),
        other => panic!("{other:?}"),
    }
}

fn with_hash(reference: &str, bytes: &[u8]) -> PullItem {
    PullItem {
        sha256: Some(format!("sha256:{}", hex(&Sha256::digest(bytes)))),
        ..item(reference)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_web_server_is_pulled_and_looked_at() {
    let (web, desk) = (web().await, Desk::new());
    let reference = web.url("/latest.sif?signature=secret");
    let found = desk
        .sifter
        .resolve_reference(item(&reference))
        .await
        .unwrap();
    assert_eq!(found.reference.transport, Transport::Http);
    assert_eq!(found.size.unwrap().0, images::plain().len() as u64);
    assert_eq!(found.arch.as_deref(), Some("amd64"));
    assert_eq!(found.created.unwrap().0, 1_735_732_800);
    let (badge, bytes) = pulled(&desk, &pull(&desk, item(&reference)).await);
    assert_eq!(badge, Badge::NotSigned);
    assert!(bytes == images::plain());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expected_hash_decides() {
    let (web, desk) = (web().await, Desk::new());
    let reference = web.url("/files/blast.sif");
    pulled(
        &desk,
        &pull(&desk, with_hash(&reference, &images::plain())).await,
    );
    let task = pull(&desk, with_hash(&reference, b"other")).await;
    assert_eq!(error_of(&task), "digest-mismatch");
    assert_eq!(std::fs::read_dir(desk.path("pulled")).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_image_is_not_kept() {
    let (web, desk) = (web().await, Desk::new());
    for (path, expected) in [
        ("/page.sif", "not-sif"),
        ("/none.sif", "not-found-or-private"),
    ] {
        let error = desk
            .sifter
            .resolve_reference(item(&web.url(path)))
            .await
            .unwrap_err();
        assert_eq!(code(&error), expected, "{path}");
    }
    let error = desk
        .sifter
        .resolve_reference(item("http://127.0.0.1:1/x.sif"))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "server-unreachable");
    let error = desk
        .sifter
        .resolve_reference(item("https://anna:secret@lab.example/x.sif"))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "reference-invalid");
    assert!(!format!("{error:?}").contains("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_the_shub_kind_leads_to_its_images() {
    let (web, desk) = (web().await, Desk::new());
    let host = web.url("").trim_start_matches("http://").to_owned();
    let reference = format!("shub://{host}/lab/blast:1.0");
    let found = desk
        .sifter
        .resolve_reference(item(&reference))
        .await
        .unwrap();
    assert_eq!(found.size.unwrap().0, images::plain().len() as u64);
    let (_, bytes) = pulled(&desk, &pull(&desk, item(&reference)).await);
    assert!(bytes == images::plain());
    for (container, expected) in [
        ("odd", "server-answer-invalid"),
        ("none", "not-found-or-private"),
    ] {
        let reference = format!("shub://{host}/lab/{container}");
        let error = desk
            .sifter
            .resolve_reference(item(&reference))
            .await
            .unwrap_err();
        assert_eq!(code(&error), expected, "{container}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_hub_is_gone_and_nobody_is_asked() {
    let desk = Desk::new();
    for reference in ["shub://lab/blast", "shub://singularity-hub.org/lab/blast:1"] {
        let error = desk
            .sifter
            .resolve_reference(item(reference))
            .await
            .unwrap_err();
        assert_eq!(code(&error), "transport-unsupported");
        assert!(error.message.contains("is gone"), "{}", error.message);
        assert!(error.hint.unwrap().contains("search a library"));
    }
    assert_eq!(desk.sifter.contacts().await.unwrap(), []);
}
