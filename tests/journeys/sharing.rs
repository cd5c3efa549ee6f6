//! Sharing on this computer: sign and push, see it in the library, pull it by its reference, verified.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::desktop::{
    Desktop,
    files::write_image,
    library::{PRIMARY, THIS_COMPUTER, TOOLS, confirm, open_container, pull, push_to},
    page::Page,
    process::is_installed,
    session::Keychain,
    skip,
    steps::{Zone, create_key, drop_on, open_image, signed_and_verified},
    wait_until,
};

/// Files of an unfinished pull.
fn parts_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.path());
    names
        .filter(|path| path.to_string_lossy().contains(".part"))
        .collect()
}

/// The names of the images in the list.
async fn image_names(page: &Page) -> Vec<String> {
    let rows = page.invoke("list_images", json!({})).await.unwrap();
    let rows = rows.as_array().unwrap();
    rows.iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_and_push_then_pull_what_was_pushed() {
    if !is_installed("xdotool") {
        return skip("sharing", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("sharing", Keychain::Unlocked).await else {
        return;
    };
    let folder = desktop.folder();
    let image = write_image(&folder, "samtools_1.19.sif", 300_000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    create_key(&page).await;

    // Sign and push, by the button.
    open_image(&page, "samtools_1.19.sif").await;
    page.press("Push").await;
    page.sees("Push samtools_1.19.sif").await;
    push_to(&page, TOOLS).await;
    page.sees("1.19 is new").await;
    page.press("Sign and push").await;
    page.sees("samtools_1.19.sif was pushed").await;

    // It is in the library.
    open_container(&page, &format!("{TOOLS}/samtools")).await;
    page.sees("1.19").await;

    // Another one, by dropping it on the collection; unsigned by choice.
    let other = write_image(&folder, "blast.sif", 100_000);
    drop_on(&desktop, &page, &[other], Zone::Push).await;
    page.sees("Push blast.sif").await;
    page.press("Push unsigned").await;
    page.sees("blast.sif was pushed").await;
    open_container(&page, &format!("{TOOLS}/blast")).await;
    page.sees("latest").await;

    // Pull the first one by its reference. It is verified by itself.
    std::fs::remove_file(&image).unwrap();
    let reference = format!("library://{TOOLS}/samtools:1.19");
    pull(&page, &reference).await;
    page.sees("was pulled and is verified").await;
    let target = page.invoke("target_folder", json!({})).await.unwrap();
    assert!(target["free"].is_u64(), "{target}");
    let names = image_names(&page).await;
    assert!(
        names.iter().any(|name| name.starts_with("samtools_1.19")),
        "{names:?}"
    );
    assert_eq!(parts_in(desktop.home()), Vec::<PathBuf>::new());
    assert_eq!(parts_in(&folder), Vec::<PathBuf>::new());

    // A restart keeps the library.
    desktop.close().await;
    let page = desktop.open(&[]).await;
    open_container(&page, &format!("{TOOLS}/samtools")).await;
    page.sees("1.19").await;
    page.press_like("Pull latest for").await;
    page.sees("Pull an image").await;
    page.keys("\u{e00c}").await;
    page.gone("[role=dialog]").await;
}

/// The hash of the image that `latest` leads to.
async fn latest(page: &Page) -> String {
    let path = format!("{TOOLS}/samtools");
    let arguments = json!({ "remote": THIS_COMPUTER, "path": path });
    let view = page.invoke("get_container", arguments).await.unwrap();
    assert_eq!(view["tags"][0]["tag"], "latest", "{view}");
    view["tags"][0]["images"][0]["hash"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_after_signing_is_not_pushed_and_a_tag_move_can_be_undone() {
    let Some(mut desktop) = Desktop::start("push gate", Keychain::Unlocked).await else {
        return;
    };
    let folder = desktop.folder();
    let image = write_image(&folder, "samtools.sif", 50_000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    page.press("Push").await;
    push_to(&page, TOOLS).await;
    page.press("Push unsigned").await;
    page.sees("samtools.sif was pushed").await;

    let unsigned = latest(&page).await;

    // Signing gives other bytes: the tag moves, and moves back.
    create_key(&page).await;
    open_image(&page, "samtools.sif").await;
    page.press("Sign").await;
    page.press("Sign image").await;
    signed_and_verified(&page, "samtools.sif").await;
    page.press("Push").await;
    page.sees("moves from").await;
    confirm(&page).await;
    page.sees("samtools.sif was pushed").await;
    assert_ne!(latest(&page).await, unsigned);
    page.press("Undo tag move").await;
    wait_until("the tag leads to the old image", async || {
        latest(&page).await == unsigned
    })
    .await;

    crate::desktop::files::tamper(&image);
    open_image(&page, "samtools.sif").await;
    page.sees("Tampered").await;
    wait_until("it cannot be pushed", async || !page.offers("Push").await).await;
    page.keys(PRIMARY).await;
    assert!(!page.has("[role=dialog]").await);
}
