//! Servers that prove who they are, and those that do not: each cause has its own code.

use std::fs;

use sifter_testkit::tls::TlsServer;

use crate::{desk::code, lab::Person};

/// A frontend at `localhost` with a certificate for `name`, good until `year`.
pub(crate) async fn frontend(name: &str, year: i32) -> TlsServer {
    let body = "{\"libraryAPI\":{\"uri\":\"https://library.example.org\"}}";
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    TlsServer::answering(name, year, answer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_of_the_site_is_trusted_after_it_was_given() {
    let good = frontend("localhost", 2100).await;
    let other_name = frontend("elsewhere.example.org", 2100).await;
    let expired = frontend("localhost", 2001).await;
    let person = Person::new();
    let probe = |server: &TlsServer| {
        let address = format!("localhost:{}", server.port);
        person.sifter.probe_remote(address, false)
    };
    let unknown = probe(&good).await.unwrap_err();
    assert_eq!(code(&unknown), "tls-issuer-unknown", "{unknown:?}");

    let path = person.home.file("site.pem");
    let trusted = [&good, &other_name, &expired].map(|server| server.certificate.as_str());
    fs::write(&path, trusted.concat()).unwrap();
    let view = person.sifter.use_ca_file(path.clone()).await.unwrap();
    assert_eq!(view.settings.ca_file, path.to_str().unwrap());
    let probed = probe(&good).await.unwrap();
    assert_eq!(
        probed.services.library.as_deref(),
        Some("https://library.example.org")
    );
    for (server, expected) in [(&other_name, "tls-name-wrong"), (&expired, "clock-wrong")] {
        let error = probe(server).await.unwrap_err();
        assert_eq!(code(&error), expected, "{error:?}");
        assert!(
            error
                .message
                .contains(&format!("`localhost:{}`", server.port)),
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
