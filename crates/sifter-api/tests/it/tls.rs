//! Servers that prove who they are, and those that do not: each cause has its own code.

use std::{fs, sync::Arc};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use crate::{desk::code, lab::Person};

/// A frontend at `localhost` with a certificate for `name`, good until `year`. Returns its port and the certificate.
pub(crate) async fn frontend(name: &str, year: i32) -> (u16, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(year, 1, 1);
    let certificate = params.self_signed(&key).unwrap();
    let secret = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let body = "{\"libraryAPI\":{\"uri\":\"https://library.example.org\"}}";
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (port, certificate.pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_of_the_site_is_trusted_after_it_was_given() {
    let (good, first) = frontend("localhost", 2100).await;
    let (other_name, second) = frontend("elsewhere.example.org", 2100).await;
    let (expired, third) = frontend("localhost", 2001).await;
    let person = Person::new();
    let probe = |port: u16| {
        person
            .sifter
            .probe_remote(format!("localhost:{port}"), false)
    };
    let unknown = probe(good).await.unwrap_err();
    assert_eq!(code(&unknown), "tls-issuer-unknown", "{unknown:?}");

    let path = person.home.file("site.pem");
    fs::write(&path, first + &second + &third).unwrap();
    let view = person.sifter.use_ca_file(path.clone()).await.unwrap();
    assert_eq!(view.settings.ca_file, path.to_str().unwrap());
    let probed = probe(good).await.unwrap();
    assert_eq!(
        probed.services.library.as_deref(),
        Some("https://library.example.org")
    );
    for (port, expected) in [(other_name, "tls-name-wrong"), (expired, "clock-wrong")] {
        let error = probe(port).await.unwrap_err();
        assert_eq!(code(&error), expected, "{error:?}");
        assert!(
            error.message.contains(&format!("`localhost:{port}`")),
            "{error}"
        );
    }

    // Where nobody speaks https.
    let plain =
        sifter_testkit::http::HttpServer::start(|_| sifter_testkit::http::Answer::new(200, "{}"))
            .await;
    let address = plain.url("").replace("http://", "");
    let error = person
        .sifter
        .probe_remote(address, false)
        .await
        .unwrap_err();
    let expected = ["tls-failed", "server-unreachable"];
    assert!(expected.contains(&code(&error).as_str()), "{error:?}");
}
