//! Downloads.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use sifter_testkit::http::{Answer, Ending, Fault, HttpServer};
use transfer::{Cause, Error, Location, Progress, Source, resumable};

use crate::case::{Case, PART, TAG, bytes};

const LENGTH: usize = 40_000;

#[tokio::test]
async fn a_file_comes_in_parts() {
    let case = Case::new(LENGTH, &[]).await;
    let downloaded = case.download().await.unwrap();
    assert_eq!(
        (downloaded.size, downloaded.sha256),
        (LENGTH as u64, case.digest())
    );
    assert!(case.is_whole());
    // On a busy machine one may be asked for twice.
    let seen = case.server.seen();
    let asked: BTreeSet<_> = seen
        .iter()
        .map(|request| request.range().unwrap())
        .collect();
    assert_eq!(asked.len(), LENGTH.div_ceil(4096));
    assert_eq!(seen[0].range(), Some((0, 4095)));
}

#[tokio::test]
async fn every_length_comes_whole() {
    for length in [0, 1, 4095, 4096, 4097, 8192] {
        let file = Arc::new(bytes(length));
        let served = file.clone();
        // An empty file has no range, so some servers answer with the file itself.
        let case = Case::with(file, move |request| match served.len() {
            0 => Answer::new(200, ""),
            _ => Answer::file(request, &served, None),
        })
        .await;
        assert_eq!(case.download().await.unwrap().size, length as u64);
        assert!(case.is_whole(), "{length}");
    }
}

/// The name is never worn by what the caller refuses, not even for a moment; nothing of it stays.
#[tokio::test]
async fn a_refused_file_gets_no_name() {
    let case = Case::new(LENGTH, &[]).await;
    let (target, whole) = (case.target().to_path_buf(), case.file.clone());
    let refuse = |path: &Path| {
        assert_eq!(
            std::fs::read(path).unwrap(),
            *whole,
            "it is looked at whole"
        );
        assert!(!target.exists());
        Err(Error::Wrong("a page"))
    };
    let result = case.run(|download| download.check = Some(&refuse)).await;
    assert!(matches!(result, Err(Error::Wrong("a page"))), "{result:?}");
    assert_eq!(case.files(), Vec::<String>::new());
    let accept = |_: &Path| Ok(());
    case.run(|download| download.check = Some(&accept))
        .await
        .unwrap();
    assert!(case.is_whole());
}

/// Each fault once: the file is whole in the end.
#[tokio::test]
async fn what_passes_is_survived() {
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Busy,
        Fault::Close(1000),
        Fault::Close(0),
        Fault::Reset(1000),
        Fault::Stall(1000),
        Fault::Stall(0),
        Fault::Drip(100),
        Fault::IgnoreRange,
        Fault::Unannounced,
        Fault::OtherPart,
        Fault::OtherTag,
        Fault::WrongLength,
        Fault::WrongBytes,
        Fault::Packed,
        Fault::Redirect,
        Fault::Status(403),
    ] {
        // The very first request has no address to renew.
        let at = if fault == Fault::Status(403) { 3 } else { 0 };
        for at in [at, 4] {
            let mut faults = vec![Fault::None; at];
            faults.push(fault);
            let case = Case::new(LENGTH, &faults).await;
            let result = case.download().await;
            assert!(
                case.is_whole(),
                "{fault:?} at {at}: {result:?}, {:?}",
                case.files()
            );
        }
    }
}

#[tokio::test]
async fn a_broken_part_is_continued_where_it_broke() {
    let case = Case::new(4096, &[Fault::Close(1000)]).await;
    case.download().await.unwrap();
    let asked: Vec<_> = case
        .server
        .seen()
        .iter()
        .map(|request| request.range().unwrap())
        .collect();
    assert_eq!(asked, [(0, 4095), (1000, 4095)]);
}

#[tokio::test]
async fn wrong_bytes_leave_nothing() {
    let case = Case::new(LENGTH, &[Fault::WrongBytes; 200]).await;
    let error = case.download().await.unwrap_err();
    assert!(matches!(error, Error::Digest { .. }), "{error:?}");
    assert_eq!(case.files(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_refusal_says_what_the_server_said() {
    let file = Arc::new(bytes(10));
    let case = Case::with(file, |_| Answer::new(404, "no such image")).await;
    let error = case.download().await.unwrap_err();
    assert_eq!(error.to_string(), "the server answered 404: no such image");
    assert_eq!(case.server.seen().len(), 1, "it is not asked again");
}

#[tokio::test]
async fn circles_end() {
    let case = Case::new(10, &[Fault::Circle; 100]).await;
    let error = case.download().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Network {
                cause: Cause::Redirect,
                ..
            }
        ),
        "{error:?}"
    );
}

/// A source with a token.
struct WithToken(String);

impl Source for WithToken {
    fn locate(&self) -> BoxFuture<'_, Result<Location, Error>> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, "Bearer secret".parse().unwrap());
        let url = self.0.parse().unwrap();
        Box::pin(async { Ok(Location { url, headers }) })
    }
}

#[tokio::test]
async fn a_token_stays_with_its_origin() {
    let file = Arc::new(bytes(LENGTH));
    let served = file.clone();
    let other = HttpServer::start(move |request| Answer::file(request, &served, None)).await;
    let away = other.url("/image");
    let case = Case::with(file, move |_| Answer::new(303, "").with("Location", &away)).await;
    let source = WithToken(case.server.url("/image"));
    case.run(|download| download.source = &source)
        .await
        .unwrap();
    assert!(case.is_whole());
    assert!(
        case.server
            .seen()
            .iter()
            .all(|request| request.header("authorization").is_some())
    );
    assert!(
        other
            .seen()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
}

/// Each answer leads to another path; a path works twice.
struct Expiring {
    base: String,
    asked: AtomicUsize,
}

impl Source for Expiring {
    fn locate(&self) -> BoxFuture<'_, Result<Location, Error>> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let url: reqwest::Url = format!("{}{number}", self.base).parse().unwrap();
        Box::pin(async { Ok(url.into()) })
    }
}

#[tokio::test]
async fn an_expired_address_is_asked_for_again() {
    let file = Arc::new(bytes(LENGTH));
    let (served, used) = (
        file.clone(),
        Mutex::new(std::collections::BTreeMap::<String, u32>::new()),
    );
    let case = Case::with(file, move |request| {
        let mut used = used.lock().unwrap();
        let count = used.entry(request.path.clone()).or_default();
        *count += 1;
        if *count > 4 {
            return Answer::new(403, "expired");
        }
        Answer::file(request, &served, Some(TAG))
    })
    .await;
    let source = Expiring {
        base: case.server.url("/signed/"),
        asked: AtomicUsize::new(0),
    };
    case.run(|download| {
        download.source = &source;
        download.connections = 1;
    })
    .await
    .unwrap();
    assert!(case.is_whole());
    assert_eq!(
        source.asked.load(Ordering::Relaxed),
        LENGTH.div_ceil(4096).div_ceil(4)
    );
}

/// Stops the transfer when so many bytes are there.
struct StopAt(u64, transfer::CancellationToken);

impl Progress for StopAt {
    fn advanced(&self, done: u64, _: Option<u64>) {
        if done >= self.0 {
            self.1.cancel();
        }
    }
}

#[tokio::test]
async fn a_stopped_download_goes_on_later() {
    let case = Case::new(LENGTH, &[]).await;
    let error = case
        .run(|download| {
            download.connections = 1;
            download.progress = Arc::new(StopAt(5 * PART, download.stop.clone()));
        })
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Stopped));
    assert!(!case.target().exists());
    let (have, size) = resumable(&case.target()).unwrap();
    assert!(have >= 4 * PART && size == LENGTH as u64, "{have}");
    let before = case.server.seen().len();
    case.download().await.unwrap();
    assert!(case.is_whole());
    let again = &case.server.seen()[before..];
    assert_eq!(again.len() as u64, (LENGTH as u64 - have).div_ceil(PART));
    assert!(
        again
            .iter()
            .all(|request| request.header("if-range") == Some(TAG))
    );
}

#[tokio::test]
async fn what_was_left_of_another_file_is_not_used() {
    let case = Case::new(LENGTH, &[]).await;
    let stopped = case
        .run(|download| {
            download.name = "another image";
            download.progress = Arc::new(StopAt(5 * PART, download.stop.clone()));
        })
        .await;
    assert!(stopped.is_err());
    case.download().await.unwrap();
    assert!(case.is_whole());
}

#[tokio::test]
async fn damaged_leavings_are_found_by_the_digest() {
    let case = Case::new(LENGTH, &[]).await;
    let stopped = case
        .run(|download| download.progress = Arc::new(StopAt(5 * PART, download.stop.clone())))
        .await;
    assert!(stopped.is_err());
    let part = case.folder.path().join("image.sif.part");
    let mut left = std::fs::read(&part).unwrap();
    left[7] ^= 1;
    std::fs::write(&part, left).unwrap();
    case.download().await.unwrap();
    assert!(case.is_whole());
}

#[tokio::test]
async fn nothing_is_replaced_unasked() {
    let case = Case::new(LENGTH, &[]).await;
    std::fs::write(case.target(), "mine").unwrap();
    assert!(matches!(case.download().await, Err(Error::Exists(_))));
    assert_eq!(std::fs::read(case.target()).unwrap(), b"mine");
    case.run(|download| download.replace = true).await.unwrap();
    assert!(case.is_whole());
}

/// Another program makes the file while it is downloaded.
struct Meanwhile(std::path::PathBuf);

impl Progress for Meanwhile {
    fn advanced(&self, _: u64, _: Option<u64>) {
        std::fs::write(&self.0, "theirs").unwrap();
    }
}

#[tokio::test]
async fn what_appeared_meanwhile_is_not_replaced_and_nothing_is_lost() {
    let case = Case::new(LENGTH, &[]).await;
    let target = case.target();
    let error = case
        .run(|download| download.progress = Arc::new(Meanwhile(target)))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Exists(_)), "{error:?}");
    assert_eq!(std::fs::read(case.target()).unwrap(), b"theirs");
    let part = case.folder.path().join("image.sif.part");
    assert_eq!(std::fs::read(part).unwrap(), *case.file);
}

#[tokio::test]
async fn a_short_stream_is_noticed_by_the_announced_length() {
    let file = Arc::new(bytes(LENGTH));
    let served = file.clone();
    let case = Case::with(file, move |request| {
        if request.range() == Some((0, 4095)) {
            return Answer::new(200, &served[..LENGTH / 2]).ending(Ending::Unannounced);
        }
        Answer::file(request, &served, None)
    })
    .await;
    case.run(|download| download.size = Some(LENGTH as u64))
        .await
        .unwrap();
    assert!(case.is_whole());
    let continued = case.server.seen()[1].range().unwrap();
    assert_eq!(continued.0, LENGTH / 2 / 4096 * 4096);
}

#[tokio::test]
async fn a_wrong_announced_length_does_no_harm() {
    let case = Case::new(LENGTH, &[Fault::Unannounced]).await;
    case.run(|download| download.size = Some(1)).await.unwrap();
    assert!(case.is_whole());
}

#[tokio::test]
async fn two_downloads_of_one_file_do_not_mix() {
    let case = Case::new(LENGTH, &[Fault::Drip(10); 40]).await;
    let (first, second) = tokio::join!(case.download(), case.download());
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let error = first.and(second).unwrap_err();
    assert!(matches!(error, Error::Busy(_)), "{error:?}");
    assert!(case.is_whole());
}

#[cfg(unix)]
#[tokio::test]
async fn images_can_be_run_and_links_are_not_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let case = Case::new(LENGTH, &[]).await;
    let victim = case.folder.path().join("victim");
    std::fs::write(&victim, "mine").unwrap();
    let part = case.folder.path().join("image.sif.part");
    symlink(&victim, &part).unwrap();
    assert!(matches!(case.download().await, Err(Error::File { .. })));
    assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
    std::fs::remove_file(part).unwrap();
    std::fs::remove_file(victim).unwrap();
    case.download().await.unwrap();
    let mode = std::fs::metadata(case.target())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o700, 0o700);
    assert_eq!(mode & 0o111, (mode & 0o444) >> 2);
}
