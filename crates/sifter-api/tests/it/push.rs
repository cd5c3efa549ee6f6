//! Pushing: what will happen, the gate, signing first, tags that move and come back.

use sifter_api::{
    ApiEvent, ErrorCode, Secret,
    keys::{ImportSource, KeepPassphrase},
    library::{
        LibraryImage, PushGate, PushItem, PushPlanView, PushRequest, PushTarget, SignFirst,
        TagChange,
    },
    tasks::{TaskEvent, TaskNeed, TaskOutcome, TaskState},
    units::RemoteId,
    verdict::Badge,
};
use sifter_testkit::{images, keys};

use crate::{
    lab::{Lab, Person},
    transfers::{ended, item, push, push_item, put_image, start_pull},
};

async fn plan(person: &Person, remote: &RemoteId, items: Vec<PushItem>) -> PushPlanView {
    let request = PushRequest {
        target: PushTarget::Library {
            remote: remote.clone(),
            collection: "anna/tools".into(),
        },
        items,
    };
    person.sifter.plan_push(request).await.unwrap()
}

async fn signed_in(lab: &Lab) -> (Person, RemoteId) {
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    person.sign_in(&remote, &lab.token()).await;
    (person, remote)
}

async fn matrix(person: &Person, remote: &RemoteId) -> Vec<(String, Vec<LibraryImage>)> {
    let found = person
        .sifter
        .get_container(remote.clone(), "anna/tools/tool".into())
        .await
        .unwrap();
    let tags = found.tags.into_iter();
    tags.map(|row| (row.tag, row.images)).collect()
}

fn other() -> Vec<u8> {
    images::with_partition(b"another partition")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_moves_is_shown_before_and_can_be_taken_back() {
    let lab = Lab::new().await;
    let (person, remote) = signed_in(&lab).await;
    let first = put_image(&person, "tool_1.0.sif", &images::plain()).await;
    let shown = plan(
        &person,
        &remote,
        vec![PushItem {
            container: None,
            ..push_item(first, "", &[])
        }],
    )
    .await;
    let row = &shown.items[0];
    assert_eq!(
        (row.container.as_str(), row.tags[0].tag.as_str()),
        ("tool", "latest")
    );
    assert_eq!(shown.makes, ["anna", "anna/tools"]);
    assert_eq!(
        (row.gate.clone(), row.badge),
        (PushGate::Unsigned, Badge::NotSigned)
    );
    assert!(row.container_is_new && !row.is_there && shown.upload.0 == row.size.0);

    push(
        &person,
        &remote,
        "anna/tools",
        push_item(first, "tool", &["1.0", "latest"]),
    )
    .await;
    let again = plan(
        &person,
        &remote,
        vec![push_item(first, "tool", &["latest", "2.0"])],
    )
    .await;
    assert!(
        again.items[0].is_there && again.upload.0 == 0,
        "only tags change"
    );
    let effects: Vec<_> = again.items[0].tags.iter().map(|tag| tag.effect).collect();
    assert_eq!(effects, [TagChange::Stays, TagChange::New]);

    let second = put_image(&person, "tool_2.sif", &other()).await;
    let shown = plan(
        &person,
        &remote,
        vec![push_item(second, "tool", &["latest"])],
    )
    .await;
    let tag = &shown.items[0].tags[0];
    assert_eq!(tag.effect, TagChange::Moves);
    let old = tag.old_hash.clone().expect("the old image is named");
    assert!(tag.old_date.is_some());

    let mut events = person.sifter.events();
    let pushed = push(
        &person,
        &remote,
        "anna/tools",
        push_item(second, "tool", &["latest"]),
    )
    .await;
    assert!(
        pushed.reference.ends_with("/anna/tools/tool:latest"),
        "{pushed:?}"
    );
    let told = std::iter::from_fn(|| events.try_next());
    let changed = ApiEvent::LibraryChanged(remote.clone(), "anna/tools/tool".into());
    assert!(told.into_iter().any(|event| event == changed));
    let rows = matrix(&person, &remote).await;
    assert_eq!(rows[0].0, "latest");
    assert_ne!(rows[0].1[0].hash, old);
    assert_eq!(rows[0].1[0].here, Some(second));

    let [back] = pushed.undo.as_slice() else {
        panic!("one tag moved: {:?}", pushed.undo)
    };
    assert_eq!(back.hash, old);
    person.sifter.move_tag(back.clone()).await.unwrap();
    assert_eq!(matrix(&person, &remote).await[0].1[0].hash, old);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_was_signed_is_not_pushed_and_unsigned_images_are_decided() {
    let lab = Lab::new().await;
    let (person, remote) = signed_in(&lab).await;
    let unsigned = put_image(&person, "plain.sif", &images::plain()).await;
    let damaged = put_image(&person, "damaged.sif", b"not an image at all").await;
    let shown = plan(
        &person,
        &remote,
        vec![
            push_item(unsigned, "plain", &["1"]),
            push_item(damaged, "damaged", &["1"]),
            push_item(unsigned, "plain", &["1"]),
            push_item(unsigned, "Plain", &["1"]),
            push_item(unsigned, "plain", &["sha256"]),
        ],
    )
    .await;
    let gate = |place: usize| match &shown.items[place].gate {
        PushGate::Blocked { error } => Some(error.code),
        _ => None,
    };
    assert_eq!(gate(0), None);
    assert_eq!(gate(1), Some(ErrorCode::NotSif));
    assert_eq!(gate(2), Some(ErrorCode::InputInvalid), "the same tag twice");
    assert_eq!(gate(3), Some(ErrorCode::NameNotAllowed));
    let refused = person
        .sifter
        .run_push(shown.plan.clone(), None, false)
        .await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::InputInvalid);

    // The file changes after the plan was shown.
    std::fs::write(person.home.file("plain.sif"), other()).unwrap();
    let refused = person.sifter.run_push(shown.plan, None, true).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::PlanOutdated);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_signed_first_pushed_and_pulled_as_verified_and_a_changed_one_is_blocked() {
    let lab = Lab::new().await;
    let (person, remote) = signed_in(&lab).await;
    let text = keys::anna().to_armored().to_string();
    let import = person
        .sifter
        .plan_key_import(ImportSource::Text(text))
        .await;
    person
        .sifter
        .run_key_import(import.unwrap().plan, None)
        .await
        .unwrap();
    let fingerprint = keys::anna().fingerprint().to_string();
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    let shown = plan(&person, &remote, vec![push_item(image, "tool", &["1.0"])]).await;
    let sign = Some(SignFirst {
        fingerprint: fingerprint.clone(),
    });
    let mut events = person.sifter.events();
    let task = person
        .sifter
        .run_push(shown.plan, sign, false)
        .await
        .unwrap();
    loop {
        match events.next().await.expect("Sifter is there") {
            ApiEvent::Task(TaskEvent::NeedsInput {
                need:
                    TaskNeed::Passphrase {
                        fingerprint: of, ..
                    },
                ..
            }) => {
                assert_eq!(of, fingerprint);
                let secret = Secret::new(keys::PASSPHRASE.into());
                let answer = person
                    .sifter
                    .answer_task(task, secret, KeepPassphrase::ThisAction);
                answer.await.unwrap();
            }
            ApiEvent::Task(TaskEvent::Finished { .. }) => break,
            _ => {}
        }
    }
    let state = ended(&person.sifter, task).await.state;
    assert!(matches!(state, TaskState::Done { .. }), "{state:?}");
    assert!(matrix(&person, &remote).await[0].1[0].claims_signed);

    let folder = person.home.file("in");
    let task = start_pull(&person, &folder, item("anna/tools/tool:1.0", &remote)).await;
    match ended(&person.sifter, task).await.state {
        TaskState::Done {
            outcome: TaskOutcome::Pulled { items },
        } => {
            assert_eq!(items[0].badge, Some(Badge::Verified));
            let rows = person.sifter.list_images().await.unwrap();
            let row = rows
                .iter()
                .find(|row| Some(row.id) == items[0].image)
                .unwrap();
            let source = row.source.as_deref().unwrap_or_default();
            assert!(source.ends_with("anna/tools/tool:1.0"), "{source}");
        }
        other => panic!("{other:?}"),
    }

    let path = folder.join("tool_1.0.sif");
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes
        .windows(8)
        .rposition(|part| part == b"bootstra")
        .or_else(|| {
            bytes
                .windows(9)
                .position(|part| part.eq_ignore_ascii_case(b"bootstrap"))
        });
    bytes[place.expect("the definition")] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let changed = person.sifter.add_image(path).await.unwrap();
    let shown = plan(&person, &remote, vec![push_item(changed, "tool", &["1.1"])]).await;
    assert_eq!(shown.items[0].badge, Badge::Tampered);
    assert!(
        matches!(&shown.items[0].gate, PushGate::Blocked { error } if error.code == ErrorCode::ImageTampered)
    );
    let refused = person.sifter.run_push(shown.plan, None, true).await;
    assert_eq!(
        refused.unwrap_err().code,
        ErrorCode::InputInvalid,
        "nothing is left to push"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn quota_read_only_and_a_tag_that_somebody_else_moved() {
    let lab = Lab::new().await;
    let (person, remote) = signed_in(&lab).await;
    let first = put_image(&person, "a.sif", &images::plain()).await;
    let second = put_image(&person, "b.sif", &other()).await;
    push(
        &person,
        &remote,
        "anna/tools",
        push_item(first, "tool", &["1"]),
    )
    .await;

    let shown = plan(&person, &remote, vec![push_item(second, "tool", &["1"])]).await;
    push(
        &person,
        &remote,
        "anna/tools",
        push_item(second, "tool", &["2"]),
    )
    .await;
    let rows = matrix(&person, &remote).await;
    let two = rows.iter().find(|row| row.0 == "2").unwrap().1[0].clone();
    // Somebody else moves the tag after the plan was shown, to a third image.
    let third = put_image(&person, "c.sif", &images::with_partition(b"third")).await;
    push(
        &person,
        &remote,
        "anna/tools",
        push_item(third, "tool", &["1"]),
    )
    .await;
    let task = person
        .sifter
        .run_push(shown.plan, None, true)
        .await
        .unwrap();
    match ended(&person.sifter, task).await.state {
        TaskState::Failed { error } => assert_eq!(error.code, ErrorCode::PlanOutdated),
        other => panic!("{other:?}"),
    }

    lab.cloud
        .set("anna", scs_server::Rule::Quota(two.size.unwrap().0 * 3))
        .unwrap();
    let large = put_image(&person, "d.sif", &images::with_partition(&vec![7; 1 << 20])).await;
    let shown = plan(&person, &remote, vec![push_item(large, "tool", &["3"])]).await;
    assert!(!shown.fits && shown.quota.is_some_and(|quota| quota.total.is_some()));
    let refused = person.sifter.run_push(shown.plan, None, true).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::QuotaExceeded);
    lab.cloud.set("anna", scs_server::Rule::Quota(0)).unwrap();

    lab.cloud
        .set("anna/tools/tool", scs_server::Rule::ReadOnly(true))
        .unwrap();
    let shown = plan(&person, &remote, vec![push_item(large, "tool", &["3"])]).await;
    assert!(
        matches!(&shown.items[0].gate, PushGate::Blocked { error } if error.code == ErrorCode::LibraryReadOnly)
    );

    let nobody = Person::new();
    let remote = nobody.add("Lab", &lab.address).await;
    let image = put_image(&nobody, "a.sif", &images::plain()).await;
    let request = PushRequest {
        target: PushTarget::Library {
            remote,
            collection: "anna/tools".into(),
        },
        items: vec![push_item(image, "tool", &["1"])],
    };
    let refused = nobody.sifter.plan_push(request).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::TokenMissing);
}
