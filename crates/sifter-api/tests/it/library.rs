//! Looking into libraries: levels, containers, search, what is private, and what was seen before.

use sifter_api::{
    ErrorCode,
    library::{LibraryRowKind, LibrarySearch, LibraryView},
    units::RemoteId,
};
use sifter_testkit::images;

use crate::{
    lab::{Lab, Person},
    transfers::{push, push_item, put_image},
};

async fn level(person: &Person, remote: &RemoteId, path: &str) -> LibraryView {
    let listed = person
        .sifter
        .list_library(remote.clone(), path.into())
        .await;
    listed.unwrap()
}

fn names(view: &LibraryView) -> Vec<&str> {
    view.rows.iter().map(|row| row.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_is_shown_level_by_level_and_searched() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    let other = put_image(&person, "other.sif", &images::with_partition(b"other")).await;
    push(
        &person,
        &here,
        "me/tools",
        push_item(image, "samtools", &["1.19", "latest"]),
    )
    .await;
    push(
        &person,
        &here,
        "me/tools",
        push_item(other, "samtools", &["latest"]),
    )
    .await;
    push(
        &person,
        &here,
        "me/papers",
        push_item(image, "blast", &["2"]),
    )
    .await;

    let top = level(&person, &here, "").await;
    assert_eq!(
        (names(&top), top.rows[0].kind),
        (vec!["me"], LibraryRowKind::Entity)
    );
    assert!(top.can_push && top.kept_from.is_none());
    let owner = level(&person, &here, "me").await;
    assert_eq!(names(&owner), ["papers", "tools"]);
    assert_eq!(owner.quota.unwrap().total, None);
    assert!(owner.quota.unwrap().used.0 > 0);
    let tools = level(&person, &here, "me/tools").await;
    assert_eq!(names(&tools), ["samtools"]);
    assert_eq!(tools.rows[0].path, "me/tools/samtools");
    assert_eq!(tools.rows[0].architectures, ["amd64"]);

    let found = person
        .sifter
        .get_container(here.clone(), "me/tools/samtools".into());
    let found = found.await.unwrap();
    let tags: Vec<_> = found.tags.iter().map(|row| row.tag.as_str()).collect();
    assert_eq!(tags, ["latest", "1.19"]);
    assert_eq!(found.architectures, ["amd64"]);
    assert_eq!(found.tags[0].images[0].here, Some(other));
    assert_eq!(found.tags[1].images[0].here, Some(image));
    let run = &found.tags[1].images[0].run;
    assert!(
        run.pull
            .starts_with("singularity pull --no-https samtools_1.19.sif library://127.")
    );
    assert!(run.slurm.contains(":sha256."));
    assert_eq!(found.untagged, []);

    let search = |text: &str| LibrarySearch {
        remote: here.clone(),
        text: text.into(),
        arch: None,
        only_signed: false,
    };
    let hits = person.sifter.search_library(search("samt")).await.unwrap();
    assert_eq!(hits.rows[0].path, "me/tools/samtools");
    assert_eq!(hits.images.len(), 2);
    let short = person.sifter.search_library(search("sa")).await;
    assert_eq!(short.unwrap_err().code, ErrorCode::InputInvalid);

    for (path, code) in [
        ("nobody", ErrorCode::NotFoundOrPrivate),
        ("me/nothing", ErrorCode::NotFoundOrPrivate),
        ("me/../x", ErrorCode::NameNotAllowed),
        ("a/b/c/d", ErrorCode::NameNotAllowed),
    ] {
        let refused = person.sifter.list_library(here.clone(), path.into()).await;
        assert_eq!(refused.unwrap_err().code, code, "{path}");
    }

    // A tag that goes away leaves its image behind, by its hash.
    let pairs = vec![(found.tags[0].images[0].hash.clone(), "amd64".to_owned())];
    let path = "me/tools/samtools".to_owned();
    let failed = person
        .sifter
        .delete_library_images(here.clone(), path.clone(), pairs);
    assert_eq!(failed.await.unwrap(), []);
    let left = person.sifter.get_container(here, path).await.unwrap();
    assert_eq!(left.tags.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_is_shown_when_the_library_cannot_be_reached() {
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
    level(&person, &remote, "anna/tools").await;
    let path = "anna/tools/tool".to_owned();
    person
        .sifter
        .get_container(remote.clone(), path.clone())
        .await
        .unwrap();
    drop(lab);
    let kept = level(&person, &remote, "anna/tools").await;
    assert_eq!(names(&kept), ["tool"]);
    assert!(kept.kept_from.is_some());
    assert_eq!(kept.problem.unwrap().code, ErrorCode::ServerUnreachable);
    let kept = person
        .sifter
        .get_container(remote.clone(), path)
        .await
        .unwrap();
    assert!(kept.kept_from.is_some() && kept.tags.len() == 1);
    let never_seen = person.sifter.list_library(remote, "anna".into()).await;
    assert_eq!(never_seen.unwrap_err().code, ErrorCode::ServerUnreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_is_shown_to_its_owner_only() {
    let lab = Lab::new().await;
    let anna = Person::new();
    let remote = anna.add("Lab", &lab.address).await;
    anna.sign_in(&remote, &lab.token()).await;
    let image = put_image(&anna, "tool.sif", &images::plain()).await;
    push(
        &anna,
        &remote,
        "anna/tools",
        push_item(image, "tool", &["1"]),
    )
    .await;
    assert!(
        lab.cloud
            .set("anna/tools/tool", scs_server::Rule::Private(true))
            .unwrap()
    );
    let path = "anna/tools/tool".to_owned();
    let own = anna
        .sifter
        .get_container(remote.clone(), path.clone())
        .await
        .unwrap();
    assert!(own.is_private && own.can_change);

    let nobody = Person::new();
    let remote = nobody.add("Lab", &lab.address).await;
    let refused = nobody.sifter.get_container(remote.clone(), path).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::TokenMissing);
    assert_eq!(
        names(&level(&nobody, &remote, "anna/tools").await),
        Vec::<&str>::new()
    );
    let top = nobody.sifter.list_library(remote, String::new()).await;
    assert_eq!(top.unwrap_err().code, ErrorCode::TokenMissing);
}
