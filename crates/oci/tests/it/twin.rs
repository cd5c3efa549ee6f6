//! A registry in memory, with the ways in which real ones ask for a login.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, Once},
    time::Duration,
};

use oci::{Client, Digest, Login, MANIFEST, Reference, Registry};
use sifter_testkit::http::{Answer, HttpServer, IMPATIENCE, Request};
use transfer::{Limits, Retry};

pub(crate) const USER: &str = "anna";
pub(crate) const PASSWORD: &str = "open-sesame-of-anna";
/// `anna:open-sesame-of-anna`.
pub(crate) const BASIC: &str = "Basic YW5uYTpvcGVuLXNlc2FtZS1vZi1hbm5h";
pub(crate) const TOKEN: &str = "token-for-anna";

/// What a registry asks of those who come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    Basic,
    /// Tokens are given at this address.
    Tokens(String),
    /// The texts of `WWW-Authenticate`.
    Odd(String),
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    /// By tag and by digest.
    pub(crate) manifests: BTreeMap<String, (String, Vec<u8>)>,
    /// Tokens given so far; only the last one is good.
    pub(crate) tokens: usize,
    /// What came in pieces.
    pub(crate) upload: Vec<u8>,
    /// Uploads opened so far; only the last one is known.
    pub(crate) opened: usize,
}

/// What is done before the registry answers; an answer of its own ends it.
type Before = dyn Fn(&Request, &mut Store) -> Option<Answer> + Send + Sync;

pub(crate) struct Twin {
    pub(crate) server: HttpServer,
    pub(crate) store: Arc<Mutex<Store>>,
}

impl Twin {
    pub(crate) async fn start(door: Door) -> Self {
        Self::with(door, |_, _| None).await
    }

    pub(crate) async fn with(
        door: Door,
        before: impl Fn(&Request, &mut Store) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let store = Arc::new(Mutex::new(Store::default()));
        let (shared, before): (_, Box<Before>) = (Arc::clone(&store), Box::new(before));
        let server = HttpServer::start(move |request| {
            let mut store = shared.lock().unwrap();
            before(request, &mut store).unwrap_or_else(|| answer(&door, request, &mut store))
        })
        .await;
        Self { server, store }
    }

    pub(crate) fn host(&self) -> String {
        self.server.url("").trim_start_matches("http://").to_owned()
    }

    pub(crate) fn reference(&self, rest: &str) -> Reference {
        format!("oras://{}/{rest}", self.host()).parse().unwrap()
    }

    pub(crate) fn registry(&self, login: Option<Login>) -> Registry {
        Registry::new(&client(), self.host().parse().unwrap(), login, false)
    }

    /// Puts a SIF file under a tag.
    pub(crate) fn put(&self, tag: &str, file: &[u8]) -> Digest {
        let digest = Digest::of(file);
        let manifest = format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"{}","size":2,"digest":"{}"}},"layers":[{{"mediaType":"{}","size":{},"digest":"{digest}"}}]}}"#,
            oci::SIF_CONFIG,
            Digest::of(b"{}"),
            oci::SIF_LAYER,
            file.len(),
        );
        self.put_manifest(tag, MANIFEST, &manifest);
        let mut store = self.store.lock().unwrap();
        store.blobs.insert(digest.to_string(), file.to_vec());
        digest
    }

    pub(crate) fn put_manifest(&self, tag: &str, kind: &str, manifest: &str) -> Digest {
        let digest = Digest::of(manifest.as_bytes());
        let mut store = self.store.lock().unwrap();
        for name in [tag.to_owned(), digest.to_string()] {
            store
                .manifests
                .insert(name, (kind.to_owned(), manifest.as_bytes().to_vec()));
        }
        digest
    }

    /// Method and path of each request, with what it carried.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.server.seen().iter().map(line).collect()
    }
}

pub(crate) fn line(request: &Request) -> String {
    let path = request.path.split('?').next().unwrap_or_default();
    let login = request.header("authorization").unwrap_or("-");
    format!("{} {path} {login}", request.method)
}

pub(crate) fn password() -> Option<Login> {
    Some(Login::Password {
        user: USER.into(),
        password: PASSWORD.to_owned().into(),
    })
}

pub(crate) fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let limits = Limits {
        connect: Duration::from_secs(5),
        head: IMPATIENCE,
        idle: IMPATIENCE,
    };
    let retry = Retry {
        base: Duration::from_micros(50),
        cap: Duration::from_millis(1),
        ..Retry::default()
    };
    let builder = || reqwest::Client::builder().no_proxy();
    Client::open(builder(), builder(), limits, retry).unwrap()
}

pub(crate) fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| u8::try_from((31 * index + (index >> 8)) % 256).unwrap())
        .collect()
}

fn answer(door: &Door, request: &Request, store: &mut Store) -> Answer {
    let login = request.header("authorization");
    let path = request.path.split('?').next().unwrap_or_default();
    if path == "/token" {
        return token(request, store);
    }
    let good = match door {
        Door::Open => true,
        Door::Basic => login == Some(BASIC),
        Door::Tokens(_) => login == Some(&format!("Bearer {TOKEN}-{}", store.tokens)),
        Door::Odd(_) => false,
    };
    if !good {
        let refusal = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
        let challenge = match door {
            Door::Tokens(realm) => format!("Bearer realm=\"{realm}\",service=\"twin\""),
            Door::Odd(text) => text.clone(),
            _ => "Basic realm=\"twin\"".to_owned(),
        };
        return Answer::new(401, refusal)
            .with("Content-Type", "application/json")
            .with("WWW-Authenticate", challenge);
    }
    match path.strip_prefix("/v2/") {
        Some("") => Answer::new(200, "{}").with("Content-Type", "application/json"),
        Some(rest) => repository(request, rest, store),
        None => Answer::new(404, ""),
    }
}

fn token(request: &Request, store: &mut Store) -> Answer {
    let by_identity =
        String::from_utf8_lossy(&request.body).contains("refresh_token=identity-of-anna");
    let is_known = request
        .header("authorization")
        .is_none_or(|login| login == BASIC);
    if !is_known && !by_identity {
        return Answer::new(401, r#"{"details":"incorrect username or password"}"#);
    }
    store.tokens += 1;
    Answer::new(
        200,
        format!(r#"{{"token":"{TOKEN}-{}","expires_in":300}}"#, store.tokens),
    )
}

fn repository(request: &Request, rest: &str, store: &mut Store) -> Answer {
    let missing = || {
        Answer::new(
            404,
            r#"{"errors":[{"code":"UNKNOWN","message":"not known here"}]}"#,
        )
        .with("Content-Type", "application/json")
    };
    if let Some((_, name)) = rest.split_once("/manifests/") {
        if request.method == "PUT" {
            let kind = request
                .header("content-type")
                .unwrap_or_default()
                .to_owned();
            let digest = Digest::of(&request.body).to_string();
            for name in [name, &digest] {
                store
                    .manifests
                    .insert(name.to_owned(), (kind.clone(), request.body.clone()));
            }
            return Answer::new(201, "");
        }
        return match store.manifests.get(name) {
            Some((kind, manifest)) => Answer::new(200, manifest.clone()).with("Content-Type", kind),
            None => missing(),
        };
    }
    if rest.ends_with("/tags/list") {
        let names = store.manifests.keys().filter(|name| !name.contains(':'));
        let tags: Vec<_> = names.map(|name| format!("\"{name}\"")).collect();
        return Answer::new(
            200,
            format!(r#"{{"name":"x","tags":[{}]}}"#, tags.join(",")),
        );
    }
    match (request.method.as_str(), rest.split_once("/blobs/")) {
        ("POST", Some((_, "uploads/"))) => {
            store.upload.clear();
            store.opened += 1;
            at_upload(202, rest.trim_end_matches("uploads/"), store)
        }
        (method, Some((_, upload))) if upload.starts_with("uploads/") => {
            let (path, number) = rest.split_at(rest.find("uploads/").unwrap_or(0));
            let is_known = number == format!("uploads/{}", store.opened);
            match method {
                _ if !is_known => missing(),
                "PATCH" => {
                    let start = format!("{}-", store.upload.len());
                    let place = request.header("content-range").unwrap_or_default();
                    if !place.starts_with(&start) {
                        return Answer::new(416, "");
                    }
                    store.upload.extend_from_slice(&request.body);
                    at_upload(202, path, store)
                }
                "GET" => at_upload(204, path, store),
                "DELETE" => {
                    store.opened += 1;
                    Answer::new(204, "")
                }
                _ => finish_upload(request, store),
            }
        }
        (_, Some((_, digest))) => match store.blobs.get(digest) {
            Some(blob) => Answer::file(request, blob, Some("\"one\"")),
            None => missing(),
        },
        _ => missing(),
    }
}

/// Where an upload is, and how far. The state changes with each answer.
fn at_upload(status: u16, path: &str, store: &Store) -> Answer {
    let (number, has) = (store.opened, store.upload.len());
    Answer::new(status, "")
        .with(
            "Location",
            format!("/v2/{path}uploads/{number}?state={has}"),
        )
        .with("Range", format!("0-{}", has.saturating_sub(1)))
}

fn finish_upload(request: &Request, store: &mut Store) -> Answer {
    let blob = [&store.upload[..], &request.body].concat();
    let digest = Digest::of(&blob).to_string();
    let told = request.path.split("digest=").nth(1).unwrap_or_default();
    if told.replace("%3A", ":") != digest {
        let refusal = r#"{"errors":[{"code":"DIGEST_INVALID","message":"another digest"}]}"#;
        return Answer::new(400, refusal);
    }
    store.upload.clear();
    store.blobs.insert(digest, blob);
    Answer::new(201, "")
}
