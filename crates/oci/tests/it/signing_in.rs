//! Who sees a login, and when.

use oci::{Cause, Login, LoginCheck};
use sifter_testkit::http::{Answer, HttpServer};

use crate::twin::{BASIC, Door, PASSWORD, TOKEN, Twin, USER, password};

/// A registry that wants tokens, and the server that gives them.
async fn with_tokens() -> (Twin, String) {
    // The address of the twin is known only once it runs: its own path is written as a relative one by nobody, so the
    // realm is told by a header that is made when it is asked.
    let twin = Twin::with(Door::Open, |request, store| {
        let host = request.header("host").unwrap_or_default().to_owned();
        if request.path.starts_with("/token") {
            return None;
        }
        let good = format!("Bearer {TOKEN}-{}", store.tokens);
        if request.header("authorization") == Some(&good) {
            return None;
        }
        let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"twin\"");
        Some(Answer::new(401, "").with("WWW-Authenticate", challenge))
    })
    .await;
    let host = twin.host();
    (twin, host)
}

#[tokio::test]
async fn a_login_is_sent_only_to_those_who_ask_for_it() {
    let open = Twin::start(Door::Open).await;
    assert_eq!(
        open.registry(password()).check_login().await.unwrap(),
        LoginCheck::NotAsked
    );
    assert_eq!(open.seen(), ["GET /v2/ -"]);

    let basic = Twin::start(Door::Basic).await;
    assert_eq!(
        basic.registry(password()).check_login().await.unwrap(),
        LoginCheck::Accepted
    );
    assert_eq!(
        basic.seen(),
        ["GET /v2/ -".to_owned(), format!("GET /v2/ {BASIC}")]
    );
}

#[tokio::test]
async fn a_password_is_exchanged_for_a_token() {
    let (twin, _) = with_tokens().await;
    let registry = twin.registry(password());
    assert_eq!(registry.check_login().await.unwrap(), LoginCheck::Accepted);
    assert_eq!(
        twin.seen(),
        [
            "GET /v2/ -".to_owned(),
            format!("GET /token {BASIC}"),
            format!("GET /v2/ Bearer {TOKEN}-1"),
        ]
    );
    let asked = twin.server.seen();
    assert_eq!(asked[1].path, format!("/token?service=twin&account={USER}"));
    // For a repository there is a token of its own, once.
    twin.put("1", b"sif");
    for _ in 0..2 {
        registry
            .resolve(&twin.reference("lab/x:1"), None)
            .await
            .unwrap();
    }
    let tokens: Vec<_> = twin
        .server
        .seen()
        .into_iter()
        .filter(|request| request.path.starts_with("/token"))
        .collect();
    assert_eq!(tokens.len(), 2);
    assert!(
        tokens[1]
            .path
            .contains("scope=repository%3Alab%2Fx%3Apull&"),
        "{}",
        tokens[1].path
    );
}

#[tokio::test]
async fn a_token_that_is_too_old_is_replaced() {
    let (twin, _) = with_tokens().await;
    twin.put("1", b"sif");
    let registry = twin.registry(None);
    let reference = twin.reference("lab/x:1");
    registry.resolve(&reference, None).await.unwrap();
    twin.store.lock().unwrap().tokens += 7;
    registry.resolve(&reference, None).await.unwrap();
    let last = twin.seen().pop().unwrap();
    // A busy machine may have asked for a token twice.
    let tokens = twin.store.lock().unwrap().tokens;
    assert!(tokens >= 9, "{tokens}");
    assert_eq!(
        last,
        format!("GET /v2/lab/x/manifests/1 Bearer {TOKEN}-{tokens}")
    );
}

#[tokio::test]
async fn the_scope_of_the_first_answer_is_an_example_and_that_of_others_counts() {
    let twin = Twin::with(Door::Open, |request, store| {
        let host = request.header("host").unwrap_or_default();
        if request.path.starts_with("/token") {
            // As a large registry does it: for the example nobody gets a token.
            let is_example = request.path.contains("example");
            return is_example.then(|| Answer::new(403, ""));
        }
        let good = format!("Bearer {TOKEN}-{}", store.tokens);
        let is_mirror = request.path.contains("/mirror/") && store.tokens < 2;
        if request.header("authorization") == Some(&good) && !is_mirror {
            return None;
        }
        let scope = match request.path.as_str() {
            "/v2/" => "repository:user/example:pull",
            path if path.contains("/mirror/") => "repository:upstream/x:pull",
            _ => "repository:lab/x:pull",
        };
        let challenge =
            format!("Bearer realm=\"http://{host}/token\",service=\"twin\",scope=\"{scope}\"");
        Some(Answer::new(401, "").with("WWW-Authenticate", challenge))
    })
    .await;
    twin.put("1", b"sif");
    let resolve = async |rest: &str| {
        let registry = twin.registry(password());
        registry
            .resolve(&twin.reference(rest), None)
            .await
            .map(drop)
    };
    resolve("mirror/x:1").await.unwrap();
    resolve("lab/x:1").await.unwrap();
    let requests = twin.server.seen();
    let scopes: Vec<_> = requests
        .iter()
        .filter(|request| request.path.starts_with("/token"))
        .map(|request| request.path.matches("scope=").count())
        .collect();
    // The mirror says what it needs more; another repository hears nothing of that.
    assert_eq!(scopes, [1, 2, 1]);
}

#[tokio::test]
async fn an_identity_is_sent_in_a_body() {
    let (twin, _) = with_tokens().await;
    let login = Login::Identity("identity-of-anna".to_owned().into());
    twin.registry(Some(login)).check_login().await.unwrap();
    let asked = twin.server.seen();
    assert_eq!(
        (asked[1].method.as_str(), asked[1].path.as_str()),
        ("POST", "/token")
    );
    let login = Login::Bearer(format!("{TOKEN}-1").into());
    twin.registry(Some(login)).check_login().await.unwrap();
}

#[tokio::test]
async fn wrong_logins_are_told_apart_from_none() {
    let wrong = |secret: &str| {
        Some(Login::Password {
            user: USER.into(),
            password: secret.to_owned().into(),
        })
    };
    let (tokens, _) = with_tokens().await;
    let basic = Twin::start(Door::Basic).await;
    for twin in [&tokens, &basic] {
        let error = twin
            .registry(wrong("something else"))
            .check_login()
            .await
            .unwrap_err();
        assert!(
            matches!(
                error.cause(),
                Cause::SignIn {
                    was_anonymous: false,
                    ..
                }
            ),
            "{error}"
        );
        assert!(!format!("{error:?}{error}").contains("something else"));
    }
    let error = basic
        .registry(None)
        .resolve(&basic.reference("x/y:1"), None)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error.cause(),
            Cause::SignIn {
                was_anonymous: true,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.status, Some(401));
    let broken = wrong("line\nbreak");
    let error = basic.registry(broken).check_login().await;
    // What can be written in Base64 can be sent.
    assert!(matches!(error.unwrap_err().cause(), Cause::SignIn { .. }));
}

#[tokio::test]
async fn what_is_asked_for_and_not_known_is_named() {
    let twin = Twin::start(Door::Odd("Negotiate".into())).await;
    let error = twin.registry(password()).check_login().await.unwrap_err();
    assert!(
        matches!(error.cause(), Cause::UnknownSignIn(scheme) if scheme == "Negotiate"),
        "{error}"
    );
    assert_eq!(twin.seen(), ["GET /v2/ -"]);
}

#[tokio::test]
async fn a_password_goes_to_no_unsafe_place() {
    // A registry without encryption may name a place without encryption, but no other kind of address.
    for realm in [
        "ftp://127.0.0.1/token",
        "file:///token",
        "//",
        "http://me:secret@127.0.0.1/token",
    ] {
        let twin = Twin::start(Door::Tokens(realm.into())).await;
        let error = twin.registry(password()).check_login().await.unwrap_err();
        assert!(
            matches!(error.cause(), Cause::Redirect(_)),
            "{realm}: {error}"
        );
        assert!(!twin.seen().concat().contains("Basic"), "{realm}");
    }
    // A redirect of the token service to another origin does not take the password along.
    let thief = HttpServer::start(|_| Answer::new(401, "")).await;
    let elsewhere = thief.url("/token");
    let tokens =
        HttpServer::start(move |_| Answer::new(307, "").with("Location", &elsewhere)).await;
    let twin = Twin::start(Door::Tokens(tokens.url("/token"))).await;
    twin.registry(password()).check_login().await.unwrap_err();
    assert_eq!(tokens.seen()[0].header("authorization"), Some(BASIC));
    assert_eq!(thief.seen().len(), 1);
    assert_eq!(thief.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn what_is_no_registry_is_told() {
    for (status, kind, body) in [
        (404, "text/plain", "hello"),
        (200, "text/html", "hello"),
        (200, "text/plain", "\n<html>hello"),
        (403, "text/plain", "hello"),
    ] {
        let server =
            HttpServer::start(move |_| Answer::new(status, body).with("Content-Type", kind)).await;
        let host = server
            .url("")
            .trim_start_matches("http://")
            .parse()
            .unwrap();
        let registry = oci::Registry::new(&crate::twin::client(), host, None, false);
        let error = registry.check_login().await.unwrap_err();
        assert!(
            matches!(error.cause(), Cause::NotARegistry),
            "{status}: {error}"
        );
    }
    let server = HttpServer::start(|_| Answer::new(503, "")).await;
    let host = server
        .url("")
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let registry = oci::Registry::new(&crate::twin::client(), host, None, false);
    let error = registry.check_login().await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Server { .. }), "{error}");
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn a_secret_that_a_server_repeats_is_not_shown() {
    let twin = Twin::with(Door::Basic, |request, _| {
        let said = format!(r#"{{"errors":[{{"message":"no such login: {PASSWORD}"}}]}}"#);
        let has_login = request.header("authorization").is_some();
        has_login.then(|| Answer::new(403, said).with("Content-Type", "application/json"))
    })
    .await;
    let error = twin.registry(password()).check_login().await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Forbidden { .. }), "{error}");
    assert!(error.to_string().contains("no such login: …"), "{error}");
}

/// A login that is right and still not enough: services refuse that in several ways, and none of them means that one should
/// sign in again.
#[tokio::test]
async fn what_a_login_may_not_do_is_told_apart_from_a_wrong_login() {
    for (name, at_service) in [("the registry", false), ("the token service", true)] {
        let twin = Twin::with(Door::Open, move |request, store| {
            let host = request.header("host").unwrap_or_default();
            if request.path.starts_with("/token") {
                let is_denied = at_service && request.path.contains("push");
                return is_denied.then(|| Answer::new(403, r#"{"errors":[{"code":"DENIED"}]}"#));
            }
            let good = format!("Bearer {TOKEN}-{}", store.tokens);
            let is_write = request.method == "POST";
            if request.header("authorization") == Some(&good) && !is_write {
                return None;
            }
            let more = if is_write {
                ",error=\"insufficient_scope\""
            } else {
                ""
            };
            let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"twin\"{more}");
            Some(Answer::new(401, "").with("WWW-Authenticate", challenge))
        })
        .await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"sif").unwrap();
        let push = async |login| {
            let push = oci::Push {
                repository: &twin.reference("lab/x:1").repository,
                tags: &[],
                file: file.path(),
                form: oci::Form::Artifact { title: "x.sif" },
                size: 3,
                digest: oci::Digest::of(b"sif"),
                piece_size: oci::PIECE_SIZE,
                resume: None,
                on_state: &|_| {},
                bandwidth: transfer::Bandwidth::unlimited(),
                progress: std::sync::Arc::new(transfer::Silent),
                stop: transfer::CancellationToken::new(),
            };
            twin.registry(login).push(&push).await.unwrap_err()
        };
        let error = push(password()).await;
        assert!(
            matches!(error.cause(), Cause::Forbidden { .. }),
            "{name}: {error}"
        );
        let error = push(None).await;
        let is_unknown = matches!(
            error.cause(),
            Cause::SignIn {
                was_anonymous: true,
                ..
            }
        );
        assert!(is_unknown, "{name}: {error}");
    }
}

#[tokio::test]
async fn a_registry_that_does_not_say_what_it_wants_gets_the_password() {
    let twin = Twin::with(Door::Open, |request, _| {
        (request.header("authorization") != Some(BASIC)).then(|| Answer::new(401, ""))
    })
    .await;
    twin.put("1", b"sif");
    let anna = twin.registry(password());
    assert_eq!(anna.check_login().await.unwrap(), LoginCheck::Accepted);
    anna.resolve(&twin.reference("x/y:1"), None).await.unwrap();
    let nobody = twin.registry(None);
    let error = nobody.check_login().await.unwrap_err();
    assert!(
        matches!(
            error.cause(),
            Cause::SignIn {
                was_anonymous: true,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_registry_that_asks_only_those_who_write_gets_the_login_then() {
    let twin = Twin::with(Door::Open, |request, _| {
        let is_write = matches!(request.method.as_str(), "POST" | "PUT");
        let is_known = request.header("authorization") == Some(BASIC);
        let refusal = || Answer::new(401, "").with("WWW-Authenticate", "Basic realm=\"x\"");
        (is_write && !is_known).then(refusal)
    })
    .await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"sif").unwrap();
    let push = oci::Push {
        repository: &twin.reference("lab/x:1").repository,
        tags: &[],
        file: file.path(),
        form: oci::Form::Artifact { title: "x.sif" },
        size: 3,
        digest: oci::Digest::of(b"sif"),
        piece_size: oci::PIECE_SIZE,
        resume: None,
        on_state: &|_| {},
        bandwidth: transfer::Bandwidth::unlimited(),
        progress: std::sync::Arc::new(transfer::Silent),
        stop: transfer::CancellationToken::new(),
    };
    twin.registry(password()).push(&push).await.unwrap();
}

#[tokio::test]
async fn a_person_who_waits_is_told_soon() {
    let server = HttpServer::start(|_| Answer::new(503, "")).await;
    let host = server.url("").trim_start_matches("http://").to_owned();
    let client = crate::twin::client().for_a_person();
    let registry = oci::Registry::new(&client, host.parse().unwrap(), None, false);
    registry.check_login().await.unwrap_err();
    assert_eq!(server.seen().len(), 2);
}
