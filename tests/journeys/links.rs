//! Links from outside fill in a sheet and start nothing; `library://` comes here only after consent.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::desktop::{
    Desktop,
    page::Page,
    process::is_installed,
    session::Keychain,
    skip,
    steps::{files_with, look_around},
    wait_until,
};

const ESCAPE: &str = "\u{e00c}";
const OWN_LINK: &str = "sifter://lab.example.org/genomics/tools/samtools:1.19";
const LIBRARY_LINK: &str = "library://lab.example.org/genomics/tools/bwa:0.7";

/// Waits for the sheet of a link to a server that is not known, and closes it.
async fn asks_about_the_server(page: &Page, container: &str) {
    page.sees("From a link. Check the server name.").await;
    page.sees("Nothing was asked or fetched yet.").await;
    page.sees("lab.example.org").await;
    page.sees(container).await;
    page.keys(ESCAPE).await;
    page.gone("[role=dialog]").await;
}

/// Turns links of libraries on or off.
async fn open_library_links(page: &Page, on: bool) {
    let mut settings = page.invoke("get_settings", json!({})).await.unwrap()["settings"].clone();
    settings["openLibraryLinks"] = json!(on);
    let changed = page.invoke("change_settings", json!({ "settings": settings }));
    changed.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_fills_in_a_sheet_and_starts_nothing() {
    let Some(mut desktop) = Desktop::start("links", Keychain::None).await else {
        return;
    };
    // Before the page exists.
    let page = desktop.open(&[OWN_LINK]).await;
    asks_about_the_server(&page, "samtools").await;

    // A second start hands it over.
    let before = desktop.program_ids();
    desktop.start_again(&[Path::new(OWN_LINK)]).await;
    asks_about_the_server(&page, "samtools").await;
    assert_eq!(desktop.program_ids(), before, "one program only");

    // No token, no path, and no library link without consent.
    for link in [
        "sifter://anna:geheim-4711@lab.example.org/genomics/tools/evil:1",
        "sifter://lab.example.org/genomics/tools/evil:1?token=geheim-4711",
        "sifter://lab.example.org/../../etc/passwd",
        LIBRARY_LINK,
    ] {
        desktop.start_again(&[Path::new(link)]).await;
    }
    desktop.start_again(&[Path::new(OWN_LINK)]).await;
    asks_about_the_server(&page, "samtools").await;
    let waiting = page.invoke("take_links", json!({})).await.unwrap();
    assert_eq!(waiting, json!([]));

    assert_eq!(
        page.invoke("list_tasks", json!({})).await.unwrap(),
        json!([])
    );
    assert_eq!(page.invoke("contacts", json!({})).await.unwrap(), json!([]));
    assert_eq!(
        page.invoke("list_images", json!({})).await.unwrap(),
        json!([])
    );
    desktop.close().await;
    let leaks = files_with(desktop.home(), "geheim-4711");
    assert!(leaks.is_empty(), "{leaks:?}");
}

/// Where a person's own entries for the desktop are, and the one that Sifter makes.
fn entry(home: &Path) -> PathBuf {
    home.join(".local/share/applications/sifter-handler.desktop")
}

/// What the desktop opens a library link with.
fn opens_with(desktop: &Desktop) -> String {
    let mut query = desktop.environment().command("xdg-mime");
    let output = query
        .args(["query", "default", "x-scheme-handler/library"])
        .output();
    String::from_utf8_lossy(&output.unwrap().stdout)
        .trim()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn library_links_come_here_after_consent_and_stop_when_it_is_taken_back() {
    if !is_installed("xdg-mime") {
        return skip("library links", "xdg-mime");
    }
    let Some(mut desktop) = Desktop::start("library links", Keychain::None).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    look_around(&page).await;
    assert!(!entry(desktop.home()).exists(), "nobody agreed to it");

    open_library_links(&page, true).await;
    wait_until("the desktop opens such links here", async || {
        opens_with(&desktop) == "sifter-handler.desktop"
    })
    .await;
    let text = std::fs::read_to_string(entry(desktop.home())).unwrap();
    assert!(text.contains("x-scheme-handler/library"), "{text}");
    desktop.start_again(&[Path::new(LIBRARY_LINK)]).await;
    asks_about_the_server(&page, "bwa").await;

    open_library_links(&page, false).await;
    wait_until("the desktop no longer does", async || {
        opens_with(&desktop).is_empty()
    })
    .await;
    desktop.start_again(&[Path::new(LIBRARY_LINK)]).await;
    let waiting = page.invoke("take_links", json!({})).await.unwrap();
    assert_eq!(waiting, json!([]));
    assert!(!page.has("[role=dialog]").await);
}
