//! Servers that do it otherwise than most: the file comes all the same, or not at all, and is never a wrong one.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::BoxFuture;
use sifter_testkit::http::{Answer, Ending, Request};
use transfer::{Error, Location, Progress, Silent, Source, resumable};

use crate::case::{Case, PART, TAG, bytes};

const LENGTH: usize = 40_000;

type Serves = fn(&Request, &[u8], usize) -> Answer;

/// The bytes of `range` with a `Content-Range` of one's own.
fn part(request: &Request, file: &[u8], place: impl Fn(usize, usize, usize) -> String) -> Answer {
    let Some((first, last)) = request.range() else {
        return Answer::new(200, file);
    };
    let end = (last + 1).min(file.len());
    Answer::new(206, &file[first..end]).with("Content-Range", place(first, end - 1, file.len()))
}

/// What each server does; its requests are counted from 0. All of them can give the file.
const SERVERS: &[(&str, Serves)] = &[
    ("gives less than was asked for", |request, file, _| {
        let Some((first, last)) = request.range() else {
            return Answer::new(200, file);
        };
        let last = last.min(first + 999);
        let asked = Request {
            headers: vec![("range".into(), format!("bytes={first}-{last}"))],
            ..Request::default()
        };
        Answer::file(&asked, file, Some(TAG))
    }),
    ("writes the unit in capitals", |request, file, _| {
        part(request, file, |first, last, total| {
            format!("Bytes {first}-{last}/{total}")
        })
    }),
    ("does not say how long the file is", |request, file, _| {
        part(request, file, |first, last, _| {
            format!("bytes {first}-{last}/*")
        })
    }),
    ("forgets the place", |request, file, _| {
        let mut answer = Answer::file(request, file, Some(TAG));
        answer.headers.retain(|(name, _)| name != "Content-Range");
        answer
    }),
    ("sends parts as a form with one part", |request, file, _| {
        if request.range().is_none() {
            return Answer::new(200, file);
        }
        Answer::new(206, "--x\r\nContent-Range: bytes 0-1/2\r\n\r\nab\r\n--x--")
            .with("Content-Type", "multipart/byteranges; boundary=x")
    }),
    ("packs what has a range", |request, file, _| {
        if request.range().is_none() {
            return Answer::new(200, file);
        }
        Answer::new(206, "packed").with("Content-Encoding", "gzip")
    }),
    ("says that nothing is packed", |request, file, _| {
        Answer::file(request, file, Some(TAG)).with("Content-Encoding", "Identity")
    }),
    ("has ranges only for some", |request, file, count| {
        if count % 3 == 2 {
            return Answer::new(200, file).with("ETag", TAG);
        }
        Answer::file(request, file, Some(TAG))
    }),
    ("has a weak tag", |request, file, _| {
        Answer::file(request, file, None).with("ETag", "W/\"one\"")
    }),
    ("weakens the tag of parts", |request, file, count| {
        let tag = if count == 0 { TAG } else { "W/\"one\"" };
        Answer::file(request, file, Some(TAG)).with_tag(tag)
    }),
    ("calls it otherwise each time", |request, file, count| {
        let tag = format!("\"{count}\"");
        Answer::file(request, file, Some(&tag))
    }),
    (
        "does so and cares for no conditions",
        |request, file, count| {
            let mut request = request.clone();
            request.headers.retain(|(name, _)| name != "if-range");
            let tag = format!("\"{count}\"");
            Answer::file(&request, file, Some(&tag))
        },
    ),
    (
        "refuses the first range",
        |request, file, _| match request.range() {
            Some((0, _)) => Answer::new(416, ""),
            _ => Answer::file(request, file, Some(TAG)),
        },
    ),
    ("is making the file", |request, file, count| match count {
        0 => Answer::new(202, "soon").with("Retry-After", "0"),
        1 => Answer::new(204, ""),
        _ => Answer::file(request, file, Some(TAG)),
    }),
    (
        "asks to wait in nonsense",
        |request, file, count| match count {
            0 => Answer::new(503, "").with("Retry-After", "-1"),
            1 => Answer::new(429, "").with("Retry-After", "99999999999999999999999"),
            2 => Answer::new(503, "").with("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"),
            _ => Answer::file(request, file, Some(TAG)),
        },
    ),
    (
        "closes without a word",
        |request, file, count| match count {
            0 | 3 => Answer::new(200, file).ending(Ending::Reset(0)),
            _ => Answer::file(request, file, Some(TAG)),
        },
    ),
];

trait WithTag {
    fn with_tag(self, tag: &str) -> Self;
}

impl WithTag for Answer {
    /// With this `ETag` and no other.
    fn with_tag(mut self, tag: &str) -> Self {
        self.headers.retain(|(name, _)| name != "ETag");
        self.with("ETag", tag)
    }
}

async fn served_by(serves: Serves) -> Case {
    let file = Arc::new(bytes(LENGTH));
    let (served, count) = (file.clone(), AtomicUsize::new(0));
    Case::with(file, move |request| {
        serves(request, &served, count.fetch_add(1, Ordering::Relaxed))
    })
    .await
}

#[tokio::test]
async fn odd_servers_give_the_file() {
    for (what, serves) in SERVERS {
        for connections in [1, 4] {
            let case = served_by(*serves).await;
            let result = case
                .run(|download| download.connections = connections)
                .await;
            assert!(case.is_whole(), "{what}: {result:?} {:?}", case.files());
            // The same when nobody knows a digest.
            let case = served_by(*serves).await;
            let result = case
                .run(|download| {
                    download.connections = connections;
                    download.sha256 = None;
                })
                .await;
            assert!(case.is_whole(), "{what}, no digest: {result:?}");
        }
    }
}

/// Another file from the fourth request on.
fn changed(request: &Request, file: &[u8], count: usize, tags: [Option<&str>; 2]) -> Answer {
    let new: Vec<u8> = file.iter().map(|byte| byte ^ 0xff).collect();
    match count {
        0..3 => Answer::file(request, file, tags[0]),
        _ => Answer::file(request, &new, tags[1]),
    }
}

/// Without a digest and without a name for it nothing shows that two answers are of one file, so it comes in one answer.
#[tokio::test]
async fn a_file_that_changes_is_never_mixed() {
    let servers: [(&str, Serves); 4] = [
        ("no tag", |request, file, count| {
            changed(request, file, count, [None, None])
        }),
        ("the same weak tag", |request, file, count| {
            changed(request, file, count, [None, None]).with("ETag", "W/\"one\"")
        }),
        ("a strong tag", |request, file, count| {
            changed(request, file, count, [Some(TAG), Some("\"two\"")])
        }),
        (
            "a strong tag that is not looked at",
            |request, file, count| {
                let mut request = request.clone();
                request.headers.retain(|(name, _)| name != "if-range");
                changed(&request, file, count, [Some(TAG), Some("\"two\"")])
            },
        ),
    ];
    for (what, serves) in servers {
        let case = served_by(serves).await;
        case.run(|download| download.sha256 = None).await.unwrap();
        let found = std::fs::read(case.target()).unwrap();
        let is_new = found
            .iter()
            .zip(&*case.file)
            .all(|(new, old)| *new == old ^ 0xff);
        assert!(found == *case.file || is_new, "{what}: a mixed file");
    }
}

/// What was left by a download that no digest and no tag can prove is not continued.
#[tokio::test]
async fn nothing_is_continued_unproven() {
    let cut: Serves = |request, file, count| match count {
        0 => Answer::file(request, file, None),
        _ => Answer::new(200, file).ending(Ending::Close(20_000)),
    };
    let case = served_by(cut).await;
    case.run(|download| download.sha256 = None)
        .await
        .unwrap_err();
    assert!(!case.target().exists());
    let left = std::fs::metadata(case.folder.path().join("image.sif.part")).unwrap();
    assert_eq!(left.len(), LENGTH as u64);
    let before = case.server.seen().len();
    let _ = case.run(|download| download.sha256 = None).await;
    let again = &case.server.seen()[before..];
    assert!(
        again
            .iter()
            .all(|request| request.range().is_none_or(|range| range.0 == 0)),
        "{again:?}"
    );
}

/// How many bytes of how many could be continued at a moment.
type Left = Option<(u64, u64)>;

/// Looks for a side file whenever bytes arrived.
struct Looks(PathBuf, Arc<Mutex<Vec<Left>>>);

impl Progress for Looks {
    fn advanced(&self, done: u64, _: Option<u64>) {
        if done > 0 {
            self.1.lock().unwrap().push(resumable(&self.0));
        }
    }
}

/// A crash while the whole file comes anew must not leave a side file that tells of the bytes before.
#[tokio::test]
async fn the_side_file_never_outlives_its_bytes() {
    let case = served_by(|request, file, count| match count {
        4 => Answer::new(418, "no"),
        5 => Answer::new(200, file)
            .with("ETag", TAG)
            .ending(Ending::Close(3000)),
        _ => Answer::file(request, file, Some(TAG)),
    })
    .await;
    let run = async |progress: Arc<dyn Progress>| {
        case.run(|download| {
            download.sha256 = None;
            download.connections = 1;
            download.progress = progress;
        })
        .await
    };
    run(Arc::new(Silent)).await.unwrap_err();
    assert_eq!(resumable(&case.target()).unwrap().0, 4 * PART);
    let found = Arc::new(Mutex::new(Vec::new()));
    run(Arc::new(Looks(case.target(), found.clone())))
        .await
        .unwrap();
    assert!(case.is_whole());
    assert_eq!(found.lock().unwrap()[0], None, "an old side file was left");
}

/// A source that leads to another address each time it is asked.
struct Signed {
    base: String,
    asked: AtomicUsize,
}

impl Source for Signed {
    fn locate(&self) -> BoxFuture<'_, Result<Location, Error>> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let url: reqwest::Url = format!("{}{number}", self.base).parse().unwrap();
        Box::pin(async { Ok(url.into()) })
    }

    fn renews(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn an_address_that_is_refused_at_once_is_asked_for_anew() {
    for status in [401, 403, 404, 410] {
        let file = Arc::new(bytes(LENGTH));
        let served = file.clone();
        let case = Case::with(file, move |request| match request.path.as_str() {
            "/signed/0" | "/signed/1" => Answer::new(status, "expired"),
            _ => Answer::file(request, &served, Some(TAG)),
        })
        .await;
        let source = Signed {
            base: case.server.url("/signed/"),
            asked: AtomicUsize::new(0),
        };
        case.run(|download| download.source = &source)
            .await
            .unwrap();
        assert!(case.is_whole(), "{status}");
        assert_eq!(source.asked.load(Ordering::Relaxed), 3);
    }
}
