//! Transfers from start to end: waiting for a login, cancelling, pausing, and going on after a restart.

use std::{path::Path, time::Duration};

use sifter_api::{
    ApiEvent, ErrorCode, EventStream, Sifter,
    library::{IfExists, PullItem, PullRequest, PushItem, PushRequest, PushTarget, PushedItem},
    tasks::{TaskEvent, TaskNeed, TaskOutcome, TaskState, TaskView},
    units::{ByteCount, ImageId, RemoteId, TaskId},
};
use sifter_testkit::images;

use crate::{
    desk::PATIENCE,
    lab::{Lab, Person},
};

pub(crate) fn item(reference: &str, remote: &RemoteId) -> PullItem {
    PullItem {
        reference: reference.into(),
        remote: Some(remote.clone()),
        arch: Some("amd64".into()),
        name: None,
        sha256: None,
    }
}

pub(crate) fn push_item(image: ImageId, container: &str, tags: &[&str]) -> PushItem {
    PushItem {
        image,
        container: Some(container.into()),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        description: String::new(),
    }
}

pub(crate) async fn put_image(person: &Person, name: &str, bytes: &[u8]) -> ImageId {
    let path = person.home.file(name);
    images::put(&path, bytes);
    person.sifter.add_image(path).await.unwrap()
}

pub(crate) async fn ended(sifter: &Sifter, task: TaskId) -> TaskView {
    assert!(sifter.wait_for_tasks(PATIENCE).await.unwrap(), "tasks end");
    sifter.get_task(task).await.unwrap()
}

/// Pushes an image unsigned and returns what came of it.
pub(crate) async fn push(
    person: &Person,
    remote: &RemoteId,
    collection: &str,
    item: PushItem,
) -> PushedItem {
    let request = PushRequest {
        target: PushTarget::Library {
            remote: remote.clone(),
            collection: collection.into(),
        },
        items: vec![item],
    };
    let plan = person.sifter.plan_push(request).await.unwrap();
    let task = person.sifter.run_push(plan.plan, None, true).await.unwrap();
    match ended(&person.sifter, task).await.state {
        TaskState::Done {
            outcome: TaskOutcome::Pushed { mut items },
        } => items.remove(0),
        other => panic!("{other:?}"),
    }
}

/// Asks for a pull into the folder and returns the task.
pub(crate) async fn start_pull(person: &Person, folder: &Path, item: PullItem) -> TaskId {
    std::fs::create_dir_all(folder).unwrap();
    let target = person
        .sifter
        .offer_target_folder(folder.to_path_buf())
        .await
        .unwrap();
    let request = PullRequest {
        items: vec![item],
        folder: Some(target.id),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = person.sifter.plan_pull(request).await.unwrap();
    assert_eq!(plan.items[0].problem, None);
    person.sifter.run_pull(plan.plan).await.unwrap()
}

pub(crate) async fn limit(person: &Person, bytes_a_second: u64) {
    let mut settings = person.sifter.get_settings().await.unwrap().settings;
    settings.bandwidth = ByteCount(bytes_a_second);
    person.sifter.change_settings(settings).await.unwrap();
}

/// Waits until a task is in a state.
pub(crate) async fn until(
    events: &mut EventStream,
    id: TaskId,
    mut is_reached: impl FnMut(&TaskState) -> bool,
) -> TaskState {
    loop {
        let event = tokio::time::timeout(PATIENCE, events.next()).await;
        match event.expect("told in time").expect("Sifter is there") {
            ApiEvent::Task(TaskEvent::Changed { task } | TaskEvent::Finished { task })
                if task.id == id && is_reached(&task.state) =>
            {
                return task.state;
            }
            _ => {}
        }
    }
}

/// Waits until so many bytes arrived.
pub(crate) async fn until_bytes(events: &mut EventStream, id: TaskId, bytes: u64) {
    loop {
        let event = tokio::time::timeout(PATIENCE, events.next()).await;
        match event.expect("told in time").expect("Sifter is there") {
            ApiEvent::Task(TaskEvent::Progress { id: of, progress })
                if of == id && progress.done.0 >= bytes =>
            {
                return;
            }
            ApiEvent::Task(TaskEvent::Finished { task }) if task.id == id => {
                panic!("it was over too soon: {:?}", task.state)
            }
            _ => {}
        }
    }
}

pub(crate) fn big() -> Vec<u8> {
    let bytes = (0..24 << 20).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8);
    images::with_partition(&bytes.collect::<Vec<u8>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_whose_token_was_taken_back_waits_and_goes_on_after_signing_in() {
    let lab = Lab::new().await;
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    let (name, token) = lab.named_token();
    person.sign_in(&remote, &token).await;
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    let request = PushRequest {
        target: PushTarget::Library {
            remote: remote.clone(),
            collection: "anna/tools".into(),
        },
        items: vec![push_item(image, "tool", &["1.0"])],
    };
    let plan = person.sifter.plan_push(request).await.unwrap();
    lab.cloud.revoke(&name).unwrap();
    let mut events = person.sifter.events();
    let task = person.sifter.run_push(plan.plan, None, true).await.unwrap();
    let waiting = until(&mut events, task, |state| {
        matches!(state, TaskState::NeedsInput { .. })
    });
    let need = TaskNeed::SignIn {
        remote: remote.clone(),
    };
    assert_eq!(waiting.await, TaskState::NeedsInput { need });
    person.sign_in(&remote, &lab.token()).await;
    let view = ended(&person.sifter, task).await;
    assert!(matches!(view.state, TaskState::Done { .. }), "{view:?}");
    let found = person
        .sifter
        .get_container(remote, "anna/tools/tool".into());
    assert_eq!(found.await.unwrap().tags[0].tag, "1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_pull_stops_at_once_and_keeps_what_arrived() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let image = put_image(&person, "big.sif", &big()).await;
    push(&person, &here, "me/tools", push_item(image, "big", &["1"])).await;
    limit(&person, 6 << 20).await;
    let folder = person.home.file("in");
    let mut events = person.sifter.events();
    let task = start_pull(&person, &folder, item("me/tools/big:1", &here)).await;
    until_bytes(&mut events, task, 1 << 20).await;
    let asked = std::time::Instant::now();
    person.sifter.cancel_task(task).await.unwrap();
    let view = ended(&person.sifter, task).await;
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(view.state, TaskState::Cancelled);
    assert!(view.can_retry);
    let part = folder.join("big_1.sif.part");
    assert!(part.exists() && !folder.join("big_1.sif").exists());
    person.sifter.remove_partial(task).await.unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_pull_lets_others_work_and_goes_on() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let bytes = big();
    let image = put_image(&person, "big.sif", &bytes).await;
    push(
        &person,
        &here,
        "me/tools",
        push_item(image, "big", &["1", "2"]),
    )
    .await;
    let mut settings = person.sifter.get_settings().await.unwrap().settings;
    settings.transfers_at_once = 1;
    settings.bandwidth = ByteCount(6 << 20);
    person.sifter.change_settings(settings).await.unwrap();
    let folder = person.home.file("in");
    let mut events = person.sifter.events();
    let first = start_pull(&person, &folder, item("me/tools/big:1", &here)).await;
    until_bytes(&mut events, first, 1 << 20).await;
    let second = start_pull(&person, &folder, item("me/tools/big:2", &here)).await;
    let third = start_pull(&person, &folder, item("me/tools/big:2", &here)).await;
    let view = person.sifter.get_task(third).await.unwrap();
    assert!(
        view.state == TaskState::Queued && view.can_hurry,
        "{view:?}"
    );
    person.sifter.cancel_task(third).await.unwrap();
    person.sifter.pause_task(first).await.unwrap();
    // Its turn is free although its thread waits.
    until(&mut events, second, |state| *state == TaskState::Running).await;
    let view = person.sifter.get_task(first).await.unwrap();
    assert_eq!(view.state, TaskState::Paused);
    limit(&person, 0).await;
    person.sifter.resume_task(first).await.unwrap();
    for task in [first, second] {
        let view = ended(&person.sifter, task).await;
        assert!(matches!(view.state, TaskState::Done { .. }), "{view:?}");
    }
    for name in ["big_1.sif", "big_2.sif"] {
        assert!(std::fs::read(folder.join(name)).unwrap() == bytes, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_go_on_after_a_restart_where_the_window_is() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let bytes = big();
    let image = put_image(&person, "big.sif", &bytes).await;
    push(&person, &here, "me/tools", push_item(image, "big", &["1"])).await;
    limit(&person, 8 << 20).await;
    let folder = person.home.file("in");
    let mut events = person.sifter.events();
    let task = start_pull(&person, &folder, item("me/tools/big:1", &here)).await;
    until_bytes(&mut events, task, 12 << 20).await;
    assert!(person.sifter.suspend_tasks(PATIENCE).await.unwrap());
    drop(events);
    let person = person.restart();
    // A command line on the same files leaves it alone.
    assert!(
        person.sifter.get_task(task).await.is_err(),
        "nobody's until the window is there"
    );
    limit(&person, 0).await;
    person.sifter.watch().await.unwrap();
    let view = person.sifter.get_task(task).await.unwrap();
    assert!(view.interrupted, "{view:?}");
    let view = ended(&person.sifter, task).await;
    match view.state {
        TaskState::Done {
            outcome: TaskOutcome::Pulled { items },
        } => assert_eq!(items[0].name, "big_1.sif"),
        other => panic!("{other:?}"),
    }
    assert!(std::fs::read(folder.join("big_1.sif")).unwrap() == bytes);
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "no part stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_tried_again_and_the_person_can_stop_that() {
    let lab = Lab::new().await;
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    person.sign_in(&remote, &lab.token()).await;
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    push(
        &person,
        &remote,
        "anna/tools",
        push_item(image, "tool", &["1"]),
    )
    .await;
    let folder = person.home.file("in");
    std::fs::create_dir_all(&folder).unwrap();
    let target = person.sifter.offer_target_folder(folder).await.unwrap();
    let request = PullRequest {
        items: vec![item("anna/tools/tool:1", &remote)],
        folder: Some(target.id),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = person.sifter.plan_pull(request).await.unwrap();
    drop(lab);
    let mut events = person.sifter.events();
    let task = person.sifter.run_pull(plan.plan).await.unwrap();
    let state = until(&mut events, task, |state| {
        matches!(state, TaskState::Retrying { .. } | TaskState::Failed { .. })
    });
    match state.await {
        TaskState::Retrying {
            attempt, of, why, ..
        } => {
            assert_eq!((attempt, of), (1, 5));
            assert_eq!(why.code, ErrorCode::ServerUnreachable);
        }
        other => panic!("{other:?}"),
    }
    person.sifter.cancel_task(task).await.unwrap();
    assert_eq!(
        ended(&person.sifter, task).await.state,
        TaskState::Cancelled
    );
}
