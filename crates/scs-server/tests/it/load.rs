//! Many at once, in little memory.

use std::sync::Arc;

use crate::support::{bytes, start};

/// The most memory that this process ever had, in MiB. None where it cannot be asked.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<u64>()
        .ok()
        .map(|kibibytes| kibibytes / 1024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_pull_and_fifty_push() {
    let server = Arc::new(start().await);
    let content = Arc::new(bytes(8 << 20, 1));
    server.push("alice/tools/big", "latest", &content).await;
    let before = peak();
    let mut working = tokio::task::JoinSet::new();
    for number in 0..200_usize {
        let (server, content) = (server.clone(), content.clone());
        working.spawn(async move {
            let start = number * 40_000;
            let request = server.request("GET", "/v1/imagefile/alice/tools/big:latest?arch=amd64");
            let range = format!("bytes={start}-{}", start + 399_999);
            let said = request.header("range", range).send().await.unwrap();
            assert_eq!(said.status(), 206);
            let end = content.len().min(start + 400_000);
            assert!(said.bytes().await.unwrap() == content[start..end]);
        });
    }
    for number in 0..50_u8 {
        let server = server.clone();
        working.spawn(async move {
            let own = bytes(200_000, number);
            server
                .push(&format!("alice/many/image{number}"), "latest", &own)
                .await;
        });
    }
    while let Some(done) = working.join_next().await {
        done.unwrap();
    }
    for number in [0_u8, 49] {
        let said = server
            .anonymous(&format!("/v1/imagefile/alice/many/image{number}:latest"))
            .await;
        assert!(said.body == bytes(200_000, number));
    }
    if let (Some(before), Some(after)) = (before, peak()) {
        // The clients of the test hold what they pull: 80 MB, and what they push: 10 MB.
        println!("peak memory: {before} MiB before, {after} MiB after");
        assert!(after - before < 220, "{before} MiB, then {after} MiB");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_image_from_ten_at_once() {
    let server = Arc::new(start().await);
    let content = Arc::new(bytes(300_000, 1));
    let mut working = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (server, content) = (server.clone(), content.clone());
        working.spawn(async move { server.push("alice/tools/same", "latest", &content).await });
    }
    let mut images = Vec::new();
    while let Some(done) = working.join_next().await {
        images.push(done.unwrap());
    }
    images.dedup();
    assert_eq!(images.len(), 1);
    assert!(
        server
            .anonymous("/v1/imagefile/alice/tools/same:latest")
            .await
            .body
            == *content
    );
    assert_eq!(
        server
            .cloud
            .fsck(scs_server::Depth::Bytes)
            .unwrap()
            .problems,
        []
    );
}
