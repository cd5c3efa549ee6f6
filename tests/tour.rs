//! The tour: the real window driven through the main job, with pictures in both themes and two sizes.
//!
//! Runs whole only with `SIFTER_TOUR=1` (what `cargo xtask tour` sets); otherwise it only shows that the window opens.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(target_os = "linux")]

#[allow(
    dead_code,
    reason = "the tour needs less of a desktop than the journeys"
)]
#[path = "journeys/desktop/mod.rs"]
mod desktop;

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    time::Instant,
};

use desktop::{
    Desktop,
    files::{tamper, write_image},
    library::{PRIMARY, TOOLS, open_container, push_to},
    page::Page,
    process::is_installed,
    session::Keychain,
    skip,
    steps::{
        NAME, PASSPHRASE, Zone, drag_over, drop_on, fill_key_form, open_image, signed_and_verified,
    },
};
use serde_json::json;

const SIZES: [(u32, u32); 2] = [(1280, 800), (820, 560)];
const ESCAPE: &str = "\u{e00c}";

/// A tour under way.
struct Tour {
    desktop: Desktop,
    page: Page,
    folder: PathBuf,
    number: u32,
    summary: String,
    started: Instant,
}

impl Tour {
    /// Takes the four pictures of a stop and writes it down.
    async fn stop(&mut self, name: &str, what: &str) {
        self.number += 1;
        writeln!(
            self.summary,
            "{}. **{name}** ({:.1} s): {what}",
            self.number,
            self.started.elapsed().as_secs_f32()
        )
        .unwrap();
        for theme in ["dark", "light"] {
            self.set_theme(theme).await;
            for (width, height) in SIZES.into_iter().rev() {
                self.desktop.resize(width, height).await;
                self.desktop
                    .picture(
                        &self.page,
                        &self.picture(&format!("{name}-{theme}-{width}")),
                    )
                    .await;
            }
        }
    }

    fn picture(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{:02}-{name}.png", self.number))
    }

    async fn set_theme(&self, theme: &str) {
        let mut settings =
            self.page.invoke("get_settings", json!({})).await.unwrap()["settings"].clone();
        settings["theme"] = json!(theme);
        self.page
            .invoke("change_settings", json!({ "settings": settings }))
            .await
            .unwrap();
        self.page
            .element(&format!("html[data-theme={theme}]"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tour() {
    let Some(mut desktop) = Desktop::start("tour", Keychain::Unlocked).await else {
        return;
    };
    let page = desktop.open(&[]).await;
    page.sees("Sifter").await;
    if std::env::var_os("SIFTER_TOUR").is_none_or(|value| value != "1") {
        return;
    }
    if !is_installed("xdotool") {
        return skip("tour", "xdotool");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tour");
    std::fs::create_dir_all(&folder).unwrap();
    let summary =
        "# The tour\n\nEach stop has four pictures: light and dark, 1280×800 and 820×560.\n\n"
            .to_owned();
    let mut tour = Tour {
        desktop,
        page,
        folder,
        number: 0,
        summary,
        started: Instant::now(),
    };
    look_inside(&mut tour).await;
    make_a_key(&mut tour).await;
    sign_and_verify(&mut tour).await;
    share(&mut tour).await;
    look_around(&mut tour).await;
    std::fs::write(tour.folder.join("summary.md"), &tour.summary).unwrap();
}

async fn look_inside(tour: &mut Tour) {
    tour.page.sees("Sifter collects nothing").await;
    tour.stop(
        "first-start",
        "The first start: three doors, and what Sifter never does.",
    )
    .await;
    let image = write_image(&tour.desktop.folder(), "samtools.sif", 3_000_000);
    let drag = drag_over(&tour.desktop, &tour.page, std::slice::from_ref(&image)).await;
    let dragging = tour.folder.join("01-while-dragging.png");
    tour.desktop.picture(&tour.page, &dragging).await;
    drag.over_until(1600, 900, async || !tour.page.has("[data-zone]").await)
        .await;
    let source = drag.release();
    tour.page.gone("[data-zone]").await;
    drop(source);
    drop_on(&tour.desktop, &tour.page, &[image], Zone::Inspect).await;
    tour.page.sees("Not signed").await;
    tour.stop(
        "inspected",
        "The image was dropped on the window: what it is and what is inside.",
    )
    .await;
    for (tab, words) in [
        ("Parts", "Definition"),
        ("Definition", "Bootstrap"),
        ("Raw", "Header"),
    ] {
        tour.page.press_like(tab).await;
        tour.page.sees(words).await;
        tour.stop(&tab.to_lowercase(), &format!("The tab {tab}."))
            .await;
    }
}

async fn make_a_key(tour: &mut Tour) {
    tour.page.press("Keys").await;
    tour.page.sees("No keys yet").await;
    tour.stop("no-keys", "No key yet.").await;
    tour.page.press("Create a key").await;
    fill_key_form(&tour.page).await;
    tour.stop(
        "create-key",
        "Name, mail, passphrase, and what will happen.",
    )
    .await;
    tour.page.keys(PRIMARY).await;
    tour.page.sees("Keep your new key safe").await;
    tour.stop("key-safe", "The key is made; two files keep it safe.")
        .await;
    tour.page.keys(ESCAPE).await;
    tour.page.sees(NAME).await;
    tour.stop("keys", "The key in the list.").await;
}

async fn sign_and_verify(tour: &mut Tour) {
    open_image(&tour.page, "samtools.sif").await;
    tour.page.press("Sign").await;
    tour.page.sees("What will happen").await;
    tour.stop("sign", "What signing will do.").await;
    tour.page.keys(PRIMARY).await;
    signed_and_verified(&tour.page, "samtools.sif").await;
    tour.stop("verified", "Signed, and verified at once.").await;
    tour.page.press_like("Signatures").await;
    tour.page.sees("SHA-256").await;
    tour.stop(
        "signatures",
        "The signature, part by part, and what the command line would say.",
    )
    .await;
    tour.page.press("Lock now").await;
    let other = write_image(&tour.desktop.folder(), "blast.sif", 1_000_000);
    drop_on(&tour.desktop, &tour.page, &[other], Zone::Sign).await;
    tour.page.press("Sign image").await;
    tour.page.sees("Unlock the key").await;
    tour.page.fill("Passphrase", "wrong").await;
    tour.page.press("Unlock").await;
    tour.page
        .sees("This passphrase does not open the key")
        .await;
    tour.stop(
        "wrong-passphrase",
        "A wrong passphrase is said in place; nothing is lost.",
    )
    .await;
    tour.page.fill("Passphrase", PASSPHRASE).await;
    tour.page.keys(PRIMARY).await;
    signed_and_verified(&tour.page, "blast.sif").await;
    tamper(&tour.desktop.folder().join("samtools.sif"));
    open_image(&tour.page, "samtools.sif").await;
    tour.page
        .sees("The contents of part 2 (file system) are not what was signed")
        .await;
    tour.stop(
        "tampered",
        "One byte was changed: Tampered, and which part.",
    )
    .await;
}

async fn share(tour: &mut Tour) {
    open_image(&tour.page, "blast.sif").await;
    tour.page.press("Push").await;
    push_to(&tour.page, TOOLS).await;
    tour.page.sees("latest is new").await;
    tour.stop(
        "push",
        "What pushing to the library of this computer will do.",
    )
    .await;
    tour.page.keys(PRIMARY).await;
    tour.page.sees("blast.sif was pushed").await;
    open_container(&tour.page, &format!("{TOOLS}/blast")).await;
    tour.stop(
        "container",
        "The image in its container, by tag and architecture.",
    )
    .await;
    tour.page.press("Library").await;
    tour.page.sees("genomics").await;
    tour.stop("library", "The library, from its owners down.")
        .await;
    tour.page.keys("\u{e009}d").await;
    let reference = format!("library://{TOOLS}/blast:latest");
    tour.page.fill("Reference", &reference).await;
    tour.page.sees("Found").await;
    tour.stop("pull", "What a pasted reference leads to.").await;
    tour.page.keys(ESCAPE).await;
    tour.page.gone("[role=dialog]").await;
    tour.page.press("Settings").await;
    tour.page.press("Remotes").await;
    tour.page.sees("Library of this computer").await;
    tour.stop(
        "remotes",
        "Remotes, registries, and the library of this computer.",
    )
    .await;
    tour.page.press("Keys").await;
    tour.page.press("Find keys").await;
    tour.page.fill("Name, mail or fingerprint", NAME).await;
    tour.stop("find-keys", "Looking for a key on a keyserver.")
        .await;
    tour.page.keys(ESCAPE).await;
    tour.page.gone("[role=dialog]").await;
}

async fn look_around(tour: &mut Tour) {
    for (screen, words, what) in [
        ("Images", "blast.sif", "All images with their badges."),
        ("Activity", "samtools.sif", "What was done."),
        ("Settings", "Appearance", "Settings."),
        ("Home", "samtools.sif", "Home, with the images opened last."),
    ] {
        tour.page.press_like(screen).await;
        tour.page.sees(words).await;
        tour.stop(&screen.to_lowercase(), what).await;
    }
    tour.page.keys("\u{e009}k").await;
    tour.page.element("[role=dialog] input").await;
    tour.stop("palette", "Every command by name.").await;
    tour.page.keys(ESCAPE).await;
}
