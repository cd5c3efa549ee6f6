//! Whether a package installs, starts and goes: tried in a throw-away place, so that this machine stays as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::bench::screen::wait_for_paint;
use crate::desktop::{Desktop, Running};
use crate::process::Program;
use crate::said::Excerpt;
use crate::summary::Tally;
use crate::{Outcome, say, stop};

/// Every file that must be in the package, below its root, with words that must stand in it.
const FILES: &[(&str, &[&str])] = &[
    ("usr/bin/sifter", &[]),
    ("usr/bin/sifter-cli", &[]),
    (
        DESKTOP_FILE,
        &[
            "Exec=sifter %U",
            "Icon=sifter",
            "MimeType=application/vnd.sylabs.sif;x-scheme-handler/sifter;",
            "Categories=",
        ],
    ),
    ("usr/share/doc/sifter/copyright", &["BSD-3-Clause"]),
    ("usr/share/doc/sifter/third-party.gz", &[]),
    ("usr/share/icons/hicolor/32x32/apps/sifter.png", &[]),
    ("usr/share/icons/hicolor/128x128/apps/sifter.png", &[]),
    ("usr/share/icons/hicolor/256x256/apps/sifter.png", &[]),
    ("usr/share/icons/hicolor/scalable/apps/sifter.svg", &[]),
    ("usr/share/mime/packages/sifter.xml", &["*.sif"]),
];

const DESKTOP_FILE: &str = "usr/share/applications/Sifter.desktop";

/// Packages without which nothing could have been drawn, whatever Debian calls them after a change of its libraries.
const NEEDED: &[&str] = &["libc6", "libgtk-3-0", "libwebkit2gtk-4.1-0"];

/// How long the window may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// A package, and where it is tried.
struct Trial {
    package: PathBuf,
    folder: PathBuf,
    root: PathBuf,
}

type Step = fn(&Trial) -> Outcome;

const STEPS: &[(&str, Step)] = &[
    ("the package says what it is", Trial::check_fields),
    (
        "the package depends on what its programs are linked with",
        Trial::check_dependencies,
    ),
    ("the package installs", Trial::install),
    ("every file is there", Trial::check_files),
    ("the desktop file is valid", Trial::check_desktop_file),
    ("a .sif file is known", Trial::check_file_type),
    ("the installed sifter-cli runs", Trial::run_command_line),
    (
        "the installed window paints and ends when asked",
        Trial::start,
    ),
    ("removing leaves nothing", Trial::remove),
];

/// Tries a package below an empty or new folder, and counts each step.
pub(super) fn check(package: &Path, folder: &Path, tally: &mut Tally) -> Outcome {
    let folder = folder.join("trial");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let root = folder.join("root");
    let trial = Trial {
        package: package.to_path_buf(),
        folder,
        root,
    };
    for (name, step) in STEPS {
        say::step(name);
        let start = Instant::now();
        let done = step(&trial);
        tally.judge(name, done, Excerpt::of(name));
        tally.times.push(((*name).to_owned(), start.elapsed()));
    }
    Ok(())
}

impl Trial {
    fn field(&self, name: &str) -> Outcome<String> {
        let dpkg = Program::new("dpkg-deb").args(["--field"]);
        let value = dpkg.args([&self.package]).args([name]).read()?;
        match value.trim() {
            "" => stop(format!("the package has no `{name}`")),
            value => Ok(value.to_owned()),
        }
    }

    fn check_fields(&self) -> Outcome {
        for name in [
            "Package",
            "Version",
            "Architecture",
            "Maintainer",
            "Description",
        ] {
            let value = self.field(name)?;
            say::line(&format!(
                "{name}: {}",
                value.lines().next().unwrap_or_default()
            ));
        }
        Ok(())
    }

    /// The list itself is made by Debian's tool; here it is looked at from the other side.
    fn check_dependencies(&self) -> Outcome {
        let names = names(&self.field("Depends")?);
        for name in &names {
            if !Program::new("dpkg-query").args(["-W", name]).succeeds() {
                return stop(format!("the package wants `{name}`, which is not here"));
            }
            say::line(name);
        }
        let has = |needed: &&&str| {
            names
                .iter()
                .any(|name| name.trim_end_matches("t64") == **needed)
        };
        match NEEDED.iter().find(|needed| !has(needed)) {
            Some(missing) => stop(format!("the package does not depend on `{missing}`")),
            None => Ok(()),
        }
    }

    /// Installs it as dpkg does, into a root of its own. That root is empty, hence the forced dependencies.
    fn install(&self) -> Outcome {
        for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log"] {
            fs::create_dir_all(self.root.join(folder))?;
        }
        fs::write(self.root.join("var/lib/dpkg/status"), "")?;
        self.dpkg()?
            .args(["--install"])
            .args([&self.package])
            .show()
    }

    fn remove(&self) -> Outcome {
        self.dpkg()?.args(["--purge", "sifter"]).show()?;
        let mut left = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            // Dpkg's own list and log.
            if name != "var" {
                left.push(name);
            }
        }
        if left.is_empty() {
            Ok(())
        } else {
            stop(format!("still there: {}", left.join(", ")))
        }
    }

    fn dpkg(&self) -> Outcome<Program> {
        let root = Program::new("id").args(["-u"]).read()?.trim() == "0";
        let dpkg = if root {
            Program::new("dpkg")
        } else {
            // Files of a package belong to root: here to somebody who is root in this place only.
            Program::new("unshare").args(["--map-root-user", "dpkg"])
        };
        let mut option = std::ffi::OsString::from("--root=");
        option.push(&self.root);
        Ok(dpkg
            .args([option.as_os_str()])
            .args(["--force-depends", "--force-script-chrootless"])
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"))
    }

    fn check_files(&self) -> Outcome {
        for (file, words) in FILES {
            let Ok(bytes) = fs::read(self.root.join(file)) else {
                return stop(format!("`{file}` is not in the package"));
            };
            say::line(&format!("{file}, {} bytes", bytes.len()));
            let text = String::from_utf8_lossy(&bytes);
            if let Some(word) = words.iter().find(|word| !text.contains(**word)) {
                return stop(format!("`{file}` does not say `{word}`"));
            }
        }
        Ok(())
    }

    fn check_desktop_file(&self) -> Outcome {
        Program::new("desktop-file-validate")
            .args([self.root.join(DESKTOP_FILE)])
            .show()
    }

    /// Has the type read by the tool that desktops use, in a copy of the folder, since it writes beside what it reads.
    fn check_file_type(&self) -> Outcome {
        let copy = self.folder.join("mime");
        fs::create_dir_all(copy.join("packages"))?;
        let file = "packages/sifter.xml";
        fs::copy(self.root.join("usr/share/mime").join(file), copy.join(file))?;
        Program::new("update-mime-database").args([&copy]).show()?;
        let names = fs::read_to_string(copy.join("globs2"))?;
        if names.contains("application/vnd.sylabs.sif:*.sif") {
            Ok(())
        } else {
            stop("the name `*.sif` has no type")
        }
    }

    fn run_command_line(&self) -> Outcome {
        let program = Program::new(self.root.join("usr/bin/sifter-cli"));
        let said = program.args(["--version"]).read()?;
        say::line(said.trim());
        if said.trim().ends_with(&self.field("Version")?) {
            Ok(())
        } else {
            stop("it has another version than the package")
        }
    }

    /// Starts the window on a desktop of its own, waits until it paints, keeps a picture, and ends it.
    fn start(&self) -> Outcome {
        let desktop = Desktop::start(&self.folder.join("desktop"))?;
        let program = Program::new(self.root.join("usr/bin/sifter"));
        let start = Instant::now();
        let mut sifter = Running::start(&desktop.inside(program))?;
        let painted = wait_for_paint(&desktop, start, PATIENCE);
        if sifter.has_ended() {
            return stop("the installed program ended by itself");
        }
        say::line(&format!("painted after {}", say::duration(painted?)));
        let picture = self.folder.join("window.png");
        let import = desktop.inside(Program::new("import"));
        import.args(["-window", "root"]).args([&picture]).show()?;
        say::line(&format!("picture: {}", picture.display()));
        if sifter.end() {
            Ok(())
        } else {
            stop("the installed program does not end when asked")
        }
    }
}

/// The names in a `Depends` field; of alternatives the first.
fn names(field: &str) -> Vec<String> {
    field
        .split(',')
        .filter_map(|part| part.split(['|', '(', ' ']).find(|word| !word.is_empty()))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read() {
        assert_eq!(
            names("libwebkit2gtk-4.1-0, libgtk-3-0 (>= 3.24) | libgtk-3-0t64"),
            ["libwebkit2gtk-4.1-0", "libgtk-3-0"]
        );
    }
}
