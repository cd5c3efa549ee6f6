//! Tasks: events, cancelling, pausing, history.

use std::sync::Arc;

use sifter_api::{
    ApiEvent, Clock, ErrorCode, Homes, Sifter,
    keychain::MemoryKeychain,
    keys::{KeepPassphrase, NewKey, NewKeyKind},
    tasks::{TaskEvent, TaskKind, TaskState},
};
use sifter_testkit::{TempHome, images};

use crate::desk::{Desk, passphrase};

#[tokio::test]
async fn a_task_tells_its_start_its_progress_and_its_end() {
    let desk = Desk::new();
    let mut bytes = images::with_partition(&vec![5; 8 << 20]);
    // A signature that covers the group, so that its bytes are read.
    bytes.truncate(bytes.len());
    let image = desk.image("big.sif", &bytes).await;
    let mut events = desk.sifter.events();
    let to = desk.path("out.img");
    let task = desk.sifter.export_part(image, 3, to).await.unwrap();
    let mut seen = Vec::new();
    loop {
        match events.next().await.expect("Sifter is there") {
            ApiEvent::Task(TaskEvent::Finished { task: view }) if view.id == task => break,
            ApiEvent::Task(event) => seen.push(event),
            _ => {}
        }
    }
    assert!(
        matches!(&seen[0], TaskEvent::Started { task: view } if view.kind == TaskKind::Export),
        "{seen:?}"
    );
    let last = seen.iter().rev().find_map(|event| match event {
        TaskEvent::Progress { progress, .. } => Some(progress),
        _ => None,
    });
    let last = last.expect("progress is told");
    assert_eq!(
        Some(last.done),
        last.total,
        "the last progress is told always"
    );
    assert!(seen.len() < 20, "at most ten a second: {}", seen.len());
}

#[tokio::test]
async fn a_cancelled_task_ends_as_cancelled_and_leaves_nothing() {
    let desk = Desk::new();
    let image = desk
        .image("big.sif", &images::with_partition(&vec![5; 32 << 20]))
        .await;
    let to = desk.path("out.img");
    let task = desk.sifter.export_part(image, 3, to.clone()).await.unwrap();
    desk.sifter.pause_task(task).await.unwrap();
    desk.sifter.cancel_task(task).await.unwrap();
    let view = desk.ended(task).await;
    if view.state == TaskState::Cancelled {
        assert!(!to.exists() && view.can_retry && !view.can_cancel);
    } else {
        assert!(to.exists(), "it was faster than the wish to stop it");
    }
    let names: Vec<_> = std::fs::read_dir(to.parent().unwrap())
        .unwrap()
        .map(|one| one.unwrap().file_name())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| name == "big.sif" || name == "out.img"),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_paused_task_goes_on_and_ends() {
    let desk = Desk::new();
    let image = desk
        .image("big.sif", &images::with_partition(&vec![5; 32 << 20]))
        .await;
    let task = desk
        .sifter
        .export_part(image, 3, desk.path("out.img"))
        .await
        .unwrap();
    desk.sifter.pause_task(task).await.unwrap();
    let paused = desk.sifter.get_task(task).await.unwrap().state == TaskState::Paused;
    desk.sifter.resume_task(task).await.unwrap();
    assert!(
        matches!(desk.ended(task).await.state, TaskState::Done { .. }),
        "was paused: {paused}"
    );
}

#[tokio::test]
async fn unknown_tasks_and_finished_ones() {
    let desk = Desk::new();
    let image = desk.image("x.sif", &images::plain()).await;
    let task = desk.sifter.verify_images(vec![image]).await.unwrap();
    desk.ended(task).await;
    desk.sifter
        .cancel_task(task)
        .await
        .expect("it stays as it is");
    assert!(matches!(
        desk.sifter.get_task(task).await.unwrap().state,
        TaskState::Done { .. }
    ));
    desk.sifter.forget_tasks(vec![task]).await.unwrap();
    assert_eq!(
        desk.sifter
            .cancel_task(task)
            .await
            .expect_err("forgotten")
            .code,
        ErrorCode::HandleUnknown
    );
    let nothing = desk
        .sifter
        .verify_images(vec![])
        .await
        .expect_err("no image");
    assert_eq!(nothing.code, ErrorCode::InputInvalid);
}

/// Where the child process below finds its home.
const CHILD_HOME: &str = "SIFTER_TEST_CHILD_HOME";

#[tokio::test]
async fn unfinished_tasks_are_marked_after_a_restart() {
    let home = TempHome::new();
    // A real end in the middle of a task: another process does not come back from it.
    let ended = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tasks::a_program_that_ends_in_the_middle"])
        .env(CHILD_HOME, home.path())
        .output()
        .unwrap();
    assert_eq!(
        ended.status.code(),
        Some(77),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let desk = Desk::in_home(home);
    let tasks = desk.sifter.list_tasks().await.unwrap();
    let view = &tasks[0];
    assert_eq!(
        (view.kind, view.state.clone()),
        (TaskKind::CreateKey, TaskState::Cancelled)
    );
    assert!(
        view.interrupted && !view.can_cancel && !view.can_retry,
        "{view:?}"
    );
    assert!(desk.sifter.list_keys().await.unwrap().keys.is_empty());
}

/// The child of the test above; by itself it does nothing.
#[tokio::test]
async fn a_program_that_ends_in_the_middle() {
    let Some(home) = std::env::var_os(CHILD_HOME) else {
        return;
    };
    let homes = Homes::below(std::path::Path::new(&home));
    let sifter =
        Sifter::start(homes, Arc::new(MemoryKeychain::default()), Clock::system()).unwrap();
    let mut events = sifter.events();
    let wanted = NewKey {
        name: "Nina New".into(),
        mail: String::new(),
        comment: String::new(),
        kind: NewKeyKind::Rsa4096,
        expires: None,
    };
    sifter
        .create_key(wanted, passphrase(), KeepPassphrase::ThisAction)
        .await
        .unwrap();
    while !matches!(
        events.next().await,
        Some(ApiEvent::Task(TaskEvent::Progress { .. }))
    ) {}
    std::process::exit(77);
}
