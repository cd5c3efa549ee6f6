//! The real `apptainer`, the official Go clients and GnuPG as clients of the embedded cloud. Skipped loudly where they are not.
#![allow(clippy::unwrap_used, reason = "a failed test should stop")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

#[path = "../it/support.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod support;

mod behind;
mod go;
mod gpg;
mod lists;

use sifter_testkit::peers::Peer;
use support::{Server, hash_of, start};

/// A cloud, and an `apptainer` whose only remote it is.
async fn pair(token: bool) -> Option<(Server, Peer)> {
    let peer = Peer::find()?;
    let server = start().await;
    peer.use_remote(&url(&server), token.then_some(server.token.as_str()));
    Some((server, peer))
}

/// A chroot may have no name for this machine.
fn url(server: &Server) -> String {
    format!("http://127.0.0.1:{}", server.port)
}

#[tokio::test(flavor = "multi_thread")]
async fn apptainer_pushes_pulls_searches_and_deletes() {
    let Some((server, peer)) = pair(true).await else {
        return;
    };
    let status = peer.apptainer(&["remote", "status"]).await;
    assert!(
        status.stdout.contains("Valid authentication token set"),
        "{status:?}"
    );
    let image = sifter_testkit::images::plain();
    std::fs::write(peer.path("hello.sif"), &image).unwrap();
    let reference = "library://alice/tools/hello:1.0,latest";
    peer.apptainer(&[
        "push",
        "-U",
        "-D",
        "from a peer",
        &peer.inside("hello.sif"),
        reference,
    ])
    .await;
    // What it pushed is here, whole.
    let here = server
        .get("/v1/images/alice/tools/hello:1.0?arch=amd64")
        .await
        .data();
    assert_eq!(here["hash"], hash_of(&image));
    assert_eq!(here["description"], "from a peer");
    assert_eq!(here["tags"], serde_json::json!(["1.0", "latest"]));
    // Once more: nothing is sent.
    peer.apptainer(&[
        "push",
        "-U",
        &peer.inside("hello.sif"),
        "library://alice/tools/hello:2.0",
    ])
    .await;
    for (name, reference) in [
        (
            "by-tag.sif",
            "library://alice/tools/hello:latest".to_owned(),
        ),
        (
            "by-hash.sif",
            format!("library://alice/tools/hello:{}", hash_of(&image)),
        ),
    ] {
        peer.apptainer(&[
            "pull",
            "--disable-cache",
            "-U",
            "--arch",
            "amd64",
            &peer.inside(name),
            &reference,
        ])
        .await;
        assert!(std::fs::read(peer.path(name)).unwrap() == image, "{name}");
    }
    let found = peer
        .apptainer(&["search", "--arch", "amd64", "hello"])
        .await;
    assert!(
        found
            .stdout
            .contains("library://alice/tools/hello:1.0,2.0,latest"),
        "{found:?}"
    );
    let nothing = peer
        .run(
            &[
                "pull",
                "-U",
                &peer.inside("x.sif"),
                "library://alice/tools/nothing:latest",
            ],
            "",
        )
        .await;
    assert_ne!(nothing.exit, 0);
    peer.apptainer(&[
        "delete",
        "-F",
        "-A",
        "amd64",
        "library://alice/tools/hello:latest",
    ])
    .await;
    assert_eq!(
        server.get("/v1/images/alice/tools/hello:1.0").await.status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn apptainer_uses_tags_as_registries_have_them() {
    let Some((server, peer)) = pair(true).await else {
        return;
    };
    let image = sifter_testkit::images::plain();
    std::fs::write(peer.path("samtools.sif"), &image).unwrap();
    let place = "library://alice/bio/samtools";
    let to = format!("{place}:1.16.1--h6899075_1,V2");
    peer.apptainer(&["push", "-U", &peer.inside("samtools.sif"), &to])
        .await;
    for tag in ["1.16.1--h6899075_1", "V2"] {
        let (target, from) = (peer.inside(tag), format!("{place}:{tag}"));
        let how = ["pull", "--disable-cache", "-U", "--arch", "amd64"];
        peer.apptainer(&[&how[..], &[&target, &from]].concat())
            .await;
        assert!(std::fs::read(peer.path(tag)).unwrap() == image, "{tag}");
    }
    // What it says where the container is can be opened.
    let said = server.anonymous("/library/alice/bio/samtools").await;
    assert_eq!(said.status, 200);
    let other = [
        "delete",
        "--force",
        "--arch",
        "arm64",
        &format!("{place}:V2"),
    ];
    assert_ne!(peer.run(&other, "").await.exit, 0);
    let own = [
        "delete",
        "--force",
        "--arch",
        "amd64",
        &format!("{place}:V2"),
    ];
    peer.apptainer(&own).await;
    assert_ne!(peer.run(&own, "").await.exit, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn apptainer_pushes_in_parts_and_pulls_what_we_pushed() {
    let Some((server, peer)) = pair(true).await else {
        return;
    };
    let large = sifter_testkit::images::with_partition(&support::bytes(70 << 20, 3));
    std::fs::write(peer.path("large.sif"), &large).unwrap();
    peer.apptainer(&[
        "push",
        "-U",
        &peer.inside("large.sif"),
        "library://alice/tools/large:latest",
    ])
    .await;
    let here = server.get("/v1/imagefile/alice/tools/large:latest").await;
    assert!(here.body == large);
    let own = sifter_testkit::images::two_groups();
    server.push("alice/tools/own", "latest", &own).await;
    peer.apptainer(&[
        "pull",
        "-U",
        "--arch",
        "amd64",
        &peer.inside("own.sif"),
        "library://alice/tools/own:latest",
    ])
    .await;
    assert!(std::fs::read(peer.path("own.sif")).unwrap() == own);
    assert_eq!(
        server
            .cloud
            .fsck(scs_server::Depth::Bytes)
            .unwrap()
            .problems,
        []
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_so_and_nothing_is_pushed() {
    let Some((server, peer)) = pair(false).await else {
        return;
    };
    let image = sifter_testkit::images::plain();
    std::fs::write(peer.path("hello.sif"), &image).unwrap();
    let refused = peer
        .run(
            &[
                "push",
                "-U",
                &peer.inside("hello.sif"),
                "library://alice/tools/hello:1.0",
            ],
            "",
        )
        .await;
    assert_ne!(refused.exit, 0);
    server.push("alice/tools/open", "latest", &image).await;
    server.push("alice/tools/closed", "latest", &image).await;
    server
        .cloud
        .set("alice/tools/closed", scs_server::Rule::Private(true))
        .unwrap();
    let pull = async |name: &str| {
        let reference = format!("library://alice/tools/{name}:latest");
        peer.run(
            &[
                "pull",
                "--disable-cache",
                "-U",
                "--arch",
                "amd64",
                &peer.inside(&format!("{name}.sif")),
                &reference,
            ],
            "",
        )
        .await
    };
    let open = pull("open").await;
    assert_eq!(open.exit, 0, "{open:?}");
    let closed = pull("closed").await;
    assert_ne!(closed.exit, 0);
    peer.use_remote(&url(&server), Some(&format!("{}x", server.token)));
    let status = peer.run(&["remote", "status"], "").await;
    assert!(format!("{status:?}").contains("nvalid"), "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn apptainer_publishes_finds_and_fetches_keys() {
    let Some((server, peer)) = pair(true).await else {
        return;
    };
    let anna = sifter_testkit::keys::anna().certificate();
    std::fs::write(peer.path("anna.asc"), anna.to_armored()).unwrap();
    peer.apptainer(&["key", "import", &peer.inside("anna.asc")])
        .await;
    let fingerprint = anna.fingerprint().to_string();
    peer.apptainer(&["key", "push", &fingerprint]).await;
    for search in ["lab.example", &fingerprint, &fingerprint[24..]] {
        let found = peer.apptainer(&["key", "search", "-l", search]).await;
        assert!(
            found.stdout.contains(&fingerprint) && found.stdout.contains("Anna Ruiz"),
            "{search}: {found:?}"
        );
    }
    // Another way to write an id is the same id; a short one is enough.
    for id in [&fingerprint[32..], &fingerprint[24..].to_lowercase()] {
        let found = peer.apptainer(&["key", "search", id]).await;
        assert!(found.stdout.contains("Anna Ruiz"), "{id}: {found:?}");
    }
    let made = [
        "key",
        "newpair",
        "--name",
        "Jörg Müller",
        "--comment",
        "ä: %+",
    ];
    let rest = ["--email", "jm@lab.example", "--password", "", "--push=true"];
    peer.apptainer(&[&made[..], &rest[..]].concat()).await;
    for text in ["Jörg", "jörg müller", "ä: %+", "JM@lab"] {
        let found = peer.apptainer(&["key", "search", text]).await;
        let is_there = found
            .stdout
            .contains("Jörg Müller (ä: %+) <jm@lab.example>");
        assert!(is_there, "{text}: {found:?}");
    }
    let nothing = peer.run(&["key", "search", "nobody"], "").await;
    assert!(!nothing.stdout.contains(&fingerprint), "{nothing:?}");
    let tom = sifter_testkit::keys::tom().certificate();
    let request = server.request("POST", "/pks/add").body(format!(
        "keytext={}",
        percent_encoding::utf8_percent_encode(
            &tom.to_armored(),
            percent_encoding::NON_ALPHANUMERIC
        )
    ));
    assert_eq!(request.send().await.unwrap().status(), 200);
    peer.apptainer(&["key", "pull", &tom.fingerprint().to_string()])
        .await;
    let listed = peer.apptainer(&["key", "list"]).await;
    assert!(listed.stdout.contains("Tom Berg"), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gnupg_sends_and_receives_keys() {
    let server = start().await;
    let Some(gpg) = gpg::Gpg::find() else {
        return;
    };
    let anna = sifter_testkit::keys::anna().certificate();
    let fingerprint = anna.fingerprint().to_string();
    let file = gpg.path("anna.asc");
    std::fs::write(&file, anna.to_armored()).unwrap();
    let keyserver = format!("hkp://127.0.0.1:{}", server.port);
    assert_eq!(gpg.run(&["--import", &file]).await.exit, 0);
    let sent = gpg
        .run(&["--keyserver", &keyserver, "--send-keys", &fingerprint])
        .await;
    assert_eq!(sent.exit, 0, "{sent:?}");
    assert_eq!(
        gpg.run(&["--yes", "--delete-keys", &fingerprint])
            .await
            .exit,
        0
    );
    let received = gpg
        .run(&["--keyserver", &keyserver, "--recv-keys", &fingerprint])
        .await;
    assert_eq!(received.exit, 0, "{received:?}");
    assert!(
        gpg.run(&["--list-keys", "--with-colons"])
            .await
            .stdout
            .contains(&fingerprint)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_go_clients_see_no_difference() {
    let Some(peer) = go::GoPeer::build().await else {
        return;
    };
    let server = start().await;
    let small = sifter_testkit::images::plain();
    std::fs::write(peer.path("small.sif"), &small).unwrap();
    let large = sifter_testkit::images::with_partition(&support::bytes(70 << 20, 5));
    std::fs::write(peer.path("large.sif"), &large).unwrap();
    let other = sifter_testkit::images::two_groups();
    std::fs::write(peer.path("other.sif"), &other).unwrap();
    let anna = sifter_testkit::keys::anna().certificate();
    let tom = sifter_testkit::keys::tom().certificate();
    for (name, key) in [("key.asc", &anna), ("other.asc", &tom)] {
        std::fs::write(peer.path(name), key.to_armored()).unwrap();
    }
    let hidden = support::bytes(1000, 9);
    server.push("alice/hidden/secret", "1.0", &hidden).await;
    let is_set = server
        .cloud
        .set("alice/hidden/secret", scs_server::Rule::Private(true));
    assert!(is_set.unwrap());
    let said = peer.run(&server, &anna.fingerprint().to_string()).await;
    assert_eq!(said.exit, 0, "{said:?}");
    assert_eq!(said.stdout.lines().count(), 18, "{said:?}");
    // What is left of it on this side.
    let here = server
        .get("/v1/images/alice/tools/small:2.0?arch=amd64")
        .await
        .data();
    assert_eq!(here["hash"], hash_of(&small));
    assert_eq!(here["description"], "from the official client");
    let checked = server.cloud.fsck(scs_server::Depth::Bytes).unwrap();
    assert_eq!((checked.files, checked.problems), (3, vec![]));
}
