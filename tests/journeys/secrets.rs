//! Where a token can be found after it was used: in the keychain and nowhere else.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::desktop::{
    Desktop,
    files::write_image,
    lab::{ACCOUNT, Lab},
    library::{add_lab, pull, push_to, sign_in},
    page::Page,
    process::{Group, is_installed, running_in},
    session::Keychain,
    skip,
    steps::{files_with, open_image},
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
    let mut settings = page
        .invoke("get_settings", serde_json::json!({}))
        .await
        .unwrap()["settings"]
        .clone();
    settings["logLevel"] = serde_json::json!("debug");
    let changed = page.invoke(
        "change_settings",
        serde_json::json!({ "settings": settings }),
    );
    changed.await.unwrap();

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

    for words in [secret, id, "a-token-that-is-refused-4711"] {
        assert!(!has(&heard, words), "it went over the bus in the clear");
        let seen = processes_with(desktop.home(), words);
        assert!(seen.is_empty(), "{seen:?}");
        assert!(!storage(&page).await.contains(words), "the page keeps it");
    }
    desktop.close().await;
    assert!(!crate::idle::logs(desktop.home()).is_empty());
    for words in [secret, id, "a-token-that-is-refused-4711"] {
        let leaks = files_with(desktop.home(), words);
        assert!(leaks.is_empty(), "it stands in {leaks:?}");
    }
}
