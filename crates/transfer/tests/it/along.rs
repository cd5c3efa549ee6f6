//! Reading a file while it arrives.

use std::{
    io::{Read as _, Seek as _, SeekFrom},
    sync::Arc,
    thread,
};

use sifter_testkit::http::{Answer, Fault};
use transfer::{Arriving, CancellationToken, DigestPromise, Error, Progress};

use crate::case::{Case, PART, TAG, bytes};

const LENGTH: usize = 40_000;

/// Reads the whole file, from its end to its start, each piece as soon as it is there.
fn read(arriving: &Arriving) -> std::io::Result<Vec<u8>> {
    let (mut file, size) = (arriving.open()?, arriving.size()?);
    let mut found = vec![0; usize::try_from(size).unwrap()];
    for start in (0..size)
        .step_by(1000)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        let end = size.min(start + 1000);
        arriving.wait_for(&(start..end))?;
        file.seek(SeekFrom::Start(start))?;
        let place = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
        file.read_exact(&mut found[place])?;
    }
    Ok(found)
}

#[tokio::test]
async fn a_file_is_read_while_it_arrives() {
    let faults = [
        vec![],
        vec![
            Fault::None,
            Fault::Reset(100),
            Fault::Close(2000),
            Fault::Status(503),
        ],
    ];
    for faults in faults {
        let case = Case::new(LENGTH, &faults).await;
        let arriving = Arc::new(Arriving::default());
        let along = thread::spawn({
            let arriving = Arc::clone(&arriving);
            move || read(&arriving)
        });
        case.run(|download| download.arriving = Some(arriving))
            .await
            .unwrap();
        assert_eq!(along.join().unwrap().unwrap(), *case.file);
        assert!(case.is_whole());
    }
}

/// Signatures lie at the end of an image: who reads along wants them first.
#[tokio::test]
async fn the_end_comes_early_for_who_reads_along() {
    for (is_read, second) in [(false, PART), (true, 9 * PART)] {
        let case = Case::new(LENGTH, &[]).await;
        case.run(|download| {
            download.connections = 1;
            download.arriving = is_read.then(Arc::default);
        })
        .await
        .unwrap();
        assert_eq!(case.server.seen()[1].range().unwrap().0 as u64, second);
        assert!(case.is_whole());
    }
}

/// How the digest that was promised comes, and how often the file is fetched then.
#[tokio::test]
async fn who_reads_along_may_hash_the_file() {
    type Keep = fn(DigestPromise, [u8; 32]);
    let ways: [(&str, Keep, usize); 3] = [
        ("kept", |promise, right| promise.keep(right), 1),
        // That it is believed shows in the second try, which hashes by itself.
        ("kept badly", |promise, _| promise.keep([7; 32]), 2),
        ("not kept", |promise, _| drop(promise), 1),
    ];
    for (way, keep, fetched) in ways {
        for length in [0, 1, LENGTH] {
            let case = Case::new(length, &[]).await;
            let arriving = Arc::new(Arriving::default());
            let (promise, right) = (arriving.promise_digest(), case.digest());
            let along = thread::spawn({
                let arriving = Arc::clone(&arriving);
                move || {
                    let read = read(&arriving).map(drop);
                    keep(promise, right);
                    read
                }
            });
            case.run(|download| download.arriving = Some(arriving))
                .await
                .unwrap_or_else(|error| panic!("{way}, {length} bytes: {error}"));
            assert!(case.is_whole(), "{way}, {length} bytes");
            let requests = case.server.seen().len();
            assert_eq!(
                requests,
                fetched * requests_for(length),
                "{way}, {length} bytes"
            );
            drop(along.join().unwrap());
        }
    }
}

fn requests_for(length: usize) -> usize {
    let part = usize::try_from(PART).unwrap();
    // Of an empty file no part can be had, so it is asked for whole.
    if length == 0 {
        2
    } else {
        length.div_ceil(part)
    }
}

/// A promise that nobody keeps holds nothing up.
#[tokio::test]
async fn a_download_that_waits_for_its_digest_can_be_stopped() {
    struct StopAtTheEnd(CancellationToken);
    impl Progress for StopAtTheEnd {
        fn advanced(&self, done: u64, total: Option<u64>) {
            if Some(done) == total {
                self.0.cancel();
            }
        }
    }
    let case = Case::new(LENGTH, &[]).await;
    let arriving = Arc::new(Arriving::default());
    let promise = arriving.promise_digest();
    let result = case
        .run(|download| {
            download.arriving = Some(arriving);
            download.progress = Arc::new(StopAtTheEnd(download.stop.clone()));
        })
        .await;
    assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
    drop(promise);
    case.download().await.unwrap();
    assert!(case.is_whole());
}

/// Bytes of two files are never given to one reader.
#[tokio::test]
async fn who_reads_along_is_told_that_another_file_comes() {
    let (old, new) = (bytes(LENGTH), Arc::new(bytes(LENGTH + 1)));
    let served = new.clone();
    let count = std::sync::atomic::AtomicUsize::new(0);
    let case = Case::with(new, move |request| {
        match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 | 1 => Answer::file(request, &old, Some("\"old\"")),
            _ => Answer::file(request, &served, Some(TAG)),
        }
    })
    .await;
    let arriving = Arc::new(Arriving::default());
    case.run(|download| {
        download.connections = 1;
        download.arriving = Some(Arc::clone(&arriving));
    })
    .await
    .unwrap();
    assert!(case.is_whole());
    arriving.wait_for(&(0..1)).unwrap_err();
}
