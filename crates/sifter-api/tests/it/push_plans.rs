//! Plans of pushes: what each button does, where images may go, and what stays behind.

use sifter_api::{
    ErrorCode,
    keys::ImportSource,
    library::{PushGate, PushPlanView, PushRequest, PushTarget, SignFirst, TagChange},
    units::{ImageId, RemoteId},
};
use sifter_testkit::{images, keys};

use crate::{
    lab::{Lab, Person},
    transfers::{push, push_item, put_image},
};

async fn plan(person: &Person, target: PushTarget, image: ImageId, tags: &[&str]) -> PushPlanView {
    let request = PushRequest {
        target,
        items: vec![push_item(image, "tool", tags)],
    };
    person.sifter.plan_push(request).await.unwrap()
}

fn at(remote: &RemoteId, collection: &str) -> PushTarget {
    PushTarget::Library {
        remote: remote.clone(),
        collection: collection.into(),
    }
}

async fn signed_in(lab: &Lab) -> (Person, RemoteId) {
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    person.sign_in(&remote, &lab.token()).await;
    (person, remote)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_pushing_unsigned_and_signing_first_do() {
    let lab = Lab::new().await;
    let (person, remote) = signed_in(&lab).await;
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    let to = || at(&remote, "anna/tools");
    push(
        &person,
        &remote,
        "anna/tools",
        push_item(image, "tool", &["1"]),
    )
    .await;

    let shown = plan(&person, to(), image, &["1", "2"]).await;
    let item = &shown.items[0];
    let effects = |tags: &[sifter_api::library::TagEffect]| -> Vec<TagChange> {
        tags.iter().map(|tag| tag.effect).collect()
    };
    assert_eq!(item.gate, PushGate::Unsigned);
    assert_eq!(effects(&item.tags), [TagChange::Stays, TagChange::New]);
    assert!(item.is_there && shown.upload.0 == 0 && shown.fits);
    let signed = item.tags_if_signed.as_deref().expect("it may be signed");
    assert_eq!(effects(signed), [TagChange::Moves, TagChange::New]);
    assert_eq!(signed[0].old_hash, item.tags[0].old_hash);
    assert!(signed[0].old_date.is_some(), "the image before is named");
    let sums = shown.if_signed.expect("it may be signed");
    assert!(sums.fits && sums.upload.0 > item.size.0, "{sums:?}");

    // Room for what is there already, and none for the signed image besides.
    lab.cloud
        .set("anna", scs_server::Rule::Quota(item.size.0 + 100))
        .unwrap();
    let shown = plan(&person, to(), image, &["2"]).await;
    assert!(shown.fits && !shown.if_signed.unwrap().fits);
    let sign = SignFirst {
        fingerprint: keys::anna().fingerprint().to_string(),
    };
    let refused = person
        .sifter
        .run_push(shown.plan.clone(), Some(sign), false);
    assert_eq!(refused.await.unwrap_err().code, ErrorCode::QuotaExceeded);
    person
        .sifter
        .run_push(shown.plan, None, true)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_image_has_one_effect() {
    let person = Person::new();
    let text = keys::open().to_armored().to_string();
    let import = person
        .sifter
        .plan_key_import(ImportSource::Text(text))
        .await;
    let import = person.sifter.run_key_import(import.unwrap().plan, None);
    import.await.unwrap();
    let desk = crate::desk::Desk::new();
    let own = desk.own(keys::open()).await;
    let signed = desk.image("signed.sif", &images::plain()).await;
    desk.sign(signed, &own).await;
    let bytes = std::fs::read(desk.path("signed.sif")).unwrap();
    let image = put_image(&person, "tool.sif", &bytes).await;
    let here = RemoteId::this_computer();
    let shown = plan(&person, at(&here, "me/tools"), image, &["1"]).await;
    assert_eq!(shown.items[0].gate, PushGate::Open);
    assert_eq!(
        (&shown.items[0].tags_if_signed, shown.if_signed),
        (&None, None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_of_an_oci_sif_image_may_stay_behind_in_a_library() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let image = put_image(&person, "tool.oci.sif", &images::oci_sif()).await;
    let shown = plan(&person, at(&here, "me/tools"), image, &["1"]).await;
    let item = &shown.items[0];
    assert_eq!(item.gate, PushGate::Unsigned, "{item:?}");
    assert_eq!(item.arch.as_deref(), Some("arm64"), "as its config says");
    assert!(item.leaves_signatures);
    let other = put_image(&person, "tool.sif", &images::plain()).await;
    let shown = plan(&person, at(&here, "me/tools"), other, &["1"]).await;
    assert!(!shown.items[0].leaves_signatures);
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_collections_come_first_and_one_is_proposed_where_there_is_none() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let empty = person.sifter.push_places(here.clone()).await.unwrap();
    assert_eq!(empty.collections, Vec::<String>::new());
    let proposed = empty.proposed.expect("named after the user");
    let image = put_image(&person, "tool.sif", &images::plain()).await;
    push(
        &person,
        &here,
        "aaa/first",
        push_item(image, "tool", &["1"]),
    )
    .await;
    push(&person, &here, &proposed, push_item(image, "tool", &["1"])).await;
    let found = person.sifter.push_places(here).await.unwrap();
    assert_eq!(found.collections, [proposed.clone(), "aaa/first".into()]);
    assert_eq!(found.proposed, Some(proposed));

    let lab = Lab::new().await;
    let (person, remote) = signed_in(&lab).await;
    for number in 0..12 {
        let collection = format!("a{number:02}/shared");
        let item = push_item(
            put_image(&person, "x.sif", &images::plain()).await,
            "x",
            &["1"],
        );
        push(&person, &remote, &collection, item).await;
    }
    let found = person.sifter.push_places(remote).await.unwrap();
    assert_eq!(found.collections.len(), 12, "of every owner: {found:?}");
    assert_eq!(found.proposed.as_deref(), Some("anna/images"));
}
