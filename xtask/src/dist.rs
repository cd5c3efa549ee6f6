//! `dist`: the Debian package, and the proof that it installs and starts.

mod check;
mod notices;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::packages::Purpose;
use crate::place::Place;
use crate::process::Program;
use crate::summary::Tally;
use crate::{Outcome, icons, say, setup, stop};

/// The programs in the package; the Tauri command line packs only the first by itself.
const PROGRAMS: [&str; 2] = ["sifter", "sifter-cli"];

/// Makes the package and says where it is.
pub(crate) fn make(place: &Place) -> Outcome {
    let package = make_package(place)?;
    say::step(&format!("made {}", package.display()));
    Ok(())
}

/// Makes the package, then installs it in a throw-away place, starts what was installed, and removes it. Prints a count.
pub(crate) fn make_and_check(place: &Place) -> Outcome {
    let package = make_package(place)?;
    let mut tally = Tally::default();
    tally.check("the package is made", true);
    check::check(&package, &place.target.join("dist"), &mut tally)?;
    say::text(&tally.report());
    if tally.failed == 0 {
        Ok(())
    } else {
        std::process::exit(1)
    }
}

fn make_package(place: &Place) -> Outcome<PathBuf> {
    setup::set_up(place, Purpose::Dist)?;
    say::step("release build (some minutes)");
    icons::tauri(place)
        .args(["build", "--no-bundle", "--", "--locked"])
        .args(PROGRAMS.iter().flat_map(|program| ["-p", program]))
        // Files of the release build stay below the build folder, wherever that is.
        .env("CARGO_TARGET_DIR", &place.target)
        .show()?;
    say::step("package");
    let stage = place.made("dist/stage")?;
    let additions = stage.join("tauri.json");
    fs::write(&additions, additions_to_package(place, &stage)?)?;
    let packages = place.target.join("release/bundle/deb");
    if packages.exists() {
        fs::remove_dir_all(&packages)?;
    }
    icons::tauri(place)
        .args(["bundle", "--bundles", "deb", "--config"])
        .args([&additions])
        .env("CARGO_TARGET_DIR", &place.target)
        .show()?;
    only_package(&packages)
}

/// What the package has beside what `tauri.conf.json` says: things that are known only after the build.
fn additions_to_package(place: &Place, stage: &Path) -> Outcome<String> {
    let notices = stage.join("third-party");
    fs::write(&notices, notices::collect(place)?)?;
    Program::new("gzip")
        .args(["-9", "--no-name", "--force"])
        .args([&notices])
        .show()?;
    let additions = json!({ "bundle": { "linux": { "deb": {
        "depends": library_packages(place, stage)?,
        "files": {
            "/usr/bin/sifter-cli": place.program("release", "sifter-cli"),
            "/usr/share/doc/sifter/third-party.gz": notices.with_extension("gz"),
        },
    } } } });
    Ok(additions.to_string())
}

/// The packages, with versions, of the libraries that the programs are linked with, as Debian's own tool names them.
fn library_packages(place: &Place, stage: &Path) -> Outcome<Vec<String>> {
    // The tool wants to stand in the source of a package.
    let control = stage.join("debian/control");
    fs::create_dir_all(stage.join("debian"))?;
    fs::write(
        &control,
        "Source: sifter\n\nPackage: sifter\nArchitecture: any\n",
    )?;
    let said = Program::new("dpkg-shlibdeps")
        .args(["-O", "--ignore-missing-info"])
        .args(PROGRAMS.map(|program| place.program("release", program)))
        .folder(stage)
        .read()?;
    match said.lines().find_map(|l| l.strip_prefix("shlibs:Depends=")) {
        Some(list) => Ok(list.split(", ").map(str::to_owned).collect()),
        None => stop("`dpkg-shlibdeps` names no package"),
    }
}

fn only_package(folder: &Path) -> Outcome<PathBuf> {
    let mut packages = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "deb"));
    match packages.next() {
        Some(package) => Ok(package),
        None => stop(format!("no package in `{}`", folder.display())),
    }
}
