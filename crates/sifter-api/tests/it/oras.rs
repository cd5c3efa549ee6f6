//! Images in OCI registries: pushed, found, pulled and verified, with the login that the person gave.

use sifter_api::{
    Secret,
    library::{
        IfExists, PullItem, PullRequest, PushItem, PushRequest, PushTarget, TagChange, Transport,
    },
    remotes::KeepLogin,
    tasks::{TaskNeed, TaskOutcome, TaskState, TaskView},
    units::{FolderId, ImageId, TaskId},
    verdict::Badge,
};
use sifter_testkit::{
    http::{Answer, HttpServer},
    images, keys,
    registry::{PASSWORD, Registry, USER},
};

use crate::desk::{Desk, PATIENCE, code};

pub(crate) fn item(reference: &str) -> PullItem {
    PullItem {
        reference: reference.into(),
        remote: None,
        arch: None,
        name: None,
        sha256: None,
    }
}

/// A folder to pull into.
pub(crate) async fn folder(desk: &Desk) -> FolderId {
    let path = desk.path("pulled");
    std::fs::create_dir_all(&path).unwrap();
    desk.sifter.offer_target_folder(path).await.unwrap().id
}

/// Pulls one image and returns the task at its end.
pub(crate) async fn pull(desk: &Desk, item: PullItem) -> TaskView {
    let request = PullRequest {
        items: vec![item],
        folder: Some(folder(desk).await),
        verify: true,
        if_exists: IfExists::KeepBoth,
    };
    let plan = desk.sifter.plan_pull(request).await.unwrap();
    let task = desk.sifter.run_pull(plan.plan).await.unwrap();
    desk.ended(task).await
}

/// The badge of the one image that a task pulled, and its bytes.
pub(crate) fn pulled(desk: &Desk, task: &TaskView) -> (Badge, Vec<u8>) {
    let TaskState::Done {
        outcome: TaskOutcome::Pulled { items },
    } = &task.state
    else {
        panic!("{:?}", task.state);
    };
    assert_eq!(items[0].error, None);
    let bytes = std::fs::read(desk.path("pulled").join(&items[0].name)).unwrap();
    (items[0].badge.unwrap(), bytes)
}

fn push_request(host: &str, image: ImageId, tags: &[&str]) -> PushRequest {
    PushRequest {
        target: PushTarget::Registry {
            repository: format!("{host}/lab"),
        },
        items: vec![PushItem {
            image,
            container: Some("blast".into()),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
            description: String::new(),
        }],
    }
}

async fn push(desk: &Desk, host: &str, image: ImageId, tags: &[&str]) -> TaskId {
    let request = push_request(host, image, tags);
    let plan = desk.sifter.plan_push(request).await.unwrap();
    desk.sifter.run_push(plan.plan, None, true).await.unwrap()
}

async fn sign_in(desk: &Desk, host: &str, password: &str) -> sifter_api::Result<()> {
    let password = Secret::new(password.into());
    let keep = KeepLogin::Keychain;
    desk.sifter
        .sign_in_registry(host.into(), false, USER.into(), password, keep)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_image_comes_back_from_a_registry_as_it_was() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let desk = Desk::new();
    let own = desk.own(keys::anna()).await;
    let image = desk.image("blast.sif", &images::two_groups()).await;
    desk.sign(image, &own).await;
    let signed = std::fs::read(desk.path("blast.sif")).unwrap();
    let host = &registry.host;

    let plan = desk
        .sifter
        .plan_push(push_request(host, image, &["2.15"]))
        .await
        .unwrap();
    let planned = &plan.items[0];
    assert!(planned.container_is_new && !planned.is_there);
    assert_eq!(planned.tags[0].effect, TagChange::New);
    assert_eq!(plan.upload.0, signed.len() as u64);
    let task = desk.sifter.run_push(plan.plan, None, false).await.unwrap();
    let task = desk.ended(task).await;
    let TaskState::Done {
        outcome: TaskOutcome::Pushed { items },
    } = &task.state
    else {
        panic!("{:?}", task.state);
    };
    let reference = format!("oras://{host}/lab/blast:2.15");
    assert_eq!(
        (items[0].reference.as_str(), &items[0].error),
        (reference.as_str(), &None)
    );

    let found = desk
        .sifter
        .resolve_reference(item(&reference))
        .await
        .unwrap();
    assert_eq!(found.reference.transport, Transport::Oras);
    assert_eq!(found.size.unwrap().0, signed.len() as u64);
    assert_eq!(found.arch.as_deref(), Some("amd64"));
    let (badge, bytes) = pulled(&desk, &pull(&desk, item(&reference)).await);
    assert_eq!(badge, Badge::Verified);
    assert!(bytes == signed);

    // The tag stays; another one needs no bytes.
    let plan = desk
        .sifter
        .plan_push(push_request(host, image, &["2.15", "latest"]))
        .await
        .unwrap();
    let effects: Vec<_> = plan.items[0].tags.iter().map(|tag| tag.effect).collect();
    assert_eq!(effects, [TagChange::Stays, TagChange::New]);
    assert!(plan.items[0].is_there);
    let only_new = desk
        .sifter
        .plan_push(push_request(host, image, &["3"]))
        .await
        .unwrap();
    assert_eq!(only_new.items[0].tags[0].effect, TagChange::New);
    // Another image would move it.
    let other = desk.image("other.sif", &images::plain()).await;
    let plan = desk
        .sifter
        .plan_push(push_request(host, other, &["2.15"]))
        .await
        .unwrap();
    let tag = &plan.items[0].tags[0];
    assert_eq!(tag.effect, TagChange::Moves);
    assert_eq!(tag.old_hash, found.hash);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_registry_does_not_have_is_told_by_code() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let desk = Desk::new();
    let image = desk.image("blast.sif", &images::plain()).await;
    let task = push(&desk, &registry.host, image, &["1"]).await;
    desk.ended(task).await;
    let reference = format!("oras://{}/lab/blast:1", registry.host);
    let ask = async |item: PullItem| {
        let error = desk.sifter.resolve_reference(item).await.unwrap_err();
        (code(&error), error.message)
    };
    let missing = ask(item(&format!("oras://{}/lab/blast:2", registry.host))).await;
    assert_eq!(missing.0, "not-found-or-private");
    assert!(missing.1.contains(&registry.host), "{}", missing.1);
    let other_arch = PullItem {
        arch: Some("arm64".into()),
        ..item(&reference)
    };
    assert_eq!(ask(other_arch).await.0, "arch-mismatch");
    let other_bytes = PullItem {
        sha256: Some(format!("sha256:{}", "0".repeat(64))),
        ..item(&reference)
    };
    assert_eq!(ask(other_bytes).await.0, "digest-mismatch");
    assert_eq!(
        ask(item("oras://127.0.0.1:1/lab/x:1")).await.0,
        "server-unreachable"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_with_a_login_is_used_with_that_login() {
    let Some(registry) = Registry::with_login() else {
        return;
    };
    let desk = Desk::new();
    let host = registry.host.clone();
    let reference = format!("oras://{host}/lab/blast:1");
    let image = desk.image("blast.sif", &images::plain()).await;
    let error = desk
        .sifter
        .resolve_reference(item(&reference))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "token-missing");
    let error = sign_in(&desk, &host, "wrong").await.unwrap_err();
    assert_eq!(code(&error), "login-refused");
    assert!(!format!("{error:?}").contains("wrong\""), "{error:?}");

    sign_in(&desk, &host, PASSWORD).await.unwrap();
    let task = push(&desk, &host, image, &["1"]).await;
    desk.ended(task).await;
    let (_, bytes) = pulled(&desk, &pull(&desk, item(&reference)).await);
    assert!(bytes == images::plain());
    let leaks = crate::lab::files_with(desk.home.path(), PASSWORD);
    assert_eq!(leaks, Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_waits_for_the_login_and_goes_on() {
    let Some(registry) = Registry::with_login() else {
        return;
    };
    let desk = Desk::new();
    let host = registry.host.clone();
    let image = desk.image("blast.sif", &images::plain()).await;
    sign_in(&desk, &host, PASSWORD).await.unwrap();
    let request = push_request(&host, image, &["1"]);
    let plan = desk.sifter.plan_push(request).await.unwrap();
    desk.sifter.sign_out_registry(host.clone()).await.unwrap();
    let task = desk.sifter.run_push(plan.plan, None, true).await.unwrap();
    let asks = async {
        loop {
            let view = desk.sifter.get_task(task).await.unwrap();
            match view.state {
                TaskState::NeedsInput { need } => break need,
                TaskState::Failed { .. } | TaskState::Done { .. } => panic!("{:?}", view.state),
                _ => tokio::task::yield_now().await,
            }
        }
    };
    let asked = tokio::time::timeout(PATIENCE, asks).await.unwrap();
    assert_eq!(asked, TaskNeed::RegistrySignIn { host: host.clone() });
    sign_in(&desk, &host, PASSWORD).await.unwrap();
    let view = desk.ended(task).await;
    assert!(
        matches!(view.state, TaskState::Done { .. }),
        "{:?}",
        view.state
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn images_of_other_kinds_are_recognised() {
    let manifest = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":[]}"#;
    let server = HttpServer::start(move |request| {
        let kind = "application/vnd.oci.image.manifest.v1+json";
        match request.path.as_str() {
            "/v2/" => Answer::new(200, "{}").with("Content-Type", "application/json"),
            "/v2/lab/image/manifests/1" => Answer::new(200, manifest).with("Content-Type", kind),
            _ => Answer::new(404, ""),
        }
    })
    .await;
    let desk = Desk::new();
    let host = server.url("").trim_start_matches("http://").to_owned();
    let error = desk
        .sifter
        .resolve_reference(item(&format!("oras://{host}/lab/image:1")))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "transport-unsupported");
    assert!(error.message.contains("OCI image"), "{}", error.message);
    // A reference that can never be pulled is explained without asking anybody.
    let before = server.seen().len();
    let error = desk
        .sifter
        .resolve_reference(item(&format!("docker://{host}/lab/image:1")))
        .await
        .unwrap_err();
    assert_eq!(code(&error), "transport-unsupported");
    assert_eq!(server.seen().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_somebody_moved_since_the_plan_is_left_alone() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let (desk, host) = (Desk::new(), &registry.host);
    let first = desk.image("a.sif", &images::plain()).await;
    let second = desk.image("b.sif", &images::two_groups()).await;
    let plan = desk.sifter.plan_push(push_request(host, first, &["1"]));
    let plan = plan.await.unwrap();
    let task = push(&desk, host, second, &["1"]).await;
    let view = desk.ended(task).await;
    assert!(matches!(view.state, TaskState::Done { .. }), "{view:?}");
    let task = desk.sifter.run_push(plan.plan, None, true).await.unwrap();
    match desk.ended(task).await.state {
        TaskState::Failed { error } => assert_eq!(code(&error), "plan-outdated"),
        other => panic!("{other:?}"),
    }
}
