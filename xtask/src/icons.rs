//! `icons`: renders every icon from the one drawing, with the renderer inside the Tauri command line.

use std::fs;

use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, say, setup};

/// The drawing.
const SOURCE: &str = "icons/sifter.svg";

/// What the package and the window use; the renderer makes more, for telephones.
const WANTED: &[&str] = &[
    "32x32.png",
    "128x128.png",
    "128x128@2x.png",
    "icon.png",
    "icon.ico",
    "icon.icns",
];

/// Renders the drawing and replaces the icons.
pub(crate) fn render(place: &Place) -> Outcome {
    setup::install_page_packages(place)?;
    let rendered = place.made("icons")?;
    say::step(&format!("icons from {SOURCE}"));
    tauri(place)
        .args(["icon", SOURCE, "--output"])
        .args([&rendered])
        .show()?;
    for name in WANTED {
        fs::copy(rendered.join(name), place.root.join("icons").join(name))?;
        say::line(name);
    }
    Ok(())
}

/// The Tauri command line of the page's packages.
pub(crate) fn tauri(place: &Place) -> Program {
    let name = if cfg!(windows) { "tauri.cmd" } else { "tauri" };
    Program::new(place.ui().join("node_modules/.bin").join(name)).folder(&place.root)
}
