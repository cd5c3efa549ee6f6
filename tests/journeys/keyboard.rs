//! The main job by the keys of the X server alone: no pointer, no click of the WebDriver, which only looks.

use std::time::Duration;

use serde_json::json;

use crate::desktop::{
    Desktop,
    files::write_image,
    library::{THIS_COMPUTER, TOOLS},
    page::Page,
    process::is_installed,
    session::Keychain,
    skip,
    steps::{MAIL, NAME, PASSPHRASE},
    wait_until,
};

/// More stops than a screen has.
const STOPS: usize = 80;

/// Presses Tab until the focus is on something called `name`.
async fn tab_to(desktop: &Desktop, page: &Page, name: &str) {
    for _ in 0..STOPS {
        let before = page.focused().await;
        if before.contains(name) {
            return;
        }
        desktop.press_keys(&["Tab"]);
        // Two neighbours may have the same name: then the next press moves on.
        let moved = async { while page.focused().await == before {} };
        let _ = tokio::time::timeout(Duration::from_secs(1), moved).await;
    }
    let last = page.focused().await;
    panic!("Tab does not lead to `{name}`; it is at `{last}`");
}

/// Runs a command by its name.
async fn by_palette(desktop: &Desktop, page: &Page, words: &str) {
    desktop.press_keys(&["ctrl+k"]);
    wait_until("the palette has the focus", async || {
        page.has("[role=dialog] [role=combobox]:focus").await
    })
    .await;
    desktop.type_text(words);
    wait_until(&format!("the palette offers `{words}`"), async || {
        let chosen = page.text_of("[role=option][aria-selected=true]").await;
        chosen.contains(words)
    })
    .await;
    desktop.press_keys(&["Return"]);
}

/// Opens the menus with `key`, goes through them, and closes them.
async fn menus_open_with(desktop: &Desktop, page: &Page, key: &str) {
    desktop.press_keys(&[key]);
    wait_until(&format!("{key} opens the menus"), async || {
        page.has("[role=menuitem]:focus").await
    })
    .await;
    let first = page.focused().await;
    desktop.press_keys(&["Down"]);
    wait_until("Down goes to the next entry", async || {
        page.focused().await != first && page.has("[role=menuitem]:focus").await
    })
    .await;
    desktop.press_keys(&["Escape"]);
    page.gone("[role=menuitem]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_start_to_verified_without_a_pointer() {
    if !is_installed("xdotool") {
        return skip("keyboard", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("keyboard", Keychain::None).await else {
        return;
    };
    let image = write_image(&desktop.folder(), "samtools.sif", 50_000);
    let page = desktop.open(&[]).await;
    page.sees("Sifter collects nothing").await;
    desktop.focus().await;

    // Open an image.
    tab_to(&desktop, &page, "Open a SIF file").await;
    desktop.press_keys(&["Return"]);
    desktop.answer_dialog("Open images", &image).await;
    page.sees("Not signed").await;
    desktop.focus().await;
    for key in ["F10", "alt"] {
        menus_open_with(&desktop, &page, key).await;
    }

    // Make a key.
    by_palette(&desktop, &page, "Create a key").await;
    page.sees("What will happen").await;
    for (field, text) in [("Name", NAME), ("Mail", MAIL), ("Passphrase", PASSPHRASE)] {
        tab_to(&desktop, &page, field).await;
        desktop.type_text(text);
    }
    tab_to(&desktop, &page, "Kind").await;
    desktop.press_keys(&["End"]);
    desktop.press_keys(&["ctrl+Return"]);
    page.sees("Keep your new key safe").await;
    desktop.press_keys(&["Escape"]);
    page.no_longer_sees("Keep your new key safe").await;

    // Sign, and see that it is verified.
    by_palette(&desktop, &page, "samtools.sif").await;
    page.sees("What is in the file").await;
    desktop.press_keys(&["ctrl+shift+s"]);
    page.sees("Adds 1 signature").await;
    desktop.press_keys(&["ctrl+Return"]);
    page.sees("All 2 parts match what was signed").await;
    page.sees("Verified").await;

    // Who signed it.
    tab_to(&desktop, &page, "Overview").await;
    desktop.press_keys(&["Right"]);
    page.sees("SHA-256").await;
}

/// Pushes the only image of the list, without its screens.
async fn push_the_image(page: &Page) {
    let rows = page.invoke("list_images", json!({})).await.unwrap();
    let item =
        json!({ "image": rows[0]["id"], "container": null, "tags": ["1.19"], "description": "" });
    let target = json!({ "kind": "library", "remote": THIS_COMPUTER, "collection": TOOLS });
    let request = json!({ "request": { "target": target, "items": [item] } });
    let plan = page.invoke("plan_push", request).await.unwrap();
    let run = json!({ "plan": plan["plan"], "sign": null, "unsignedToo": true });
    page.invoke("run_push", run).await.unwrap();
    page.sees("samtools.sif was pushed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_pulled_without_a_pointer() {
    if !is_installed("xdotool") {
        return skip("keyboard", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("keyboard", Keychain::Unlocked).await else {
        return;
    };
    let image = write_image(&desktop.folder(), "samtools.sif", 50_000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    push_the_image(&page).await;

    desktop.focus().await;
    desktop.press_keys(&["ctrl+d"]);
    page.sees("Pull an image").await;
    tab_to(&desktop, &page, "Reference").await;
    desktop.type_text(&format!("library://{TOOLS}/samtools:1.19"));
    page.sees("Found").await;
    wait_until("the sheet is done", async || {
        desktop.press_keys(&["ctrl+Return"]);
        !page.has("[role=dialog]").await
    })
    .await;
    page.sees("was pulled").await;
}
