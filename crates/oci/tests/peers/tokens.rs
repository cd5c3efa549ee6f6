//! A real registry that asks for tokens, a service that gives them, and what a login may and may not do there.

use oci::{Cause, Login, LoginCheck};
use sifter_testkit::{
    images,
    issuer::{IDENTITY, TokenIssuer},
    registry::{PASSWORD, Registry as Server, USER},
};

use crate::{login, peer::Peer, pull, reference, registry, try_push};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_given_for_a_login_and_for_what_it_may_do() {
    let issuer = TokenIssuer::start().await;
    let Some(server) = Server::with_tokens(&issuer) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blast.sif");
    std::fs::write(&file, images::with_partition(&vec![7; 20 << 20])).unwrap();
    let anna = registry(&server, login(PASSWORD));
    assert_eq!(anna.check_login().await.unwrap(), LoginCheck::Accepted);
    // The file goes in pieces, each with a token.
    let to = reference(&server, "lab/blast:1");
    assert!(!try_push(&anna, &to, &file).await.unwrap().was_there);
    pull(&anna, &to, &folder.path().join("back.sif")).await;
    assert!(
        std::fs::read(folder.path().join("back.sif")).unwrap() == std::fs::read(&file).unwrap()
    );
    assert_eq!(anna.tags(&to.repository).await.unwrap(), ["1"]);
    // A token from a browser does the same.
    let identity = Some(Login::Identity(IDENTITY.to_owned().into()));
    let by_identity = registry(&server, identity);
    assert_eq!(
        by_identity.check_login().await.unwrap(),
        LoginCheck::Accepted
    );
    by_identity.resolve(&to, None).await.unwrap();
    // What is public may be pulled by anybody.
    let shown = reference(&server, "public/blast:1");
    try_push(&anna, &shown, &file).await.unwrap();
    let nobody = registry(&server, None);
    nobody.resolve(&shown, None).await.unwrap();

    let refused = registry(&server, login("wrong")).check_login().await;
    let refused = refused.unwrap_err();
    let is_sign_in = |error: &oci::Error, anonymous| matches!(error.cause(), Cause::SignIn { was_anonymous, .. } if *was_anonymous == anonymous);
    assert!(is_sign_in(&refused, false), "{refused}");
    let private = nobody.resolve(&to, None).await.unwrap_err();
    assert!(is_sign_in(&private, true), "{private}");
    let pushed = try_push(&nobody, &shown, &file).await.unwrap_err();
    assert!(is_sign_in(&pushed, true), "{pushed}");
    // The login is right, and not enough: signing in again would not help.
    for place in ["shown/blast:1", "hidden/blast:1"] {
        let denied = try_push(&anna, &reference(&server, place), &file).await;
        let denied = denied.unwrap_err();
        assert!(
            matches!(denied.cause(), Cause::Forbidden { .. }),
            "{denied}"
        );
    }
    let seen = issuer.seen();
    assert!(seen.iter().all(|request| !request.path.contains(PASSWORD)));
}

#[tokio::test(flavor = "multi_thread")]
async fn apptainer_and_sifter_meet_at_a_registry_with_tokens() {
    let issuer = TokenIssuer::start().await;
    let (Some(server), Some(peer)) = (Server::with_tokens(&issuer), Peer::find()) else {
        return;
    };
    peer.make_signed("signed.sif").await;
    let address = format!("oras://{}", server.host);
    let arguments = [
        "registry",
        "login",
        "--username",
        USER,
        "--password-stdin",
        &address,
    ];
    let said = peer.run(&arguments, PASSWORD).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let anna = registry(&server, login(PASSWORD));
    let theirs = format!("{address}/lab/theirs:1");
    peer.apptainer(&["push", &peer.inside("signed.sif"), &theirs])
        .await;
    pull(
        &anna,
        &reference(&server, "lab/theirs:1"),
        &peer.path("here.sif"),
    )
    .await;
    let ours = reference(&server, "lab/ours:1");
    try_push(&anna, &ours, &peer.path("signed.sif"))
        .await
        .unwrap();
    let from = format!("oras://{ours}");
    peer.apptainer(&["pull", "--disable-cache", &peer.inside("there.sif"), &from])
        .await;
    for name in ["here.sif", "there.sif"] {
        peer.apptainer(&["verify", &peer.inside(name)]).await;
    }
}
