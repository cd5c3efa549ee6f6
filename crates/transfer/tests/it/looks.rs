//! A look at a file, and small answers.

use sifter_testkit::http::{Answer, HttpServer};
use transfer::{Error, Location, Look};

use crate::case::{bytes, http};

fn at(server: &HttpServer, path: &str) -> Location {
    server.url(path).parse::<reqwest::Url>().unwrap().into()
}

#[tokio::test]
async fn the_first_bytes_tell_what_a_file_is() {
    let file = bytes(5000);
    let whole = file.clone();
    let server = HttpServer::start(move |request| {
        let modified = ("Last-Modified", "Wed, 01 Jan 2025 12:00:00 GMT");
        match request.path.as_str() {
            "/parts" => Answer::file(request, &whole, None).with(modified.0, modified.1),
            "/whole" => Answer::new(200, whole.clone()),
            "/empty" => Answer::file(request, b"", None),
            "/away" => Answer::new(302, "").with("Location", "/parts"),
            "/packed" => Answer::new(200, "x").with("Content-Encoding", "gzip"),
            _ => Answer::new(404, "gone"),
        }
    })
    .await;
    let look = async |path: &str| http().look(&at(&server, path), 100).await;
    let parts = Look {
        size: Some(5000),
        start: file[..100].to_vec(),
        modified: Some(1_735_732_800),
    };
    assert_eq!(look("/parts").await.unwrap(), parts);
    assert_eq!(look("/away").await.unwrap(), parts);
    let whole = look("/whole").await.unwrap();
    assert_eq!((whole.size, whole.start.len()), (Some(5000), 100));
    assert_eq!(look("/empty").await.unwrap(), Look::default());
    assert!(matches!(look("/packed").await, Err(Error::Wrong(_))));
    assert!(matches!(
        look("/none").await,
        Err(Error::Refused { status: 404, .. })
    ));
}

#[tokio::test]
async fn small_answers_have_a_limit() {
    let server = HttpServer::start(|_| Answer::new(200, "12345")).await;
    let read = async |bound| http().read(&at(&server, "/"), bound).await;
    assert_eq!(read(5).await.unwrap(), b"12345");
    assert!(matches!(read(4).await, Err(Error::Wrong(_))));
}
