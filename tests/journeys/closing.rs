//! Closing the window while a task runs, and what a long task says when nobody looks.
//!
//! The task is the signing of a large image, held by pausing it: nothing here depends on how fast the machine is.

use std::{fs::File, path::Path, time::Duration};

use serde_json::{Value, json};
use sif::{DataType, Image};

use crate::desktop::{
    Desktop,
    files::write_large_image,
    page::Page,
    process::is_installed,
    session::Keychain,
    skip,
    steps::{create_key, lasted_long, open_image, task_of},
    wait_for, wait_until,
};

const SIZE: u64 = 4 << 30;
/// How long to wait for an answer that may be lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts to sign `large.sif` and holds the task; returns its id.
async fn sign_and_hold(page: &Page) -> Value {
    create_key(page).await;
    open_image(page, "large.sif").await;
    page.press("Sign").await;
    page.sees("What will happen").await;
    page.press("Sign image").await;
    let held = wait_for(async || {
        let task = task_of(page, "sign").await?;
        page.invoke("pause_task", json!({ "id": task["id"] }))
            .await
            .ok()?;
        (task_of(page, "sign").await?["state"]["kind"] == "paused").then(|| task["id"].clone())
    });
    held.await.expect("the signing can be paused")
}

/// How many signatures the image carries.
fn signatures(image: &Path) -> usize {
    let image = Image::read(&File::open(image).unwrap()).unwrap();
    let objects = image.objects().iter();
    objects
        .filter(|object| object.data_type() == DataType::Signature)
        .count()
}

/// Answers the question before closing. A page that is hidden may not say any more that its button was pressed.
async fn work_on_hidden(desktop: &Desktop, page: &Page) {
    wait_until("the window is hidden", async || {
        if desktop.is_visible() {
            let pressed = page.press("Keep working in the background");
            let _ = tokio::time::timeout(PATIENCE, pressed).await;
        }
        !desktop.is_visible()
    })
    .await;
}

/// Closes the window as its own button does.
async fn close(page: &Page) {
    page.invoke("close_window", json!({})).await.unwrap();
}

async fn start(desktop: &mut Desktop) -> (std::path::PathBuf, Page) {
    let image = write_large_image(&desktop.folder(), "large.sif", SIZE);
    let page = desktop.open(&[]).await;
    page.sees("Sifter collects nothing").await;
    desktop.start_again(&[&image]).await;
    page.sees("large.sif").await;
    (image, page)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_can_work_on_until_the_task_has_ended() {
    if !is_installed("xdotool") {
        return skip("closing", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("closing", Keychain::None).await else {
        return;
    };
    let (image, page) = start(&mut desktop).await;
    let task = sign_and_hold(&page).await;

    close(&page).await;
    page.sees("Quit while 1 task is running").await;
    page.press("Cancel").await;
    page.no_longer_sees("Quit while 1 task is running").await;
    assert!(desktop.is_visible());

    close(&page).await;
    work_on_hidden(&desktop, &page).await;
    desktop.start_again(&[]).await;
    wait_until("a second start brings it back", async || {
        desktop.is_visible()
    })
    .await;

    close(&page).await;
    work_on_hidden(&desktop, &page).await;
    assert_eq!(desktop.program_ids().len(), 1, "it works on");
    assert_eq!(signatures(&image), 0);
    page.send("resume_task", json!({ "id": task })).await;
    wait_until("the program has ended with its task", async || {
        desktop.program_ids().is_empty()
    })
    .await;
    assert_eq!(signatures(&image), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_closed_after_the_last_task_takes_the_program_with_it() {
    let Some(mut desktop) = Desktop::start("closing late", Keychain::None).await else {
        return;
    };
    let (_, page) = start(&mut desktop).await;
    let task = sign_and_hold(&page).await;
    close(&page).await;
    page.sees("Quit while 1 task is running").await;
    let resumed = page.invoke("resume_task", json!({ "id": task })).await;
    resumed.unwrap();
    wait_until("the task has ended while the question stands", async || {
        let task = task_of(&page, "sign").await.unwrap();
        task["state"]["kind"] == "done"
    })
    .await;
    // The answer is lost: the program is gone by then.
    let _ = tokio::time::timeout(PATIENCE, page.press("Keep working in the background")).await;
    wait_until("the program has ended", async || {
        desktop.program_ids().is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_leaves_the_image_as_it_was_and_says_so_at_the_next_start() {
    let Some(mut desktop) = Desktop::start("stopping", Keychain::None).await else {
        return;
    };
    let (image, page) = start(&mut desktop).await;
    sign_and_hold(&page).await;
    let before = std::fs::metadata(&image).unwrap().len();
    close(&page).await;
    // The answer is lost: the program is gone by then.
    let _ = tokio::time::timeout(PATIENCE, page.press("Stop and quit")).await;
    wait_until("the program has ended", async || {
        desktop.program_ids().is_empty()
    })
    .await;
    assert_eq!(std::fs::metadata(&image).unwrap().len(), before);
    assert_eq!(signatures(&image), 0);

    desktop.close().await;
    let page = desktop.open(&[]).await;
    page.press("Home").await;
    page.sees("large.sif was interrupted when Sifter quit")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_task_is_notified_when_nobody_looks() {
    if !is_installed("xdotool") {
        return skip("long task", "xdotool");
    }
    let Some(mut desktop) = Desktop::start("long task", Keychain::None).await else {
        return;
    };
    let (_, page) = start(&mut desktop).await;
    let task = sign_and_hold(&page).await;
    page.press("Keys").await;
    let _other = desktop.look_elsewhere();
    lasted_long(&page, "sign").await;
    assert!(desktop.notifications().shown().is_empty());
    page.invoke("resume_task", json!({ "id": task }))
        .await
        .unwrap();
    wait_until("the notification is shown", async || {
        !desktop.notifications().shown().is_empty()
    })
    .await;
    let shown = desktop.notifications().shown();
    assert_eq!(shown[0].title, "Signing finished");
    assert!(shown[0].body.starts_with("large.sif, "), "{shown:?}");
    desktop.click_notification(shown[0].id).await;
    page.sees("What is in the file").await;
}
