//! What waits for the network because a person said so.

use sifter_api::{
    ErrorCode, Sifter,
    keys::{ImportSource, KeepPassphrase},
    library::{IfExists, PullRequest, PushGate, PushRequest, PushTarget, SignFirst, TagChange},
    tasks::{TaskKind, TaskNeed, TaskOutcome, TaskState, TaskView},
    units::{FolderId, ImageId, RemoteId, TaskId},
};
use sifter_testkit::{images, keys};

use crate::{
    desk::{PATIENCE, passphrase},
    lab::{Lab, Line, Person, files_with},
    transfers::{ended, item, push, push_item, put_image, until},
};

/// A person who is signed in to a library at the end of a line.
struct Away {
    person: Person,
    lab: Lab,
    line: Line,
    remote: RemoteId,
    image: ImageId,
}

impl Away {
    async fn new() -> Self {
        let (lab, line) = Lab::at_a_line().await;
        let person = Person::without_waiting();
        let remote = person.add("Lab", &lab.address).await;
        person.sign_in(&remote, &lab.token()).await;
        let image = put_image(&person, "tool.sif", &images::plain()).await;
        Self {
            person,
            lab,
            line,
            remote,
            image,
        }
    }

    async fn push_now(&self, tags: &[&str]) {
        let item = push_item(self.image, "tool", tags);
        push(&self.person, &self.remote, "anna/tools", item).await;
    }

    fn push_request(&self, image: ImageId, tags: &[&str]) -> PushRequest {
        PushRequest {
            target: PushTarget::Library {
                remote: self.remote.clone(),
                collection: "anna/tools".into(),
            },
            items: vec![push_item(image, "tool", tags)],
        }
    }

    /// Says while the line is cut that an image is to be pushed unsigned.
    async fn push_later(&self, image: ImageId, tags: &[&str]) -> TaskId {
        let request = self.push_request(image, tags);
        let sifter = &self.person.sifter;
        let refused = sifter.plan_push(request.clone()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::ServerUnreachable);
        let plan = sifter.plan_push_when_online(request).await.unwrap();
        sifter
            .push_when_online(plan.plan, None, true)
            .await
            .unwrap()
    }

    async fn folder(&self) -> FolderId {
        let folder = self.person.home.file("in");
        std::fs::create_dir_all(&folder).unwrap();
        let offered = self.person.sifter.offer_target_folder(folder).await;
        offered.unwrap().id
    }

    async fn pull_later(&self, reference: &str) -> TaskId {
        let request = PullRequest {
            items: vec![item(reference, &self.remote)],
            folder: Some(self.folder().await),
            verify: true,
            if_exists: IfExists::KeepBoth,
        };
        let sifter = &self.person.sifter;
        let plan = sifter.plan_pull(request).await.unwrap();
        let problem = plan.items[0].problem.as_ref().unwrap();
        assert_eq!(problem.code, ErrorCode::ServerUnreachable);
        let tasks = sifter.pull_when_online(plan.plan).await.unwrap();
        assert_eq!(tasks.len(), 1);
        tasks[0]
    }

    async fn task(&self, id: TaskId) -> TaskView {
        self.person.sifter.get_task(id).await.unwrap()
    }

    /// Lets what waits be tried, and returns what came of it.
    async fn network_is_back(&self, id: TaskId) -> TaskView {
        self.person.sifter.network_is_back().await.unwrap();
        ended(&self.person.sifter, id).await
    }
}

/// Takes a key with its secret part.
async fn own_key(sifter: &Sifter) -> String {
    let text = keys::anna().to_armored().to_string();
    let plan = sifter
        .plan_key_import(ImportSource::Text(text))
        .await
        .unwrap();
    sifter.run_key_import(plan.plan, None).await.unwrap();
    keys::anna().fingerprint().to_string()
}

fn waits(view: &TaskView) -> bool {
    matches!(view.state, TaskState::WaitsForNetwork { .. })
}

fn is_done(view: &TaskView) -> bool {
    matches!(view.state, TaskState::Done { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_waits_for_its_server_and_asks_nobody_meanwhile() {
    let away = Away::new().await;
    away.push_now(&["1"]).await;
    away.line.cut();
    let task = away.pull_later("anna/tools/tool:1").await;
    let asked = away.line.asked();
    let view = away.task(task).await;
    assert!(waits(&view), "{view:?}");
    assert_eq!(
        (view.kind, view.subject.as_str()),
        (TaskKind::Pull, "tool_1.sif")
    );
    // It has no thread: nothing keeps the program from ending.
    assert!(away.person.sifter.wait_for_tasks(PATIENCE).await.unwrap());
    assert_eq!(away.line.asked(), asked);

    let view = away.network_is_back(task).await;
    assert!(away.line.asked() > asked, "it was tried");
    match &view.state {
        TaskState::WaitsForNetwork { why: Some(why) } => {
            assert_eq!(why.code, ErrorCode::ServerUnreachable);
        }
        other => panic!("{other:?}"),
    }

    away.line.mend();
    let view = away.network_is_back(task).await;
    assert!(is_done(&view), "{view:?}");
    assert!(away.person.home.file("in/tool_1.sif").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_is_kept_and_tried_at_the_next_start() {
    let mut away = Away::new().await;
    away.push_now(&["1"]).await;
    away.line.cut();
    let task = away.pull_later("anna/tools/tool:1").await;
    assert!(away.person.sifter.suspend_tasks(PATIENCE).await.unwrap());
    away.person = away.person.restart();
    away.person.sifter.watch().await.unwrap();
    let view = ended(&away.person.sifter, task).await;
    assert!(waits(&view) && !view.interrupted, "{view:?}");
    away.line.mend();
    away.person.sifter.hurry_task(task).await.unwrap();
    let view = ended(&away.person.sifter, task).await;
    assert!(is_done(&view), "tried when the person says so: {view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_can_be_cancelled_and_does_not_wake() {
    let away = Away::new().await;
    away.line.cut();
    let pushed = away.push_later(away.image, &["1"]).await;
    let pulled = away.pull_later("anna/tools/tool:1").await;
    away.line.mend();
    let asked = away.line.asked();
    for task in [pushed, pulled] {
        away.person.sifter.cancel_task(task).await.unwrap();
    }
    for task in [pushed, pulled] {
        let view = away.network_is_back(task).await;
        assert_eq!(view.state, TaskState::Cancelled);
    }
    assert_eq!(away.line.asked(), asked, "nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_goes_where_nothing_is_and_asks_where_a_tag_would_move() {
    let away = Away::new().await;
    away.push_now(&["1"]).await;
    let other = images::with_partition(b"other bytes");
    let other = put_image(&away.person, "other.sif", &other).await;
    away.line.cut();
    let free = away.push_later(other, &["2"]).await;
    let taken = away.push_later(other, &["3", "1"]).await;
    away.line.mend();
    away.person.sifter.network_is_back().await.unwrap();
    let view = ended(&away.person.sifter, free).await;
    assert!(is_done(&view), "{view:?}");
    let view = away.task(taken).await;
    let push = away.push_request(other, &["3", "1"]);
    let need = TaskNeed::Review { push: push.clone() };
    assert_eq!(view.state, TaskState::NeedsInput { need });
    let tags = async || {
        let path = "anna/tools/tool".to_owned();
        let found = away.person.sifter.get_container(away.remote.clone(), path);
        let tags = found.await.unwrap().tags.into_iter();
        let mut tags: Vec<_> = tags
            .map(|tag| (tag.tag, tag.images[0].hash.clone()))
            .collect();
        tags.sort();
        tags
    };
    let before = tags().await;
    assert_eq!(before.len(), 2, "nothing happened before somebody looked");
    assert_ne!(before[0].1, before[1].1);

    let plan = away.person.sifter.plan_push(push).await.unwrap();
    let moves = |change| plan.items[0].tags.iter().any(|tag| tag.effect == change);
    assert!(moves(TagChange::Moves) && moves(TagChange::New));
    let sifter = &away.person.sifter;
    sifter
        .push_reviewed(taken, plan.plan, None, true)
        .await
        .unwrap();
    assert!(is_done(&ended(sifter, taken).await));
    let after = tags().await;
    assert!(
        after.len() == 3 && after.iter().all(|(_, hash)| *hash == before[1].1),
        "{after:?}"
    );
    let again = sifter.push_reviewed(taken, sifter_api::units::PlanId("x".into()), None, true);
    assert!(again.await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_a_file_that_changed_meanwhile_asks_and_goes_on_asking_after_a_restart() {
    let mut away = Away::new().await;
    away.line.cut();
    let task = away.push_later(away.image, &["1"]).await;
    away.line.mend();
    images::put(
        &away.person.home.file("tool.sif"),
        &images::with_partition(b"new"),
    );
    let view = away.network_is_back(task).await;
    let asks = |view: &TaskView| {
        matches!(
            &view.state,
            TaskState::NeedsInput {
                need: TaskNeed::Review { .. }
            }
        )
    };
    assert!(asks(&view), "{view:?}");
    assert!(away.person.sifter.suspend_tasks(PATIENCE).await.unwrap());
    away.person = away.person.restart();
    away.person.sifter.watch().await.unwrap();
    away.person.sifter.network_is_back().await.unwrap();
    let view = ended(&away.person.sifter, task).await;
    assert!(asks(&view), "{view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_signed_first_asks_for_the_passphrase_when_it_runs() {
    let away = Away::new().await;
    let sifter = &away.person.sifter;
    let fingerprint = own_key(sifter).await;
    away.line.cut();
    let request = away.push_request(away.image, &["1"]);
    let plan = sifter.plan_push_when_online(request).await.unwrap();
    assert_eq!(plan.items[0].gate, PushGate::Unsigned);
    let undecided = sifter
        .push_when_online(plan.plan.clone(), None, false)
        .await;
    assert_eq!(undecided.unwrap_err().code, ErrorCode::InputInvalid);
    let sign = SignFirst {
        fingerprint: fingerprint.clone(),
    };
    let task = sifter
        .push_when_online(plan.plan, Some(sign), false)
        .await
        .unwrap();
    away.line.mend();
    let mut events = sifter.events();
    sifter.network_is_back().await.unwrap();
    let asks = until(&mut events, task, |state| {
        matches!(state, TaskState::NeedsInput { .. })
    });
    assert!(matches!(
        asks.await,
        TaskState::NeedsInput {
            need: TaskNeed::Passphrase { .. }
        }
    ));
    sifter
        .answer_task(task, passphrase(), KeepPassphrase::ThisAction)
        .await
        .unwrap();
    assert!(is_done(&ended(sifter, task).await));
    assert!(files_with(away.person.home.path(), keys::PASSPHRASE).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_published_and_looked_for_when_there_is_a_network() {
    let away = Away::new().await;
    let sifter = &away.person.sifter;
    let fingerprint = own_key(sifter).await;
    away.line.cut();
    let publish = sifter
        .publish_key_when_online(away.remote.clone(), fingerprint.clone())
        .await
        .unwrap();
    assert!(waits(&away.network_is_back(publish).await));
    away.line.mend();
    let view = away.network_is_back(publish).await;
    assert!(
        matches!(
            &view.state,
            TaskState::Done {
                outcome: TaskOutcome::KeyPublished { .. }
            }
        ),
        "{view:?}"
    );
    for (digits, is_there) in [(fingerprint.as_str(), true), (&"AB".repeat(20), false)] {
        let find = sifter
            .look_for_key_when_online(away.remote.clone(), digits.to_owned())
            .await
            .unwrap();
        match away.network_is_back(find).await.state {
            TaskState::Done {
                outcome: TaskOutcome::KeyLookedFor { keyserver, .. },
            } => assert_eq!(keyserver.is_some(), is_there, "{digits}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_address_that_waits_is_not_written_down_and_asked_for_after_a_restart() {
    let mut away = Away::new().await;
    let address = format!(
        "http://{}/x.sif?X-Amz-Signature=4f1c0ffee4f1c0ffee",
        away.lab.address
    );
    away.line.cut();
    let task = away.pull_later(&address).await;
    assert!(waits(&away.task(task).await));
    assert!(files_with(away.person.home.path(), "4f1c0ffee").is_empty());
    away.person = away.person.restart();
    away.person.sifter.watch().await.unwrap();
    match ended(&away.person.sifter, task).await.state {
        TaskState::Failed { error } => assert_eq!(error.code, ErrorCode::AddressNeeded),
        other => panic!("{other:?}"),
    }
}
