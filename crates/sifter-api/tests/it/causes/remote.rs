//! What a library says of a login, a name or an image: the real server answers.

use sifter_api::{
    ApiError, Secret,
    library::{IfExists, PullItem, PullRequest, PushGate, PushRequest, PushTarget},
    remotes::KeepLogin,
    tasks::{TaskOutcome, TaskState},
    units::RemoteId,
};
use sifter_testkit::{http::Answer, images};

use super::network::library_server;
use crate::{
    lab::{Lab, Person, plain},
    transfers::{ended, item, push, push_item, put_image},
};

pub(super) const WRONG_TOKEN: &str = "sifter.wrong.0f3c9a71";

async fn signed_in() -> (Lab, Person, RemoteId) {
    let lab = Lab::new().await;
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    person.sign_in(&remote, &lab.token()).await;
    (lab, person, remote)
}

/// With `anna/tools/tool:1` in the library.
async fn with_image() -> (Lab, Person, RemoteId) {
    let (lab, person, remote) = signed_in().await;
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    push(
        &person,
        &remote,
        "anna/tools",
        push_item(image, "tool", &["1"]),
    )
    .await;
    (lab, person, remote)
}

pub(super) async fn wrong_token() -> Option<ApiError> {
    let lab = Lab::new().await;
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    let token = Secret::new(WRONG_TOKEN.into());
    let asked = person.sifter.sign_in(remote, token, KeepLogin::Keychain);
    asked.await.err()
}

pub(super) async fn expired_token() -> Option<ApiError> {
    let lab = Lab::new().await;
    let (name, token) = lab.named_token();
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    person.sign_in(&remote, &token).await;
    lab.cloud.revoke(&name).unwrap();
    person
        .sifter
        .list_library(remote, "anna".into())
        .await
        .err()
}

pub(super) async fn no_token() -> Option<ApiError> {
    let lab = Lab::new().await;
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    push_error(&person, &remote, "anna/tools", images::plain()).await
}

pub(super) async fn forbidden() -> Option<ApiError> {
    let (lab, person, remote) = signed_in().await;
    lab.cloud.ensure_user("bob").unwrap();
    push_error(&person, &remote, "bob/tools", images::plain()).await
}

pub(super) async fn not_found() -> Option<ApiError> {
    let (_lab, person, remote) = signed_in().await;
    let path = "anna/tools/nothing".to_owned();
    person.sifter.get_container(remote, path).await.err()
}

pub(super) async fn read_only() -> Option<ApiError> {
    let (lab, person, remote) = with_image().await;
    lab.cloud
        .set("anna/tools/tool", scs_server::Rule::ReadOnly(true))
        .unwrap();
    push_error(&person, &remote, "anna/tools", images::two_groups()).await
}

pub(super) async fn quota() -> Option<ApiError> {
    let (lab, person, remote) = with_image().await;
    lab.cloud.set("anna", scs_server::Rule::Quota(10)).unwrap();
    push_error(&person, &remote, "anna/tools", images::two_groups()).await
}

pub(super) async fn name_not_allowed() -> Option<ApiError> {
    let person = Person::new();
    let text = "library://anna/Tools/tool:1".to_owned();
    let reading = person.sifter.read_reference(text, None).await.unwrap();
    reading.and_then(|reading| reading.problem)
}

pub(super) async fn arch_missing() -> Option<ApiError> {
    let (_lab, person, remote) = with_image().await;
    let wanted = PullItem {
        arch: Some("arm64".into()),
        ..item("anna/tools/tool:1", &remote)
    };
    pull_problem(&person, wanted).await
}

/// A library that names another image than the one that it was asked for.
pub(super) async fn arch_mismatch() -> Option<ApiError> {
    let hash = format!("sha256.{}", "5e".repeat(32));
    let image = format!(
        "{{\"data\":{{\"id\":\"1\",\"hash\":\"{hash}\",\"size\":100,\"uploaded\":true,\"arch\":\"amd64\"}}}}"
    );
    let server = library_server(move |path| match path {
        path if path.starts_with("/v1/images/") => Answer::new(200, image.clone()),
        _ => Answer::new(404, ""),
    })
    .await;
    let person = Person::new();
    let lab = plain("Lab", &server.url(""));
    let remote = person.sifter.add_remote(lab).await.unwrap();
    let wanted = PullItem {
        arch: Some("arm64".into()),
        ..item("anna/tools/tool:1", &remote)
    };
    pull_problem(&person, wanted).await
}

async fn pull_problem(person: &Person, item: PullItem) -> Option<ApiError> {
    let request = PullRequest {
        items: vec![item],
        folder: None,
        verify: false,
        if_exists: IfExists::KeepBoth,
    };
    let plan = person.sifter.plan_pull(request).await.unwrap();
    plan.items[0].problem.clone()
}

/// What keeps an image from being pushed: told by the plan, at its start, or by its task.
async fn push_error(
    person: &Person,
    remote: &RemoteId,
    collection: &str,
    bytes: Vec<u8>,
) -> Option<ApiError> {
    let image = put_image(person, "new.sif", &bytes).await;
    let request = PushRequest {
        target: PushTarget::Library {
            remote: remote.clone(),
            collection: collection.into(),
        },
        items: vec![push_item(image, "tool", &["2"])],
    };
    let plan = match person.sifter.plan_push(request).await {
        Ok(plan) => plan,
        Err(error) => return Some(error),
    };
    if let PushGate::Blocked { error } = &plan.items[0].gate {
        return Some(error.clone());
    }
    let task = match person.sifter.run_push(plan.plan, None, true).await {
        Ok(task) => task,
        Err(error) => return Some(error),
    };
    match ended(&person.sifter, task).await.state {
        TaskState::Failed { error } => Some(error),
        TaskState::Done {
            outcome: TaskOutcome::Pushed { mut items },
        } => items.remove(0).error,
        other => panic!("{other:?}"),
    }
}
