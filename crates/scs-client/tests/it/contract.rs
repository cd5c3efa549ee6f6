//! The contract: the client and our own server mean the same. Every call of both but pushes, which are in `contract_push`.

use scs_client::{Cause, Error, Pulled, Pushed, TokenState};
use scs_types::{
    ApiLevel,
    keystore::KeySearch,
    library::{ContainerPath, Search},
};

use crate::{
    pushing::{Pulling, Pushing},
    service::Service,
    world::sha256,
};

const PATH: &str = "alice/tools/hello";

fn path() -> ContainerPath {
    PATH.parse().unwrap()
}

async fn push(service: &Service, tags: &str, bytes: &[u8]) -> scs_client::PushDone {
    let pushing = Pushing::new(&format!("{PATH}:{tags}"), bytes);
    match pushing.run(&service.library("alice")).await.unwrap() {
        Pushed::Done(done) => *done,
        Pushed::NeedsRegistry { .. } => panic!("there is no registry"),
    }
}

fn image() -> Vec<u8> {
    sifter_testkit::images::plain()
}

#[tokio::test]
async fn services_tokens_and_accounts() {
    let service = Service::start().await;
    let versions = service.services.versions(&service.client).await;
    for version in [versions.library, versions.keystore, versions.token] {
        version.unwrap().unwrap();
    }
    assert!(versions.builder.is_none() && service.services.builder().is_err());
    let library = service.library("alice");
    assert_eq!(library.api_level().await.unwrap(), ApiLevel::ArchTags);
    let good = service.token("alice");
    assert!(matches!(
        service.tokens(Some(good)).state().await,
        TokenState::Valid
    ));
    assert!(matches!(
        service.tokens(None).state().await,
        TokenState::Invalid(_)
    ));
    let wrong = Some("a-wrong-token".into());
    assert!(matches!(
        service.tokens(wrong).state().await,
        TokenState::Invalid(_)
    ));
    let token = service.cloud.issue("alice", "to be revoked", None).unwrap();
    service.cloud.revoke(&token.id).unwrap();
    let revoked = service.tokens(Some(token.secret)).state().await;
    assert!(matches!(revoked, TokenState::Invalid(_)));
    let user = library.current_user().await.unwrap().unwrap();
    assert_eq!(user.username, "alice");
    let nobody = service.library("").current_user().await.unwrap_err();
    assert!(was_anonymous(&nobody), "{nobody}");
}

fn was_anonymous(error: &Error) -> bool {
    matches!(
        error.cause(),
        Cause::SignIn {
            was_anonymous: true,
            ..
        }
    )
}

#[tokio::test]
async fn what_was_pushed_is_browsed_searched_and_pulled() {
    let service = Service::start().await;
    let (bytes, library) = (image(), service.library("alice"));
    assert!(library.entity("alice").await.unwrap().is_none());
    assert!(library.container(&path()).await.unwrap().is_none());
    let done = push(&service, "1.0,latest", &bytes).await;
    assert!(!done.was_there && done.completed.is_some());
    let hash = format!("sha256.{}", sha256(&bytes));
    assert_eq!(done.hash.to_string(), hash);
    let names: Vec<_> = library.entities().await.unwrap();
    assert_eq!(names[0].name, "alice");
    let collections = library.collections("alice").await.unwrap().unwrap();
    assert_eq!(collections[0].name, "tools");
    let containers = library.containers("alice", "tools").await.unwrap().unwrap();
    assert_eq!(containers[0].name, "hello");
    let images = library.images(&path()).await.unwrap().unwrap();
    assert_eq!((images.len(), images[0].hash.as_str()), (1, hash.as_str()));
    assert_eq!(
        library
            .collection("alice", "tools")
            .await
            .unwrap()
            .unwrap()
            .name,
        "tools"
    );
    let container = library.container(&path()).await.unwrap().unwrap();
    let tags = library
        .tags(&container.id, ApiLevel::ArchTags)
        .await
        .unwrap();
    assert_eq!(tags["amd64"].keys().collect::<Vec<_>>(), ["1.0", "latest"]);
    let level = ApiLevel::ArchTags;
    library
        .set_tag(&container.id, ("amd64", "stable"), &done.image.id, level)
        .await
        .unwrap();
    for architectures in [vec![], vec!["amd64".to_owned()]] {
        let search = Search {
            value: "hel".into(),
            architectures,
            ..Search::default()
        };
        let found = library.search(&search).await.unwrap();
        assert_eq!(found.image[0].hash, hash);
        assert_eq!(found.image[0].tags, ["1.0", "latest", "stable"]);
    }
    for user in ["alice", "bob", ""] {
        for reference in [format!("{PATH}:stable"), format!("{PATH}:{hash}")] {
            let pulling = Pulling::new(&reference);
            let pulled = pulling.run(&service.library(user)).await.unwrap();
            assert!(matches!(pulled, Pulled::Done { .. }));
            assert!(pulling.bytes() == bytes, "{user} {reference}");
        }
    }
    let mut other = Pulling::new(PATH);
    other.arch = Some("arm64");
    let error = other.run(&library).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Missing { .. }), "{error}");
    let container = library.container(&path()).await.unwrap().unwrap();
    assert!(container.download_count >= 6);
}

#[tokio::test]
async fn deleting_ends_every_tag() {
    let service = Service::start().await;
    push(&service, "1.0,latest", &image()).await;
    let other = service.library("bob");
    let error = other.delete_image(&path(), "1.0", Some("amd64")).await;
    let error = error.unwrap_err();
    assert!(matches!(error.cause(), Cause::Forbidden { .. }), "{error}");
    let library = service.library("alice");
    library
        .delete_image(&path(), "1.0", Some("amd64"))
        .await
        .unwrap();
    let error = Pulling::new(PATH).run(&library).await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Missing { .. }), "{error}");
    let again = library.delete_image(&path(), "1.0", Some("amd64")).await;
    assert!(matches!(again.unwrap_err().cause(), Cause::Missing { .. }));
}

#[tokio::test]
async fn what_is_private_is_for_its_owner() {
    let service = Service::start().await;
    push(&service, "latest", &image()).await;
    service
        .cloud
        .set(PATH, scs_server::Rule::Private(true))
        .unwrap();
    let error = Pulling::new(PATH)
        .run(&service.library(""))
        .await
        .unwrap_err();
    assert!(was_anonymous(&error), "{error}");
    assert!(error.to_string().contains("one has to sign in"), "{error}");
    let error = Pulling::new(PATH)
        .run(&service.library("bob"))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error.cause(),
            Cause::Missing { .. } | Cause::Forbidden { .. }
        ),
        "{error}"
    );
    Pulling::new(PATH)
        .run(&service.library("alice"))
        .await
        .unwrap();
}

#[tokio::test]
async fn keys_are_published_found_and_fetched() {
    let service = Service::start().await;
    let anna = sifter_testkit::keys::anna().certificate();
    let fingerprint = anna.fingerprint().to_string();
    let server = service.keyserver("");
    for search in [&fingerprint, &fingerprint[24..]] {
        assert_eq!(server.get(&KeySearch::read(search)).await.unwrap(), None);
    }
    server.add(&anna.to_armored()).await.unwrap();
    for search in ["anna", "lab.example", &fingerprint, &fingerprint[24..]] {
        let found = server.search(&KeySearch::read(search), None).await.unwrap();
        assert_eq!(found.keys.len(), 1, "{search}");
        assert!(found.keys[0].fingerprint.eq_ignore_ascii_case(&fingerprint));
    }
    let all = server
        .search_all(&KeySearch::read("lab.example"), 10)
        .await
        .unwrap();
    assert_eq!((all.keys.len(), all.next), (1, None));
    let armour = server
        .get(&KeySearch::read(&fingerprint))
        .await
        .unwrap()
        .unwrap();
    assert!(armour.contains("BEGIN PGP PUBLIC KEY BLOCK"));
    assert_eq!(
        server
            .search(&KeySearch::read("nobody"), None)
            .await
            .unwrap()
            .keys,
        []
    );
    service.keyserver("alice").check_login().await.unwrap();
    let error = server.add("no key").await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Refused { .. }), "{error}");
}
