//! Transfers in trouble: servers that fail, disks that are full, names and folders that change hands meanwhile, programs
//! that end in the middle.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
};

use sifter_api::{
    ApiEvent, ErrorCode, EventStream,
    library::{IfExists, PullItem, PullRequest, PushRequest, PushTarget},
    tasks::{TaskEvent, TaskOutcome, TaskPhase, TaskState, TaskView},
    units::TaskId,
    verdict::Badge,
};
use sifter_testkit::{
    faults,
    http::{Answer, HttpServer},
    images, keys,
};

use crate::{
    desk::{Desk, PATIENCE, code},
    lab::{Lab, Person, files_with},
    oras::item,
    transfers::{limit, push_item, put_image, until_bytes},
};

/// Asks for a pull into a folder of the desk, and returns the task.
async fn start(desk: &Desk, folder: PathBuf, item: PullItem) -> TaskId {
    std::fs::create_dir_all(&folder).unwrap();
    let folder = desk.sifter.offer_target_folder(folder).await.unwrap().id;
    let request = PullRequest {
        items: vec![item],
        folder: Some(folder),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = desk.sifter.plan_pull(request).await.unwrap();
    assert_eq!(plan.items[0].problem, None);
    desk.sifter.run_pull(plan.plan).await.unwrap()
}

/// The next time that a task waits to try again, or its end. Whoever waits tries now.
async fn next_try(desk: &Desk, events: &mut EventStream, id: TaskId) -> TaskState {
    loop {
        let event = tokio::time::timeout(PATIENCE, events.next()).await;
        let ApiEvent::Task(TaskEvent::Changed { task } | TaskEvent::Finished { task }) =
            event.expect("told in time").expect("Sifter is there")
        else {
            continue;
        };
        if task.id != id {
            continue;
        }
        match task.state {
            TaskState::Retrying { .. } => {
                desk.sifter.hurry_task(id).await.unwrap();
                return task.state;
            }
            TaskState::Done { .. } | TaskState::Failed { .. } => return task.state,
            _ => {}
        }
    }
}

/// A server whose file is there for the plan, and answers with a status as soon as there is one.
async fn failing() -> (HttpServer, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(0));
    let (now, image) = (Arc::clone(&status), images::plain());
    let server = HttpServer::start(move |request| match now.load(Ordering::SeqCst) {
        0 => Answer::file(request, &image, Some("\"one\"")),
        status => Answer::new(status, "no").with("Retry-After", 0),
    });
    (server.await, status)
}

/// Pulls from a server that fails after the plan with `status`; returns the numbers of the tries that were shown, and
/// the end.
async fn tries(status: u16) -> (Vec<u32>, TaskState) {
    let (server, now) = failing().await;
    let desk = Desk::new();
    let folder = desk.path("in");
    std::fs::create_dir_all(&folder).unwrap();
    let target = desk.sifter.offer_target_folder(folder.clone()).await;
    let request = PullRequest {
        items: vec![item(&server.url("/x.sif"))],
        folder: Some(target.unwrap().id),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = desk.sifter.plan_pull(request).await.unwrap();
    now.store(status, Ordering::SeqCst);
    let mut events = desk.sifter.events();
    let id = desk.sifter.run_pull(plan.plan).await.unwrap();
    let mut shown = Vec::new();
    loop {
        match next_try(&desk, &mut events, id).await {
            TaskState::Retrying { attempt, of, .. } => {
                assert_eq!(of, 5);
                if shown.last() != Some(&attempt) {
                    shown.push(attempt);
                }
            }
            end => {
                assert!(!folder.join("x.sif").exists(), "{status}");
                return (shown, end);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_refuses_is_not_tried_again_and_what_fails_is_five_times() {
    for (status, tried, expected) in [
        (403, 0, ErrorCode::Forbidden),
        (404, 0, ErrorCode::NotFoundOrPrivate),
        (418, 0, ErrorCode::ServerAnswerInvalid),
        (503, 5, ErrorCode::ServerFailed),
    ] {
        let (shown, end) = tries(status).await;
        assert_eq!(shown, (1..=tried).collect::<Vec<u32>>(), "{status}");
        match end {
            TaskState::Failed { error } => assert_eq!(error.code, expected, "{status}"),
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_address_is_used_and_neither_kept_nor_shown() {
    const SECRET: &str = "f00dfacef00dface0123456789abcdef";
    let (server, _) = failing().await;
    let desk = Desk::new();
    let address = server.url(&format!("/x.sif?X-Amz-Signature={SECRET}#top"));
    let task = start(&desk, desk.path("in"), item(&address)).await;
    let view = desk.ended(task).await;
    assert!(matches!(view.state, TaskState::Done { .. }), "{view:?}");
    let seen = server.seen();
    assert!(seen.iter().all(|request| request.path.contains(SECRET)));
    let rows = desk.sifter.list_images().await.unwrap();
    assert_eq!(rows[0].source, Some(server.url("/x.sif")));
    let shown = format!("{rows:?} {:?}", desk.sifter.list_tasks().await.unwrap());
    assert!(!shown.contains(SECRET), "{shown}");
    assert_eq!(files_with(desk.home.path(), SECRET), Vec::<PathBuf>::new());
    // A page in place of the image: the error is copied into reports.
    let page = HttpServer::start(|_| Answer::new(200, "<!DOCTYPE html>")).await;
    let address = page.url(&format!("/x.sif?X-Amz-Signature={SECRET}"));
    let error = desk.sifter.resolve_reference(item(&address)).await;
    let error = error.unwrap_err();
    assert_eq!(code(&error), "not-sif");
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
}

/// A server that does something once, when the whole file is asked for after the plan.
async fn meddling(
    image: Vec<u8>,
    meddle: impl Fn() + Send + Sync + 'static,
) -> (HttpServer, Arc<AtomicBool>) {
    let armed = Arc::new(AtomicBool::new(false));
    let now = Arc::clone(&armed);
    let server = HttpServer::start(move |request| {
        if now.swap(false, Ordering::SeqCst) {
            meddle();
        }
        Answer::file(request, &image, Some("\"one\""))
    });
    (server.await, armed)
}

/// Plans a pull, lets the server meddle with it, and returns the end.
async fn meddled(desk: &Desk, folder: PathBuf, server: (HttpServer, Arc<AtomicBool>)) -> TaskView {
    std::fs::create_dir_all(&folder).unwrap();
    let folder = desk.sifter.offer_target_folder(folder).await.unwrap().id;
    let request = PullRequest {
        items: vec![item(&server.0.url("/x.sif"))],
        folder: Some(folder),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = desk.sifter.plan_pull(request).await.unwrap();
    server.1.store(true, Ordering::SeqCst);
    let task = desk.sifter.run_pull(plan.plan).await.unwrap();
    let view = desk.ended(task).await;
    assert!(!server.1.load(Ordering::SeqCst), "it meddled");
    view
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_program_takes_meanwhile_is_left_to_it() {
    let desk = Desk::new();
    let folder = desk.path("in");
    let taken = folder.join("x.sif");
    let server = meddling(images::plain(), move || {
        std::fs::write(&taken, b"of another program").unwrap();
    });
    let view = meddled(&desk, folder.clone(), server.await).await;
    let TaskState::Done {
        outcome: TaskOutcome::Pulled { items },
    } = &view.state
    else {
        panic!("{view:?}");
    };
    assert_ne!(items[0].name, "x.sif");
    assert!(std::fs::read(folder.join(&items[0].name)).unwrap() == images::plain());
    let other = std::fs::read(folder.join("x.sif")).unwrap();
    assert_eq!(other, b"of another program");
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        2,
        "no part stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_goes_away_ends_the_pull() {
    let desk = Desk::new();
    let folder = desk.path("in");
    let gone = folder.clone();
    let server = meddling(images::plain(), move || {
        std::fs::remove_dir_all(&gone).unwrap();
    });
    let view = meddled(&desk, folder, server.await).await;
    match &view.state {
        TaskState::Failed { error } => assert!(
            matches!(
                error.code,
                ErrorCode::FileMissing | ErrorCode::FileNotWritable
            ),
            "{error:?}"
        ),
        other => panic!("{other:?}"),
    }
    assert!(view.can_retry);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_ends_the_pull_and_room_lets_it_go_on() {
    let desk = Desk::new();
    let disk = match faults::tiny_disk(&desk.path("disk"), 4096) {
        Ok(disk) => disk,
        Err(reason) => return faults::skip("a disk that fills up", &reason),
    };
    let filler = disk.path().join("filler");
    let image = images::with_partition(&vec![7; 2 << 20]);
    let filling = filler.clone();
    let server = meddling(image.clone(), move || {
        std::fs::write(&filling, vec![1; 3 << 20]).unwrap();
    });
    let server = server.await;
    let folder = desk
        .sifter
        .offer_target_folder(disk.path().to_path_buf())
        .await;
    let request = PullRequest {
        items: vec![item(&server.0.url("/x.sif"))],
        folder: Some(folder.unwrap().id),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = desk.sifter.plan_pull(request).await.unwrap();
    assert!(plan.fits);
    server.1.store(true, Ordering::SeqCst);
    let task = desk.sifter.run_pull(plan.plan).await.unwrap();
    let view = desk.ended(task).await;
    match &view.state {
        TaskState::Failed { error } => assert_eq!(error.code, ErrorCode::DiskFull),
        other => panic!("{other:?}"),
    }
    assert!(!disk.path().join("x.sif").exists());
    std::fs::remove_file(&filler).unwrap();
    let task = desk.sifter.retry_task(task).await.unwrap();
    let view = desk.ended(task).await;
    assert!(matches!(view.state, TaskState::Done { .. }), "{view:?}");
    assert!(std::fs::read(disk.path().join("x.sif")).unwrap() == image);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_not_what_was_signed_is_kept_and_marked() {
    let desk = Desk::new();
    let own = desk.own(keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    desk.sign(image, &own).await;
    let mut bytes = std::fs::read(desk.path("x.sif")).unwrap();
    let place = bytes.windows(4).position(|part| part == b"hsqs");
    bytes[place.expect("the partition") + 9] ^= 1;
    let served = bytes.clone();
    let server = HttpServer::start(move |request| Answer::file(request, &served, None)).await;
    let folder = desk.path("in");
    let task = start(&desk, folder.clone(), item(&server.url("/y.sif"))).await;
    let view = desk.ended(task).await;
    let TaskState::Done {
        outcome: TaskOutcome::Pulled { items },
    } = &view.state
    else {
        panic!("{view:?}");
    };
    assert_eq!(items[0].badge, Some(Badge::Tampered));
    assert!(
        std::fs::read(folder.join("y.sif")).unwrap() == bytes,
        "kept"
    );
    let rows = desk.sifter.list_images().await.unwrap();
    let row = rows.iter().find(|row| Some(row.id) == items[0].image);
    assert_eq!(row.unwrap().badge, Badge::Tampered);
}

fn large(bytes: u32) -> Vec<u8> {
    let bytes = (0..bytes).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8);
    images::with_partition(&bytes.collect::<Vec<u8>>())
}

async fn start_push(person: &Person, lab: &Lab, bytes: u32) -> (TaskId, EventStream) {
    let remote = person.add("Lab", &lab.address).await;
    person.sign_in(&remote, &lab.token()).await;
    let image = put_image(person, "big.sif", &large(bytes)).await;
    let request = PushRequest {
        target: PushTarget::Library {
            remote,
            collection: "anna/tools".into(),
        },
        items: vec![push_item(image, "big", &["1"])],
    };
    let plan = person.sifter.plan_push(request).await.unwrap();
    limit(person, 24 << 20).await;
    let events = person.sifter.events();
    let task = person.sifter.run_push(plan.plan, None, true).await.unwrap();
    (task, events)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_in_parts_goes_on_after_a_restart_with_the_parts_that_are_there() {
    const PART: u64 = 4 << 20;
    let lab = Lab::with(|settings| settings.limits.part = PART).await;
    let person = Person::new();
    let (task, mut events) = start_push(&person, &lab, 72 << 20).await;
    // More than all connections can have begun.
    until_bytes(&mut events, task, 48 << 20).await;
    assert!(person.sifter.suspend_tasks(PATIENCE).await.unwrap());
    drop(events);
    let person = person.restart();
    // Slow enough for how far it is to be told on the way.
    limit(&person, 12 << 20).await;
    let mut events = person.sifter.events();
    person.sifter.watch().await.unwrap();
    let mut first = None;
    let end = loop {
        let event = tokio::time::timeout(PATIENCE, events.next()).await;
        match event.expect("told in time").expect("Sifter is there") {
            ApiEvent::Task(TaskEvent::Progress { progress, .. })
                if progress.phase == TaskPhase::Upload && progress.done.0 > 0 =>
            {
                first.get_or_insert(progress.done.0);
            }
            ApiEvent::Task(TaskEvent::Finished { task: view }) if view.id == task => break view,
            _ => {}
        }
    };
    assert!(matches!(end.state, TaskState::Done { .. }), "{end:?}");
    let first = first.expect("bytes were sent");
    assert!(first >= 2 * PART, "it began anew: {first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_while_it_is_sent_is_not_pushed() {
    use std::io::Write as _;
    let lab = Lab::new().await;
    let person = Person::new();
    let (task, mut events) = start_push(&person, &lab, 60 << 20).await;
    until_bytes(&mut events, task, 4 << 20).await;
    let path = person.home.file("big.sif");
    let mut file = std::fs::File::options().append(true).open(path).unwrap();
    file.write_all(b"more").unwrap();
    drop(file);
    limit(&person, 0).await;
    assert!(person.sifter.wait_for_tasks(PATIENCE).await.unwrap());
    match person.sifter.get_task(task).await.unwrap().state {
        TaskState::Failed { error } => assert_eq!(error.code, ErrorCode::FileChanged),
        other => panic!("{other:?}"),
    }
    let images = lab.cloud.totals().unwrap().images;
    assert_eq!(images, 0, "nothing of it is shown");
}
