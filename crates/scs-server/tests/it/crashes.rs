//! A push that is stopped at each of its steps, by an error and by the death of the process.

use std::{
    io,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use scs_server::{Depth, Step, Steps};
use serde_json::json;

use crate::support::{Server, bytes, hash_of, start_in};

pub(crate) const PARTS: u64 = 1000;

/// Pushes in parts, as far as it goes. Returns whether it was told to be complete.
pub(crate) async fn push(server: &Server, content: &[u8]) -> bool {
    let image = server.new_image("alice/tools/hello", content).await;
    let path = format!("/v2/imagefile/{image}/_multipart");
    let said = server
        .ask("POST", &path, Some(json!({"filesize": content.len()})))
        .await;
    if said.status != 200 {
        return false;
    }
    let id = said.data()["uploadID"].clone();
    let mut tokens = Vec::new();
    for (number, part) in (1..).zip(content.chunks(PARTS as usize)) {
        let body = json!({"partSize": part.len(), "uploadID": id, "partNumber": number});
        let said = server.ask("PUT", &path, Some(body)).await;
        if said.status != 200 {
            return false;
        }
        let sent = server
            .put(said.data()["presignedURL"].as_str().unwrap(), part)
            .await;
        if sent.status != 200 {
            return false;
        }
        tokens.push(json!({"partNumber": number, "token": sent.header("etag")}));
    }
    let body = json!({"uploadID": id, "completedParts": tokens});
    server
        .ask("PUT", &format!("{path}_complete"), Some(body))
        .await
        .status
        == 200
}

/// Asserts that the cloud is sound, shows the image only if it is whole, and takes it now.
pub(crate) async fn check(server: &Server, content: &[u8], must_be_there: bool, told: &str) {
    let checked = server.cloud.fsck(Depth::Bytes).unwrap();
    assert_eq!(checked.problems, [], "{told}");
    let path = format!("/v1/imagefile/alice/tools/hello:{}", hash_of(content));
    let said = server.anonymous(&path).await;
    let is_there = said.status == 200 && said.body == content;
    assert!(
        is_there || (said.status == 404 && !must_be_there),
        "{told}: {}",
        said.status
    );
    server.push("alice/tools/hello", "latest", content).await;
    assert!(server.anonymous(&path).await.body == content, "{told}");
    server.cloud.gc().unwrap();
    let checked = server.cloud.fsck(Depth::Bytes).unwrap();
    assert_eq!(
        (checked.problems, checked.orphans),
        (vec![], vec![]),
        "{told}"
    );
}

#[tokio::test]
async fn an_error_at_any_step_leaves_a_sound_cloud() {
    let content = bytes(2500, 1);
    for stop_at in 0..60 {
        assert!(stop_at < 59, "the push never ends");
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let passed = Arc::new(AtomicUsize::new(0));
        let counter = passed.clone();
        let server = start_in(folder, |settings| {
            settings.limits.part = PARTS;
            settings.steps = Steps::watched_by(move |_| {
                match counter.fetch_add(1, Ordering::SeqCst) == stop_at {
                    true => Err(io::Error::other("stopped by the test")),
                    false => Ok(()),
                }
            });
        })
        .await;
        let complete = push(&server, &content).await;
        let folder = server.stop().await;
        let server = start_in(folder, |settings| settings.limits.part = PARTS).await;
        check(&server, &content, complete, &format!("step {stop_at}")).await;
        if complete {
            assert!(passed.load(Ordering::SeqCst) > 10, "all steps were passed");
            break;
        }
    }
}

/// The death of the process is real: this test binary starts itself, and the child ends by `abort` at one step.
#[test]
fn a_death_at_any_step_leaves_a_sound_cloud() {
    let steps = [
        "UploadFileMade",
        "PartBytes",
        "PartWritten",
        "Hashed",
        "Synced",
        "Renamed",
        "BeforeCommit",
        "AfterCommit",
    ];
    for step in steps {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crashes::child", "--nocapture"])
            .env("SIFTER_TEST_FOLDER", folder.path())
            .env("SIFTER_TEST_STEP", step)
            .output()
            .unwrap();
        assert!(
            !child.status.success(),
            "{step}: the child should have died"
        );
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let server = start_in(folder, |settings| settings.limits.part = PARTS).await;
            check(&server, &bytes(2500, 1), step == "AfterCommit", step).await;
        });
    }
}

/// The other side of the test above; without its variable it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Some(folder) = std::env::var_os("SIFTER_TEST_FOLDER") else {
        return;
    };
    let wanted = std::env::var("SIFTER_TEST_STEP").unwrap();
    // The parent owns the folder: a handle that would remove it is never dropped, the process dies.
    let inside = std::path::PathBuf::from(&folder);
    let own = Arc::new(tempfile::tempdir().unwrap());
    let server = start_in(own, |settings| {
        settings.folder = inside.join("cloud");
        settings.limits.part = PARTS;
        settings.steps = Steps::watched_by(move |step: Step| {
            if format!("{step:?}") == wanted {
                std::process::abort();
            }
            Ok(())
        });
    })
    .await;
    push(&server, &bytes(2500, 1)).await;
}
