//! What goes wrong around the service: a disk that takes nothing, clocks that are set, clients that send on after they
//! were refused, many of them at once.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, OnceLock, atomic::Ordering},
    time::Duration,
};

use rusqlite::Connection;
use scs_server::{Cloud, Depth, Step, Steps};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use crate::support::{Server, bytes, clocked, hash_of, start, start_with};

/// Has the database refuse every change of a table, as a full disk does.
fn refuse_changes(server: &Server, table: &str) {
    let path = server.folder.path().join("cloud/cloud.db");
    let other = Connection::open(path).unwrap();
    let sql = format!(
        "CREATE TRIGGER no_{table} BEFORE UPDATE ON {table} BEGIN SELECT RAISE(FAIL, 'full'); END"
    );
    other.execute_batch(&sql).unwrap();
}

#[tokio::test]
async fn what_cannot_be_noted_keeps_nobody_from_reading() {
    let server = start().await;
    let content = bytes(1000, 1);
    server.push("alice/tools/hello", "latest", &content).await;
    server
        .cloud
        .set("alice/tools/hello", scs_server::Rule::Private(true))
        .unwrap();
    let token = crate::support::secret(&server.cloud, "alice");
    for table in ["tokens", "containers"] {
        refuse_changes(&server, table);
    }
    let path = "/v1/imagefile/alice/tools/hello:latest";
    let said = server.ask_as(&token, "GET", path, None).await;
    assert_eq!(said.status, 200, "{}", said.message());
    assert!(said.body == content);
}

const DAY: i64 = 24 * 3600;

#[tokio::test]
async fn a_clock_that_is_set_ends_no_upload_that_goes_on() {
    let (now, change) = clocked(1_800_000_000);
    let server = start_with(change).await;
    let content = bytes(3000, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    let url = server.upload_url(&image, content.len()).await;
    // Half of the bytes, and the connection stays.
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let path = url.split_once(&server.port.to_string()).unwrap().1;
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 3000\r\n\r\n",
        server.port
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&content[..1500]).unwrap();
    // The writer has begun as soon as the cloud has opened the file.
    let uploads = server.folder.path().join("cloud/uploads");
    while !is_open(&uploads) {
        tokio::task::yield_now().await;
    }
    now.fetch_add(3 * DAY, Ordering::SeqCst);
    assert_eq!(server.cloud.gc().unwrap().uploads, 0);
    let rest = content[1500..].to_vec();
    let answer = tokio::task::spawn_blocking(move || {
        stream.write_all(&rest).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        answer
    });
    assert_eq!(&answer.await.unwrap(), b"HTTP/1.1 200");
    let complete = format!("/v2/imagefile/{image}/_complete");
    assert_eq!(server.ask("PUT", &complete, None).await.status, 200);
}

/// Whether this process has a file of the folder open. Elsewhere than on Linux nobody can be asked.
fn is_open(folder: &std::path::Path) -> bool {
    open_below(folder).is_none_or(|count| count > 0)
}

fn open_below(folder: &std::path::Path) -> Option<usize> {
    let handles = std::fs::read_dir("/proc/self/fd").ok()?;
    let targets = handles.filter_map(|handle| std::fs::read_link(handle.ok()?.path()).ok());
    Some(targets.filter(|target| target.starts_with(folder)).count())
}

#[tokio::test]
async fn an_upload_of_the_future_rests_from_now_on() {
    let (now, change) = clocked(1_800_000_000 + 1000 * DAY);
    let server = start_with(change).await;
    let image = server.new_image("alice/tools/hello", &bytes(100, 1)).await;
    server.upload_url(&image, 100).await;
    now.store(1_800_000_000, Ordering::SeqCst);
    assert_eq!(server.cloud.gc().unwrap().uploads, 0);
    now.fetch_add(2 * DAY, Ordering::SeqCst);
    assert_eq!(server.cloud.gc().unwrap().uploads, 1);
}

#[tokio::test]
async fn only_the_last_urls_of_a_part_are_good() {
    let server = start().await;
    let content = bytes(100, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    let path = format!("/v2/imagefile/{image}/_multipart");
    let started = server
        .ask("POST", &path, Some(json!({"filesize": 100})))
        .await
        .data();
    let body = json!({"partSize": 100, "uploadID": started["uploadID"], "partNumber": 1});
    let mut urls = Vec::new();
    for _ in 0..9 {
        let said = server.ask("PUT", &path, Some(body.clone())).await.data();
        urls.push(said["presignedURL"].as_str().unwrap().to_owned());
    }
    assert_eq!(server.put(&urls[0], &content).await.status, 403);
    for url in [&urls[1], &urls[8]] {
        assert_eq!(server.put(url, &content).await.status, 200);
    }
}

#[tokio::test]
async fn uploads_that_rest_hold_few_files_open() {
    let server = start().await;
    let container = server.container("alice/tools/hello").await;
    let mut started = Vec::new();
    for number in 0..150_u8 {
        let content = bytes(200, number);
        let image = server.image(&container, &content).await;
        let url = server.upload_url(&image, 200).await;
        assert_eq!(server.put(&url, &content).await.status, 200);
        started.push((image, content));
    }
    let uploads = server.folder.path().join("cloud/uploads");
    if let Some(open) = open_below(&uploads) {
        assert!(open <= 70, "{open} files of uploads are open");
    }
    for (image, _) in &started {
        let path = format!("/v2/imagefile/{image}/_complete");
        assert_eq!(server.ask("PUT", &path, None).await.status, 200);
    }
    assert_eq!(server.cloud.fsck(Depth::Bytes).unwrap().problems, []);
}

/// Sends all of a large body before it looks at the answer, as simple clients do.
fn send_all(port: u16, head: &str, length: usize) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let head =
        format!("{head} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    let block = vec![7; 1 << 20];
    for _ in 0..length >> 20 {
        stream.write_all(&block)?;
    }
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_refused_while_sending_still_sees_why() {
    let server = start().await;
    for (head, status) in [
        ("PUT /uploads/nobody", "403"),
        ("POST /v1/imagefile/nobody", "401"),
        ("POST /v1/images", "401"),
        ("PUT /nothing", "404"),
        ("POST /pks/add", "413"),
    ] {
        let port = server.port;
        let answer = tokio::task::spawn_blocking(move || send_all(port, head, 48 << 20)).await;
        let answer = answer.unwrap().unwrap_or_else(|error| error.to_string());
        assert_eq!(answer, format!("HTTP/1.1 {status}"), "{head}");
    }
}

#[tokio::test]
async fn an_image_without_a_hash_of_its_bytes_keeps_the_first() {
    let server = start().await;
    let container = server.container("alice/tools/old").await;
    let hash = "sif.01234567-89ab-cdef-0123-456789abcdef";
    let image = json!({"hash": hash, "container": container});
    let image = server.create("/v1/images", image).await;
    let second = server.upload_url(&image, 80).await;
    assert_eq!(server.upload(&image, &bytes(100, 1)).await.status, 200);
    // Neither by an upload that was under way, nor by a new one.
    assert_eq!(server.put(&second, &bytes(80, 2)).await.status, 200);
    let complete = format!("/v2/imagefile/{image}/_complete");
    assert_eq!(server.ask("PUT", &complete, None).await.status, 422);
    assert_eq!(server.upload(&image, &bytes(90, 3)).await.status, 409);
    let pulled = server
        .get(&format!("/v1/imagefile/alice/tools/old:{hash}"))
        .await;
    assert!(pulled.body == bytes(100, 1));
    server.cloud.gc().unwrap();
    assert_eq!(server.cloud.fsck(Depth::Bytes).unwrap().problems, []);
}

#[tokio::test]
async fn room_is_looked_at_in_the_step_that_takes_it() {
    let cloud: Arc<OnceLock<Cloud>> = Arc::default();
    let seen = Arc::clone(&cloud);
    let server = start_with(move |settings| {
        settings.steps = Steps::watched_by(move |step| {
            // Somebody else fills the entity after this upload was let through.
            if let (Step::Renamed, Some(cloud)) = (step, seen.get()) {
                cloud.set("alice", scs_server::Rule::Quota(50)).unwrap();
            }
            Ok(())
        });
    })
    .await;
    let content = bytes(100, 1);
    let image = server.new_image("alice/tools/hello", &content).await;
    cloud.set(server.cloud.clone()).unwrap();
    assert_eq!(server.upload(&image, &content).await.status, 507);
    let path = format!("/v1/images/alice/tools/hello:{}", hash_of(&content));
    assert_eq!(server.get(&path).await.data()["uploaded"], false);
    assert_eq!(server.cloud.fsck(Depth::Bytes).unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_goes_while_it_is_pulled_was_there_or_was_not() {
    let server = Arc::new(start().await);
    let path = "/v1/imagefile/alice/tools/hello:latest";
    let content = bytes(5000, 1);
    let done = tokio_util::sync::CancellationToken::new();
    let pulling = {
        let (server, content, done) = (Arc::clone(&server), content.clone(), done.clone());
        tokio::spawn(async move {
            let mut pulls = 0;
            while !done.is_cancelled() {
                let said = server.anonymous(path).await;
                let is_whole = said.status == 200 && said.body == content;
                assert!(is_whole || said.status == 404, "{}", said.status);
                pulls += 1;
            }
            pulls
        })
    };
    for _ in 0..40 {
        server.push("alice/tools/hello", "latest", &content).await;
        let image = "/v1/images/alice/tools/hello:latest";
        server.ask("DELETE", image, None).await.data();
    }
    done.cancel();
    assert!(pulling.await.unwrap() > 0);
}

/// The real command line pulls by three streams at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_command_lines_pull_by_three_streams() {
    let server = start().await;
    let content = bytes(4 << 20, 1);
    server.push("alice/tools/big", "latest", &content).await;
    let request = format!(
        "GET /v1/imagefile/alice/tools/big:latest?arch=amd64 HTTP/1.1\r\nHost: localhost:{}\r\nRange: bytes=0-4194303\r\n\r\n",
        server.port
    );
    let address = ([127, 0, 0, 1], server.port).into();
    let mut streams = Vec::new();
    for number in 0..600 {
        let socket = TcpSocket::new_v4().unwrap();
        // What is under way lies with the server, not in the kernel.
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut start = [0; 12];
        let read = stream.read_exact(&mut start);
        let read = tokio::time::timeout(Duration::from_secs(60), read).await;
        read.unwrap_or_else(|_| panic!("stream {number} waits"))
            .unwrap();
        assert_eq!(&start, b"HTTP/1.1 206", "stream {number}");
        streams.push(stream);
    }
    // All are still under way, and somebody else is served.
    assert_eq!(server.anonymous("/version").await.status, 200);
}
