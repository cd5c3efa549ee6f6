//! Access tokens: good, wrong, old, taken back; and nowhere to be found.

use jiff::Timestamp;
use scs_server::Error;
use secrecy::ExposeSecret;

use crate::support::{secret, start};

#[tokio::test]
async fn tokens_open_and_close() {
    let server = start().await;
    let check = async |token: &str| {
        let status = server
            .ask_as(token, "GET", "/v1/token-status", None)
            .await
            .status;
        (
            status,
            server
                .ask_as(token, "GET", "/v1/rbac/users/current", None)
                .await
                .status,
        )
    };
    assert_eq!(check(&server.token).await, (200, 200));
    assert!(server.token.len() >= 200 && server.token.bytes().all(|byte| byte.is_ascii_graphic()));
    assert_eq!(check("").await, (404, 401));
    let mut wrong = server.token.clone();
    wrong.replace_range(
        wrong.len() - 1..,
        if wrong.ends_with('0') { "1" } else { "0" },
    );
    assert_eq!(check(&wrong).await, (404, 401));
    assert_eq!(check("sifter.x.y").await, (404, 401));
    assert_eq!(
        server.ask_as(&wrong, "GET", "/version", None).await.status,
        200
    );
    assert_eq!(
        server
            .ask_as(&wrong, "GET", "/v1/entities/x", None)
            .await
            .status,
        401
    );
    // The sign-in of a keyserver asks for the root.
    assert_eq!(server.anonymous("/").await.status, 200);
    assert_eq!(server.ask_as(&wrong, "GET", "/", None).await.status, 401);
    let basic = server
        .request("GET", "/")
        .basic_auth("alice", Some(&server.token))
        .send()
        .await
        .unwrap();
    assert_eq!(basic.status(), 200);
    for value in ["Bearer", "Bearer ", &format!("BEARER {}", server.token)] {
        let said = server
            .request("GET", "/")
            .header("authorization", value)
            .send()
            .await
            .unwrap();
        assert_eq!(said.status(), 200, "{value}");
    }
    let user = server.get("/v1/rbac/users/current").await.json();
    assert_eq!(user["username"], "alice");
    let past = Timestamp::from_second(1).unwrap();
    let old = server.cloud.issue("alice", "old", Some(past)).unwrap();
    assert_eq!(check(old.secret.expose_secret()).await, (404, 401));
    let other = secret(&server.cloud, "alice");
    let entry = server.cloud.list().unwrap().pop().unwrap();
    assert_eq!(check(&other).await, (200, 200));
    server.cloud.revoke(&entry.id).unwrap();
    assert_eq!(check(&other).await, (404, 401));
    let listed = server.cloud.list().unwrap();
    assert!(listed[0].used.is_some() && listed.last().unwrap().revoked.is_some());
    assert!(matches!(
        server.cloud.revoke("nobody"),
        Err(Error::NoToken(_))
    ));
    assert!(matches!(
        server.cloud.issue("nobody", "", None),
        Err(Error::NoUser(_))
    ));
    assert!(matches!(
        server.cloud.ensure_user("../x"),
        Err(Error::BadName(_))
    ));
    // No token is anywhere on the disk, and none in the record.
    let token = server.token.clone();
    server.push("alice/tools/hello", "latest", b"hello").await;
    for line in server.cloud.audit(1000).unwrap() {
        assert!(
            !line.subject.contains(&token[40..]) && !line.subject.contains("/uploads/"),
            "{line:?}"
        );
    }
    for file in ["cloud.db", "cloud.db-wal"] {
        let content = std::fs::read(server.folder.path().join("cloud").join(file)).unwrap();
        assert!(
            !content
                .windows(60)
                .any(|window| window == &token.as_bytes()[40..100]),
            "{file}"
        );
    }
}
