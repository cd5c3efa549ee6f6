//! What pulls leave that did not end: addresses that are not kept, and bytes on the disk.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sifter_api::{
    ErrorCode,
    library::{IfExists, PullPlanView, PullRequest},
    tasks::TaskState,
    units::{ByteCount, TaskId},
};
use sifter_testkit::{
    http::{Answer, Ending, HttpServer, Request},
    images,
};

use crate::{
    desk::{Desk, PATIENCE},
    lab::{Person, files_with},
    oras::{folder, item},
    transfers::{big, ended, until, until_bytes},
};

const DAY: i64 = 24 * 3_600;
const SECRET: &str = "one-of-the-first-day";

/// The length of the parts of a pull.
const PART: usize = 8 << 20;

/// A server that gives a file only to those whose address is signed. While it is slow nothing behind the first part comes.
async fn signed(file: Vec<u8>, is_slow: Arc<AtomicBool>) -> HttpServer {
    HttpServer::start(move |request| {
        if !request.path.contains("?signature=one-of-the-") {
            return Answer::new(403, "no signature");
        }
        let answer = Answer::file(request, &file, Some("\"one\""));
        let is_late = request.range().is_some_and(|(first, _)| first >= PART);
        if is_late && is_slow.load(Ordering::SeqCst) {
            return answer.ending(Ending::Stall(0));
        }
        answer
    })
    .await
}

async fn plan(person: &Person, address: &str) -> PullPlanView {
    let path = person.home.file("in");
    std::fs::create_dir_all(&path).unwrap();
    let folder = person.sifter.offer_target_folder(path).await.unwrap().id;
    let request = PullRequest {
        items: vec![item(address)],
        folder: Some(folder),
        verify: false,
        if_exists: IfExists::KeepBoth,
    };
    person.sifter.plan_pull(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_address_is_asked_for_again_after_a_restart_and_what_arrived_is_used() {
    let bytes = big();
    let is_slow = Arc::new(AtomicBool::new(true));
    let web = signed(bytes.clone(), is_slow.clone()).await;
    let person = Person::new();
    let shown = plan(&person, &web.url(&format!("/x.sif?signature={SECRET}"))).await;
    let mut events = person.sifter.events();
    let task = person.sifter.run_pull(shown.plan).await.unwrap();
    until_bytes(&mut events, task, PART as u64).await;
    assert!(person.sifter.suspend_tasks(PATIENCE).await.unwrap());
    drop(events);
    let person = person.restart();
    assert!(files_with(person.home.path(), SECRET).is_empty());
    is_slow.store(false, Ordering::SeqCst);
    person.sifter.watch().await.unwrap();
    match ended(&person.sifter, task).await.state {
        TaskState::Failed { error } => {
            assert_eq!(error.code, ErrorCode::AddressNeeded, "{error:?}");
            assert!(error.message.contains("/x.sif"), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    // Another day has another signature.
    let before = web.seen().len();
    let shown = plan(&person, &web.url("/x.sif?signature=one-of-the-second-day")).await;
    let partial = shown.items[0].partial.unwrap_or(ByteCount(0)).0;
    assert!(partial >= PART as u64, "{partial}");
    assert_eq!(shown.total.0, bytes.len() as u64 - partial);
    let task = person.sifter.run_pull(shown.plan).await.unwrap();
    let state = ended(&person.sifter, task).await.state;
    assert!(matches!(state, TaskState::Done { .. }), "{state:?}");
    assert!(std::fs::read(person.home.file("in").join("x.sif")).unwrap() == bytes);
    let asked = web.seen().split_off(before);
    let starts = asked.iter().filter_map(Request::range);
    // The plan looks at the first bytes; of those that arrived none is sent again.
    let again = starts.filter(|(first, last)| *first < PART && *last > 4_096);
    assert_eq!(again.count(), 0, "{asked:?}");
}

/// A pull that was cancelled while bytes arrived.
async fn cancelled(desk: &Desk, web: &HttpServer) -> TaskId {
    let mut events = desk.sifter.events();
    let task = begun(desk, web).await;
    desk.sifter.cancel_task(task).await.unwrap();
    until(&mut events, task, |state| *state == TaskState::Cancelled).await;
    task
}

/// A pull of which some bytes arrived.
async fn begun(desk: &Desk, web: &HttpServer) -> TaskId {
    let request = PullRequest {
        items: vec![item(&web.url("/tool.sif"))],
        folder: Some(folder(desk).await),
        verify: false,
        if_exists: IfExists::KeepBoth,
    };
    let shown = desk.sifter.plan_pull(request).await.unwrap();
    let mut events = desk.sifter.events();
    let task = desk.sifter.run_pull(shown.plan).await.unwrap();
    until_bytes(&mut events, task, 1).await;
    task
}

/// A server that sends some bytes of an image and then nothing more.
async fn stalling() -> HttpServer {
    let bytes = images::with_partition(&vec![7; 1 << 20]);
    HttpServer::start(move |request| {
        let answer = Answer::file(request, &bytes, Some("\"one\""));
        match request.range() {
            Some((_, last)) if last < 4_096 => answer,
            _ => answer.ending(Ending::Stall(200_000)),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_forgotten_pull_left_goes_away_after_a_week() {
    let (desk, web) = (Desk::new(), stalling().await);
    let task = cancelled(&desk, &web).await;
    let part = desk.path("pulled").join("tool.sif.part");
    assert!(part.exists());
    desk.sifter.forget_tasks(vec![task]).await.unwrap();
    desk.pass(6 * DAY);
    desk.sifter.watch().await.unwrap();
    assert!(part.exists(), "it may still be used");
    desk.pass(2 * DAY);
    desk.sifter.watch().await.unwrap();
    assert_eq!(std::fs::read_dir(desk.path("pulled")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_forgotten_pull_left_is_of_the_next_one_to_that_name() {
    let (desk, web) = (Desk::new(), stalling().await);
    let first = cancelled(&desk, &web).await;
    desk.sifter.forget_tasks(vec![first]).await.unwrap();
    desk.pass(6 * DAY);
    // It is begun again, and ends again.
    let second = cancelled(&desk, &web).await;
    let part = desk.path("pulled").join("tool.sif.part");
    desk.pass(2 * DAY);
    desk.sifter.watch().await.unwrap();
    assert!(part.exists(), "the second knows of it");
    desk.sifter.remove_partial(second).await.unwrap();
    assert!(!part.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_keeps_what_the_pull_before_it_left() {
    let (desk, web) = (Desk::new(), stalling().await);
    let first = cancelled(&desk, &web).await;
    let mut events = desk.sifter.events();
    let second = desk.sifter.retry_task(first).await.unwrap();
    until_bytes(&mut events, second, 1).await;
    desk.sifter.cancel_task(second).await.unwrap();
    until(&mut events, second, |state| *state == TaskState::Cancelled).await;
    desk.sifter.forget_tasks(vec![first]).await.unwrap();
    desk.sifter.remove_partial(second).await.unwrap();
    assert_eq!(std::fs::read_dir(desk.path("pulled")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_pull_took_over_is_not_removed_with_the_one_before() {
    let (desk, web) = (Desk::new(), stalling().await);
    let first = cancelled(&desk, &web).await;
    let second = begun(&desk, &web).await;
    let part = desk.path("pulled").join("tool.sif.part");
    desk.sifter.remove_partial(first).await.unwrap();
    assert!(part.exists(), "the second fills it");
    desk.pass(8 * DAY);
    desk.sifter.watch().await.unwrap();
    assert!(part.exists(), "the second fills it");
    desk.sifter.cancel_task(second).await.unwrap();
    desk.ended(second).await;
    desk.sifter.remove_partial(second).await.unwrap();
    assert!(!part.exists());
}
