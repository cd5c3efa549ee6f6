//! Logins of OCI registries, and the file of them that the command lines share.

use std::fs;

use sifter_api::{
    Secret,
    keychain::Mood,
    remotes::{KeepLogin, KeptWhere, RegistryView},
};
use sifter_testkit::http::{Answer, HttpServer};

use crate::{desk::code, lab::Person};

/// `anna:open sesame`.
const LOGIN: &str = "Basic YW5uYTpvcGVuIHNlc2FtZQ==";

async fn registry() -> HttpServer {
    HttpServer::start(|request| {
        let answer = match request.header("authorization") {
            Some(LOGIN) => Answer::new(200, "{}"),
            _ => Answer::new(401, "").with("WWW-Authenticate", "Basic realm=\"lab\""),
        };
        answer.with("Docker-Distribution-Api-Version", "registry/2.0")
    })
    .await
}

fn host_of(server: &HttpServer) -> String {
    server.url("").trim_start_matches("http://").to_owned()
}

async fn sign_in(person: &Person, host: &str, password: &str) -> sifter_api::Result<()> {
    let password = Secret::new(password.into());
    person
        .sifter
        .sign_in_registry(
            host.into(),
            true,
            "anna".into(),
            password,
            KeepLogin::Keychain,
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_login_is_checked_kept_shared_and_taken_back() {
    let server = registry().await;
    let host = host_of(&server);
    let person = Person::new();
    let wrong = sign_in(&person, &host, "wrong").await.unwrap_err();
    assert_eq!(code(&wrong), "login-refused");
    assert_eq!(person.keychain.accounts(), Vec::<String>::new());
    sign_in(&person, &host, "open sesame").await.unwrap();
    let wrong = sign_in(&person, &host, "wrong").await.unwrap_err();
    assert_eq!(code(&wrong), "login-refused", "the old one stays");

    let person = person.restart();
    let view = person
        .sifter
        .list_remotes()
        .await
        .unwrap()
        .registries
        .remove(0);
    assert_eq!(
        (
            view.host.as_str(),
            view.user.as_str(),
            view.kept,
            view.is_shared
        ),
        (host.as_str(), "anna", KeptWhere::Keychain, false)
    );

    let file = person.file().with_file_name("docker-config.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let before = "{\n\t\"auths\": {\n\t\t\"ghcr.io\": {\n\t\t\t\"auth\": \"dXNlcjpwYXNz\"\n\t\t}\n\t},\n\t\"experimental\": \"on\"\n}";
    fs::write(&file, before).unwrap();
    person
        .sifter
        .share_registry_login(host.clone(), true)
        .await
        .unwrap();
    let shared = fs::read_to_string(&file).unwrap();
    assert!(shared.contains("YW5uYTpvcGVuIHNlc2FtZQ=="), "{shared}");
    assert!(
        shared.contains("experimental") && shared.contains("dXNlcjpwYXNz"),
        "{shared}"
    );
    assert!(
        person.text().contains(&format!("oras://{host}")),
        "{}",
        person.text()
    );
    let view = person
        .sifter
        .list_remotes()
        .await
        .unwrap()
        .registries
        .remove(0);
    assert!(view.is_shared);
    person
        .sifter
        .share_registry_login(host.clone(), false)
        .await
        .unwrap();
    let after: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let was: serde_json::Value = serde_json::from_str(before).unwrap();
    assert_eq!(after, was);
    assert!(!person.text().contains("oras://"), "{}", person.text());

    person.sifter.sign_out_registry(host.clone()).await.unwrap();
    assert_eq!(person.sifter.list_remotes().await.unwrap().registries, []);
    let gone = person.sifter.share_registry_login(host, true).await;
    assert_eq!(code(&gone.unwrap_err()), "remote-unknown");
}

async fn registry_of(person: &Person) -> RegistryView {
    person
        .sifter
        .list_remotes()
        .await
        .unwrap()
        .registries
        .remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_line_has_of_its_own_is_told_before_sharing() {
    let server = registry().await;
    let host = host_of(&server);
    let person = Person::new();
    sign_in(&person, &host, "open sesame").await.unwrap();
    let file = person.file().with_file_name("docker-config.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    for (text, is_theirs) in [
        ("{}".to_owned(), false),
        (
            "{\"auths\":{\"ghcr.io\":{\"auth\":\"dG9tOnRoZWly\"}}}".into(),
            false,
        ),
        (
            format!("{{\"auths\":{{\"{host}/one/repository\":{{\"auth\":\"dG9tOnRoZWly\"}}}}}}"),
            false,
        ),
        (format!("{{\"auths\":{{\"{host}\":{{}}}}}}"), false),
        (
            format!("{{\"auths\":{{\"http://{host}/v2/\":{{\"auth\":\"dG9tOnRoZWly\"}}}}}}"),
            true,
        ),
        (
            format!("{{\"auths\":{{\"{host}\":{{}}}},\"credsStore\":\"none\"}}"),
            true,
        ),
        ("damaged".into(), false),
    ] {
        fs::write(&file, &text).unwrap();
        let view = registry_of(&person).await;
        assert_eq!(
            (view.has_other_login, view.is_shared),
            (is_theirs, false),
            "{text}"
        );
    }
    // One that the command line made after a login was shared is its own.
    fs::write(&file, "{}").unwrap();
    let shared = person.sifter.share_registry_login(host.clone(), true);
    shared.await.unwrap();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        text.replace("YW5uYTpvcGVuIHNlc2FtZQ==", "dG9tOnRoZWly"),
    )
    .unwrap();
    let view = registry_of(&person).await;
    assert_eq!((view.has_other_login, view.is_shared), (true, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_that_the_command_line_had_is_put_back() {
    let server = registry().await;
    let host = host_of(&server);
    let person = Person::new();
    sign_in(&person, &host, "open sesame").await.unwrap();
    let file = person.file().with_file_name("docker-config.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    for theirs in [
        "\"auth\":\"dG9tOnRoZWly\"",
        "\"identitytoken\":\"their-identity\"",
        // The very same login was theirs before.
        "\"auth\":\"YW5uYTpvcGVuIHNlc2FtZQ==\"",
    ] {
        let before = format!("{{\"auths\":{{\"{host}\":{{{theirs}}}}},\"credHelpers\":{{}}}}");
        fs::write(&file, &before).unwrap();
        let share = async |shared| {
            let answer = person.sifter.share_registry_login(host.clone(), shared);
            answer.await.unwrap();
            let view = registry_of(&person).await;
            assert_eq!((view.has_other_login, view.is_shared), (!shared, shared));
            fs::read(&file).unwrap()
        };
        let view = registry_of(&person).await;
        assert!(view.has_other_login && !view.is_shared, "{theirs}");
        let shared = String::from_utf8(share(true).await).unwrap();
        assert!(shared.contains("YW5uYTpvcGVuIHNlc2FtZQ=="), "{shared}");
        assert_eq!(person.keychain.accounts().len(), 2, "{theirs}");
        let after: serde_json::Value = serde_json::from_slice(&share(false).await).unwrap();
        let was: serde_json::Value = serde_json::from_str(&before).unwrap();
        assert_eq!(after, was);
        assert_eq!(person.keychain.accounts().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_kept_for_a_registry_that_asks_only_those_who_write() {
    let open = HttpServer::start(|_| Answer::new(200, "{}")).await;
    let person = Person::new();
    sign_in(&person, &host_of(&open), "open sesame")
        .await
        .unwrap();
    assert_eq!(person.keychain.accounts().len(), 1);
    let seen = open.seen();
    assert!(
        seen.iter()
            .all(|request| request.header("authorization").is_none())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn registry_logins_of_the_command_line_are_taken_over_and_left_there() {
    let person = Person::new();
    let file = person.file().with_file_name("docker-config.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = "{\"auths\":{\"ghcr.io\":{\"auth\":\"dXNlcjpwYXNz\"},\"https://index.docker.io/v1/\":{\"auth\":\"dXNlcjpwYXNz\"}},\"credHelpers\":{\"gcr.io\":\"not-installed\"}}";
    fs::write(&file, text).unwrap();
    let found = person.sifter.list_remotes().await.unwrap().found;
    let names: Vec<_> = found.iter().map(|login| login.of.as_str()).collect();
    assert_eq!(names, ["docker.io", "gcr.io", "ghcr.io"]);
    assert!(found.iter().all(|login| login.is_registry));

    person.keychain.set_mood(Mood::Missing);
    let missing = person.sifter.import_logins().await.unwrap_err();
    assert_eq!(code(&missing), "keychain-missing");
    person.keychain.set_mood(Mood::Open);
    let imported = person.sifter.import_logins().await.unwrap();
    assert_eq!(imported.taken, 2);
    assert_eq!(imported.problems.len(), 1);
    assert_eq!(imported.problems[0].0, "gcr.io");
    assert_eq!(
        person.keychain.accounts(),
        ["registry:docker.io", "registry:ghcr.io"]
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_registry_is_told() {
    let person = Person::new();
    let page = HttpServer::start(|_| Answer::new(200, "<html>welcome</html>")).await;
    for host in ["", "two words", "http://"] {
        let error = sign_in(&person, host, "x").await.unwrap_err();
        assert_eq!(code(&error), "input-invalid", "{host:?}");
    }
    let error = sign_in(&person, "127.0.0.1:1", "x").await.unwrap_err();
    assert_eq!(code(&error), "server-unreachable");
    sign_in(&person, &host_of(&page), "x").await.unwrap_err();
    assert!(
        page.seen()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
    assert_eq!(person.keychain.accounts(), Vec::<String>::new());
}
