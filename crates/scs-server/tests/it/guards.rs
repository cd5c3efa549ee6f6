//! What stands in front of the routes, by bytes on the wire where a client library would tidy up.

use std::time::Duration;

use scs_server::{Cloud, Error, Settings};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::{Said, Server, bytes, start, start_with};

/// The status of the answer to these very bytes.
async fn raw(server: &Server, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer))
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    (status, text)
}

async fn status(server: &Server, target: &str, headers: &str) -> u16 {
    let host = if headers.starts_with("Host:") {
        String::new()
    } else {
        format!("Host: localhost:{}\r\n", server.port)
    };
    raw(
        server,
        &format!("GET {target} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n"),
    )
    .await
    .0
}

#[tokio::test]
async fn only_this_machine_by_its_own_name() {
    let server = start().await;
    let port = server.port;
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(
            status(&server, "/version", &format!("Host: {host}:{port}\r\n")).await,
            200,
            "{host}"
        );
    }
    for host in [
        format!("evil.example:{port}"),
        "localhost".into(),
        "localhost:1".into(),
        format!("127.0.0.1.nip.io:{port}"),
    ] {
        assert_eq!(
            status(&server, "/version", &format!("Host: {host}\r\n")).await,
            421,
            "{host}"
        );
    }
    let absolute = format!("http://evil.example:{port}/version");
    assert_eq!(status(&server, &absolute, "").await, 421);
    for origin in ["http://evil.example", "null", "http://localhost:1"] {
        assert_eq!(
            status(&server, "/version", &format!("Origin: {origin}\r\n")).await,
            403,
            "{origin}"
        );
    }
    assert_eq!(
        status(
            &server,
            "/version",
            &format!("Origin: http://localhost:{port}\r\n")
        )
        .await,
        200
    );
    assert_eq!(
        status(
            &server,
            "/version",
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"
        )
        .await,
        403
    );
}

#[tokio::test]
async fn listening_for_others_must_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::open(Settings::new(folder.path())).unwrap();
    let open = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let error = cloud.serve(vec![open], async {}).await.unwrap_err();
    assert!(matches!(error, Error::BeyondThisMachine(_)));
    assert!(matches!(
        Cloud::open(Settings::new(folder.path())),
        Err(Error::InUse(_))
    ));
}

#[tokio::test]
async fn odd_paths_reach_nothing() {
    let server = start().await;
    server.push("alice/tools/hello", "latest", b"hello").await;
    for (target, expected) in [
        ("/v1/images/alice/tools/hello:latest", 200),
        ("//v1/images/alice/tools/hello:latest", 200),
        ("/v1/images/alice/tools/hello%3Alatest", 200),
        ("/v1/images/../images/alice/tools/hello:latest", 400),
        ("/v1/images/alice/%2e%2e/hello:latest", 400),
        ("/v1/images/alice%2Ftools/hello:latest", 400),
        ("/v1/images/alice//hello:latest", 400),
        ("/v1/images/alice/tools\\hello:latest", 400),
        ("/v1/images/alice/tools/hello:latest%00", 400),
        ("/v1/imagefile/../../../etc/passwd", 400),
        ("/v1/imagefile/%252e%252e/x", 400),
        ("/v1/entities/alice'--", 400),
        ("/v1/entities/alice%22", 400),
        ("/v1/containers/alice/tools/hello:latest", 400),
        ("/v1/collections/alice", 200),
        ("/uploads/..%2f..%2fcloud.db", 405),
        ("/nothing", 404),
        ("/v2/", 404),
    ] {
        let expected = if target.contains("%2f") {
            400
        } else {
            expected
        };
        assert_eq!(status(&server, target, "").await, expected, "{target}");
    }
}

#[tokio::test]
async fn requests_that_could_mean_two_things_are_refused_or_end_the_connection() {
    let server = start().await;
    server.push("alice/tools/hello", "latest", b"hello").await;
    let host = format!("Host: localhost:{}\r\n", server.port);
    let hidden = format!("GET /v1/imagefile/alice/tools/hello:latest HTTP/1.1\r\n{host}\r\n");
    let length = hidden.len();
    for (what, headers, body) in [
        (
            "two lengths",
            format!("Content-Length: 0\r\nContent-Length: {length}\r\n"),
            "",
        ),
        (
            "a list of lengths",
            format!("Content-Length: 0, {length}\r\n"),
            "",
        ),
        (
            "a signed length",
            format!("Content-Length: +{length}\r\n"),
            "",
        ),
        (
            "an unknown coding",
            "Transfer-Encoding: x\r\n".to_owned(),
            "",
        ),
        (
            "a coding after the last",
            "Transfer-Encoding: chunked, x\r\n".to_owned(),
            "",
        ),
        (
            "a folded line",
            format!("X: a\r\n b\r\nContent-Length: {length}\r\n"),
            "",
        ),
        (
            "a blank before the colon",
            format!("Content-Length : {length}\r\n"),
            "",
        ),
        (
            "a bare line end",
            format!("X: a\rContent-Length: {length}\r\n"),
            "",
        ),
        (
            "both",
            format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
            "0\r\n\r\n",
        ),
    ] {
        let request = format!("POST /v1/entities HTTP/1.1\r\n{host}{headers}\r\n{body}{hidden}");
        let (status, text) = raw_once(&server, &request).await;
        assert!(matches!(status, 400 | 401 | 501), "{what}: {text}");
        assert!(!text.contains("hello"), "{what}: {text}");
    }
}

/// As [`raw`], of which nothing more is sent.
async fn raw_once(server: &Server, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.unwrap_or(0), text)
}

#[tokio::test]
async fn refusals_are_json_with_the_right_headers() {
    let server = start().await;
    let said = server.anonymous("/nothing").await;
    assert_eq!(
        (said.status, said.json()["error"]["code"].as_u64()),
        (404, Some(404))
    );
    let said = server.ask("POST", "/version", None).await;
    assert_eq!((said.status, said.header("allow")), (405, "GET,HEAD"));
    assert_eq!(said.json()["error"]["code"], 405);
    let said = server.ask_as("", "POST", "/v1/entities", None).await;
    assert_eq!(
        (said.status, said.header("www-authenticate")),
        (401, "Bearer realm=\"Sifter\"")
    );
    let said = Said::read(
        server
            .request("POST", "/v1/entities")
            .bearer_auth(&server.token)
            .body("{")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(said.status, 400);
    let body = vec![b' '; (1 << 20) + 1];
    let said = Said::read(
        server
            .request("POST", "/v1/entities")
            .bearer_auth(&server.token)
            .body(body)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(said.status, 413);
    assert_eq!(said.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn too_much_at_once_is_told_so() {
    let server = start_with(|settings| settings.limits.rate = 20).await;
    let mut busy = 0;
    for _ in 0..60 {
        let said = server.anonymous("/version").await;
        if said.status == 503 {
            assert_eq!(said.header("retry-after"), "1");
            busy += 1;
        }
    }
    assert!(busy > 0);
    let server = start_with(|settings| settings.limits.requests = 0).await;
    assert_eq!(server.anonymous("/version").await.status, 503);
}

#[tokio::test]
async fn slow_senders_are_cut_off() {
    let server = start_with(|settings| {
        settings.limits.head = Duration::from_millis(200);
        settings.limits.idle = Duration::from_millis(200);
    })
    .await;
    assert_ne!(raw(&server, "GET /version HT").await.0, 200);
    let head = format!(
        "POST /v1/entities HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\n\r\n{{",
        server.port, server.token
    );
    let (status, text) = raw(&server, &head).await;
    assert!(status == 408, "{text}");
    let (status, _) = raw(
        &server,
        &format!(
            "GET /version HTTP/1.1\r\nX: {}\r\n\r\n",
            "x".repeat(200_000)
        ),
    )
    .await;
    assert_eq!(status, 431);
}

#[tokio::test]
async fn who_takes_nothing_loses_the_place() {
    let server = start_with(|settings| {
        settings.limits.idle = Duration::from_millis(300);
        settings.limits.requests = 1;
    })
    .await;
    server
        .push("alice/tools/big", "latest", &bytes(32 << 20, 1))
        .await;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    let request = format!(
        "GET /v1/imagefile/alice/tools/big:latest HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
        server.port
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_u8().await.unwrap();
    assert_eq!(server.anonymous("/version").await.status, 503);
    let free = async {
        while server.anonymous("/version").await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), free)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_pages_bring_nothing_along() {
    let server = start().await;
    for path in ["/", "/auth/tokens", "/library/alice/tools/hello"] {
        let said = server.anonymous(path).await;
        assert_eq!(said.status, 200);
        assert!(
            said.header("content-security-policy")
                .starts_with("default-src 'none'")
        );
        let text = String::from_utf8(said.body).unwrap();
        assert!(
            !text.contains("<script") && !text.contains("http://") && !text.contains("https://")
        );
    }
    for path in ["/library/<b>", "/library/a/b/c/d", "/library/A"] {
        assert_eq!(server.anonymous(path).await.status, 404, "{path}");
    }
    let config = server
        .anonymous("/assets/config/config.prod.json")
        .await
        .json();
    let url = server.url("");
    for service in ["libraryAPI", "keystoreAPI", "tokenAPI", "consentAPI"] {
        assert_eq!(config[service]["uri"], url, "{service}");
    }
    assert!(
        config
            .as_object()
            .unwrap()
            .values()
            .all(serde_json::Value::is_object)
    );
    assert!(config.get("builderAPI").is_none());
    assert_eq!(
        server.anonymous("//version").await.data()["apiVersion"],
        "2.0.0-alpha.2"
    );
    assert_eq!(
        server
            .anonymous("/v1/oci-redirect?namespace=a")
            .await
            .status,
        404
    );
    let content = bytes(10, 1);
    server.push("alice/tools/hello", "latest", &content).await;
    let said = server
        .anonymous("/v1/imagefile/alice/tools/hello:latest")
        .await;
    assert_eq!(said.header("content-disposition"), "attachment");
}
