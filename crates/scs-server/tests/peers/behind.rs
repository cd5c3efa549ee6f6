//! The real command line with a cloud behind a proxy that ends TLS.

use scs_server::bind_loopback;
use sifter_testkit::{peers::Peer, tls::TlsServer};

use crate::support::{hash_of, start_served};

#[tokio::test(flavor = "multi_thread")]
async fn apptainer_works_through_a_proxy() {
    let Some(peer) = Peer::find() else {
        return;
    };
    let listeners = bind_loopback(0).await.unwrap();
    let port = listeners[0].local_addr().unwrap().port();
    let proxy = TlsServer::before(port, &["127.0.0.1"]).await;
    let public = format!("https://127.0.0.1:{}", proxy.port);
    let server = start_served(listeners, Some(public.parse().unwrap()));
    peer.use_encrypted_remote(&public, &server.token, &proxy.certificate);
    let status = peer.apptainer(&["remote", "status"]).await;
    assert!(
        status.stdout.contains("Valid authentication token set"),
        "{status:?}"
    );
    let image = sifter_testkit::images::plain();
    std::fs::write(peer.path("hello.sif"), &image).unwrap();
    let reference = "library://alice/tools/hello:latest";
    let pushed = peer
        .apptainer(&["push", "-U", &peer.inside("hello.sif"), reference])
        .await;
    assert!(!format!("{pushed:?}").contains("http://"), "{pushed:?}");
    let here = server.get("/v1/images/alice/tools/hello:latest").await;
    assert_eq!(here.data()["hash"], hash_of(&image));
    let how = ["pull", "--disable-cache", "-U", "--arch", "amd64"];
    let target = peer.inside("pulled.sif");
    peer.apptainer(&[&how[..], &[&target, reference]].concat())
        .await;
    assert!(std::fs::read(peer.path("pulled.sif")).unwrap() == image);
    let anna = sifter_testkit::keys::anna().certificate();
    std::fs::write(peer.path("anna.asc"), anna.to_armored()).unwrap();
    peer.apptainer(&["key", "import", &peer.inside("anna.asc")])
        .await;
    let fingerprint = anna.fingerprint().to_string();
    peer.apptainer(&["key", "push", &fingerprint]).await;
    let found = peer.apptainer(&["key", "search", "lab.example"]).await;
    assert!(found.stdout.contains("Anna Ruiz"), "{found:?}");
}
