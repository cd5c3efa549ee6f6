//! `tour`: the real window, under an X server of its own, driven through the main job. Leaves pictures and a summary.

use std::fs;

use crate::packages::Purpose;
use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, say, setup, stop};

/// Runs the tour and prints what it wrote down.
pub(crate) fn tour(place: &Place) -> Outcome {
    setup::set_up(place, Purpose::Tour)?;
    let folder = place.target.join("tour");
    // Pictures of an earlier run would look like pictures of this one.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    say::step("the tour: building Sifter and driving its window");
    Program::cargo()
        // The whole workspace, so that the features are those of `cargo xtask test` and nothing is built twice.
        .args(["test", "--locked", "--workspace", "--test", "tour"])
        .args(["--", "--nocapture"])
        .env("SIFTER_TOUR", "1")
        .folder(&place.root)
        .show()?;
    let mut pictures: Vec<_> = fs::read_dir(&folder)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "png"))
        .collect();
    pictures.sort();
    if pictures.is_empty() {
        return stop("the tour ended without a picture");
    }
    say::step(&format!("{} pictures", pictures.len()));
    for picture in &pictures {
        say::line(&picture.display().to_string());
    }
    if let Ok(summary) = fs::read_to_string(folder.join("summary.md")) {
        say::plain(&summary);
    }
    Ok(())
}
