//! `dist`: the Debian package, and the proof that it installs and starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::desktop::{Desktop, Running};
use crate::packages::Purpose;
use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, icons, say, setup, stop};

/// Every file that must be in the package, below its root.
const FILES: &[&str] = &[
    "usr/bin/sifter",
    "usr/share/applications/Sifter.desktop",
    "usr/share/icons/hicolor/128x128/apps/sifter.png",
    "usr/share/mime/packages/sifter.xml",
];

/// Words that must stand in a file of the package.
const WORDS: &[(&str, &str)] = &[
    ("usr/share/applications/Sifter.desktop", "MimeType="),
    ("usr/share/applications/Sifter.desktop", "Exec=sifter %"),
    ("usr/share/applications/Sifter.desktop", "Categories="),
    ("usr/share/mime/packages/sifter.xml", "*.sif"),
];

/// How long the window may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes the package and says where it is.
pub(crate) fn make(place: &Place) -> Outcome {
    setup::set_up(place, Purpose::Dist)?;
    say::step("release build and package (some minutes)");
    icons::tauri(place)
        .args(["build", "--bundles", "deb", "--", "--locked"])
        // Files of the release build stay below the build folder, wherever that is.
        .env("CARGO_TARGET_DIR", &place.target)
        .show()?;
    say::step(&format!("made {}", package(place)?.display()));
    Ok(())
}

/// Makes the package, installs it with dpkg in a throw-away place, and starts what was installed.
pub(crate) fn make_and_check(place: &Place) -> Outcome {
    make(place)?;
    let package = package(place)?;
    let folder = place.target.join("dist");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let root = folder.join("root");
    check_fields(&package)?;
    install(&package, &root)?;
    check_files(&root)?;
    start(&root, &folder)?;
    remove(&root)?;
    say::step("the package installs, starts and goes without a trace");
    Ok(())
}

/// The newest package.
fn package(place: &Place) -> Outcome<PathBuf> {
    let folder = place.target.join("release/bundle/deb");
    let mut packages: Vec<_> = fs::read_dir(&folder)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "deb"))
        .collect();
    packages.sort_by_key(|path| fs::metadata(path).and_then(|m| m.modified()).ok());
    match packages.pop() {
        Some(package) => Ok(package),
        None => stop(format!("no package in `{}`", folder.display())),
    }
}

/// Checks who made it, for what, and that every package that it depends on is a package of this system.
fn check_fields(package: &Path) -> Outcome {
    say::step("the package's description");
    let field = |name: &str| -> Outcome<String> {
        let dpkg = Program::new("dpkg-deb").args(["--field"]);
        Ok(dpkg.args([package]).args([name]).read()?.trim().to_owned())
    };
    for name in [
        "Package",
        "Version",
        "Architecture",
        "Maintainer",
        "Description",
    ] {
        let value = field(name)?;
        if value.is_empty() {
            return stop(format!("the package has no `{name}`"));
        }
        say::line(&format!(
            "{name}: {}",
            value.lines().next().unwrap_or_default()
        ));
    }
    for dependency in dependencies(&field("Depends")?) {
        if !Program::new("dpkg-query")
            .args(["-W", &dependency])
            .succeeds()
        {
            return stop(format!(
                "the package wants `{dependency}`, which is not here"
            ));
        }
        say::line(&format!("depends on {dependency}"));
    }
    Ok(())
}

/// The names in a `Depends` field; of alternatives the first.
fn dependencies(field: &str) -> Vec<String> {
    field
        .split(',')
        .filter_map(|part| part.split(['|', '(', ' ']).find(|word| !word.is_empty()))
        .map(str::to_owned)
        .collect()
}

/// Installs it as dpkg does, into a root of its own. That root is empty, hence the forced dependencies.
fn install(package: &Path, root: &Path) -> Outcome {
    say::step("installing it in a throw-away place");
    for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log"] {
        fs::create_dir_all(root.join(folder))?;
    }
    fs::write(root.join("var/lib/dpkg/status"), "")?;
    dpkg(root).args(["--install"]).args([package]).show()
}

fn remove(root: &Path) -> Outcome {
    say::step("removing it");
    dpkg(root).args(["--purge", "sifter"]).show()?;
    match FILES.iter().find(|file| root.join(file).exists()) {
        Some(left) => stop(format!("`{left}` is still there")),
        None => Ok(()),
    }
}

fn dpkg(root: &Path) -> Program {
    let mut option = std::ffi::OsString::from("--root=");
    option.push(root);
    Program::new("dpkg").args([option.as_os_str()]).args([
        "--force-depends",
        "--force-not-root",
        "--force-script-chrootless",
    ])
}

fn check_files(root: &Path) -> Outcome {
    for file in FILES {
        if !root.join(file).is_file() {
            return stop(format!("`{file}` is not in the package"));
        }
        say::line(file);
    }
    for (file, word) in WORDS {
        if !fs::read_to_string(root.join(file))?.contains(word) {
            return stop(format!("`{file}` does not say `{word}`"));
        }
    }
    Ok(())
}

/// Starts the installed program on a desktop of its own, waits for its window, keeps a picture, and ends it.
fn start(root: &Path, folder: &Path) -> Outcome {
    say::step("starting it");
    let desktop = Desktop::start(&folder.join("desktop"))?;
    let mut sifter = Running::start(&desktop.inside(Program::new(root.join("usr/bin/sifter"))))?;
    let start = Instant::now();
    let search = desktop.inside(Program::new("xdotool"));
    let search = search.args(["search", "--onlyvisible", "--name", "^Sifter"]);
    while !search.succeeds() {
        if sifter.has_ended() {
            return stop("the installed program ended by itself");
        }
        if start.elapsed() > PATIENCE {
            return stop("the installed program shows no window");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    say::line(&format!(
        "its window came after {}",
        say::duration(start.elapsed())
    ));
    crate::bench::screen::wait_for_paint(&desktop, start, PATIENCE)?;
    let picture = folder.join("window.png");
    desktop
        .inside(Program::new("import"))
        .args(["-window", "root"])
        .args([&picture])
        .show()?;
    say::line(&format!("picture: {}", picture.display()));
    if sifter.end() {
        Ok(())
    } else {
        stop("the installed program does not end when asked")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read() {
        assert_eq!(
            dependencies("libwebkit2gtk-4.1-0, libgtk-3-0 (>= 3.24) | libgtk-3-0t64"),
            ["libwebkit2gtk-4.1-0", "libgtk-3-0"]
        );
    }
}
