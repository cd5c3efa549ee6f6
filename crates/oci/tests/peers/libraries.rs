//! A library that keeps its images in a real registry with tokens, and the real command line that pushes to it and pulls
//! from it: what one side puts there, the other finds.

use std::sync::{Arc, Mutex, OnceLock};

use oci::{Digest, Form, LibraryImage, Login, Push, Reference, Registry};
use sifter_testkit::{
    http::{Answer, HttpServer, Request},
    issuer::TokenIssuer,
    registry::Registry as Server,
};
use transfer::{Bandwidth, CancellationToken, Silent};

use crate::{client, peer::Peer};

const TOKEN: &str = "of-the-library";

/// What a library knows: its own address, where its registry is, and the image that it tells of.
struct Library {
    own: OnceLock<String>,
    registry: String,
    issuer: TokenIssuer,
    image: Mutex<Option<(Digest, usize)>>,
}

impl Library {
    fn answer(&self, request: &Request) -> Answer {
        let own = self.own.get().unwrap();
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let json = |text: String| Answer::new(200, text).with("Content-Type", "application/json");
        match path {
            "/assets/config/config.prod.json" => json(format!(
                r#"{{"libraryAPI":{{"uri":"{own}"}},"tokenAPI":{{"uri":"{own}"}},"keystoreAPI":{{"uri":"{own}"}}}}"#
            )),
            "/version" => {
                json(r#"{"data":{"version":"v1.0.0","apiVersion":"2.0.0-alpha.2"}}"#.into())
            }
            "/v1/oci-redirect" => {
                let name = query
                    .split('&')
                    .find_map(|pair| pair.strip_prefix("namespace="))
                    .unwrap_or_default()
                    .replace("%2F", "/");
                json(format!(
                    r#"{{"token":"{}","url":"http://{}","name":"{name}"}}"#,
                    self.issuer.given(&name, 300),
                    self.registry
                ))
            }
            _ if path.starts_with("/v1/images/lab/tools/ours:") => {
                let (digest, size) = self.image.lock().unwrap().unwrap();
                let digits = digest.to_string().split_off("sha256:".len());
                json(format!(
                    r#"{{"data":{{"id":"1","hash":"sha256.{digits}","size":{size},"uploaded":true,"arch":"amd64"}}}}"#
                ))
            }
            _ => Answer::new(404, r#"{"error":{"code":404,"message":"not here"}}"#),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apptainer_and_sifter_meet_behind_a_library() {
    let issuer = TokenIssuer::start().await;
    let (Some(server), Some(peer)) = (Server::with_tokens(&issuer), Peer::find()) else {
        return;
    };
    let library = Arc::new(Library {
        own: OnceLock::new(),
        registry: server.host.clone(),
        issuer,
        image: Mutex::default(),
    });
    let asked = Arc::clone(&library);
    let web = HttpServer::start(move |request| asked.answer(request)).await;
    library.own.set(web.url("")).unwrap();
    peer.use_remote(&web.url(""), Some(TOKEN));
    peer.make_signed("signed.sif").await;
    let bytes = std::fs::read(peer.path("signed.sif")).unwrap();
    let digest = Digest::of(&bytes);
    let at = |name: &str| {
        let login = Login::Bearer(library.issuer.given(name, 300).into());
        let url = format!("http://{}", server.host).parse().unwrap();
        Registry::at(&client(), &url, Some(login), false).unwrap()
    };
    let named = |name: &str| -> Reference {
        format!("oras://{}/{name}:1.0", server.host)
            .parse()
            .unwrap()
    };

    let theirs = "library://lab/tools/theirs:1.0";
    peer.apptainer(&["push", &peer.inside("signed.sif"), theirs])
        .await;
    let name = "lab/tools/theirs";
    let found = at(name).resolve(&named(name), Some("amd64")).await.unwrap();
    assert_eq!(found.digest, digest);

    let name = "lab/tools/ours";
    let push = Push {
        repository: &named(name).repository,
        tags: &["1.0".to_owned()],
        file: &peer.path("signed.sif"),
        form: Form::Library(LibraryImage {
            architecture: "amd64",
            description: "",
            is_signed: true,
            is_encrypted: false,
        }),
        size: bytes.len() as u64,
        digest,
        piece_size: 4096,
        resume: None,
        on_state: &|_| {},
        bandwidth: Bandwidth::unlimited(),
        progress: Arc::new(Silent),
        stop: CancellationToken::new(),
    };
    at(name).push(&push).await.unwrap();
    *library.image.lock().unwrap() = Some((digest, bytes.len()));
    let there = peer.inside("there.sif");
    let ours = "library://lab/tools/ours:1.0";
    peer.apptainer(&["pull", "--disable-cache", &there, ours])
        .await;
    assert!(std::fs::read(peer.path("there.sif")).unwrap() == bytes);
    peer.apptainer(&["verify", &there]).await;
    // What it read lay in the registry: the library sent no bytes.
    let seen = web.seen();
    let asked = |start: &str| seen.iter().any(|request| request.path.starts_with(start));
    assert!(
        asked("/v1/oci-redirect") && !asked("/v1/imagefile"),
        "{seen:?}"
    );
}
