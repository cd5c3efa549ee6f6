//! Where a token can be found after it was used: in the keychain and nowhere else.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::json;
use sifter_testkit::http::{Answer, HttpServer};

use crate::desktop::{
    Desktop,
    files::write_image,
    lab::{ACCOUNT, Lab},
    library::{add_lab, lab_view, pull, push_to, sign_in},
    page::Page,
    process::{Group, is_installed, running_in},
    session::Keychain,
    skip,
    steps::{PASSPHRASE, create_key, files_with, open_image, signed_and_verified},
    wait_until,
};

/// Writes down every message on the session bus, as it is, outside the home of the person.
fn listen_to_bus(desktop: &Desktop, file: &Path) -> Group {
    let mut command = desktop.environment().command("dbus-monitor");
    let file = std::fs::File::create(file).unwrap();
    let command = command.args(["--session", "--binary"]);
    Group::start(command.stdout(file).stderr(Stdio::null()))
}

/// Whether `words` stand in a file, as bytes.
fn has(file: &Path, words: &str) -> bool {
    let bytes = std::fs::read(file).unwrap_or_default();
    let words = words.as_bytes();
    bytes.windows(words.len()).any(|window| window == words)
}

/// The processes of the desktop that show `words` in their arguments or variables.
fn processes_with(home: &Path, words: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for (id, name) in running_in(home) {
        for part in ["cmdline", "environ"] {
            let file = PathBuf::from(format!("/proc/{id}/{part}"));
            if has(&file, words) {
                found.push((name.clone(), file));
            }
        }
    }
    found
}

/// Everything that the page keeps.
async fn storage(page: &Page) -> String {
    const ALL: &str = "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie,\
        location.href, history.state, document.documentElement.outerHTML,\
        [...document.querySelectorAll('input, textarea')].map((field) => field.value)]);";
    let text = page.client().execute(ALL, Vec::new()).await.unwrap();
    text.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_in_the_keychain_and_nowhere_else() {
    if !is_installed("dbus-monitor") {
        return skip("token scan", "dbus-monitor");
    }
    let Some(mut desktop) = Desktop::start("token scan", Keychain::Unlocked).await else {
        return;
    };
    let outside = tempfile::tempdir().unwrap();
    let heard = outside.path().join("bus");
    let _monitor = listen_to_bus(&desktop, &heard);
    let lab = Lab::start().await;
    let (id, secret) = lab.token().rsplit_once('.').unwrap();
    let image = write_image(&desktop.folder(), "samtools.sif", 100_000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    log_everything(&page).await;

    // Sign in, push and pull.
    add_lab(&page, &lab).await;
    sign_in(&page, "a-token-that-is-refused-4711").await;
    page.sees("The token is not accepted").await;
    page.fill("Token", lab.token()).await;
    page.press("Sign in").await;
    page.sees("Signed in to lab").await;
    page.press("Use lab").await;
    open_image(&page, "samtools.sif").await;
    page.press("Push").await;
    push_to(&page, &format!("{ACCOUNT}/tools")).await;
    page.press("Push unsigned").await;
    page.sees("samtools.sif was pushed").await;
    pull(&page, &format!("library://{ACCOUNT}/tools/samtools:latest")).await;
    page.sees("was pulled").await;

    // It can be found where it is looked for at all.
    wait_until("the keychain was spoken to", async || {
        has(&heard, "org.freedesktop.Secret")
    })
    .await;
    let control = outside.path().join("control");
    std::fs::write(&control, lab.token()).unwrap();
    assert_eq!(files_with(outside.path(), secret), [control]);

    let secrets = [secret, id, "a-token-that-is-refused-4711"];
    while_it_runs(&desktop, &page, &heard, &secrets).await;
    desktop.close().await;
    on_the_disk(&desktop, &secrets);
}

/// Looks at the bus, at arguments and variables of all processes, and at what the page keeps.
async fn while_it_runs(desktop: &Desktop, page: &Page, heard: &Path, secrets: &[&str]) {
    for words in secrets {
        assert!(!has(heard, words), "it went over the bus in the clear");
        let seen = processes_with(desktop.home(), words);
        assert!(seen.is_empty(), "{seen:?}");
        assert!(!storage(page).await.contains(words), "the page keeps it");
    }
}

/// Looks at all files of the person, the logs among them.
fn on_the_disk(desktop: &Desktop, secrets: &[&str]) {
    assert!(!crate::idle::logs(desktop.home()).is_empty());
    for words in secrets {
        let leaks = files_with(desktop.home(), words);
        assert!(leaks.is_empty(), "`{words}` stands in {leaks:?}");
    }
}

async fn log_everything(page: &Page) {
    let view = page.invoke("get_settings", json!({})).await.unwrap();
    let mut settings = view["settings"].clone();
    settings["logLevel"] = json!("debug");
    let change = page.invoke("change_settings", json!({ "settings": settings }));
    change.await.unwrap();
}

const PASSWORD: &str = "a-registry-password-4712";
/// User and password, as they are sent and as other programs keep them.
const BASIC: &str = "YW5uYTphLXJlZ2lzdHJ5LXBhc3N3b3JkLTQ3MTI=";
const BEARER: &str = "a-bearer-token-4713";
const SIGNATURE: &str = "4f1c0ffee471400000000000";

/// A registry that lends tokens for a password, and a shop for files whose addresses are signed.
async fn servers(image: Vec<u8>) -> HttpServer {
    HttpServer::start(move |request| {
        let login = request.header("authorization").unwrap_or_default();
        let host = request.header("host").unwrap_or_default();
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        match path {
            "/token" if login == format!("Basic {BASIC}") => {
                Answer::new(200, json!({ "token": BEARER }).to_string())
            }
            "/v2/" if login == format!("Bearer {BEARER}") => Answer::new(200, "{}"),
            "/x.sif" if query.contains(SIGNATURE) => Answer::file(request, &image, Some("\"1\"")),
            "/x.sif" | "/token" => Answer::new(403, "no"),
            _ if login == format!("Bearer {BEARER}") => Answer::new(404, "{}"),
            _ => {
                let realm = format!("Bearer realm=\"http://{host}/token\",service=\"x\"");
                Answer::new(401, "{}").with("WWW-Authenticate", realm)
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_that_were_shared_and_passphrases_and_signed_addresses_stay_nowhere_either() {
    if !is_installed("dbus-monitor") {
        return skip("secret scan", "dbus-monitor");
    }
    let Some(mut desktop) = Desktop::start("secret scan", Keychain::Unlocked).await else {
        return;
    };
    let outside = tempfile::tempdir().unwrap();
    let heard = outside.path().join("bus");
    let _monitor = listen_to_bus(&desktop, &heard);
    let image = write_image(&desktop.folder(), "samtools.sif", 100_000);
    let server = servers(std::fs::read(&image).unwrap()).await;
    let host = server.url("/").replace("http://", "").replace('/', "");
    let lab = Lab::start().await;
    let (_, token) = lab.token().rsplit_once('.').unwrap();
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    log_everything(&page).await;
    create_key(&page).await;

    // A remote and a registry, each shared with the command line and taken back.
    add_lab(&page, &lab).await;
    sign_in(&page, lab.token()).await;
    page.sees("Signed in to lab").await;
    let remote = lab_view(&page).await["id"].clone();
    let register = |password: &str| json!({ "host": host, "isPlainHttp": true, "user": "anna", "password": password, "keep": "keychain" });
    let refused = page.invoke("sign_in_registry", register("a-wrong-password-4715"));
    refused.await.unwrap_err();
    page.invoke("sign_in_registry", register(PASSWORD))
        .await
        .unwrap();
    let share = |shared: bool| json!({ "host": host, "shared": shared });
    page.invoke("share_login", json!({ "id": remote }))
        .await
        .unwrap();
    page.invoke("share_registry_login", share(true))
        .await
        .unwrap();
    // For the command lines they stand in files, as long as the person wants that.
    for words in [token, BASIC] {
        assert_eq!(files_with(desktop.home(), words).len(), 1, "{words}");
    }
    page.invoke("unshare_login", json!({ "id": remote }))
        .await
        .unwrap();
    page.invoke("share_registry_login", share(false))
        .await
        .unwrap();

    // A signed address that is good, one that is not, and a push that fails after the signing.
    pull(
        &page,
        &server.url(&format!("/x.sif?X-Amz-Signature={SIGNATURE}")),
    )
    .await;
    page.sees("was pulled").await;
    let bad = server.url("/x.sif?X-Amz-Signature=00000000000000bad4716");
    let item =
        json!({ "reference": bad, "remote": null, "arch": null, "name": null, "sha256": null });
    page.invoke("resolve_reference", json!({ "item": item }))
        .await
        .unwrap_err();
    open_image(&page, "samtools.sif").await;
    page.press("Sign").await;
    page.press("Sign image").await;
    signed_and_verified(&page, "samtools.sif").await;
    let gone = json!({ "reference": format!("oras://{host}/none/none:1"), "remote": null, "arch": null, "name": null, "sha256": null });
    page.invoke("resolve_reference", json!({ "item": gone }))
        .await
        .unwrap_err();

    let secrets = [
        token,
        PASSWORD,
        BASIC,
        "a-wrong-password-4715",
        BEARER,
        SIGNATURE,
        "bad4716",
        PASSPHRASE,
    ];
    while_it_runs(&desktop, &page, &heard, &secrets).await;
    desktop.kill().await;
    on_the_disk(&desktop, &secrets);
}
