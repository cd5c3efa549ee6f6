//! A real registry between this room and the real command line: what one pushes, the other pulls and verifies. Skipped
//! loudly where programs are missing.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod libraries;
mod peer;
mod tokens;

use std::{path::Path, sync::Arc, time::Duration};

use oci::{Cause, Digest, Helpers, Login, LoginCheck, LoginFile, Pull, Push, Reference, Registry};
use peer::{Peer, skopeo};
use sifter_testkit::registry::{PASSWORD, Registry as Server, USER};
use transfer::{Bandwidth, CancellationToken, Limits, Retry, Silent};

pub(crate) fn client() -> oci::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || reqwest::Client::builder().no_proxy();
    oci::Client::open(builder(), builder(), Limits::default(), Retry::default()).unwrap()
}

pub(crate) fn login(password: &str) -> Option<Login> {
    Some(Login::Password {
        user: USER.into(),
        password: password.to_owned().into(),
    })
}

pub(crate) fn registry(server: &Server, login: Option<Login>) -> Registry {
    Registry::new(&client(), server.host.parse().unwrap(), login, false)
}

pub(crate) fn reference(server: &Server, rest: &str) -> Reference {
    format!("oras://{}/{rest}", server.host).parse().unwrap()
}

async fn push(registry: &Registry, to: &Reference, file: &Path) -> oci::Pushed {
    try_push(registry, to, file).await.unwrap()
}

pub(crate) async fn try_push(
    registry: &Registry,
    to: &Reference,
    file: &Path,
) -> Result<oci::Pushed, oci::Error> {
    let bytes = std::fs::read(file).unwrap();
    let title = file.file_name().unwrap().to_string_lossy();
    let tags = [to.tag.clone().unwrap()];
    let push = Push {
        repository: &to.repository,
        tags: &tags,
        file,
        form: oci::Form::Artifact { title: &title },
        size: bytes.len() as u64,
        digest: Digest::of(&bytes),
        piece_size: 4 << 20,
        resume: None,
        on_state: &|_| {},
        bandwidth: Bandwidth::unlimited(),
        progress: Arc::new(Silent),
        stop: CancellationToken::new(),
    };
    registry.push(&push).await
}

pub(crate) async fn pull(registry: &Registry, from: &Reference, target: &Path) {
    let image = registry.resolve(from, Some("amd64")).await.unwrap();
    let pull = Pull {
        image: &image,
        target,
        check: None,
        arriving: None,
        replaces: false,
        part_size: transfer::PART_SIZE,
        connections: 4,
        bandwidth: Bandwidth::unlimited(),
        progress: Arc::new(Silent),
        stop: CancellationToken::new(),
    };
    registry.pull(&pull).await.unwrap();
}

#[tokio::test]
async fn a_real_registry_keeps_and_lists_images() {
    let Some(server) = Server::open() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blast.sif");
    std::fs::write(
        &file,
        sifter_testkit::images::with_partition(&vec![7; 20 << 20]),
    )
    .unwrap();
    let registry = registry(&server, None);
    assert_eq!(registry.check_login().await.unwrap(), LoginCheck::NotAsked);
    let to = reference(&server, "lab/blast:2.15");
    assert!(!push(&registry, &to, &file).await.was_there);
    assert!(
        push(&registry, &reference(&server, "lab/blast:latest"), &file)
            .await
            .was_there
    );
    // A repository of another name has to be sent the bytes anew.
    assert!(
        !push(&registry, &reference(&server, "lab/other:1"), &file)
            .await
            .was_there
    );
    let back = folder.path().join("back.sif");
    pull(&registry, &to, &back).await;
    assert!(std::fs::read(&back).unwrap() == std::fs::read(&file).unwrap());
    let mut tags = registry.tags(&to.repository).await.unwrap();
    tags.sort();
    assert_eq!(tags, ["2.15", "latest"]);
    let missing = registry
        .resolve(&reference(&server, "lab/blast:3"), None)
        .await
        .unwrap_err();
    assert!(missing.is_missing(), "{missing}");
    let nobody = registry
        .tags(&reference(&server, "lab/nobody").repository)
        .await
        .unwrap_err();
    assert!(nobody.is_missing(), "{nobody}");
}

#[tokio::test]
async fn a_real_registry_asks_for_a_login() {
    let Some(server) = Server::with_login() else {
        return;
    };
    let right = registry(&server, login(PASSWORD));
    assert_eq!(right.check_login().await.unwrap(), LoginCheck::Accepted);
    let wrong = registry(&server, login("wrong"))
        .check_login()
        .await
        .unwrap_err();
    assert!(
        matches!(
            wrong.cause(),
            Cause::SignIn {
                was_anonymous: false,
                ..
            }
        ),
        "{wrong}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.sif");
    std::fs::write(&file, sifter_testkit::images::plain()).unwrap();
    let to = reference(&server, "lab/a:1");
    push(&right, &to, &file).await;
    pull(&right, &to, &folder.path().join("back.sif")).await;
    let none = registry(&server, None)
        .resolve(&to, None)
        .await
        .unwrap_err();
    assert!(
        matches!(
            none.cause(),
            Cause::SignIn {
                was_anonymous: true,
                ..
            }
        ),
        "{none}"
    );
}

#[tokio::test]
async fn skopeo_reads_what_was_pushed_and_an_oci_image_is_recognised() {
    let Some(server) = Server::open() else {
        return;
    };
    if !peer::has_skopeo() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.sif");
    std::fs::write(&file, sifter_testkit::images::plain()).unwrap();
    let registry = registry(&server, None);
    let pushed = push(&registry, &reference(&server, "lab/a:1"), &file).await;
    let place = format!("docker://{}/lab/a", server.host);
    let raw = skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("{place}:1"),
    ])
    .await;
    assert_eq!(
        Digest::of(raw.stdout.as_bytes()),
        pushed.reference.digest.unwrap()
    );
    let tags = skopeo(&["list-tags", "--tls-verify=false", &place]).await;
    assert!(tags.stdout.contains("\"1\""), "{tags:?}");
    let layout = peer::oci_layout(folder.path());
    let image = format!("docker://{}/lab/image:1", server.host);
    skopeo(&["copy", "--dest-tls-verify=false", &layout, &image]).await;
    let error = registry
        .resolve(&reference(&server, "lab/image:1"), None)
        .await
        .unwrap_err();
    assert!(matches!(error.cause(), Cause::OciImage), "{error}");
}

#[tokio::test]
async fn apptainer_and_sifter_pull_and_verify_what_the_other_pushed() {
    let (Some(server), Some(peer)) = (Server::open(), Peer::find()) else {
        return;
    };
    peer.make_signed("signed.sif").await;
    let registry = registry(&server, None);
    let theirs = format!("oras://{}/lab/theirs:1", server.host);
    peer.apptainer(&["push", &peer.inside("signed.sif"), &theirs])
        .await;
    pull(
        &registry,
        &reference(&server, "lab/theirs:1"),
        &peer.path("here.sif"),
    )
    .await;
    assert!(
        std::fs::read(peer.path("here.sif")).unwrap()
            == std::fs::read(peer.path("signed.sif")).unwrap()
    );
    peer.apptainer(&["verify", &peer.inside("here.sif")]).await;

    let ours = reference(&server, "lab/ours:1");
    let pushed = push(&registry, &ours, &peer.path("signed.sif")).await;
    // The same file gets the same manifest from both.
    let found = registry
        .resolve(&reference(&server, "lab/theirs:1"), None)
        .await
        .unwrap();
    assert_eq!(found.reference.digest, pushed.reference.digest);
    let from = format!("oras://{ours}");
    peer.apptainer(&["pull", "--disable-cache", &peer.inside("there.sif"), &from])
        .await;
    peer.apptainer(&["verify", &peer.inside("there.sif")]).await;
}

#[tokio::test]
async fn apptainer_and_sifter_share_the_logins_of_registries() {
    let (Some(server), Some(peer)) = (Server::with_login(), Peer::find()) else {
        return;
    };
    peer.make_image("a.sif").await;
    let to = format!("oras://{}/lab/a:1", server.host);
    let push = async || {
        peer.run(&["push", "-U", &peer.inside("a.sif"), &to], "")
            .await
    };
    assert_ne!(push().await.exit, 0);
    // Written here, used there.
    let path = peer.path("config/docker-config.json");
    let host = server.host.parse().unwrap();
    let helpers = Helpers::new("".into(), Duration::from_secs(10));
    let mut file = LoginFile::read(&path).unwrap();
    file.store(&host, USER, &PASSWORD.to_owned().into(), &helpers)
        .await
        .unwrap();
    let pushed = push().await;
    assert_eq!(pushed.exit, 0, "{pushed:?}");
    file.erase(&host, &helpers).await.unwrap();
    assert_ne!(push().await.exit, 0);
    // Written there, used here.
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
    let file = LoginFile::read(&path).unwrap();
    let found = file.find_host(&host, &helpers).await.unwrap();
    assert!(found.is_some());
    let check = registry(&server, found).check_login().await;
    assert_eq!(check.unwrap(), LoginCheck::Accepted);
}
