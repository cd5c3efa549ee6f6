//! Keys over keyservers: what a server says is a claim, and a key that comes from one is not trusted.

use sifter_api::{
    Sifter,
    keys::{ImportEffect, ImportSource, TrustLevel},
    remotes::KeyserverView,
    units::RemoteId,
};
use sifter_testkit::{
    http::{Answer, HttpServer},
    keys,
};

use crate::{
    desk::code,
    lab::{Lab, Person},
};

async fn import(sifter: &Sifter, text: String) {
    let plan = sifter
        .plan_key_import(ImportSource::Text(text))
        .await
        .unwrap();
    sifter.run_key_import(plan.plan, None).await.unwrap();
}

fn listed(address: String) -> KeyserverView {
    KeyserverView {
        address,
        is_external: true,
        is_skipped: false,
        is_insecure: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_key_is_found_fetched_and_not_trusted() {
    let here = RemoteId::this_computer();
    let anna = Person::new();
    let key = keys::anna();
    let fingerprint = key.fingerprint().to_string();
    let missing = anna
        .sifter
        .publish_key(here.clone(), fingerprint.clone())
        .await;
    assert_eq!(code(&missing.unwrap_err()), "key-missing");
    import(&anna.sifter, key.to_armored().to_string()).await;
    let published = anna
        .sifter
        .publish_key(here.clone(), fingerprint.clone())
        .await
        .unwrap();
    let address = anna.sifter.cloud().await.unwrap().address.unwrap();
    assert_eq!(published.keyserver, format!("http://{address}"));
    let grouped: String = key.fingerprint().grouped();
    for text in ["anna", "Anna Ruiz", &fingerprint, &grouped] {
        let found = anna
            .sifter
            .search_keys(here.clone(), text.into(), None)
            .await
            .unwrap();
        assert_eq!(found.hits.len(), 1, "{text}");
        let hit = &found.hits[0];
        assert_eq!(hit.fingerprint, fingerprint, "{text}");
        assert!(hit.is_here && !hit.is_revoked && hit.names[0].contains("Anna Ruiz"));
    }

    // Another person, for whom that cloud is a keyserver.
    let tom = Person::new();
    let id = tom.add("Anna's", &address).await;
    let looked = tom
        .sifter
        .look_for_key(id.clone(), fingerprint.clone())
        .await
        .unwrap();
    let plan = looked.import.unwrap();
    assert_eq!(plan.items.len(), 1);
    assert_eq!(plan.items[0].fingerprint, fingerprint);
    assert_eq!(plan.items[0].effect, ImportEffect::New);
    assert!(!plan.items[0].secret);
    let taken = tom.sifter.run_key_import(plan.plan, None).await.unwrap();
    assert_eq!(taken.taken, std::slice::from_ref(&fingerprint));
    let page = tom.sifter.get_key(fingerprint).await.unwrap();
    assert_eq!(page.row.trust.level, TrustLevel::NotTrusted);
    let nobody = keys::tom().fingerprint().to_string();
    let looked = tom.sifter.look_for_key(id, nobody).await.unwrap();
    assert_eq!(
        (looked.import, looked.keyserver, looked.down),
        (None, None, vec![])
    );
    assert_eq!(looked.asked.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn keyservers_are_asked_in_their_order_and_liars_are_passed_over() {
    let lab = Lab::new().await;
    let publisher = Person::new();
    let id = publisher.add("Lab", &lab.address).await;
    publisher.sign_in(&id, &lab.token()).await;
    import(&publisher.sifter, keys::anna().to_armored().to_string()).await;
    let anna = keys::anna().fingerprint().to_string();
    publisher
        .sifter
        .publish_key(id, anna.clone())
        .await
        .unwrap();

    let other_key = keys::tom().certificate().to_armored();
    let liar = HttpServer::start(move |_| Answer::new(200, other_key.clone())).await;
    let broken = HttpServer::start(|_| Answer::new(400, "out of order")).await;
    let skipped = HttpServer::start(|_| Answer::new(500, "")).await;
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    let own = format!("http://{}", lab.address);
    let mut list = vec![
        listed(broken.url("")),
        listed(liar.url("")),
        listed(skipped.url("")),
        KeyserverView {
            is_external: false,
            ..listed(own.clone())
        },
    ];
    list[2].is_skipped = true;
    person
        .sifter
        .set_keyservers(id.clone(), list.clone())
        .await
        .unwrap();
    assert_eq!(person.view(&id).await.keyservers, list);
    assert!(person.text().contains("Skip: true"), "{}", person.text());

    let looked = person
        .sifter
        .look_for_key(id.clone(), anna.clone())
        .await
        .unwrap();
    assert_eq!(looked.asked, [broken.url(""), liar.url(""), own.clone()]);
    let down: Vec<_> = looked
        .down
        .iter()
        .map(|(address, error)| (address.clone(), code(error)))
        .collect();
    assert_eq!(
        down,
        [
            (broken.url(""), "input-invalid".to_owned()),
            (liar.url(""), "server-answer-invalid".to_owned())
        ]
    );
    assert!(
        looked.down[0].1.message.contains("`out of order`"),
        "{:?}",
        looked.down
    );
    assert_eq!(looked.keyserver, Some(own.clone()));
    assert_eq!(looked.import.unwrap().items[0].fingerprint, anna);
    assert!(skipped.seen().is_empty());
    let found = person
        .sifter
        .search_keys(id.clone(), "anna".into(), None)
        .await
        .unwrap();
    assert_eq!((found.keyserver, found.down.len()), (own, 2));
    assert!(!found.hits[0].is_here);

    let refuse = [
        vec![listed("nonsense".into())],
        vec![listed(liar.url("")), listed(liar.url("/path"))],
        vec![KeyserverView {
            is_skipped: true,
            ..listed(liar.url(""))
        }],
    ];
    for list in refuse {
        let error = person
            .sifter
            .set_keyservers(id.clone(), list)
            .await
            .unwrap_err();
        assert_eq!(code(&error), "input-invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_said() {
    let person = Person::new();
    let here = RemoteId::this_computer();
    let sifter = &person.sifter;
    for (text, page, expected) in [
        ("ab", None, "input-invalid"),
        ("anna", Some("nonsense"), "handle-unknown"),
    ] {
        let page = page.map(str::to_owned);
        let error = sifter
            .search_keys(here.clone(), text.into(), page)
            .await
            .unwrap_err();
        assert_eq!(code(&error), expected, "{text}");
    }
    let short = sifter
        .look_for_key(here.clone(), "4A1D90C7".into())
        .await
        .unwrap_err();
    assert_eq!(code(&short), "input-invalid");
    let gone = person.add("Gone", "127.0.0.1:1").await;
    let error = sifter
        .search_keys(gone, "anna".into(), None)
        .await
        .unwrap_err();
    assert_eq!(code(&error), "server-unreachable");
    assert!(error.message.contains("`127.0.0.1:1`"), "{error}");
}
