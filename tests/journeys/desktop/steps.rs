//! Steps of a person's way through Sifter, in the words of its screens.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Desktop, drag::Drag, page::Page, wait_for};

/// A zone of the drop overlay, by words that only it says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Zone {
    Inspect,
    Verify,
    Sign,
}

impl Zone {
    fn words(self, one: bool) -> &'static str {
        match (self, one) {
            (Self::Inspect, true) => "see inside",
            (Self::Inspect, false) => "in the list",
            (Self::Verify, true) => "who signed it",
            (Self::Verify, false) => "who signed them",
            // With a name, or the reason why not yet.
            (Self::Sign, _) => "Sign",
        }
    }
}

/// Drags files over the window, waits for the zones, and drops the files on one of them.
pub(crate) async fn drop_on(desktop: &Desktop, page: &Page, files: &[PathBuf], zone: Zone) {
    let drag = drag_over(desktop, page, files).await;
    let (x, y) = middle_of(page, zone.words(files.len() == 1)).await;
    drag.over(x, y);
    drag.release();
}

/// Drags files over the window until the zones are there.
pub(crate) async fn drag_over<'a>(
    desktop: &'a Desktop,
    page: &Page,
    files: &[PathBuf],
) -> Drag<'a> {
    let drag = Drag::start(desktop, files);
    drag.over(300, 300);
    page.sees(Zone::Verify.words(files.len() == 1)).await;
    drag
}

/// The middle of the smallest element that says `words` and stands on top.
async fn middle_of(page: &Page, words: &str) -> (i32, i32) {
    const FIND: &str = "const plain = (e) => (e.textContent ?? '').toLowerCase();\
        const fits = [...document.querySelectorAll('*')].filter((e) => plain(e).includes(arguments[0]));\
        const box = fits.map((e) => e.getBoundingClientRect()).filter((b) => b.width > 0)\
        .sort((a, b) => a.width * a.height - b.width * b.height)[0];\
        return box ? [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)] : null;";
    let found = wait_for(async || {
        let place = page
            .client()
            .execute(FIND, vec![json!(words.to_lowercase())])
            .await
            .ok()?;
        serde_json::from_value::<(i32, i32)>(place).ok()
    });
    found
        .await
        .unwrap_or_else(|| panic!("no zone says `{words}`"))
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
