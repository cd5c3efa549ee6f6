//! Odd clients and hostile ones: whatever is asked, the service answers with what the client did wrong, and goes on.

use std::time::Duration;

use scs_server::Depth;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Said, Server, bytes, start, start_with};

/// The status of the answer to these very bytes.
async fn wire(server: &Server, request: &str) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    // Nothing is said by a connection that just ends.
    let read = stream.read_exact(&mut start).await;
    let text = String::from_utf8_lossy(&start);
    let status = text
        .strip_prefix("HTTP/1.1 ")
        .or(text.strip_prefix("HTTP/1.0 "));
    read.map_or(0, |_| status.unwrap().trim().parse().unwrap())
}

#[tokio::test]
async fn first_lines_of_every_kind() {
    let server = start().await;
    let long = "a".repeat(9000);
    for (line, expected) in [
        ("GET /version HTTP/1.1", 200),
        ("HEAD /version HTTP/1.1", 200),
        ("TRACE /version HTTP/1.1", 405),
        ("BREW /version HTTP/1.1", 405),
        ("get /version HTTP/1.1", 405),
        ("OPTIONS * HTTP/1.1", 404),
        ("CONNECT localhost:80 HTTP/1.1", 421),
        ("GET /version/ HTTP/1.1", 404),
        ("GET /VERSION HTTP/1.1", 404),
        ("GET /version;a=b HTTP/1.1", 404),
        ("GET /v1/entities/ALICE HTTP/1.1", 400),
        ("GET /v1/entities/%C3%A4 HTTP/1.1", 400),
        ("GET /v1/entities/a..b HTTP/1.1", 400),
        ("GET /v1/entities/.a HTTP/1.1", 400),
        ("GET /v1/entities/a%20b HTTP/1.1", 400),
        ("GET /v1/entities/a+b HTTP/1.1", 400),
        ("GET /v1/images/alice/tools/hello:a:b HTTP/1.1", 400),
        ("GET /v1/images/alice/tools/hello:%0a HTTP/1.1", 400),
        ("GET /v1/images/a/b/c/d:latest HTTP/1.1", 400),
        ("GET /v1/search?value=%ff%ff%ff HTTP/1.1", 400),
        ("GET /v1/search?value=abc&value=' HTTP/1.1", 200),
        ("GET /pks/lookup HTTP/1.1", 400),
        ("GET /pks/lookup?op=get&search=%00 HTTP/1.1", 404),
        (
            "GET /pks/lookup?op=index&search=a&x-pagetoken=zz HTTP/1.1",
            400,
        ),
        (
            "GET /pks/lookup?op=index&search=a&x-pagesize=-1 HTTP/1.1",
            400,
        ),
        ("GET /version HTTP/2.0", 400),
        ("GET /version HTTP/9.9", 400),
        ("GET /version", 400),
        ("PRI * HTTP/2.0", 400),
        ("GET http://localhost/version HTTP/1.1", 421),
        ("GET ftp://localhost:1/version HTTP/1.1", 421),
        (&format!("GET /{long} HTTP/1.1"), 414),
        (&format!("GET /version?{long} HTTP/1.1"), 414),
    ] {
        let head = format!("{line}\r\nHost: localhost:{}\r\n\r\n", server.port);
        let shown = &line[..line.len().min(80)];
        assert_eq!(wire(&server, &head).await, expected, "{shown}");
    }
    let absolute = format!("GET http://localhost:{}/version HTTP/1.1", server.port);
    let head = format!("{absolute}\r\nHost: localhost:{}\r\n\r\n", server.port);
    assert_eq!(wire(&server, &head).await, 200, "{absolute}");
}

#[tokio::test]
async fn heads_of_every_kind() {
    let server = start().await;
    let port = server.port;
    let host = format!("Host: localhost:{port}\r\n");
    let many = "X: y\r\n".repeat(200);
    let long = format!("X: {}\r\n", "y".repeat(200_000));
    for (what, headers, expected) in [
        ("none", String::new(), 421),
        ("two hosts", format!("{host}{host}"), 421),
        ("an empty host", "Host:\r\n".into(), 421),
        (
            "a list of hosts",
            format!("Host: localhost:{port}, evil\r\n"),
            421,
        ),
        ("a user", format!("Host: anna@localhost:{port}\r\n"), 421),
        ("a port of letters", "Host: localhost:http\r\n".into(), 421),
        (
            "a port too many",
            format!("Host: localhost:{port}:{port}\r\n"),
            421,
        ),
        ("another number", format!("Host: 127.1:{port}\r\n"), 421),
        (
            "a number in all",
            format!("Host: 2130706433:{port}\r\n"),
            421,
        ),
        ("capitals", format!("hOST: LocalHost:{port}\r\n"), 200),
        ("many", format!("{host}{many}"), 431),
        ("a long one", format!("{host}{long}"), 431),
        (
            "two logins",
            format!("{host}Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
            401,
        ),
        (
            "an empty login",
            format!("{host}Authorization: Bearer \r\n"),
            200,
        ),
        (
            "a long login",
            format!("{host}Authorization: Bearer {}\r\n", "a".repeat(60_000)),
            401,
        ),
        (
            "a login of no letters",
            format!("{host}Authorization: Bearer \u{e4}\r\n"),
            401,
        ),
        (
            "an upgrade",
            format!("{host}Connection: Upgrade\r\nUpgrade: websocket\r\n"),
            200,
        ),
    ] {
        let head = format!("GET / HTTP/1.1\r\n{headers}\r\n");
        assert_eq!(wire(&server, &head).await, expected, "{what}");
    }
    assert_eq!(wire(&server, "GET /version HTTP/1.0\r\n\r\n").await, 421);
    let old = format!("GET /version HTTP/1.0\r\n{host}\r\n");
    assert_eq!(wire(&server, &old).await, 200);
}

/// Whoever asks for a part gets that part or the whole, and never something else by its name.
#[tokio::test]
async fn conditions_and_ranges() {
    let server = start().await;
    let content = bytes(1000, 1);
    server.push("alice/tools/hello", "latest", &content).await;
    let path = "/v1/imagefile/alice/tools/hello:latest";
    let etag = server.anonymous(path).await.header("etag").to_owned();
    let (weak, other) = (format!("W/{etag}"), "\"other\"".to_owned());
    let both = format!("{other}, {weak}");
    let part = Some(&content[..10]);
    let whole = Some(&content[..]);
    for (method, headers, status, body) in [
        ("GET", vec![("if-none-match", etag.as_str())], 304, None),
        ("GET", vec![("if-none-match", &weak)], 304, None),
        ("GET", vec![("if-none-match", &both)], 304, None),
        ("GET", vec![("if-none-match", &other)], 200, whole),
        (
            "GET",
            vec![("if-none-match", &other), ("if-none-match", "*")],
            304,
            None,
        ),
        ("HEAD", vec![("if-none-match", &etag)], 304, None),
        ("GET", vec![("if-match", &etag)], 200, whole),
        ("GET", vec![("if-match", "*")], 200, whole),
        ("GET", vec![("if-match", &other)], 412, None),
        ("GET", vec![("if-match", &weak)], 412, None),
        ("GET", vec![("range", "bytes=0-9")], 206, part),
        (
            "GET",
            vec![("range", "bytes=0-9"), ("if-range", &etag)],
            206,
            part,
        ),
        (
            "GET",
            vec![("range", "bytes=0-9"), ("if-range", &weak)],
            200,
            whole,
        ),
        (
            "GET",
            vec![("range", "bytes=0-9"), ("if-match", &other)],
            412,
            None,
        ),
        (
            "GET",
            vec![("range", "bytes=0-9"), ("if-none-match", &etag)],
            304,
            None,
        ),
        (
            "GET",
            vec![
                ("range", "bytes=0-9"),
                ("if-range", "Sun, 22 Nov 2026 15:00:00 GMT"),
            ],
            200,
            whole,
        ),
        ("GET", vec![("range", "bytes=0-9,20-29")], 200, whole),
        ("GET", vec![("range", "bytes=1000-")], 416, None),
        ("GET", vec![("range", "bytes=-0")], 416, None),
        (
            "GET",
            vec![("accept-encoding", "gzip"), ("range", "bytes=0-9")],
            206,
            part,
        ),
        ("HEAD", vec![("range", "bytes=0-9")], 200, None),
        ("HEAD", vec![("range", "bytes=1000-")], 200, None),
    ] {
        let mut request = server.request(method, path);
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let said = Said::read(request.send().await.unwrap()).await;
        assert_eq!(said.status, status, "{method} {headers:?}");
        if let Some(body) = body {
            assert!(said.body == body, "{method} {headers:?}");
            assert_eq!(said.header("etag"), etag);
            assert_eq!(said.header("content-encoding"), "");
        }
        if method == "HEAD" && status == 200 {
            assert_eq!(said.header("content-length"), "1000");
        }
    }
}

/// What stands where an identity or a reference should.
const STEPS: [&str; 14] = [
    "alice",
    "alice/tools",
    "alice/tools/hello",
    "alice/tools/hello:latest",
    "nobody",
    "library",
    "x",
    "0",
    "-1",
    "sha256.00",
    "'%20OR%201=1--",
    "%F0%9F%90%8D",
    "imagefile",
    "a/b/c/d/e/f",
];

const ROUTES: [&str; 17] = [
    "/v1/entities",
    "/v1/entities/{}",
    "/v1/collections",
    "/v1/collections/{}",
    "/v1/containers",
    "/v1/containers/{}",
    "/v1/images",
    "/v1/images/{}",
    "/v1/imagefile/{}",
    "/v1/tags/{}",
    "/v2/tags/{}",
    "/v2/imagefile/{}",
    "/v2/imagefile/{}/_complete",
    "/v2/imagefile/{}/_multipart",
    "/v2/imagefile/{}/_multipart_complete",
    "/v2/imagefile/{}/_multipart_abort",
    "/pks/add",
];

fn bodies(image: &str, container: &str) -> Vec<String> {
    let deep = "[".repeat(5000);
    let long = "a".repeat(100_000);
    let odd: [Value; 16] = [
        json!({}),
        json!([]),
        json!(null),
        json!("text"),
        json!({"name": null, "entity": null, "collection": null}),
        json!({"name": "../../etc", "entity": "x", "collection": "y"}),
        json!({"name": long, "description": long}),
        json!({"name": "a'; DROP TABLE users; --"}),
        json!({"name": 7, "hash": 7, "container": 7}),
        json!({"hash": "sha256.zz", "container": container}),
        json!({"Arch": "amd64", "Tag": "../x", "ImageID": image}),
        json!({"Arch": "%", "Tag": "latest", "ImageID": "' OR ''='"}),
        json!({"filesize": -1, "uploadID": image, "partNumber": -1, "partSize": -1}),
        json!({"filesize": i64::MAX, "uploadID": "", "completedParts": null}),
        json!({"uploadID": image, "completedParts": [{"partNumber": i64::MIN, "token": "\""}]}),
        json!({"filesize": 0, "sha256sum": "x", "md5sum": "y"}),
    ];
    let mut bodies: Vec<_> = odd.iter().map(Value::to_string).collect();
    bodies.extend([
        String::new(),
        "{".into(),
        deep,
        "{\"filesize\":1e999}".into(),
        "{\"Tag\":\"a\",\"tag\":\"b\"}".into(),
        "\u{feff}{}".into(),
        "keytext=%".into(),
        "keytext=%ff".into(),
        "keytext=-----BEGIN PGP PUBLIC KEY BLOCK-----".into(),
    ]);
    bodies
}

/// Every route by every method, with identities and bodies that are none: nothing breaks, and nothing is left over.
#[tokio::test]
async fn no_request_breaks_anything() {
    let server = start().await;
    let content = bytes(500, 1);
    let container = server.container("alice/tools/hello").await;
    let image = server.push("alice/tools/hello", "latest", &content).await;
    let bodies = bodies(&image, &container);
    let mut asked = 0;
    for (route, step) in ROUTES.iter().flat_map(|route| {
        let steps = STEPS.iter().copied().chain([image.as_str(), &container]);
        let count = if route.contains("{}") { usize::MAX } else { 1 };
        steps.take(count).map(move |step| (route, step))
    }) {
        let path = route.replace("{}", step);
        for method in ["GET", "POST", "PUT"] {
            let count = if method == "GET" { 1 } else { bodies.len() };
            for body in bodies.iter().take(count) {
                let request = server.request(method, &path).bearer_auth(&server.token);
                let said = request.body(body.clone()).send().await.unwrap();
                let status = said.status().as_u16();
                asked += 1;
                let start = &body[..body.len().min(60)];
                assert!(
                    status < 500 || status == 507,
                    "{status} {method} {path} {start}"
                );
            }
        }
    }
    assert!(asked > 4000, "{asked}");
    assert!(server.has("alice/tools/hello", &content).await);
    let checked = server.cloud.fsck(Depth::Bytes).unwrap();
    assert_eq!((checked.problems, checked.orphans), (vec![], vec![]));
}

#[tokio::test]
async fn a_body_that_trickles_ends() {
    let server = start_with(|settings| settings.limits.body = Duration::from_millis(200)).await;
    let head = format!(
        "POST /v1/entities HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {}\r\nContent-Length: 1000000\r\n\r\n",
        server.port, server.token
    );
    let stream = TcpStream::connect(("127.0.0.1", server.port))
        .await
        .unwrap();
    let (mut answer, mut request) = stream.into_split();
    request.write_all(head.as_bytes()).await.unwrap();
    // Something comes all the time, so that it never looks idle.
    let trickle = tokio::spawn(async move {
        while request.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let mut start = [0; 12];
    answer.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 408");
    trickle.abort();
}
