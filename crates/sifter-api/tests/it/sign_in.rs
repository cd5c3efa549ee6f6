//! Logins: checked before they are kept, kept in the keychain, shared only when asked for, never anywhere else.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use sifter_api::{
    ApiEvent, Secret,
    keychain::Mood,
    remotes::{AccountView, KeepLogin, KeptWhere, LoginView},
    units::RemoteId,
};
use sifter_testkit::http::{Answer, HttpServer};

use crate::{
    desk::code,
    lab::{Lab, Person, files_with, plain},
};

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

/// What is written to the log of the whole test program.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_in_the_keychain_and_nowhere_else() {
    let log = Log::default();
    let writer = log.clone();
    // Only this test listens; if another one had been first, there would be nothing to look at.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .try_init()
        .unwrap();
    let lab = Lab::new().await;
    let token = lab.token();
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    let login = person.sign_in(&id, &format!("  {token}\n")).await;
    let LoginView::SignedIn { account, kept, .. } = login else {
        panic!("{login:?}");
    };
    let anna = AccountView {
        name: "anna".into(),
        mail: None,
    };
    assert_eq!(account.map(|account| account.name), Some(anna.name));
    assert_eq!(kept, KeptWhere::Keychain);
    let account = format!("remote:http://{}", lab.address);
    assert_eq!(person.keychain.accounts(), [account]);

    // Used, refused, and used again.
    person.sifter.refresh_remote(id.clone()).await.unwrap();
    let wrong = person
        .sifter
        .sign_in(
            id.clone(),
            secret("sifter.wrong.token"),
            KeepLogin::Keychain,
        )
        .await;
    assert_eq!(code(&wrong.unwrap_err()), "token-wrong");
    let person = person.restart();
    let view = person.view(&id).await;
    assert!(matches!(view.login, LoginView::SignedIn { .. }), "{view:?}");
    let fresh = person.sifter.refresh_remote(id).await.unwrap();
    assert!(
        matches!(fresh.login, LoginView::SignedIn { .. }),
        "{fresh:?}"
    );
    let found = person.sifter.search_keys(fresh.id, "nobody".into(), None);
    assert_eq!(found.await.unwrap().hits, []);

    assert_eq!(
        files_with(person.home.path(), &token),
        [] as [std::path::PathBuf; 0]
    );
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(!log.is_empty(), "there is a log to look at");
    assert!(!log.contains(&token), "the token is in the log");
    let report = person.sifter.diagnostics_report().await.unwrap();
    for secret in [token.as_str(), "Lab", lab.address.as_str(), "anna"] {
        assert!(!report.contains(secret), "{secret}:\n{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_tells_how_the_remotes_are() {
    let lab = Lab::new().await;
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.sign_in(&id, &lab.token()).await;
    person.sifter.refresh_remote(id.clone()).await.unwrap();
    let report = person.sifter.diagnostics_report().await.unwrap();
    let here = "  1. this computer, no login needed";
    let other = "  2. own, signed in, offers library keyserver";
    for line in [here, other, "keychain: fine", "log: "] {
        assert!(report.contains(line), "`{line}` in:\n{report}");
    }

    lab.end().await;
    person.keychain.set_mood(Mood::Denying);
    person.sifter.try_keychain().await.unwrap_err();
    let refreshed = person.sifter.refresh_remote(id).await;
    assert!(refreshed.unwrap().problem.is_some());
    let report = person.sifter.diagnostics_report().await.unwrap();
    for line in [
        "last problem server-unreachable",
        "keychain: keychain-denied",
    ] {
        assert!(report.contains(line), "`{line}` in:\n{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keychain_that_does_not_answer_changes_nothing() {
    let lab = Lab::new().await;
    let (first, second) = (lab.token(), lab.token());
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.sign_in(&id, &first).await;
    for (mood, expected) in [
        (Mood::Missing, "keychain-missing"),
        (Mood::Locked, "keychain-locked"),
        (Mood::Denying, "keychain-denied"),
    ] {
        person.keychain.set_mood(mood);
        let refused = person
            .sifter
            .sign_in(id.clone(), secret(&second), KeepLogin::Keychain)
            .await;
        assert_eq!(code(&refused.unwrap_err()), expected);
        let asked = person.sifter.try_keychain().await.unwrap_err();
        assert_eq!(code(&asked), expected);
        let all = person.sifter.list_remotes().await.unwrap();
        assert_eq!(code(&all.keychain_problem.unwrap()), expected);
        let out = person.sifter.sign_out(id.clone()).await.unwrap_err();
        assert_eq!(code(&out), expected, "nothing is forgotten by half");
    }
    // After a restart nothing is in memory.
    let person = person.restart();
    person.keychain.set_mood(Mood::Locked);
    person.sifter.try_keychain().await.unwrap_err();
    assert_eq!(person.view(&id).await.login, LoginView::Locked);
    person.keychain.set_mood(Mood::Open);
    person.sifter.try_keychain().await.unwrap();
    let all = person.sifter.list_remotes().await.unwrap();
    assert_eq!(all.keychain_problem, None);
    assert!(matches!(
        person.view(&id).await.login,
        LoginView::SignedIn { .. }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_can_be_kept_until_the_end_only() {
    let lab = Lab::new().await;
    let token = lab.token();
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.keychain.set_mood(Mood::Missing);
    let login = person
        .sifter
        .sign_in(id.clone(), secret(&token), KeepLogin::UntilQuit)
        .await
        .unwrap();
    let is_in_memory = matches!(
        login,
        LoginView::SignedIn {
            kept: KeptWhere::Memory,
            ..
        }
    );
    assert!(is_in_memory, "{login:?}");
    let fresh = person.sifter.refresh_remote(id.clone()).await.unwrap();
    assert!(matches!(fresh.login, LoginView::SignedIn { .. }));
    assert_eq!(files_with(person.home.path(), &token).len(), 0);
    let person = person.restart();
    assert_eq!(person.view(&id).await.login, LoginView::SignedOut);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_command_changes_nothing_that_is_kept() {
    let lab = Lab::new().await;
    let (name, token) = lab.named_token();
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.sign_in(&id, &token).await;
    person.sifter.share_login(id.clone()).await.unwrap();
    let before = (person.keychain.accounts(), person.text());
    let other = secret(&lab.token());
    person.sifter.use_token(id.clone(), other).await.unwrap();
    assert_eq!((person.keychain.accounts(), person.text()), before);

    // It is the one that is used, and only now.
    lab.cloud.revoke(&name).unwrap();
    let listed = person.sifter.list_library(id.clone(), String::new()).await;
    listed.unwrap();
    let person = person.restart();
    let listed = person.sifter.list_library(id, String::new()).await;
    assert_eq!(code(&listed.unwrap_err()), "token-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_was_withdrawn_is_told_and_can_be_renewed() {
    let lab = Lab::new().await;
    let (name, token) = lab.named_token();
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.sign_in(&id, &token).await;
    lab.cloud.revoke(&name).unwrap();
    let view = person.sifter.refresh_remote(id.clone()).await.unwrap();
    let LoginView::Expired { account } = view.login else {
        panic!("{view:?}");
    };
    assert_eq!(account.map(|account| account.name).as_deref(), Some("anna"));
    let used = person
        .sifter
        .search_keys(id.clone(), "anna".into(), None)
        .await;
    assert_eq!(code(&used.unwrap_err()), "token-expired");
    // Whoever hears of a change looks again: a login that stays refused must not be told each time.
    let mut events = person.sifter.events();
    for _ in 0..3 {
        let listed = person.sifter.list_library(id.clone(), String::new()).await;
        assert_eq!(code(&listed.unwrap_err()), "token-expired");
    }
    let told = std::iter::from_fn(|| events.try_next());
    let told = told.filter(|event| *event == ApiEvent::RemotesChanged);
    assert_eq!(told.count(), 0);
    let login = person.sign_in(&id, &lab.token()).await;
    assert!(matches!(login, LoginView::SignedIn { .. }));
    person.sifter.sign_out(id.clone()).await.unwrap();
    assert_eq!(person.view(&id).await.login, LoginView::SignedOut);
    assert_eq!(person.keychain.accounts(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_login_is_taken_back_exactly() {
    let lab = Lab::new().await;
    let (first, second) = (lab.token(), lab.token());
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    let before = person.text();
    let nobody = person.sifter.share_login(id.clone()).await.unwrap_err();
    assert_eq!(code(&nobody), "token-missing");
    person.sign_in(&id, &first).await;
    person.sifter.share_login(id.clone()).await.unwrap();
    assert!(person.view(&id).await.is_shared);
    assert!(person.text().contains(&format!("Token: {first}\n")));
    assert_eq!(
        files_with(person.home.path(), &first),
        [person.file()],
        "there and nowhere else"
    );
    // A new login is the command line's too.
    person.sign_in(&id, &second).await;
    assert!(person.text().contains(&format!("Token: {second}\n")));
    person.sifter.unshare_login(id.clone()).await.unwrap();
    assert_eq!(person.text(), before);
    assert!(!person.view(&id).await.is_shared);
    assert!(matches!(
        person.view(&id).await.login,
        LoginView::SignedIn { .. }
    ));

    // What the command line wrote since is not ours to take.
    person.sifter.share_login(id.clone()).await.unwrap();
    let theirs = person.text().replace(&second, "their-own-token");
    person.write(&theirs);
    assert!(!person.view(&id).await.is_shared);
    person.sifter.sign_out(id).await.unwrap();
    assert_eq!(person.text(), theirs);
}

/// The command line had a login of its own: it comes back when the shared one is taken back, and waits in the keychain alone.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_line_had_is_put_back() {
    let lab = Lab::new().await;
    let (first, second) = (lab.token(), lab.token());
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.sign_in(&id, &first).await;
    let theirs = "their-own-token-of-the-command-line";
    let before = person.text().replace(
        "        System: false",
        &format!("        Token: {theirs}\n        System: false"),
    );
    assert!(before.contains(theirs));
    person.write(&before);

    // Nothing is replaced that could not be kept.
    person.keychain.set_mood(Mood::Locked);
    let locked = person.sifter.share_login(id.clone()).await.unwrap_err();
    assert_eq!(
        (code(&locked).as_str(), person.text()),
        ("keychain-locked", before.clone())
    );
    person.keychain.set_mood(Mood::Open);

    assert!(person.view(&id).await.has_other_login);
    person.sifter.share_login(id.clone()).await.unwrap();
    assert!(!person.view(&id).await.has_other_login);
    assert!(person.text().contains(&first) && !person.text().contains(theirs));
    assert_eq!(
        files_with(person.home.path(), theirs),
        [] as [std::path::PathBuf; 0]
    );
    // A new login and a restart change nothing of that.
    person.sign_in(&id, &second).await;
    assert!(person.text().contains(&second));
    let person = person.restart();
    person.sifter.unshare_login(id.clone()).await.unwrap();
    assert_eq!(person.text(), before);
    assert_eq!(person.keychain.accounts().len(), 1);

    // The same by signing out, and what came since then stays.
    person.sifter.share_login(id.clone()).await.unwrap();
    let newer = person.text().replace(&second, "a-newer-one");
    person.write(&newer);
    person.sign_in(&id, &lab.token()).await;
    assert_eq!(person.text(), newer, "not ours to replace");
    person.sifter.sign_out(id).await.unwrap();
    assert_eq!(person.text(), newer);
    assert_eq!(person.keychain.accounts(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_another_sifter_kept_is_used() {
    let lab = Lab::new().await;
    let (name, first) = lab.named_token();
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.sign_in(&id, &first).await;
    let other = person.another();
    let newer = secret(&lab.token());
    other
        .sign_in(id.clone(), newer, KeepLogin::Keychain)
        .await
        .unwrap();
    lab.cloud.revoke(&name).unwrap();
    let found = person
        .sifter
        .search_keys(id.clone(), "nobody".into(), None)
        .await;
    assert_eq!(found.unwrap().hits, []);
    let view = person.view(&id).await;
    assert!(matches!(view.login, LoginView::SignedIn { .. }), "{view:?}");
    other.sign_out(id.clone()).await.unwrap();
    assert_eq!(person.view(&id).await.login, LoginView::SignedOut);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_never_goes_to_another_address() {
    let lab = Lab::new().await;
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.sign_in(&id, &lab.token()).await;
    person.sifter.share_login(id.clone()).await.unwrap();

    let other = HttpServer::start(|request| {
        let base = format!("http://{}", request.header("host").unwrap_or_default());
        let service = format!("{{\"uri\":\"{base}\"}}");
        let document = format!(
            "{{\"libraryAPI\":{service},\"keystoreAPI\":{service},\"tokenAPI\":{service}}}"
        );
        match request.path.as_str() {
            "/assets/config/config.prod.json" => Answer::new(200, document),
            _ => Answer::new(404, ""),
        }
    })
    .await;
    let moved = person
        .sifter
        .change_remote(id, plain("Lab", &other.url("")))
        .await
        .unwrap();
    assert_eq!(person.view(&moved).await.login, LoginView::SignedOut);
    assert!(!person.text().contains("Token"), "{}", person.text());
    assert_eq!(person.keychain.accounts(), Vec::<String>::new());
    person.sifter.refresh_remote(moved.clone()).await.unwrap();
    let found = person.sifter.search_keys(moved, "anna".into(), None).await;
    assert_eq!(found.unwrap().hits, []);
    let seen = other.seen();
    assert!(seen.len() >= 2, "{seen:?}");
    assert!(
        seen.iter()
            .all(|request| request.header("authorization").is_none())
    );

    // The file may be changed by hand as well.
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    person.sign_in(&id, &lab.token()).await;
    let text = person
        .text()
        .replace(&lab.address, other.url("").trim_start_matches("http://"));
    person.write(&text);
    assert_eq!(person.view(&id).await.login, LoginView::SignedOut);
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_of_the_command_line_are_taken_over_and_left_there() {
    let lab = Lab::new().await;
    let token = lab.token();
    let person = Person::new();
    person.write(&format!(
        "Active: Lab\nRemotes:\n    Lab:\n        URI: http://{}\n        Token: {token}\n        System: false\n        Exclusive: false\n        Insecure: true\n",
        lab.address
    ));
    let before = person.text();
    let id = RemoteId("remote:Lab".into());
    assert_eq!(person.view(&id).await.login, LoginView::SignedOut);
    let found = person.sifter.list_remotes().await.unwrap().found;
    assert_eq!((found[0].of.as_str(), found[0].is_registry), ("Lab", false));

    person.keychain.set_mood(Mood::Locked);
    let locked = person.sifter.import_logins().await.unwrap_err();
    assert_eq!(code(&locked), "keychain-locked");
    person.keychain.set_mood(Mood::Open);
    let imported = person.sifter.import_logins().await.unwrap();
    assert_eq!((imported.taken, imported.problems), (1, vec![]));
    assert_eq!(person.text(), before);
    assert_eq!(person.sifter.list_remotes().await.unwrap().found, []);
    let fresh = person.sifter.refresh_remote(id.clone()).await.unwrap();
    let LoginView::SignedIn { account, .. } = fresh.login else {
        panic!("{fresh:?}");
    };
    assert_eq!(account.map(|account| account.name).as_deref(), Some("anna"));
    person.sifter.sign_out(id).await.unwrap();
    assert_eq!(person.text(), before, "the command line stays signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_tokens_are_refused_before_anybody_is_asked() {
    let lab = Lab::new().await;
    let person = Person::new();
    let id = person.add("Lab", &lab.address).await;
    let long = "x".repeat(70_000);
    for (token, expected) in [
        ("", "input-invalid"),
        (" \n", "input-invalid"),
        (long.as_str(), "token-wrong"),
        ("two\nlines", "token-wrong"),
    ] {
        let refused = person
            .sifter
            .sign_in(id.clone(), secret(token), KeepLogin::Keychain)
            .await;
        assert_eq!(code(&refused.unwrap_err()), expected);
    }
    for id in [RemoteId::this_computer(), RemoteId("remote:None".into())] {
        let refused = person
            .sifter
            .sign_in(id.clone(), secret("token"), KeepLogin::Keychain)
            .await;
        let expected = if id == RemoteId::this_computer() {
            "remote-fixed"
        } else {
            "remote-unknown"
        };
        assert_eq!(code(&refused.unwrap_err()), expected);
    }
}
