//! Transfers that do not go smoothly: held, paused, cut off from the library, and ended with the program.

use std::path::{Path, PathBuf};

use crate::desktop::{
    Desktop,
    files::{find_file, write_image},
    lab::{ACCOUNT, Lab},
    library::{add_lab, pull, push_to, sign_in},
    line::Line,
    page::Page,
    process::is_installed,
    session::Keychain,
    skip,
    steps::{lasted_long, open_image, task_of},
    wait_until,
};

/// What a pull keeps when it is interrupted: whole parts.
const PART: u64 = 8 << 20;
/// Five of them.
const SIZE: usize = 40 << 20;
/// So much may pass before the line holds: in whatever order parts come, three of them are whole then.
const MOST: u64 = 36 << 20;
const PARTLY: u64 = 24 << 20;

const PUSHED: &str = "samtools.sif";
const PULLED: &str = "samtools_latest.sif";

/// A desktop with an image, signed in to a library at the end of a line.
struct Start {
    desktop: Desktop,
    page: Page,
    image: PathBuf,
    line: Line,
    _lab: Lab,
}

async fn start(part: &str) -> Option<Start> {
    let mut desktop = Desktop::start(part, Keychain::Unlocked).await?;
    let (lab, line) = Lab::start_at_a_line().await;
    let image = write_image(&desktop.folder(), PUSHED, SIZE);
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    add_lab(&page, &lab).await;
    sign_in(&page, lab.token()).await;
    page.sees("Signed in to lab").await;
    page.press("Use lab").await;
    Some(Start {
        desktop,
        page,
        image,
        line,
        _lab: lab,
    })
}

async fn push(page: &Page) {
    open_image(page, PUSHED).await;
    page.press("Push").await;
    push_to(page, &format!("{ACCOUNT}/tools")).await;
    page.press("Push unsigned").await;
}

/// What was pushed, as it is pulled.
fn reference() -> String {
    format!("library://{ACCOUNT}/tools/samtools:latest")
}

impl Start {
    /// Pushes the image, begins to pull it, and holds the line shortly before the end.
    async fn pull_and_hold(&self) {
        push(&self.page).await;
        self.page.sees(&format!("{PUSHED} was pushed")).await;
        self.line.hold_after(MOST);
        pull(&self.page, &reference()).await;
        wait_until("the line holds the pull", async || self.line.holds()).await;
        wait_until("what passed is known", async || {
            let task = task_of(&self.page, "pull").await;
            task.is_some_and(|task| task["progress"]["done"].as_u64() > Some(PARTLY))
        })
        .await;
    }

    /// Waits until the pull is done, and looks at what it made.
    async fn is_pulled(&self, page: &Page) {
        page.sees(&format!("{PULLED} was pulled")).await;
        let found = find_file(self.desktop.home(), PULLED);
        let pulled = found.expect("it was pulled");
        assert!(
            std::fs::read(&pulled).unwrap() == std::fs::read(&self.image).unwrap(),
            "other bytes were pulled than were pushed"
        );
        let folder = pulled.parent().unwrap();
        assert_eq!(unfinished(folder), Vec::<PathBuf>::new());
    }
}

/// Files of an unfinished pull.
fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.to_string_lossy().contains(".part"))
        .collect()
}

/// How many parts the side file of the pull knows of.
fn parts_known(home: &Path) -> usize {
    let side = find_file(home, &format!("{PULLED}.part.json"));
    let text = side.and_then(|side| std::fs::read(side).ok());
    let side: Option<serde_json::Value> = text.and_then(|text| serde_json::from_slice(&text).ok());
    let parts = side.as_ref().and_then(|side| side["have"].as_array());
    parts.map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_goes_on_after_the_program_was_killed() {
    let Some(mut start) = start("killed").await else {
        return;
    };
    start.pull_and_hold().await;
    assert_eq!(find_file(start.desktop.home(), PULLED), None);
    wait_until("three whole parts are written down", async || {
        parts_known(start.desktop.home()) >= 3
    })
    .await;
    start.desktop.kill().await;

    let page = start.desktop.open(&[]).await;
    page.press_like("Activity").await;
    page.sees("continued after restart").await;
    let before = start.line.passed();
    start.line.open();
    start.is_pulled(&page).await;
    let fetched = start.line.passed() - before;
    // The last part is a short one.
    assert!(
        fetched < SIZE as u64 - PART - PART / 2,
        "{fetched} bytes were fetched again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_waits_for_a_library_that_is_gone_and_goes_on_when_it_is_back() {
    let Some(start) = start("offline").await else {
        return;
    };
    start.pull_and_hold().await;
    start.page.press_like("Activity").await;
    start.line.cut();
    start.page.sees("Retrying in").await;
    assert_eq!(find_file(start.desktop.home(), PULLED), None);
    start.line.open();
    start.is_pulled(&start.page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_without_a_way_to_its_library_waits_and_is_done_at_the_next_start() {
    let Some(mut start) = start("online again").await else {
        return;
    };
    start.line.cut();
    open_image(&start.page, PUSHED).await;
    start.page.press("Push").await;
    start.page.sees("What will happen").await;
    let collection = format!("{ACCOUNT}/tools");
    start.page.fill("Collection", &collection).await;
    start.page.sees("Sifter stops and asks").await;
    start.page.press("Push unsigned when online").await;
    start.page.sees("It waits for the network").await;
    start.page.press_like("Activity").await;
    start.page.sees("Try now").await;
    start.desktop.kill().await;

    start.line.open();
    let page = start.desktop.open(&[]).await;
    page.sees(&format!("{PUSHED} was pushed")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_pull_is_silent_until_it_goes_on() {
    let Some(start) = start("pause").await else {
        return;
    };
    start.pull_and_hold().await;
    start.page.press_like("Activity").await;
    start.page.press_like("Pause Pull").await;
    start.page.sees("Paused").await;
    // Nothing keeps the rest from coming but the pause.
    start.line.open();
    start.line.rests().await;
    let task = task_of(&start.page, "pull").await.unwrap();
    assert_eq!(task["state"]["kind"], "paused", "{task}");
    assert_eq!(find_file(start.desktop.home(), PULLED), None);
    start.page.press_like("Resume Pull").await;
    start.is_pulled(&start.page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_transfers_show_in_the_dock_and_their_notifications_lead_to_what_they_made() {
    if !is_installed("xdotool") {
        return skip("notified transfers", "xdotool");
    }
    let Some(start) = start("notified transfers").await else {
        return;
    };
    let (desktop, page, line) = (&start.desktop, &start.page, &start.line);
    let dock = desktop.start_dock().await;

    line.hold_after(PARTLY);
    push(page).await;
    wait_until("the line holds the push", async || line.holds()).await;
    page.press("Keys").await;
    let other = desktop.look_elsewhere();
    lasted_long(page, "push").await;
    wait_until(
        "the dock shows a part",
        async || matches!(dock.told().last(), Some(Some(part)) if (0.1..1.0).contains(part)),
    )
    .await;
    line.open();
    click_on(desktop, "Push finished", "samtools.sif, ").await;
    // The container, with the tag that was made.
    page.sees("Tags").await;
    page.sees("latest").await;
    wait_until("the dock shows nothing", async || {
        dock.told().last() == Some(&None)
    })
    .await;
    drop(other);

    line.hold_after(PARTLY);
    pull(page, &reference()).await;
    wait_until("the line holds the pull", async || line.holds()).await;
    page.press("Keys").await;
    let _other = desktop.look_elsewhere();
    lasted_long(page, "pull").await;
    wait_until(
        "the dock shows a part",
        async || matches!(dock.told().last(), Some(Some(part)) if (0.1..1.0).contains(part)),
    )
    .await;
    line.open();
    click_on(desktop, "Pull finished", "samtools_latest.sif, ").await;
    // The image itself.
    page.sees("What is in the file").await;
    page.sees(PULLED).await;
    wait_until("the dock shows nothing", async || {
        dock.told().last() == Some(&None)
    })
    .await;
    assert_eq!(dock.entries(), ["application://Sifter.desktop"]);
}

/// Waits for a notification and clicks on it.
async fn click_on(desktop: &Desktop, title: &str, body: &str) {
    let shown = || {
        let all = desktop.notifications().shown();
        all.into_iter().find(|shown| shown.title == title)
    };
    wait_until(&format!("`{title}` is shown"), async || shown().is_some()).await;
    let shown = shown().unwrap();
    assert!(shown.body.starts_with(body), "{shown:?}");
    desktop.click_notification(shown.id).await;
}
