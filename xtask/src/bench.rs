//! `bench`: how long the main work takes beside other programs, in one run, as ratios.
//!
//! Both sides of a row take turns, so that a busy machine is busy for both; the medians are compared.

mod clock;
mod cloud;
mod images;
mod link;
mod peers;
mod report;
mod rows;
pub(crate) mod screen;
mod transfers;
mod window;

use crate::packages::Purpose;
use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, say, setup, stop};

use images::Scale;
use report::Line;

/// A row: its name on the command line, and what measures it.
struct Row {
    name: &'static str,
    measure: Measure,
}

enum Measure {
    /// Needs the images, the key and the command line.
    Images(fn(&rows::Bench) -> Outcome<Vec<Line>>),
    /// Needs the window.
    Window(fn(&Place) -> Outcome<Vec<Line>>),
}

const ROWS: &[Row] = &[
    row("verify", Measure::Images(rows::verify_one)),
    row("verify-8", Measure::Images(rows::verify_eight)),
    row("sign", Measure::Images(rows::sign)),
    row("open", Measure::Images(rows::open)),
    row("pull", Measure::Images(transfers::pull)),
    row("push", Measure::Images(transfers::push)),
    row("link", Measure::Images(transfers::link)),
    row("memory", Measure::Images(rows::memory)),
    row("window", Measure::Window(window::measure)),
];

const fn row(name: &'static str, measure: Measure) -> Row {
    Row { name, measure }
}

/// Says that the rows are only to be tried.
const TRIAL: &str = "--trial";

/// Measures the named rows, or all; prints a table and writes `bench.json` into the build folder.
pub(crate) fn bench(place: &Place, names: &[&str]) -> Outcome {
    if !cfg!(target_os = "linux") {
        return stop("`bench` reads /proc and needs an X server: it runs on Linux");
    }
    let (options, names): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| **name == TRIAL);
    let scale = match options.as_slice() {
        [] => Scale::Full,
        _ => Scale::Trial,
    };
    let known: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        return stop(format!("`{name}` is not one of {}", known.join(", ")));
    }
    let windows = |row: &&Row| matches!(row.measure, Measure::Window(_));
    let wanted = |row: &&Row| names.is_empty() || names.contains(&row.name);
    let mut rows: Vec<&Row> = ROWS.iter().filter(wanted).collect();
    if scale == Scale::Trial {
        say::line("a trial: the window is left out, and the figures mean nothing");
        rows.retain(|row| !windows(row));
        setup::install_system_packages(Purpose::Bench)?;
    } else {
        setup::set_up(place, Purpose::Bench)?;
    }
    build(place, scale, rows.iter().any(windows))?;
    let images = if rows.iter().all(windows) {
        None
    } else {
        Some(rows::Bench::prepare(place, scale)?)
    };
    let mut lines = Vec::new();
    for row in rows {
        say::step(&format!("measuring {}", row.name));
        match (&row.measure, &images) {
            (Measure::Window(measure), _) => lines.extend(measure(place)?),
            (Measure::Images(measure), Some(images)) => lines.extend(measure(images)?),
            // Prepared above as soon as one row needs them.
            (Measure::Images(_), None) => {}
        }
    }
    say::plain(&report::table(&lines));
    let file = place.target.join(format!("{}.json", scale.folder()));
    std::fs::write(&file, report::json(&lines)?)?;
    say::line(&format!("written to {}", file.display()));
    Ok(())
}

/// Builds what is measured, as it ships; for a trial as it is tested.
fn build(place: &Place, scale: Scale, with_window: bool) -> Outcome {
    let cargo = Program::cargo()
        .folder(&place.root)
        .args(["build", "-p", "sifter-cli"]);
    if scale == Scale::Trial {
        return cargo.show();
    }
    say::step("release build (some minutes the first time)");
    let cargo = cargo.args(["--locked", "--release"]);
    if !with_window {
        return cargo.show();
    }
    // The same feature that the packaged program is built with: it serves the page from inside the program.
    cargo
        .args(["-p", "sifter", "--bins", "--example", "bare"])
        .args(["--features", "tauri/custom-protocol"])
        .show()
}
