//! The list of remotes: written by us and read by the real command line, and the other way round.

use remotes::{Remote, RemotesFile};
use sifter_testkit::peers::Peer;

use crate::support::{Server, start};

const NAME: &str = "Lab";

fn own(server: &Server, token: Option<&str>) -> Remote {
    Remote {
        uri: format!("http://127.0.0.1:{}", server.port),
        token: token.map(|token| token.to_owned().into()),
        insecure: true,
        ..Remote::default()
    }
}

fn write(peer: &Peer, change: impl Fn(&mut RemotesFile)) {
    remotes::change(&peer.path("config/remote.yaml"), change).unwrap();
}

fn read(peer: &Peer) -> RemotesFile {
    let file = remotes::read(&peer.path("config/remote.yaml")).unwrap();
    file.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn apptainer_takes_the_list_that_we_write() {
    let Some(peer) = Peer::find() else {
        return;
    };
    let server = start().await;
    write(&peer, |file| {
        file.remotes.insert(NAME.into(), own(&server, None));
        file.active = NAME.into();
    });
    let listed = peer.apptainer(&["remote", "list"]).await;
    assert!(listed.stdout.contains(NAME), "{listed:?}");
    // A login that it makes is one that we read, and the rest stays.
    std::fs::write(peer.path("token"), &server.token).unwrap();
    let file = peer.inside("token");
    peer.apptainer(&["remote", "login", "--tokenfile", &file, NAME])
        .await;
    let lab = read(&peer).remotes[NAME].clone();
    assert!(is_token(&lab, &server.token));
    assert_eq!((lab.uri, lab.insecure), (own(&server, None).uri, true));
    let status = peer.apptainer(&["remote", "status", NAME]).await;
    assert!(
        status.stdout.contains("Valid authentication token set"),
        "{status:?}"
    );
    // And one that we write is one that it uses.
    peer.apptainer(&["remote", "logout", NAME]).await;
    assert!(read(&peer).remotes[NAME].token.is_none());
    write(&peer, |file| {
        file.remotes
            .insert(NAME.into(), own(&server, Some(&server.token)));
    });
    let status = peer.apptainer(&["remote", "status", NAME]).await;
    assert!(
        status.stdout.contains("Valid authentication token set"),
        "{status:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn we_take_the_list_that_apptainer_writes() {
    let Some(peer) = Peer::find() else {
        return;
    };
    for (name, address) in [
        ("one", "https://one.example.org"),
        ("two", "two.example.org"),
    ] {
        peer.apptainer(&["remote", "add", "--no-login", name, address])
            .await;
    }
    peer.apptainer(&["remote", "use", "two"]).await;
    let file = read(&peer);
    assert_eq!(file.active, "two");
    assert_eq!(file.remotes["one"].uri, "one.example.org");
    // What we change leaves the rest as it was, for both.
    let before = file.remotes["one"].clone();
    write(&peer, |file| {
        file.remotes.remove("two");
        file.active = "one".into();
    });
    assert_eq!(read(&peer).remotes["one"].uri, before.uri);
    let listed = peer.apptainer(&["remote", "list"]).await;
    assert!(
        listed.stdout.contains("one") && !listed.stdout.contains("two.example"),
        "{listed:?}"
    );
}

fn is_token(remote: &Remote, token: &str) -> bool {
    use secrecy::ExposeSecret;
    remote
        .token
        .as_ref()
        .is_some_and(|kept| kept.expose_secret() == token)
}
