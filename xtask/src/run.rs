//! `run`: opens the program; without a display, the tour.

use crate::packages::Purpose;
use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, say, setup, tour};

/// Sets up, builds and opens Sifter with the files named, else with the sample image, and waits until it is closed.
pub(crate) fn run(place: &Place, files: &[&str]) -> Outcome {
    if !has_display() {
        say::step("no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): the tour instead");
        return tour::tour(place);
    }
    setup::set_up(place, Purpose::Run)?;
    say::step("building Sifter (the first time takes some minutes)");
    Program::cargo()
        .args(["build", "--locked"])
        .folder(&place.root)
        .show()?;
    say::step("opening Sifter; close its window to come back here");
    let files = if files.is_empty() {
        &["--sample"]
    } else {
        files
    };
    // Files are named from where the command was called, so the folder stays.
    Program::new(place.program("debug", "sifter"))
        .args(files)
        .show()
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
