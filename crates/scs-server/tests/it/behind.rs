//! Behind a proxy that ends TLS: what clients are told is an address that they can use, and nobody passes for somebody of
//! this machine.

use std::{net::SocketAddr, sync::Arc};

use scs_server::{Cloud, PublicAddress, Settings, bind_loopback};
use serde_json::{Value, json};
use sifter_testkit::tls::TlsServer;

use crate::support::{Said, Server, bytes, hash_of, provide, start_served, start_with};

const NAME: &str = "cloud.lab.example";

/// A cloud, what stands in front of it, and what the world calls both.
struct Site {
    server: Server,
    public: String,
    outside: reqwest::Client,
    _proxy: TlsServer,
}

impl Site {
    async fn start() -> Self {
        provide();
        // The address has the port of the proxy, which needs that of the cloud.
        let listeners = bind_loopback(0).await.unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        let proxy = TlsServer::before(port, &[NAME]).await;
        let public = format!("https://{NAME}:{}", proxy.port);
        let server = start_served(listeners, Some(public.parse().unwrap()));
        let authority = reqwest::Certificate::from_pem(proxy.certificate.as_bytes()).unwrap();
        let outside = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([authority])
            .resolve(NAME, SocketAddr::from(([127, 0, 0, 1], proxy.port)))
            .build()
            .unwrap();
        Self {
            server,
            public,
            outside,
            _proxy: proxy,
        }
    }

    /// Asks from outside with the token of alice.
    async fn ask(&self, method: &str, url: &str, body: Option<Value>) -> Said {
        let method = method.parse().unwrap();
        let mut request = self.outside.request(method, url);
        request = request.bearer_auth(&self.server.token);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        Said::read(request.send().await.unwrap()).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public)
    }
}

#[tokio::test]
async fn discovery_and_links_have_the_public_address() {
    let site = Site::start().await;
    let document = "/assets/config/config.prod.json";
    let told = site.ask("GET", &site.url(document), None).await.json();
    for service in ["libraryAPI", "keystoreAPI", "tokenAPI", "consentAPI"] {
        assert_eq!(told[service]["uri"], site.public, "{service}");
    }
    // A proxy that asks by its own name for this machine is told the same.
    assert_eq!(site.server.anonymous(document).await.json(), told);

    let content = bytes(3000, 1);
    let image = site.server.new_image("alice/tools/hello", &content).await;
    let start = site.url(&format!("/v2/imagefile/{image}"));
    let whole = site
        .ask("POST", &start, Some(json!({"filesize": 3000})))
        .await;
    let parts = format!("{start}/_multipart");
    let begun = site
        .ask("POST", &parts, Some(json!({"filesize": 3000})))
        .await;
    let part = json!({"uploadID": begun.data()["uploadID"], "partNumber": 1, "partSize": 3000});
    let part = site.ask("PUT", &parts, Some(part)).await;
    for url in [&whole.data()["uploadURL"], &part.data()["presignedURL"]] {
        let url = url.as_str().unwrap();
        assert!(url.starts_with(&site.url("/uploads/")), "{url}");
        let sent = site.outside.put(url).body(content.clone());
        assert_eq!(sent.send().await.unwrap().status(), 200);
    }
    let complete = format!("{start}/_complete");
    site.ask("PUT", &complete, None).await.data();
    let path = format!("/v1/imagefile/alice/tools/hello:{}", hash_of(&content));
    let pulled = site.ask("GET", &site.url(&path), None).await;
    assert!(pulled.status == 200 && pulled.body == content);
}

/// Everybody who comes through a proxy of this machine has an address of this machine.
#[tokio::test]
async fn keys_need_a_token_where_nobody_can_be_told_apart() {
    let key = sifter_testkit::keys::anna().certificate().to_armored();
    let armored = percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC);
    let form = format!("keytext={armored}");
    let site = Site::start().await;
    let add = site.outside.post(site.url("/pks/add")).body(form.clone());
    assert_eq!(add.send().await.unwrap().status(), 401);
    let add = site.server.request("POST", "/pks/add").body(form.clone());
    assert_eq!(add.send().await.unwrap().status(), 401);
    let add = site.outside.post(site.url("/pks/add")).body(form.clone());
    let add = add.bearer_auth(&site.server.token);
    assert_eq!(add.send().await.unwrap().status(), 200);

    let plain = start_with(|settings| settings.names.push(NAME.into())).await;
    for (name, value, expected) in [
        ("x-forwarded-for", "10.0.0.7", 401),
        ("forwarded", "for=10.0.0.7", 401),
        ("via", "1.1 proxy", 401),
        ("host", &format!("{NAME}:{}", plain.port), 401),
        ("x-other", "10.0.0.7", 200),
    ] {
        let add = plain.request("POST", "/pks/add").body(form.clone());
        let said = add.header(name, value).send().await.unwrap();
        assert_eq!(said.status(), expected, "{name}");
    }
}

#[test]
fn an_address_is_kept_until_another_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Cloud::open(Settings::new(folder.path().join("cloud"))).unwrap();
    let address: PublicAddress = "https://cloud.lab.example".parse().unwrap();
    for kept in [Some(address), None] {
        let cloud = open();
        cloud.keep_public_address(kept.as_ref()).unwrap();
        cloud.keep_public_address(kept.as_ref()).unwrap();
        drop(cloud);
        assert_eq!(open().public_address().unwrap(), kept);
    }
    let said: Vec<_> = open().audit(9).unwrap();
    let said: Vec<_> = said.iter().map(|line| line.subject.as_str()).collect();
    assert_eq!(said, ["none", "https://cloud.lab.example"]);
}

/// A copy answers as the original did.
#[test]
fn a_backup_knows_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Arc::new(Cloud::open(Settings::new(folder.path().join("cloud"))).unwrap());
    let address: PublicAddress = "https://cloud.lab.example".parse().unwrap();
    cloud.keep_public_address(Some(&address)).unwrap();
    let copy = folder.path().join("copy");
    cloud.backup(&copy).unwrap();
    let copy = Cloud::open(Settings::new(copy)).unwrap();
    assert_eq!(copy.public_address().unwrap(), Some(address));
}
