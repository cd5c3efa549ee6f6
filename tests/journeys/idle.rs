//! What an idle program costs: no network, no processor time, and no timer that wakes it again and again.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::desktop::{Desktop, files::write_image, session::Keychain, wait_until};

/// The program is watched in stretches of so many [`STEP`]s.
const STEPS: u32 = 20;
const STEP: std::time::Duration = std::time::Duration::from_millis(250);
/// Clock ticks of a hundredth of a second, over all processes and a whole stretch.
const TICKS_ALLOWED: u64 = 5;
/// How often all threads together may wake in a whole stretch: a timer of a quarter of a second alone is beyond it.
const WAKES_ALLOWED: u64 = 15;
/// How many stretches it may take until one is silent.
const STRETCHES: usize = 24;

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_program_uses_no_network_and_no_processor_time() {
    // Without a WebDriver, which would talk to the program over the network.
    let Some(mut desktop) = Desktop::start("idle", Keychain::Unlocked).await else {
        return;
    };
    desktop.open_plain(&[]);
    shown(&desktop, 1).await;
    rests(&desktop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_and_an_open_image_cost_nothing() {
    let Some(mut desktop) = Desktop::start("idle", Keychain::Unlocked).await else {
        return;
    };
    let folder = desktop.folder();
    let image = write_image(&folder, "samtools.sif", 300_000);
    for name in ["blast.sif", "bwa.sif"] {
        write_image(&folder, name, 5000);
    }
    let page = desktop.open(&[image.to_str().unwrap()]).await;
    page.sees("Not signed").await;
    let offered = page.invoke("offer_text", json!({ "text": folder })).await;
    let files = offered.unwrap()["files"].clone();
    let watched = page.invoke("add_folders", json!({ "files": files })).await;
    assert_eq!(watched.unwrap().as_array().unwrap().len(), 1);
    page.press("Images").await;
    page.sees("bwa.sif").await;
    desktop.close().await;

    let before = logs(desktop.home()).matches(SHOWN).count();
    desktop.open_plain(&[image.to_str().unwrap()]);
    shown(&desktop, before + 1).await;
    rests(&desktop).await;
}

/// What the log says when the page is loaded.
const SHOWN: &str = "the page is there";

/// Waits until pages have been loaded `times`.
async fn shown(desktop: &Desktop, times: usize) {
    wait_until("the page is there", async || {
        logs(desktop.home()).matches(SHOWN).count() >= times
    })
    .await;
}

/// Watches the program until it was silent for a whole stretch.
///
/// What happens once, be it late (parts of the page that are fetched ahead, memory that is collected), spoils the stretch
/// that it falls into; what happens again and again spoils them all. The network is silent from the first moment.
async fn rests(desktop: &Desktop) {
    let mut used = Vec::new();
    while used.len() < STRETCHES {
        let (ticks, wakes) = use_in_a_stretch(desktop).await;
        if ticks <= TICKS_ALLOWED && wakes <= WAKES_ALLOWED {
            return;
        }
        used.push((ticks, wakes));
    }
    let seconds = (STEP * STEPS).as_secs();
    panic!("it never rests: ticks and wakes in stretches of {seconds} s: {used:?}");
}

/// How much time the program takes during a stretch, in which it must not use the network, and how often it wakes.
async fn use_in_a_stretch(desktop: &Desktop) -> (u64, u64) {
    let before = (ticks(desktop), wakes(desktop));
    for _ in 0..STEPS {
        let open = network_sockets(desktop);
        assert!(open.is_empty(), "open network sockets: {open:?}");
        tokio::time::sleep(STEP).await;
    }
    let processes = desktop.processes().len();
    assert!(processes >= 2, "the program and its web process");
    let since = |now: u64, before: u64| now.saturating_sub(before);
    (
        since(ticks(desktop), before.0),
        since(wakes(desktop), before.1),
    )
}

/// How often the threads of all processes waited for something and went on.
fn wakes(desktop: &Desktop) -> u64 {
    let of_thread = |folder: fs::DirEntry| -> Option<u64> {
        let text = fs::read_to_string(folder.path().join("status")).ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line?.trim().parse().ok()
    };
    desktop
        .processes()
        .into_iter()
        .filter_map(|(id, _)| fs::read_dir(format!("/proc/{id}/task")).ok())
        .flatten()
        .flatten()
        .filter_map(of_thread)
        .sum()
}

/// Where the program writes its log files.
pub(crate) fn log_folder(home: &Path) -> PathBuf {
    home.join(".local/state/sifter/logs")
}

/// The text of all log files of the program.
pub(crate) fn logs(home: &Path) -> String {
    let entries = fs::read_dir(log_folder(home))
        .into_iter()
        .flatten()
        .flatten();
    entries
        .map(|entry| fs::read_to_string(entry.path()).unwrap_or_default())
        .collect()
}

/// User and system time of all processes.
fn ticks(desktop: &Desktop) -> u64 {
    let of_one = |id: u32| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name in parentheses may hold blanks; numbers 14 and 15 follow it.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
    };
    desktop
        .processes()
        .into_iter()
        .filter_map(|(id, _)| of_one(id))
        .sum()
}

/// Process, name and socket of every socket that is not a local one.
fn network_sockets(desktop: &Desktop) -> Vec<(u32, String, String)> {
    let mut found = Vec::new();
    for (id, name) in desktop.processes() {
        let network: HashSet<String> = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"]
            .into_iter()
            .flat_map(|kind| inodes(&format!("/proc/{id}/net/{kind}")))
            .collect();
        for file in fs::read_dir(format!("/proc/{id}/fd"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let target = fs::read_link(file.path())
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let inode = target
                .strip_prefix("socket:[")
                .and_then(|rest| rest.strip_suffix(']'));
            if inode.is_some_and(|inode| network.contains(inode)) {
                found.push((id, name.clone(), target));
            }
        }
    }
    found
}

fn inodes(table: &str) -> Vec<String> {
    let text = fs::read_to_string(table).unwrap_or_default();
    text.lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(9).map(str::to_owned))
        .collect()
}
