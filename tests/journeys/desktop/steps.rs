//! Steps of a person's way through Sifter, in the words of its screens.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{Desktop, drag::Drag, page::Page, wait_until};

/// A zone of the drop overlay.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Zone {
    Inspect,
    Verify,
    Sign,
    Push,
}

impl Zone {
    fn selector(self) -> &'static str {
        match self {
            Self::Inspect => "[data-zone=inspect]",
            Self::Verify => "[data-zone=verify]",
            Self::Sign => "[data-zone=sign]",
            Self::Push => "[data-zone=push]",
        }
    }
}

/// Drags files over the window, waits for the zones, and drops the files on one of them.
pub(crate) async fn drop_on(desktop: &Desktop, page: &Page, files: &[PathBuf], zone: Zone) {
    let drag = drag_over(desktop, page, files).await;
    let (x, y) = middle_of(page, zone.selector()).await;
    // Where the program knows the pointer to be is where the files fall.
    let over = format!("{}.over", zone.selector());
    drag.over_until(x, y, async || page.has(&over).await).await;
    let _source = drag.release();
    page.gone("[data-zone]").await;
}

/// Drags files over the window until the zones are there.
pub(crate) async fn drag_over<'a>(
    desktop: &'a Desktop,
    page: &Page,
    files: &[PathBuf],
) -> Drag<'a> {
    let drag = Drag::start(desktop, files);
    drag.over_until(300, 300, async || page.has("[data-zone]").await)
        .await;
    drag
}

/// The middle of an element, which need not take the pointer.
async fn middle_of(page: &Page, selector: &str) -> (i32, i32) {
    const MIDDLE: &str = "const box = document.querySelector(arguments[0])?.getBoundingClientRect();\
        return box && [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];";
    let middle = page
        .client()
        .execute(MIDDLE, vec![json!(selector)])
        .await
        .unwrap();
    serde_json::from_value(middle).unwrap_or_else(|_| panic!("nothing fits `{selector}`"))
}

/// The name and mail of the person in the journeys.
pub(crate) const NAME: &str = "Anna Ruiz";
pub(crate) const MAIL: &str = "anna@lab.example.org";
/// Her passphrase; it must turn up nowhere.
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// Leaves the first start by its second door.
pub(crate) async fn look_around(page: &Page) {
    page.press_like("Look around").await;
    page.sees("Settings").await;
}

/// Creates a key on the Keys screen.
pub(crate) async fn create_key(page: &Page) {
    page.press("Keys").await;
    page.press("Create a key").await;
    fill_key_form(page).await;
    page.press("Create key").await;
    page.sees("Keep your new key safe").await;
    page.press("Not now").await;
    page.sees(NAME).await;
}

/// Fills in the form of a new key.
pub(crate) async fn fill_key_form(page: &Page) {
    page.fill("Name", NAME).await;
    page.fill("Mail", MAIL).await;
    page.fill("Passphrase", PASSPHRASE).await;
    page.choose("Kind", "ed25519").await;
}

/// Opens an image from the list.
pub(crate) async fn open_image(page: &Page, name: &str) {
    page.press("Images").await;
    page.open_row(name).await;
    page.sees("Overview").await;
}

/// Waits until the open image is signed, and has been verified without being asked to.
pub(crate) async fn signed_and_verified(page: &Page, name: &str) {
    page.sees(&format!("{name} is signed")).await;
    page.sees("All 2 parts match what was signed").await;
}

/// How many verifications have ended.
pub(crate) async fn verifications(page: &Page) -> usize {
    let tasks = page.invoke("list_tasks", json!({})).await.unwrap();
    let ended =
        |task: &&serde_json::Value| task["kind"] == "verify" && task["state"]["kind"] == "done";
    tasks.as_array().unwrap().iter().filter(ended).count()
}

/// A task that takes longer is worth a notification.
const LONG: Duration = Duration::from_secs(10);

/// The newest task of a kind.
pub(crate) async fn task_of(page: &Page, kind: &str) -> Option<Value> {
    let tasks = page.invoke("list_tasks", json!({})).await.unwrap();
    let tasks = tasks.as_array().unwrap();
    tasks.iter().find(|task| task["kind"] == kind).cloned()
}

/// Waits until the newest task of a kind has taken so long that its end is worth a notification.
pub(crate) async fn lasted_long(page: &Page, kind: &str) {
    let task = task_of(page, kind).await.expect("there is such a task");
    let began = task["created"].as_u64().unwrap();
    wait_until("the task is a long one", async || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now > Duration::from_secs(began + 1) + LONG
    })
    .await;
}

/// Whether `words` stand in any file below `folder`: a secret that was written somewhere.
pub(crate) fn files_with(folder: &Path, words: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let bytes = std::fs::read(entry.path()).unwrap_or_default();
                let wide: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
                if has(words.as_bytes()) || has(&wide) {
                    found.push(entry.path());
                }
            }
        }
    }
    found
}
