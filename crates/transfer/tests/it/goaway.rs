//! HTTP/2: a server that says that it goes away while bytes are on their way. Busy servers do so after so many requests.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use h2::{Reason, RecvStream, server};
use http::{Request, Response};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use transfer::{Bandwidth, CancellationToken, Http, Limits, PartDigests, Silent, Upload};

use crate::case::{At, PART, To, bytes, download_of, http, retry};

/// How a server goes away after so many requests of one connection.
#[derive(Clone, Copy, Debug)]
enum Leave {
    /// It ends what it began.
    Gracefully,
    /// It ends nothing.
    AtOnce(Reason),
}

const WAYS: [Leave; 3] = [
    Leave::Gracefully,
    Leave::AtOnce(Reason::NO_ERROR),
    Leave::AtOnce(Reason::ENHANCE_YOUR_CALM),
];
/// Requests of a connection until its server leaves: more than are on their way at once, so that it brings something.
const MOST: usize = 10;

struct Server {
    address: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn new(file: Arc<Vec<u8>>, leave: Leave) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/image", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(connection(stream, Arc::clone(&file), leave));
            }
        });
        Self {
            address,
            connections,
        }
    }
}

async fn connection(stream: TcpStream, file: Arc<Vec<u8>>, leave: Leave) {
    let Ok(mut connection) = server::handshake(stream).await else {
        return;
    };
    let mut answered = 0;
    while let Some(Ok((request, respond))) = connection.accept().await {
        answered += 1;
        if answered == MOST {
            match leave {
                Leave::Gracefully => connection.graceful_shutdown(),
                Leave::AtOnce(reason) => connection.abrupt_shutdown(reason),
            }
        }
        tokio::spawn(answer(request, respond, Arc::clone(&file)));
    }
}

/// Gives a part of the file, or takes one.
async fn answer(
    request: Request<RecvStream>,
    mut respond: server::SendResponse<Bytes>,
    file: Arc<Vec<u8>>,
) -> Option<()> {
    let range = request.headers().get("range").cloned();
    let mut body = request.into_body();
    let mut taken = 0;
    while let Some(piece) = body.data().await {
        let length = piece.ok()?.len();
        taken += length;
        body.flow_control().release_capacity(length).ok()?;
    }
    let response = Response::builder().header("etag", "\"one\"");
    let Some(range) = range else {
        let response = response.header("x-taken", taken).body(()).ok()?;
        respond.send_response(response, true).ok()?;
        return Some(());
    };
    let (first, last) = range
        .to_str()
        .ok()?
        .strip_prefix("bytes=")?
        .split_once('-')?;
    let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
    let end = (last + 1).min(file.len());
    let place = format!("bytes {first}-{}/{}", end - 1, file.len());
    let response = response.status(206).header("content-range", place);
    let mut stream = respond.send_response(response.body(()).ok()?, false).ok()?;
    // In pieces, so that some of them are on their way when the server leaves.
    for piece in file.get(first..end)?.chunks(1_000) {
        stream
            .send_data(Bytes::copy_from_slice(piece), false)
            .ok()?;
        tokio::task::yield_now().await;
    }
    stream.send_data(Bytes::new(), true).ok()
}

fn http2() -> Http {
    // Installs what encrypts.
    let _ = http();
    let builder = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge();
    Http::new(builder, Limits::default(), |_, _, _| String::new()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_over_another_connection() {
    for leave in WAYS {
        let file = Arc::new(bytes(100_000));
        let server = Server::new(Arc::clone(&file), leave).await;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("image.sif");
        let (http, source) = (http2(), At(server.address.clone()));
        let sha256 = Sha256::digest(&*file).into();
        let download = download_of((&http, &source), &target, sha256);
        download
            .run()
            .await
            .unwrap_or_else(|error| panic!("{leave:?}: {error}"));
        assert!(std::fs::read(&target).unwrap() == *file, "{leave:?}");
        let connections = server.connections.load(Ordering::SeqCst);
        assert!(connections > 1, "{leave:?}: {connections}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_over_another_connection() {
    for leave in WAYS {
        let server = Server::new(Arc::default(), leave).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.sif");
        std::fs::write(&path, bytes(100_000)).unwrap();
        let upload = Upload {
            http: &http2(),
            sink: &To(server.address.clone()),
            method: reqwest::Method::PUT,
            file: &path,
            size: 100_000,
            part_size: PART,
            digests: PartDigests::Unwanted,
            sent: Vec::new(),
            needs_tokens: true,
            fresh_addresses: 0,
            connections: 4,
            bandwidth: Bandwidth::unlimited(),
            retry: retry(),
            progress: Arc::new(Silent),
            on_sent: &|_| {},
            stop: CancellationToken::new(),
        };
        let sent = upload.run().await;
        let sent = sent.unwrap_or_else(|error| panic!("{leave:?}: {error}"));
        assert_eq!(sent.len(), 25, "{leave:?}");
        let connections = server.connections.load(Ordering::SeqCst);
        assert!(connections > 1, "{leave:?}: {connections}");
    }
}
