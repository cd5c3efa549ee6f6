//! Transfers that rest or are tried again, and what comes in their way meanwhile.

use std::{fs, path::Path};

use sifter_api::{
    library::{IfExists, PullRequest, PushRequest, PushTarget},
    tasks::{TaskOutcome, TaskState},
    units::{RemoteId, TaskId},
};
use sifter_testkit::images;

use crate::{
    desk::{PATIENCE, code},
    lab::{Lab, Person},
    transfers::{
        big, ended, item, limit, push, push_item, put_image, start_pull, until, until_bytes,
    },
};

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_cancelled_while_it_rests_leaves_no_parts_at_the_server() {
    let lab = Lab::new().await;
    let uploads = lab.folder().join("uploads");
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    person.sign_in(&remote, &lab.token()).await;
    // So large that it goes in parts.
    let bytes = images::with_partition(&vec![7; 66 << 20]);
    let image = put_image(&person, "big.sif", &bytes).await;
    let request = PushRequest {
        target: PushTarget::Library {
            remote: remote.clone(),
            collection: "anna/tools".into(),
        },
        items: vec![push_item(image, "big", &["1"])],
    };
    let plan = person.sifter.plan_push(request).await.unwrap();
    limit(&person, 6 << 20).await;
    let mut events = person.sifter.events();
    let task = person.sifter.run_push(plan.plan, None, true).await.unwrap();
    uploading(&mut events, task, 2 << 20).await;
    person.sifter.pause_task(task).await.unwrap();
    // It has no turn any more, and sends nothing.
    let view = person.sifter.get_task(task).await.unwrap();
    assert_eq!(view.state, TaskState::Paused);
    assert!(count(&uploads) > 0, "parts of it are there");
    person.sifter.cancel_task(task).await.unwrap();
    assert_eq!(
        ended(&person.sifter, task).await.state,
        TaskState::Cancelled
    );
    assert_eq!(count(&uploads), 0);
}

/// Waits until so many bytes were sent.
async fn uploading(events: &mut sifter_api::EventStream, task: TaskId, bytes: u64) {
    use sifter_api::{
        ApiEvent,
        tasks::{TaskEvent, TaskPhase},
    };
    loop {
        let event = tokio::time::timeout(PATIENCE, events.next()).await;
        if let ApiEvent::Task(TaskEvent::Progress { id, progress }) = event.unwrap().unwrap()
            && id == task
            && progress.phase == TaskPhase::Upload
            && progress.done.0 >= bytes
        {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_retry_goes_on_with_cannot_be_removed_beside_it() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let image = put_image(&person, "big.sif", &big()).await;
    push(&person, &here, "me/tools", push_item(image, "big", &["1"])).await;
    limit(&person, 6 << 20).await;
    let folder = person.home.file("in");
    let mut events = person.sifter.events();
    let first = start_pull(&person, &folder, item("me/tools/big:1", &here)).await;
    until_bytes(&mut events, first, 1 << 20).await;
    person.sifter.cancel_task(first).await.unwrap();
    ended(&person.sifter, first).await;
    let part = folder.join("big_1.sif.part");
    assert!(part.exists());

    let retry = person.sifter.retry_task(first).await.unwrap();
    until(&mut events, retry, |state| *state == TaskState::Running).await;
    person.sifter.pause_task(retry).await.unwrap();
    for task in [first, retry] {
        let refused = person.sifter.remove_partial(task).await.unwrap_err();
        assert_eq!(code(&refused), "input-invalid");
        assert!(part.exists());
    }
    person.sifter.cancel_task(retry).await.unwrap();
    ended(&person.sifter, retry).await;
    person.sifter.remove_partial(first).await.unwrap();
    assert_eq!(count(&folder), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_took_the_name_of_what_is_replaced_stays() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    push(&person, &here, "me/tools", push_item(image, "tool", &["1"])).await;
    let folder = person.home.file("in");
    let taken = folder.join("tool_1.sif");
    fs::create_dir_all(&folder).unwrap();
    fs::write(&taken, "an old file").unwrap();
    let target = person
        .sifter
        .offer_target_folder(folder.clone())
        .await
        .unwrap();
    let request = PullRequest {
        items: vec![item("me/tools/tool:1", &here)],
        folder: Some(target.id),
        verify: true,
        if_exists: IfExists::Replace,
    };
    let plan = person.sifter.plan_pull(request).await.unwrap();
    assert!(plan.items[0].exists);
    fs::remove_file(&taken).unwrap();
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("mine"), "kept").unwrap();
    let task = person.sifter.run_pull(plan.plan).await.unwrap();
    let TaskState::Done {
        outcome: TaskOutcome::Pulled { items },
    } = ended(&person.sifter, task).await.state
    else {
        panic!("not pulled");
    };
    assert_ne!(items[0].name, "tool_1.sif");
    assert!(fs::read(folder.join(&items[0].name)).unwrap() == images::plain());
    assert_eq!(fs::read_to_string(taken.join("mine")).unwrap(), "kept");
}
