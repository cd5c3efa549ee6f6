//! Tasks: events, cancelling, pausing, history.

use sifter_api::{
    ApiEvent, ErrorCode,
    tasks::{TaskEvent, TaskKind, TaskState},
};
use sifter_testkit::images;

use crate::desk::Desk;

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

#[tokio::test]
async fn unfinished_tasks_are_marked_after_a_restart() {
    let desk = Desk::new();
    let anna = desk.own(sifter_testkit::keys::anna()).await;
    let image = desk.image("x.sif", &images::plain()).await;
    // A retried signing waits for its passphrase, so it is unfinished when Sifter quits.
    let plan = desk.plan(&[image], &anna, false).await;
    let keep = sifter_api::keys::KeepPassphrase::ThisAction;
    let sifter = &desk.sifter;
    let first = sifter
        .run_signing(plan.plan, Some(crate::desk::passphrase()), keep, true)
        .await
        .unwrap();
    sifter.cancel_task(first).await.unwrap();
    if desk.ended(first).await.state != TaskState::Cancelled {
        return;
    }
    let mut events = desk.sifter.events();
    let waiting = desk.sifter.retry_task(first).await.unwrap();
    while !matches!(
        events.next().await,
        Some(ApiEvent::Task(TaskEvent::NeedsInput { .. }))
    ) {}
    let desk = desk.restart();
    let view = desk.sifter.get_task(waiting).await.unwrap();
    assert!(view.interrupted && view.can_retry, "{view:?}");
}
