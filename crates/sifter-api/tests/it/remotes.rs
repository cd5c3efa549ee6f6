//! The list of remotes: looked at, changed, as the command lines share it.

use std::{collections::HashMap, fs};

use sifter_api::{
    ApiEvent,
    library::PullItem,
    remotes::{FixedReason, LoginView, NewRemote, RemoteKind},
    settings::Settings,
    units::RemoteId,
};
use sifter_testkit::http::{Answer, HttpServer};

use crate::{
    desk::{PATIENCE, code},
    lab::{Lab, Person, plain},
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_contacted_or_made_before_somebody_asks() {
    let server = HttpServer::start(|_| Answer::new(500, "")).await;
    let person = Person::new();
    person.write(&format!(
        "Active: Lab\nRemotes:\n    Lab:\n        URI: {}\n        Insecure: true\n        Token: a-token\n",
        server.url("")
    ));
    let settings = Settings {
        proxy: server.url(""),
        ..person.sifter.get_settings().await.unwrap().settings
    };
    person.sifter.change_settings(settings).await.unwrap();
    let person = person.restart();
    person.sifter.warm_up();
    person.sifter.watch().await.unwrap();
    person.sifter.start_view().await.unwrap();
    let all = person.sifter.list_remotes().await.unwrap();
    person.sifter.list_keys().await.unwrap();
    person.sifter.list_tasks().await.unwrap();
    person.sifter.target_folder().await.ok();

    assert_eq!(all.current, RemoteId::this_computer());
    assert_eq!(all.remotes[0].login, LoginView::NotNeeded);
    assert_eq!(all.remotes[0].fixed, Some(FixedReason::ThisComputer));
    assert_eq!(all.found.len(), 1, "a login of the command line is offered");
    assert_eq!(person.sifter.contacts().await.unwrap(), []);
    assert!(server.seen().is_empty(), "nobody was asked");
    let data = person.home.path().join("data");
    assert!(!data.join("cloud").exists() && !data.join("cloud.json").exists());
    assert_eq!(person.keychain.accounts(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn remotes_are_added_changed_and_removed_as_the_command_line_reads_them() {
    let person = Person::new();
    let first = person.sifter.list_remotes().await.unwrap();
    assert_eq!(
        (first.remotes[1].name.as_str(), first.remotes[1].kind),
        ("SylabsCloud", RemoteKind::System)
    );
    assert!(!person.file().exists(), "looking writes nothing");

    let id = person
        .sifter
        .add_remote(NewRemote {
            name: " Lab ".into(),
            address: "https://lab.example.org/cloud/".into(),
            is_plain_http: false,
            make_active: false,
        })
        .await
        .unwrap();
    assert_eq!(id, RemoteId("remote:Lab".into()));
    let text = person.text();
    assert!(text.contains("URI: lab.example.org/cloud\n"), "{text}");
    assert!(
        text.starts_with("Active: SylabsCloud\n"),
        "as before: {text}"
    );

    let taken = person.sifter.add_remote(plain("Lab", "other.example.org"));
    assert_eq!(code(&taken.await.unwrap_err()), "remote-name-taken");

    let renamed = person
        .sifter
        .change_remote(
            id,
            NewRemote {
                make_active: true,
                ..plain("Bench", "localhost:8080")
            },
        )
        .await
        .unwrap();
    let text = person.text();
    assert!(
        text.contains("URI: http://localhost:8080\n") && text.contains("Insecure: true"),
        "a port needs its scheme: {text}"
    );
    assert!(
        text.starts_with("Active: Bench\n") && !text.contains("Lab"),
        "{text}"
    );
    let view = person.view(&renamed).await;
    assert_eq!(
        (view.address.as_str(), view.is_plain_http, view.is_active),
        ("localhost:8080", true, true)
    );

    person
        .sifter
        .set_current_remote(renamed.clone())
        .await
        .unwrap();
    let sylabs = RemoteId("remote:SylabsCloud".into());
    person
        .sifter
        .make_remote_active(sylabs.clone())
        .await
        .unwrap();
    assert!(person.text().starts_with("Active: SylabsCloud\n"));
    person.sifter.remove_remote(renamed.clone()).await.unwrap();
    let all = person.sifter.list_remotes().await.unwrap();
    assert_eq!(all.current, RemoteId::this_computer());
    for (id, expected) in [
        (renamed, "remote-unknown"),
        (sylabs, "remote-fixed"),
        (RemoteId::this_computer(), "remote-fixed"),
    ] {
        let error = person.sifter.remove_remote(id).await.unwrap_err();
        assert_eq!(code(&error), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_and_names_that_are_none_are_refused() {
    let person = Person::new();
    for (name, address, is_plain_http) in [
        ("", "lab.example.org", false),
        ("two\nlines", "lab.example.org", false),
        ("x", "", false),
        ("x", "ftp://lab.example.org", false),
        ("x", "https://anna:pass@lab.example.org", false),
        ("x", "http://lab.example.org", false),
        ("x", "https://", false),
    ] {
        let new = NewRemote {
            name: name.into(),
            address: address.into(),
            is_plain_http,
            make_active: false,
        };
        let error = person.sifter.add_remote(new).await.unwrap_err();
        assert_eq!(code(&error), "input-invalid", "{name:?} {address:?}");
        assert!(!error.message.contains("pass"), "{error}");
    }
    assert!(!person.file().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_told_and_never_written() {
    let damaged =
        "Active: Lab\nRemotes:\n    Lab:\n        URI: lab.example.org\n        Colour: green\n";
    let person = Person::new();
    person.write(damaged);
    let all = person.sifter.list_remotes().await.unwrap();
    let problem = all.file_problem.unwrap();
    assert_eq!(code(&problem), "remote-file-damaged");
    assert!(problem.message.contains("`Colour`"), "{problem}");
    assert!(problem.message.contains("line 5"), "{problem}");

    let sylabs = RemoteId("remote:SylabsCloud".into());
    let sifter = &person.sifter;
    for result in [
        sifter
            .add_remote(plain("New", "localhost:1"))
            .await
            .map(drop),
        sifter.make_remote_active(sylabs.clone()).await,
        sifter.remove_remote(sylabs).await,
    ] {
        assert_eq!(code(&result.unwrap_err()), "remote-file-damaged");
    }
    assert_eq!(person.text(), damaged);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_administrators_only_remote_is_honoured() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = sifter_testkit::TempHome::new();
    let system = place.path().join("etc");
    fs::create_dir_all(&system).unwrap();
    fs::write(
        system.join("remote.yaml"),
        "Active: Site\nRemotes:\n    Site:\n        URI: https://localhost:2\n        System: true\n        Exclusive: true\n",
    )
    .unwrap();
    let program = place.path().join("singularity");
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in --version) echo singularity-ce version 4.3.1;; buildcfg) echo {};; esac\n",
        system.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = place.path().as_os_str().to_owned();
    let person = Person::with_environment(HashMap::from([("PATH".to_owned(), path)]));

    let own = person.add("Own", "localhost:1").await;
    let site = RemoteId("remote:Site".into());
    let all = person.sifter.list_remotes().await.unwrap();
    assert_eq!(
        (all.exclusive, all.current),
        (Some(site.clone()), site.clone())
    );
    assert_eq!(person.view(&site).await.fixed, Some(FixedReason::System));
    let sifter = &person.sifter;
    for result in [
        sifter.set_current_remote(own.clone()).await,
        sifter.set_current_remote(RemoteId::this_computer()).await,
        sifter.make_remote_active(own.clone()).await,
        sifter.search_keys(own, "anna".into(), None).await.map(drop),
    ] {
        assert_eq!(code(&result.unwrap_err()), "remote-exclusive");
    }
    sifter.set_current_remote(site.clone()).await.unwrap();

    // A reference without a server means it, and no reference leads past it to another library.
    let read = async |text: &str| {
        let view = sifter.read_reference(text.into(), None).await.unwrap();
        view.and_then(|view| view.remote)
    };
    assert_eq!(read("library://anna/tools/tool:1").await, Some(site));
    assert_eq!(read("library://127.0.0.1:3/anna/tools/tool:1").await, None);
    let past = PullItem {
        reference: "library://127.0.0.1:3/anna/tools/tool:1".into(),
        remote: None,
        arch: None,
        name: None,
        sha256: None,
    };
    let asked = sifter.resolve_reference(past).await;
    assert_eq!(code(&asked.unwrap_err()), "remote-exclusive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_that_the_command_line_removed_is_in_use_no_more() {
    let person = Person::new();
    let lab = person.add("Lab", "localhost:1").await;
    let sifter = &person.sifter;
    sifter.set_current_remote(lab.clone()).await.unwrap();
    let means = async || {
        let text = "library://anna/tools/tool:1".to_owned();
        let view = sifter.read_reference(text, None).await.unwrap();
        view.and_then(|view| view.remote)
    };
    assert_eq!(means().await, Some(lab.clone()));
    // Where the list cannot be read nothing goes elsewhere unseen.
    let good = fs::read(person.file()).unwrap();
    fs::write(person.file(), "Active: Lab\nremotes: {}\n").unwrap();
    assert_eq!(means().await, Some(lab.clone()));
    for refused in [
        sifter.remote_in_use().await.map(drop),
        sifter
            .search_keys(lab.clone(), "anna".into(), None)
            .await
            .map(drop),
        sifter.set_current_remote(lab.clone()).await,
    ] {
        assert_eq!(code(&refused.unwrap_err()), "remote-file-damaged");
    }
    fs::write(person.file(), good).unwrap();
    assert_eq!(sifter.remote_in_use().await, Ok(lab));

    fs::write(person.file(), "Active: \"\"\nRemotes: {}\n").unwrap();
    assert_eq!(means().await, Some(RemoteId::this_computer()));
    assert_eq!(sifter.remote_in_use().await, Ok(RemoteId::this_computer()));
    let all = sifter.list_remotes().await.unwrap();
    assert_eq!(all.current, RemoteId::this_computer());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_behind_an_address_is_shown_or_why_not() {
    let lab = Lab::new().await;
    let person = Person::new();
    let probe = person
        .sifter
        .probe_remote(format!("http://{}", lab.address), true)
        .await
        .unwrap();
    assert_eq!(probe.address, lab.address);
    assert_eq!(probe.name, "127.0.0.1");
    assert_eq!(probe.known_as, None);
    let base = format!("http://{}", lab.address);
    assert_eq!(probe.services.library.as_deref(), Some(base.as_str()));
    assert_eq!(
        probe.services.token_page,
        Some(format!("{base}/auth/tokens"))
    );
    assert_eq!(person.sifter.list_remotes().await.unwrap().remotes.len(), 2);

    let id = person.add("Lab", &lab.address).await;
    let again = person.sifter.probe_remote(lab.address.clone(), true).await;
    assert_eq!(again.unwrap().known_as, Some(id.clone()));
    let page = person.sifter.token_page(id.clone()).await.unwrap();
    assert_eq!(page, format!("{base}/auth/tokens"));
    let fresh = person.sifter.refresh_remote(id).await.unwrap();
    assert!(fresh.services.is_some() && fresh.problem.is_none());
    let contacts = person.sifter.contacts().await.unwrap();
    assert_eq!(
        (contacts[0].host.as_str(), contacts[0].purpose.as_str()),
        (lab.address.as_str(), "discovery")
    );

    let portal = HttpServer::start(|_| Answer::new(200, "<html>welcome</html>")).await;
    let broken = HttpServer::start(|_| Answer::new(400, "no")).await;
    for (address, is_plain_http, expected) in [
        (portal.url(""), true, "server-answer-invalid"),
        (broken.url(""), true, "input-invalid"),
        (portal.url(""), false, "input-invalid"),
        ("127.0.0.1:1".into(), true, "server-unreachable"),
    ] {
        let error = person
            .sifter
            .probe_remote(address.clone(), is_plain_http)
            .await
            .unwrap_err();
        assert_eq!(code(&error), expected, "{address}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_a_server_leads_to_are_named_too() {
    let lab = Lab::new().await;
    let to = format!("http://{}/assets/config/config.prod.json", lab.address);
    let guide = HttpServer::start(move |_| Answer::new(302, "").with("Location", &to)).await;
    let person = Person::new();
    person
        .sifter
        .probe_remote(guide.url(""), true)
        .await
        .unwrap();
    let contacts = person.sifter.contacts().await.unwrap();
    let named: Vec<_> = contacts
        .iter()
        .map(|contact| (contact.host.clone(), contact.purpose.as_str()))
        .collect();
    let guide = guide.url("").replace("http://", "");
    assert_eq!(
        named,
        [(lab.address.clone(), "download"), (guide, "discovery")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_out_of_reach_keeps_what_it_said_before() {
    let person = Person::new();
    let id = {
        let lab = Lab::new().await;
        let id = person.add("Lab", &lab.address).await;
        person.sifter.refresh_remote(id.clone()).await.unwrap();
        lab.end().await;
        id
    };
    let person = person.restart();
    let view = person.view(&id).await;
    assert!(view.services.is_some(), "known without asking");
    let asked = person.sifter.refresh_remote(id.clone()).await.unwrap();
    assert_eq!(code(&asked.problem.unwrap()), "server-unreachable");
    assert!(asked.services.is_some());
    person.sifter.token_page(id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_line_changes_is_told() {
    let person = Person::new();
    person.add("Lab", "localhost:1").await;
    person.sifter.watch().await.unwrap();
    let mut events = person.sifter.events();
    let text = person.text().replace("Lab", "Bench");
    person.write(&text);
    let told = async {
        while let Some(event) = events.next().await {
            if event == ApiEvent::RemotesChanged {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    let all = person.sifter.list_remotes().await.unwrap();
    assert!(all.remotes.iter().any(|remote| remote.name == "Bench"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_authorities_must_have_some() {
    let person = Person::new();
    let path = person.home.file("site.pem");
    fs::write(&path, "no certificate").unwrap();
    let error = person.sifter.use_ca_file(path.clone()).await.unwrap_err();
    assert_eq!(code(&error), "input-invalid");
    let before = person.sifter.get_settings().await.unwrap().settings.ca_file;
    assert_eq!(before, "");
    let missing = person
        .sifter
        .use_ca_file(person.home.file("none.pem"))
        .await;
    assert_eq!(code(&missing.unwrap_err()), "file-missing");
    for proxy in ["nonsense", "http://anna:pass@proxy.example.org:3128"] {
        let settings = Settings {
            proxy: proxy.into(),
            ..person.sifter.get_settings().await.unwrap().settings
        };
        let error = person.sifter.change_settings(settings).await.unwrap_err();
        assert_eq!(code(&error), "input-invalid", "{proxy}");
    }
}
