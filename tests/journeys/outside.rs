//! Where the window meets the rest of the desktop: dialogs for files, the file manager, the clipboard.

use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::Path};

use serde_json::json;

use crate::desktop::{
    Desktop,
    files::{DEFINITION, write_image},
    page::Page,
    process::is_installed,
    session::Keychain,
    skip,
    steps::{NAME, create_key, open_image},
    wait_until,
};

/// Waits until `file` is there and whole.
async fn written(file: &Path, fits: impl Fn(&[u8]) -> bool) {
    wait_until(&format!("{} is written", file.display()), async || {
        std::fs::read(file).is_ok_and(|bytes| fits(&bytes))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dialogs_of_the_system_bring_files_in_and_out() {
    if !is_installed("xdotool") {
        return skip("dialogs", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("dialogs", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let image = write_image(&folder, "with blank.sif", 5000);
    let watched = folder.join("watched");
    std::fs::create_dir(&watched).unwrap();
    write_image(&watched, "found.sif", 5000);
    let page = desktop.open(&[]).await;

    page.press_like("Open a SIF file").await;
    desktop.cancel_dialog("Open images").await;
    page.sees("Sifter collects nothing").await;
    page.press_like("Open a SIF file").await;
    desktop.answer_dialog("Open images", &image).await;
    page.sees("Not signed").await;
    page.sees("with blank.sif").await;

    page.press("Images").await;
    page.press("Add a folder").await;
    desktop.cancel_dialog("Add a folder").await;
    assert_eq!(
        page.invoke("list_folders", json!({})).await.unwrap(),
        json!([])
    );
    page.press("Add a folder").await;
    desktop.answer_dialog("Add a folder", &watched).await;
    page.sees("found.sif").await;

    open_image(&page, "found.sif").await;
    page.press_like("Parts").await;
    page.press("Export").await;
    let part = folder.join("part.def");
    desktop.answer_dialog("Export the part", &part).await;
    written(&part, |bytes| bytes == DEFINITION).await;

    create_key(&page).await;
    page.press_like(NAME).await;
    page.press("Export").await;
    page.press("Export key").await;
    let key = folder.join("anna.asc");
    desktop.answer_dialog("Export the key", &key).await;
    written(&key, |bytes| {
        bytes.starts_with(b"-----BEGIN PGP PUBLIC KEY BLOCK")
    })
    .await;
    page.sees("Saved anna.asc").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_shown_in_the_file_manager() {
    let Some(mut desktop) = Desktop::start("file manager", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let image = write_image(&folder, "with blank.sif", 5000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    let id = id_of(&page, "with blank.sif").await;
    let error = page.invoke("reveal_image", id.clone()).await.unwrap_err();
    assert_eq!(error["code"], "io", "nobody shows files: {error}");

    let manager = desktop.start_file_manager().await;
    page.invoke("reveal_image", id).await.unwrap();
    let address = String::from(tauri::Url::from_file_path(&image).unwrap());
    wait_until("the file manager shows the image", async || {
        manager.shown() == [address.clone()]
    })
    .await;

    let strange = folder.join(OsString::from_vec(b"not utf8 \xe4.sif".to_vec()));
    std::fs::copy(&image, &strange).unwrap();
    desktop.start_again(&[&strange]).await;
    page.sees("not utf8").await;
    let id = id_of(&page, "not utf8").await;
    page.invoke("reveal_image", id).await.unwrap();
    let shown = manager.shown();
    assert!(shown[1].ends_with("/not%20utf8%20%E4.sif"), "{shown:?}");
}

/// The arguments of a command about the image with `name`.
async fn id_of(page: &Page, name: &str) -> serde_json::Value {
    let rows = page.invoke("list_images", json!({})).await.unwrap();
    let found = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"].as_str().unwrap().contains(name));
    json!({ "id": found.unwrap()["id"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_fingerprint_reaches_other_programs() {
    let Some(mut desktop) = Desktop::start("clipboard", Keychain::None).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    page.press_like("Look around").await;
    create_key(&page).await;
    let keys = page.invoke("list_keys", json!({})).await.unwrap();
    let fingerprint = keys["keys"][0]["fingerprint"].as_str().unwrap().to_owned();
    page.press_like(NAME).await;
    // A subkey has a small button of the same name.
    let button = fantoccini::Locator::XPath("//button[normalize-space() = 'Copy fingerprint']");
    let button = page.client().wait().for_element(button).await.unwrap();
    button.click().await.unwrap();
    wait_until("the fingerprint is on the clipboard", async || {
        desktop.clipboard() == Some(fingerprint.clone())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_utf8_can_be_picked() {
    if !is_installed("xdotool") {
        return skip("dialogs", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("dialogs", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let strange = folder.join(OsString::from_vec(b"not utf8 \xe4.sif".to_vec()));
    std::fs::rename(write_image(&folder, "one.sif", 5000), &strange).unwrap();
    let page = desktop.open(&[]).await;
    page.press_like("Open a SIF file").await;
    desktop.pick_only_file("Open images", &folder).await;
    page.sees("not utf8").await;
    page.sees("Not signed").await;
}
