//! An image that is verified while it arrives: what was found then counts, and is found anew where it no longer may.

use std::sync::{Mutex, mpsc};

use sifter_api::{
    ApiEvent, EventStream,
    library::{IfExists, PullRequest},
    tasks::{TaskEvent, TaskPhase, TaskState, TaskView},
    verdict::Badge,
};
use sifter_testkit::{
    http::{Answer, HttpServer},
    images, keys,
};

use crate::{
    desk::{Desk, PATIENCE},
    oras::{folder, item, pulled},
};

/// A signed image, as its signer has it.
async fn signed() -> Vec<u8> {
    let signer = Desk::new();
    let own = signer.own(keys::anna()).await;
    let image = signer.image("tool.sif", &images::two_groups()).await;
    signer.sign(image, &own).await;
    std::fs::read(signer.path("tool.sif")).unwrap()
}

/// Pulls from a web server. While the server has not answered, `meanwhile` is done. Returns the task at its end, and the
/// phases that it went through.
async fn pull_and(
    desk: &Desk,
    bytes: Vec<u8>,
    meanwhile: impl AsyncFnOnce(&Desk),
) -> (TaskView, Vec<TaskPhase>) {
    let (came, comes) = mpsc::channel();
    let (open, opened) = mpsc::channel::<()>();
    let gate = Mutex::new((came, opened));
    let web = HttpServer::start(move |request| {
        // A look at the start is for the plan.
        if request.range().is_none_or(|(_, last)| last > 4096) {
            let (came, opened) = &*gate.lock().unwrap();
            came.send(()).unwrap();
            // It is open for good when the other end is gone.
            let _ = opened.recv();
        }
        Answer::file(request, &bytes, Some("\"one\""))
    })
    .await;
    let request = PullRequest {
        items: vec![item(&web.url("/tool.sif"))],
        folder: Some(folder(desk).await),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = desk.sifter.plan_pull(request).await.unwrap();
    let mut events = desk.sifter.events();
    let task = desk.sifter.run_pull(plan.plan).await.unwrap();
    tokio::task::spawn_blocking(move || comes.recv_timeout(PATIENCE))
        .await
        .unwrap()
        .unwrap();
    meanwhile(desk).await;
    drop(open);
    let phases = phases(&mut events).await;
    (desk.ended(task).await, phases)
}

async fn phases(events: &mut EventStream) -> Vec<TaskPhase> {
    let mut phases = Vec::new();
    loop {
        let event = tokio::time::timeout(PATIENCE, events.next()).await;
        match event.expect("told in time").expect("Sifter is there") {
            ApiEvent::Task(TaskEvent::Progress { progress, .. }) => phases.push(progress.phase),
            ApiEvent::Task(TaskEvent::Finished { .. }) => return phases,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_image_is_not_read_once_more_to_be_verified() {
    let desk = Desk::new();
    desk.own(keys::anna()).await;
    let (task, phases) = pull_and(&desk, signed().await, async |_| {}).await;
    assert_eq!(pulled(&desk, &task).0, Badge::Verified);
    assert!(phases.ends_with(&[TaskPhase::Verify]), "{phases:?}");
    let reads = |phase: &TaskPhase| matches!(phase, TaskPhase::Read | TaskPhase::Hash);
    assert!(!phases.iter().any(reads), "{phases:?}");
    // The verdict is kept, as every other.
    let TaskState::Done { outcome } = &task.state else {
        panic!("{task:?}");
    };
    let sifter_api::tasks::TaskOutcome::Pulled { items } = outcome else {
        panic!("{outcome:?}");
    };
    let kept = desk.sifter.get_verdict(items[0].image.unwrap()).await;
    assert_eq!(kept.unwrap().expect("a verdict").badge, Badge::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_came_meanwhile_are_used() {
    let desk = Desk::new();
    let (task, phases) = pull_and(&desk, signed().await, async |desk| {
        desk.own(keys::anna()).await;
    })
    .await;
    assert_eq!(pulled(&desk, &task).0, Badge::Verified);
    assert!(phases.ends_with(&[TaskPhase::Hash]), "{phases:?}");
}
