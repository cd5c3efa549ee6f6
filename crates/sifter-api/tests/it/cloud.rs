//! The embedded cloud: started when something asks for it, for one person, ended with the program.

use scs_client::{Connection, Login, TokenState, Tokens};
use sifter_api::{ErrorCode, remotes::CloudView, units::RemoteId};

use crate::{
    desk::code,
    lab::{Person, files_with},
};

async fn is_good(view: &CloudView, token: &str) -> bool {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Connection::default().open().unwrap();
    let url = format!("http://{}", view.address.clone().unwrap());
    let login = Login::Token(token.to_owned().into());
    let tokens = Tokens::new(&client, &url, Some(login)).unwrap();
    matches!(tokens.state().await, TokenState::Valid)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_when_asked_and_keeps_its_port_and_its_tokens() {
    let person = Person::new();
    let view = person.sifter.cloud().await.unwrap();
    assert!(view.is_running);
    assert_eq!(
        (view.images, view.tokens.len()),
        (0, 0),
        "its own is not shown"
    );
    assert!(view.commands[0].contains("SINGULARITY_CONFIGDIR"));
    let port = view.address.clone().unwrap();
    let port = port.rsplit(':').next().unwrap();
    assert!(
        view.commands
            .iter()
            .any(|line| line.contains(&format!("localhost:{port}")))
    );
    let here = person.view(&RemoteId::this_computer()).await;
    assert_eq!(Some(here.address), view.address);
    assert!(here.services.is_some());

    let (token, secret) = person
        .sifter
        .new_cloud_token("the cluster".into(), Some(30))
        .await
        .unwrap();
    assert!(
        secret.expose().len() >= 200,
        "the command line takes it from a file"
    );
    assert!(is_good(&view, secret.expose()).await);
    assert!(!is_good(&view, "sifter.x.y").await);
    assert_eq!(files_with(person.home.path(), secret.expose()).len(), 0);
    for bad in ["", "two\nlines"] {
        let refused = person.sifter.new_cloud_token(bad.into(), None).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::InputInvalid);
    }

    let person = person.restart();
    let again = person.sifter.cloud().await.unwrap();
    assert_eq!(again.address, view.address);
    assert_eq!(again.tokens.len(), 1);
    assert_eq!(again.tokens[0].name, "the cluster");
    assert!(again.tokens[0].expires.is_some());
    assert!(is_good(&again, secret.expose()).await);
    person
        .sifter
        .revoke_cloud_token(token.id.clone())
        .await
        .unwrap();
    assert!(!is_good(&again, secret.expose()).await);
    let twice = person.sifter.revoke_cloud_token(token.id).await;
    assert_eq!(code(&twice.unwrap_err()), "handle-unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_program_uses_the_one_that_runs() {
    let person = Person::new();
    let first = person.sifter.cloud().await.unwrap();
    let second = person.another();
    let there = second.cloud().await.unwrap();
    assert_eq!(there.address, first.address);
    // Its token is good: a key can be published with it.
    let (_, secret) = second
        .new_cloud_token("of the second".into(), None)
        .await
        .unwrap();
    assert!(is_good(&first, secret.expose()).await);
    assert_eq!(person.sifter.cloud().await.unwrap().tokens.len(), 1);

    // When the first ends, the second goes on with the folder.
    let Person { home, sifter, .. } = person;
    drop(sifter);
    let now = second.cloud().await.unwrap();
    assert_eq!(now.address, first.address);
    assert!(is_good(&now, secret.expose()).await);
    drop(second);
    let folder = home.path().join("data/cloud");
    let opened = scs_server::Cloud::open(scs_server::Settings::new(folder));
    assert!(opened.is_ok(), "nobody holds it: {opened:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_somebody_else_holds_is_told() {
    let person = Person::new();
    let folder = person.home.path().join("data/cloud");
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let held = scs_server::Cloud::open(scs_server::Settings::new(folder)).unwrap();
    let refused = person.sifter.cloud().await.unwrap_err();
    assert_eq!(code(&refused), "cloud-in-use");
    assert!(refused.retryable);
    drop(held);
    assert!(person.sifter.cloud().await.unwrap().is_running);
}
