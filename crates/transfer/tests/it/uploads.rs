//! Uploads.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use sifter_testkit::http::{Answer, Ending, HttpServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use transfer::{
    Bandwidth, CancellationToken, Error, Http, Location, PartDigests, SentPart, Silent, Sink,
    Upload, Wanted, hash_file,
};

use crate::case::{To, bytes, http, retry};

const LENGTH: usize = 40_000;
const PART: u64 = 4096;

/// Number, length and digest of a part whose address was asked for.
type Asked = (u32, u64, Option<[u8; 32]>);
type Stored = Arc<Mutex<BTreeMap<u32, Vec<u8>>>>;

/// A server that keeps parts by number; `fault` may answer in its place.
struct Store {
    server: HttpServer,
    stored: Stored,
    folder: tempfile::TempDir,
    asked: Mutex<Vec<Asked>>,
    file: Vec<u8>,
    http: Http,
    path: PathBuf,
}

impl Store {
    async fn new(fault: impl Fn(u32, usize) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let stored = Stored::default();
        let (kept, tries) = (stored.clone(), Mutex::new(BTreeMap::<u32, usize>::new()));
        let server = HttpServer::start(move |request| {
            let number: u32 = request.path[1..].parse().unwrap();
            let mut tries = tries.lock().unwrap();
            let before = tries.entry(number).or_default();
            *before += 1;
            if let Some(answer) = fault(number, *before - 1) {
                return answer;
            }
            kept.lock().unwrap().insert(number, request.body.clone());
            Answer::new(200, "").with("ETag", format!("\"part {number}\""))
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let file = bytes(LENGTH);
        std::fs::write(folder.path().join("image.sif"), &file).unwrap();
        Self {
            http: http(),
            path: folder.path().join("image.sif"),
            server,
            stored,
            folder,
            asked: Mutex::default(),
            file,
        }
    }

    async fn upload<'a>(
        &'a self,
        change: impl FnOnce(&mut Upload<'a>),
    ) -> Result<Vec<SentPart>, Error> {
        let mut upload = Upload {
            http: &self.http,
            sink: self,
            method: reqwest::Method::PUT,
            fresh_addresses: 3,
            file: &self.path,
            size: LENGTH as u64,
            part_size: PART,
            digests: PartDigests::Unknown,
            sent: Vec::new(),
            needs_tokens: true,
            connections: 3,
            bandwidth: Bandwidth::unlimited(),
            retry: retry(),
            progress: Arc::new(Silent),
            on_sent: &|_| {},
            stop: CancellationToken::new(),
        };
        change(&mut upload);
        upload.run().await
    }

    fn whole(&self) -> Vec<u8> {
        self.stored
            .lock()
            .unwrap()
            .values()
            .flatten()
            .copied()
            .collect()
    }
}

impl Sink for Store {
    fn address(
        &self,
        number: u32,
        length: u64,
        sha256: Option<[u8; 32]>,
    ) -> BoxFuture<'_, Result<Location, Error>> {
        self.asked.lock().unwrap().push((number, length, sha256));
        let url: reqwest::Url = self.server.url(&format!("/{number}")).parse().unwrap();
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("authorization", "Bearer secret".parse().unwrap());
        headers.insert("x-amz-content-sha256", "digest".parse().unwrap());
        Box::pin(async { Ok(Location { url, headers }) })
    }
}

#[tokio::test]
async fn parts_arrive_with_their_digests() {
    let store = Store::new(|_, _| None).await;
    let sent = store.upload(|_| {}).await.unwrap();
    assert!(store.whole() == store.file);
    let tokens: Vec<_> = sent
        .iter()
        .map(|part| (part.number, part.token.as_str()))
        .collect();
    assert_eq!(tokens[0], (1, "\"part 1\""));
    assert_eq!(tokens.len(), LENGTH.div_ceil(4096));
    for (number, length, sha256) in store.asked.lock().unwrap().iter() {
        let start = (*number as usize - 1) * 4096;
        let part = &store.file[start..start + usize::try_from(*length).unwrap()];
        assert_eq!(*sha256, Some(Sha256::digest(part).into()));
    }
}

#[tokio::test]
async fn each_part_has_its_own_tries_and_fresh_addresses() {
    let store = Store::new(|number, before| match (number, before) {
        (2, 0) => Some(Answer::new(503, "slow down")),
        (3, 0..3) => Some(Answer::new(403, "expired")),
        (4, 0) => Some(Answer::new(502, "half").ending(Ending::Reset(2))),
        (5, 0) => Some(Answer::new(410, "")),
        _ => None,
    })
    .await;
    store.upload(|_| {}).await.unwrap();
    assert!(store.whole() == store.file);
}

#[tokio::test]
async fn a_part_goes_where_the_server_says_and_nowhere_by_another_way() {
    let other = HttpServer::start(|_| Answer::new(200, "").with("ETag", "\"there\"")).await;
    for (status, follows) in [
        (307, true),
        (308, true),
        (301, false),
        (302, false),
        (303, false),
    ] {
        let away = other.url("/there");
        let before = other.seen().len();
        let store = Store::new(move |number, _| {
            (number == 2).then(|| Answer::new(status, "").with("Location", &away))
        })
        .await;
        let sent = store.upload(|_| {}).await;
        let there = &other.seen()[before..];
        if follows {
            assert_eq!(sent.unwrap()[1].token, "\"there\"");
            assert_eq!(there.len(), 1);
            assert_eq!(
                (there[0].method.as_str(), &there[0].body[..]),
                ("PUT", &store.file[4096..8192])
            );
            assert_eq!(there[0].header("authorization"), None);
            assert_eq!(there[0].header("x-amz-content-sha256"), Some("digest"));
        } else {
            assert!(
                matches!(sent, Err(Error::Refused { .. })),
                "{status} {sent:?}"
            );
            assert!(there.is_empty());
        }
    }
}

#[tokio::test]
async fn circles_of_parts_end() {
    let store =
        Store::new(|number, _| (number == 1).then(|| Answer::new(307, "").with("Location", "/1")))
            .await;
    let error = store.upload(|_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Network { .. }), "{error:?}");
}

#[tokio::test]
async fn a_part_that_is_refused_ends_it() {
    let store = Store::new(|number, _| (number == 2).then(|| Answer::new(507, "full"))).await;
    let error = store.upload(|_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "the server answered 507: full");
    let store = Store::new(|number, _| (number == 2).then(|| Answer::new(403, "never"))).await;
    assert!(matches!(
        store.upload(|_| {}).await,
        Err(Error::Refused { status: 403, .. })
    ));
}

#[tokio::test]
async fn a_part_without_receipt_is_wrong() {
    for empty in ["", "\"\""] {
        let store = Store::new(move |_, _| Some(Answer::new(200, "").with("ETag", empty))).await;
        assert!(store.upload(|_| {}).await.is_err(), "{empty:?}");
    }
    let store = Store::new(|_, _| Some(Answer::new(200, ""))).await;
    let error = store.upload(|_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "the server sent no receipt for a part");
    let sent = store
        .upload(|upload| upload.needs_tokens = false)
        .await
        .unwrap();
    assert!(sent.iter().all(|part| part.token.is_empty()));
}

#[tokio::test]
async fn parts_that_were_sent_are_not_sent_again() {
    let store = Store::new(|_, _| None).await;
    let (seen, sent) = (Mutex::new(Vec::new()), [1, 3, 4]);
    let sent: Vec<_> = sent
        .map(|number| SentPart {
            number,
            token: format!("kept {number}"),
        })
        .to_vec();
    let all = store
        .upload(|upload| {
            upload.sent = sent.clone();
            upload.digests = PartDigests::Unwanted;
        })
        .await
        .unwrap();
    seen.lock()
        .unwrap()
        .extend(store.stored.lock().unwrap().keys().copied());
    assert_eq!(*seen.lock().unwrap(), [2, 5, 6, 7, 8, 9, 10]);
    assert_eq!(all.len(), 10);
    assert_eq!(all[2], sent[1]);
}

#[tokio::test]
async fn a_file_that_changed_is_not_sent() {
    let store = Store::new(|_, _| None).await;
    let error = store.upload(|upload| upload.size -= 1).await.unwrap_err();
    assert!(matches!(error, Error::Changed(_)));
    let path = store.folder.path().join("image.sif");
    let grow = |part: &SentPart| {
        if part.number == 1 {
            std::fs::write(&path, "shorter").unwrap();
        }
    };
    assert!(store.upload(|upload| upload.on_sent = &grow).await.is_err());
}

#[tokio::test]
async fn an_empty_file_is_one_part() {
    let store = Store::new(|_, _| None).await;
    std::fs::write(store.folder.path().join("image.sif"), "").unwrap();
    let sent = store.upload(|upload| upload.size = 0).await.unwrap();
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn one_read_gives_all_digests() {
    let store = Store::new(|_, _| None).await;
    let path = store.folder.path().join("image.sif");
    let digests = hash_file(
        path,
        Wanted {
            part: Some(PART),
            md5: true,
        },
        CancellationToken::new(),
        Arc::new(Silent),
    )
    .await
    .unwrap();
    assert_eq!(
        digests.sha256,
        <[u8; 32]>::from(Sha256::digest(&store.file))
    );
    let parts: Vec<[u8; 32]> = store
        .file
        .chunks(4096)
        .map(|part| Sha256::digest(part).into())
        .collect();
    assert_eq!(digests.parts, parts);
    let known = PartDigests::Known(parts);
    store.upload(|upload| upload.digests = known).await.unwrap();
    assert!(store.whole() == store.file);
}

/// A server that answers as soon as it has the head of a request, and hangs up: what is still sent is answered by a reset.
async fn hasty(status: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: 8\r\n\r\ntoo much");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    format!("http://{address}/1")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_comes_before_the_end_of_the_file_is_told_as_it_is() {
    let store = Store::new(|_, _| None).await;
    // More than lies in the buffers of a connection.
    let size = 64 << 20;
    let file = std::fs::File::options().write(true).open(&store.path);
    file.unwrap().set_len(size).unwrap();
    for refused in [413, 507, 403] {
        let to = To(hasty(refused).await);
        for _ in 0..4 {
            let sent = store.upload(|upload| {
                upload.sink = &to;
                upload.size = size;
                upload.part_size = size;
                upload.digests = PartDigests::Unwanted;
                upload.fresh_addresses = 0;
            });
            match sent.await {
                Err(Error::Refused {
                    status, message, ..
                }) => {
                    assert_eq!((status, message.as_str()), (refused, "too much"));
                }
                other => panic!("{refused}: {other:?}"),
            }
        }
    }
}
