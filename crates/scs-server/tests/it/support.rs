//! A cloud on a free port, and a small client of it.

use std::sync::{
    Arc, Once,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;
use reqwest::{Method, Response, StatusCode, header};
use scs_server::{Cloud, Error, PublicAddress, Settings, bind_loopback};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A running cloud with the user `alice`.
pub(crate) struct Server {
    pub(crate) cloud: Cloud,
    pub(crate) port: u16,
    pub(crate) token: String,
    pub(crate) folder: Arc<TempDir>,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

pub(crate) async fn start() -> Server {
    start_with(|_| {}).await
}

pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Server {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    start_in(folder, change).await
}

pub(crate) async fn start_in(folder: Arc<TempDir>, change: impl FnOnce(&mut Settings)) -> Server {
    let mut settings = Settings::new(folder.path().join("cloud"));
    change(&mut settings);
    let listeners = bind_loopback(0).await.unwrap();
    serve(folder, &settings, listeners, None)
}

/// A cloud that takes these connections, behind a proxy of this address.
pub(crate) fn start_served(listeners: Vec<TcpListener>, public: Option<PublicAddress>) -> Server {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let settings = Settings::new(folder.path().join("cloud"));
    serve(folder, &settings, listeners, public)
}

fn serve(
    folder: Arc<TempDir>,
    settings: &Settings,
    listeners: Vec<TcpListener>,
    public: Option<PublicAddress>,
) -> Server {
    let cloud = open(settings);
    cloud.ensure_user("alice").unwrap();
    let token = secret(&cloud, "alice");
    let port = listeners[0].local_addr().unwrap().port();
    let (stop, stopped) = oneshot::channel();
    let serving = {
        let cloud = cloud.clone();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            cloud.serve_as(public, listeners, stopped).await.unwrap();
        })
    };
    Server {
        cloud,
        port,
        token,
        folder,
        client: client(),
        stop: Some(stop),
        serving: Some(serving),
    }
}

/// Opens a cloud. A process that another test is just starting has the files of this one until it runs its own program,
/// so a folder that was in use a moment ago may still be.
fn open(settings: &Settings) -> Cloud {
    let begun = std::time::Instant::now();
    loop {
        match Cloud::open(settings.clone()) {
            Err(Error::InUse(_)) if begun.elapsed() < std::time::Duration::from_secs(20) => {
                std::thread::yield_now();
            }
            other => return other.unwrap(),
        }
    }
}

/// Installs what TLS needs, once in each process.
pub(crate) fn provide() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn client() -> reqwest::Client {
    provide();
    let builder = reqwest::Client::builder().no_proxy();
    builder
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

pub(crate) fn secret(cloud: &Cloud, user: &str) -> String {
    use secrecy::ExposeSecret;
    let token = cloud.issue(user, "test", None).unwrap();
    token.secret.expose_secret().to_owned()
}

/// A clock to set, in seconds, and what makes a cloud look at it.
pub(crate) fn clocked(start: i64) -> (Arc<AtomicI64>, impl FnOnce(&mut Settings)) {
    let now = Arc::new(AtomicI64::new(start));
    let clock = Arc::clone(&now);
    (now, move |settings: &mut Settings| {
        let clock = Arc::clone(&clock);
        settings.clock =
            Arc::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap());
    })
}

/// An answer that was read.
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Said {
    pub(crate) async fn read(response: Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()["data"].clone()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn message(&self) -> String {
        self.json()["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            self.url(path)
        };
        self.client
            .request(Method::from_bytes(method.as_bytes()).unwrap(), url)
    }

    /// Asks with the token of alice.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Said {
        self.ask_as(&self.token, method, path, body).await
    }

    pub(crate) async fn ask_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Said {
        let mut request = self.request(method, path);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        Said::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Said {
        self.ask("GET", path, None).await
    }

    /// Asks without a token.
    pub(crate) async fn anonymous(&self, path: &str) -> Said {
        self.ask_as("", "GET", path, None).await
    }

    /// Sends bytes to a URL that was given for them.
    pub(crate) async fn put(&self, url: &str, bytes: &[u8]) -> Said {
        let request = self.request("PUT", url).body(bytes.to_vec());
        Said::read(request.send().await.unwrap()).await
    }

    /// Makes what is missing of `entity/collection/container`. Returns the identity of the container.
    pub(crate) async fn container(&self, path: &str) -> String {
        let names: Vec<&str> = path.split('/').collect();
        let entity = self.create("/v1/entities", json!({"name": names[0]})).await;
        let body = json!({"name": names[1], "entity": entity});
        let collection = self.create("/v1/collections", body).await;
        let body = json!({"name": names[2], "collection": collection});
        self.create("/v1/containers", body).await
    }

    pub(crate) async fn create(&self, path: &str, body: Value) -> String {
        let said = self.ask("POST", path, Some(body)).await;
        said.data()["id"].as_str().unwrap().to_owned()
    }

    /// Makes an image without bytes.
    pub(crate) async fn image(&self, container: &str, content: &[u8]) -> String {
        let body =
            json!({"hash": hash_of(content), "container": container, "description": "a test"});
        self.create("/v1/images", body).await
    }

    /// Makes an image without bytes, and all that it is in.
    pub(crate) async fn new_image(&self, path: &str, content: &[u8]) -> String {
        let container = self.container(path).await;
        self.image(&container, content).await
    }

    /// Starts an upload in one piece and returns its URL.
    pub(crate) async fn upload_url(&self, image: &str, size: usize) -> String {
        let path = format!("/v2/imagefile/{image}");
        let said = self
            .ask("POST", &path, Some(json!({ "filesize": size })))
            .await;
        said.data()["uploadURL"].as_str().unwrap().to_owned()
    }

    /// Whether these very bytes can be pulled by their hash.
    pub(crate) async fn has(&self, path: &str, content: &[u8]) -> bool {
        let path = format!("/v1/imagefile/{path}:{}", hash_of(content));
        let said = self.get(&path).await;
        said.status == 200 && said.body == content
    }

    /// Uploads in one piece. Returns what the last request said.
    pub(crate) async fn upload(&self, image: &str, content: &[u8]) -> Said {
        let start = json!({"filesize": content.len()});
        let said = self
            .ask("POST", &format!("/v2/imagefile/{image}"), Some(start))
            .await;
        if said.status != 200 {
            return said;
        }
        let url = said.data()["uploadURL"].as_str().unwrap().to_owned();
        let sent = self.put(&url, content).await;
        if sent.status != 200 {
            return sent;
        }
        self.ask(
            "PUT",
            &format!("/v2/imagefile/{image}/_complete"),
            Some(json!({})),
        )
        .await
    }

    /// Pushes as the command line does: everything that is needed, then one tag for `amd64`. Returns the image.
    pub(crate) async fn push(&self, path: &str, tag: &str, content: &[u8]) -> String {
        let container = self.container(path).await;
        let image = self.image(&container, content).await;
        let known = self
            .get(&format!("/v1/images/{path}:{}", hash_of(content)))
            .await
            .data();
        if known["uploaded"] != true {
            self.upload(&image, content).await.data();
        }
        let body = json!({"Arch": "amd64", "Tag": tag, "ImageID": image});
        let said = self
            .ask("POST", &format!("/v2/tags/{container}"), Some(body))
            .await;
        assert_eq!(said.status, StatusCode::OK);
        image
    }

    /// Stops answering and closes the cloud. The folder stays.
    pub(crate) async fn stop(mut self) -> Arc<TempDir> {
        let _ = self.stop.take().unwrap().send(());
        self.serving.take().unwrap().await.unwrap();
        Arc::clone(&self.folder)
    }
}

pub(crate) fn hash_of(content: &[u8]) -> String {
    format!("sha256.{}", digest_of(content))
}

pub(crate) fn digest_of(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// Bytes that differ with their place and `seed`.
pub(crate) fn bytes(length: usize, seed: u8) -> Vec<u8> {
    (0..length)
        .map(|at| (at * 31 + (at >> 8)) as u8 ^ seed)
        .collect()
}
