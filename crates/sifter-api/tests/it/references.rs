//! References with the remotes that are known, and links from outside.

use sifter_api::{ApiEvent, ErrorCode, library::ReferenceView, units::RemoteId};

use crate::lab::{Lab, Person};

async fn read(person: &Person, text: &str, remote: Option<&RemoteId>) -> ReferenceView {
    let read = person
        .sifter
        .read_reference(text.into(), remote.cloned())
        .await;
    read.unwrap().expect("a reference")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_leads_to_the_remote_that_has_it() {
    let lab = Lab::new().await;
    let person = Person::new();
    let remote = person.add("Lab", &lab.address).await;
    let view = read(&person, &format!("library://{}/e/c/i:1", lab.address), None).await;
    assert_eq!(
        (view.remote.as_ref(), view.server),
        (Some(&remote), lab.address.clone())
    );
    let view = read(&person, "e/c/i", Some(&remote)).await;
    assert_eq!(
        (view.remote.as_ref(), view.server),
        (Some(&remote), lab.address.clone())
    );
    let view = read(&person, "e/c/i", None).await;
    assert_eq!(view.remote, Some(RemoteId::this_computer()));
    let view = read(&person, "library://unknown.example.org/e/c/i", None).await;
    assert_eq!((view.remote, view.problem), (None, None));
    assert_eq!(
        person.sifter.contacts().await.unwrap(),
        [],
        "nobody was asked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_waits_for_the_page_and_carries_a_reference_only() {
    let person = Person::new();
    let mut events = person.sifter.events();
    for (link, code) in [
        ("https://example.org/x.sif", ErrorCode::ReferenceInvalid),
        ("sifter://", ErrorCode::ReferenceInvalid),
        ("sifter://h/e/c/i?token=x", ErrorCode::ReferenceInvalid),
        ("sifter://u:p@h/e/c/i", ErrorCode::ReferenceInvalid),
        ("sifter://h/E/c/i", ErrorCode::NameNotAllowed),
        ("no link", ErrorCode::ReferenceInvalid),
    ] {
        let refused = person.sifter.offer_link(link.into()).await;
        assert_eq!(refused.unwrap_err().code, code, "{link}");
    }
    assert_eq!(events.try_next(), None);
    for link in [
        "sifter://lab.example.org/e/c/i:1",
        "library://e/c/i",
        "sifter:///c/i",
    ] {
        person.sifter.offer_link(link.into()).await.unwrap();
        assert_eq!(events.try_next(), Some(ApiEvent::LinkOpened));
    }
    let links = person.sifter.take_links().await.unwrap();
    let texts: Vec<_> = links
        .iter()
        .map(|link| link.reference.reference.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "library://lab.example.org/e/c/i:1",
            "library://e/c/i:latest",
            "library://c/i:latest"
        ]
    );
    // What a link does not say is a guess that a person has to see.
    let named: Vec<_> = links.iter().map(|link| link.names_server).collect();
    assert_eq!(named, [true, false, false]);
    assert_eq!(person.sifter.take_links().await.unwrap(), []);
    for number in 0..30 {
        person
            .sifter
            .offer_link(format!("sifter://h/e/c/i:{number}"))
            .await
            .unwrap();
    }
    let links = person.sifter.take_links().await.unwrap();
    assert_eq!(
        (links.len(), links[19].reference.tag.as_deref()),
        (20, Some("29"))
    );
}
