//! The main job from the first start to the next one: drop, inspect, create a key, sign, verify, tamper, a wrong
//! passphrase, a restart that keeps everything.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::{
    desktop::{
        Desktop,
        files::{tamper, write_image},
        page::Page,
        process::is_installed,
        session::Keychain,
        skip,
        steps::{
            MAIL, NAME, PASSPHRASE, Zone, create_key, drop_on, files_with, look_around, open_image,
            signed_and_verified, verifications,
        },
        wait_until,
    },
    idle::log_folder,
};

/// Where the pictures of a journey go.
fn picture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("target/journeys")
        .join(format!("{name}.png"))
}

async fn show(desktop: &Desktop, page: &Page, name: &str) {
    desktop.picture(page, &picture(name)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_start_to_the_next() {
    if !is_installed("xdotool") {
        return skip("main journey", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("main journey", Keychain::Unlocked).await else {
        return;
    };
    let folder = desktop.folder();
    let image = write_image(&folder, "samtools.sif", 300_000);
    let page = desktop.open(&[]).await;
    page.sees("Sifter collects nothing").await;
    show(&desktop, &page, "01-first-start").await;

    // Drop and inspect.
    drop_on(&desktop, &page, std::slice::from_ref(&image), Zone::Inspect).await;
    page.sees("Not signed").await;
    page.sees("samtools.sif").await;
    page.sees("amd64").await;
    show(&desktop, &page, "02-inspected").await;

    // Create a key.
    create_key(&page).await;
    page.sees("Yours").await;
    show(&desktop, &page, "03-key").await;

    // Sign and verify.
    open_image(&page, "samtools.sif").await;
    page.press("Sign").await;
    page.sees("What will happen").await;
    wait_until("her key is chosen", async || signs_with(&page, NAME).await).await;
    show(&desktop, &page, "04-sign").await;
    page.press("Sign image").await;
    signed_and_verified(&page, "samtools.sif").await;
    page.sees("Verified").await;
    page.sees("This is your own key").await;
    show(&desktop, &page, "05-verified").await;

    // Verify once more, by hand.
    let before = verifications(&page).await;
    page.press("Verify again").await;
    wait_until("it is verified again", async || {
        verifications(&page).await == before + 1
    })
    .await;

    // One byte differs, and the window notices.
    tamper(&image);
    page.sees("Tampered").await;
    page.sees("The contents of part 2 (file system) are not what was signed")
        .await;
    assert!(!page.offers("Sign image").await);
    show(&desktop, &page, "06-tampered").await;

    wrong_then_right_passphrase(&desktop, &page, &write_image(&folder, "blast.sif", 100_000)).await;

    // A restart keeps it all.
    desktop.close().await;
    let page = desktop.open(&[]).await;
    page.press("Images").await;
    for words in ["samtools.sif", "Tampered", "blast.sif", "Verified"] {
        page.sees(words).await;
    }
    show(&desktop, &page, "09-after-the-restart").await;
    page.press("Keys").await;
    page.sees(MAIL).await;
    page.sees("Keys locked").await;

    // Verify by dropping.
    drop_on(&desktop, &page, &[folder.join("blast.sif")], Zone::Verify).await;
    page.sees("All 2 parts match what was signed").await;
    desktop.close().await;
    nothing_private_is_written(&desktop);
}

/// The passphrase is in no file at all, and no log says where the person's files are.
fn nothing_private_is_written(desktop: &Desktop) {
    let leaks = files_with(desktop.home(), PASSPHRASE);
    assert!(leaks.is_empty(), "the passphrase stands in {leaks:?}");
    let logs = log_folder(desktop.home());
    assert!(!files_with(&logs, "the page is there").is_empty());
    let leaks = files_with(&logs, desktop.home().to_str().unwrap());
    assert!(leaks.is_empty(), "the home folder is named in {leaks:?}");
}

/// Whether the sheet signs with the key of `name`. What a list has chosen is not in the text of the page.
async fn signs_with(page: &Page, name: &str) -> bool {
    const CHOSEN: &str = "const lists = [...document.querySelectorAll('[role=dialog] select')];\
        return lists.some((list) => list.selectedOptions[0]?.textContent.includes(arguments[0]));";
    let answer = page.client().execute(CHOSEN, vec![json!(name)]).await;
    answer.is_ok_and(|answer| answer == true)
}

async fn wrong_then_right_passphrase(desktop: &Desktop, page: &Page, image: &Path) {
    page.press("Lock now").await;
    page.sees("Keys locked").await;
    drop_on(desktop, page, &[image.to_owned()], Zone::Sign).await;
    page.sees("Sign blast.sif").await;
    page.press("Sign image").await;
    page.sees("Unlock the key").await;
    page.fill("Passphrase", "wrong").await;
    page.press("Unlock").await;
    page.sees("This passphrase does not open the key").await;
    show(desktop, page, "07-wrong-passphrase").await;
    page.fill("Passphrase", PASSPHRASE).await;
    page.press("Unlock").await;
    signed_and_verified(page, "blast.sif").await;
    show(desktop, page, "08-signed-after-all").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tampering_is_notified_and_a_click_leads_to_the_image() {
    if !is_installed("xdotool") {
        return skip("notifications", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("notifications", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let image = write_image(&folder, "samtools.sif", 50_000);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    create_key(&page).await;
    open_image(&page, "samtools.sif").await;
    page.press("Sign").await;
    page.press("Sign image").await;
    signed_and_verified(&page, "samtools.sif").await;
    assert!(
        desktop.notifications().shown().is_empty(),
        "nothing worth a notification happened"
    );

    let _other = desktop.look_elsewhere();
    tamper(&image);
    page.sees("Tampered").await;
    wait_until("the notification is shown", async || {
        !desktop.notifications().shown().is_empty()
    })
    .await;
    let shown = desktop.notifications().shown();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(
        (shown[0].title.as_str(), shown[0].body.as_str()),
        ("Tampered", "samtools.sif is not what was signed")
    );

    page.press("Keys").await;
    page.no_longer_sees("What is in the file").await;
    desktop.click_notification(shown[0].id).await;
    page.sees("This is not what was signed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_a_passphrase_is_asked_for_again() {
    let Some(mut desktop) = Desktop::start("no keychain", Keychain::None).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    look_around(&page).await;
    let error = keep_in_keychain(&page).await.unwrap_err();
    assert_eq!(error["code"], "keychain-missing", "{error}");
    works_without_keychain(&page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keychain_is_said_and_does_no_harm() {
    let Some(mut desktop) = Desktop::start("locked keychain", Keychain::Locked).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    look_around(&page).await;
    let error = keep_in_keychain(&page).await.unwrap_err();
    assert_eq!(error["code"], "keychain-locked", "{error}");
    works_without_keychain(&page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlocked_keychain_keeps_the_passphrase_over_a_restart() {
    let Some(mut desktop) = Desktop::start("keychain", Keychain::Unlocked).await else {
        return;
    };
    let folder = desktop.folder();
    let image = write_image(&folder, "samtools.sif", 50_000);
    let page = desktop.open(&[]).await;
    look_around(&page).await;
    keep_in_keychain(&page).await.unwrap();
    desktop.close().await;
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    page.press("Sign").await;
    page.press("Sign image").await;
    signed_and_verified(&page, "samtools.sif").await;
    let leaks = files_with(desktop.home(), PASSPHRASE);
    assert!(leaks.is_empty(), "the passphrase stands in {leaks:?}");
}

/// Makes a key and asks for its passphrase to be kept in the keychain.
async fn keep_in_keychain(page: &Page) -> Result<serde_json::Value, serde_json::Value> {
    create_key(page).await;
    page.invoke("lock_keys", json!({})).await.unwrap();
    let keys = page.invoke("list_keys", json!({})).await.unwrap();
    let fingerprint = keys["keys"][0]["fingerprint"].clone();
    let arguments =
        json!({ "fingerprint": fingerprint, "passphrase": PASSPHRASE, "keep": "keychain" });
    page.invoke("unlock_key", arguments).await
}

/// The key can still be used, with its passphrase.
async fn works_without_keychain(page: &Page) {
    let keys = page.invoke("list_keys", json!({})).await.unwrap();
    let fingerprint = keys["keys"][0]["fingerprint"].clone();
    let arguments =
        json!({ "fingerprint": fingerprint, "passphrase": PASSPHRASE, "keep": "untilQuit" });
    page.invoke("unlock_key", arguments).await.unwrap();
    page.sees("1 key unlocked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_files_can_be_dropped_at_once() {
    const COUNT: usize = 1000;
    if !is_installed("xdotool") {
        return skip("a thousand files", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("a thousand files", Keychain::None).await else {
        return;
    };
    let folder = desktop.folder();
    let first = write_image(&folder, "image-0000.sif", 100);
    let files: Vec<PathBuf> = (0..COUNT)
        .map(|number| {
            let file = folder.join(format!("image-{number:04}.sif"));
            if number > 0 {
                std::fs::copy(&first, &file).unwrap();
            }
            file
        })
        .collect();
    let page = desktop.open(&[]).await;
    drop_on(&desktop, &page, &files, Zone::Inspect).await;
    page.sees("image-0003.sif").await;
    let rows = page.invoke("list_images", json!({})).await.unwrap();
    assert_eq!(rows.as_array().unwrap().len(), COUNT);
    show(&desktop, &page, "10-a-thousand-files").await;
}
