//! `setup`: installs what is missing and builds the page. Instant when everything is there.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::packages::{self, Purpose, System};
use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, say, stop};

/// The oldest Node that the page's tools run on.
const NODE_MAJOR: u32 = 20;

/// Everything: system packages, the page's packages, the built page.
pub(crate) fn set_up(place: &Place, purpose: Purpose) -> Outcome {
    install_system_packages(purpose)?;
    install_page_packages(place)?;
    build_page(place)
}

/// Installs missing system packages on Debian and its children; elsewhere names them and stops.
pub(crate) fn install_system_packages(purpose: Purpose) -> Outcome {
    let system = packages::this_system();
    let needed = packages::needed(purpose, system);
    match system {
        System::Debian => {
            let missing = missing_debian(&needed)?;
            if missing.is_empty() {
                say::step(&format!("system packages: all {} are there", needed.len()));
                return Ok(());
            }
            say::step(&format!(
                "system packages: installing {}",
                missing.join(" ")
            ));
            apt(&["update", "-q"], &missing)?;
            let mut install = vec!["install", "-y", "-q", "--no-install-recommends"];
            install.extend(&missing);
            apt(&install, &missing)
        }
        System::Fedora => needs_hand(&missing_by("rpm", "-q", &needed), "dnf install"),
        System::Arch => needs_hand(&missing_by("pacman", "-Q", &needed), "pacman -S --needed"),
        System::MacOs if Program::new("xcode-select").args(["-p"]).succeeds() => Ok(()),
        System::MacOs => needs_hand(&needed, ""),
        // This program was linked on this machine, so the build tools are there, and WebView2 comes with the system.
        System::Windows => Ok(()),
        System::Other => stop(all_lists(purpose)),
    }
}

fn missing_debian(needed: &[&'static str]) -> Outcome<Vec<&'static str>> {
    // dpkg-query fails when one package is unknown, and still lists the others.
    let output = Program::new("dpkg-query")
        .args(["-W", "-f=${Package} ${db:Status-Status}\n"])
        .args(needed)
        .command()
        .output()?;
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(not_installed(needed, &listed))
}

/// The packages that dpkg does not list as installed.
fn not_installed(needed: &[&'static str], listed: &str) -> Vec<&'static str> {
    let installed = |package: &str| {
        listed
            .lines()
            .any(|line| line.split_once(' ') == Some((package, "installed")))
    };
    needed.iter().copied().filter(|p| !installed(p)).collect()
}

fn missing_by(tool: &str, option: &str, needed: &[&'static str]) -> Vec<&'static str> {
    let there = |package: &&str| Program::new(tool).args([option, package]).succeeds();
    needed.iter().copied().filter(|p| !there(p)).collect()
}

/// Stops with the exact command when a person has to install something.
fn needs_hand(missing: &[&str], command: &str) -> Outcome {
    if missing.is_empty() {
        return Ok(());
    }
    stop(format!(
        "please install, then try again:\n  {command} {}",
        missing.join(" ")
    ))
}

fn all_lists(purpose: Purpose) -> String {
    let mut text = String::from("this system is not known; the packages elsewhere are\n");
    let systems = [
        ("Debian, Ubuntu", System::Debian),
        ("Fedora", System::Fedora),
        ("Arch", System::Arch),
        ("macOS", System::MacOs),
        ("Windows", System::Windows),
    ];
    for (name, system) in systems {
        let list = packages::needed(purpose, system).join(", ");
        text.push_str(&format!("  {name}: {list}\n"));
    }
    text
}

/// Runs apt-get as root: directly, or by sudo, which may ask for its password only at a terminal.
fn apt(arguments: &[&str], missing: &[&str]) -> Outcome {
    let root = Program::new("id").args(["-u"]).read()?.trim() == "0";
    let (program, leading): (&str, &[&str]) = match (root, std::io::stdin().is_terminal()) {
        (true, _) => ("env", &[]),
        (false, true) => ("sudo", &["env"]),
        (false, false) => ("sudo", &["-n", "env"]),
    };
    let apt = Program::new(program)
        .args(leading)
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .args(arguments);
    apt.show().or_else(|_| {
        stop(format!(
            "installing failed; by hand, as root:\n  apt-get update && apt-get install -y --no-install-recommends {}",
            missing.join(" ")
        ))
    })
}

/// `npm ci`, skipped when the lock file is the one installed last.
pub(crate) fn install_page_packages(place: &Place) -> Outcome {
    check_node()?;
    let lock = fs::read(place.ui().join("package-lock.json"))?;
    let stamp = place.ui().join("node_modules/.sifter-installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        say::step("page packages: as the lock file says");
        return Ok(());
    }
    say::step("page packages: npm ci");
    Program::npm()
        .args(["ci", "--no-audit", "--no-fund"])
        .folder(place.ui())
        .show()?;
    fs::write(stamp, lock)?;
    Ok(())
}

fn check_node() -> Outcome {
    let version = Program::new("node").args(["--version"]).read();
    let major = version.as_deref().ok().and_then(node_major);
    match major {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        Some(major) => stop(format!(
            "Node {major} is too old: please install Node {NODE_MAJOR} or newer"
        )),
        None => stop(format!(
            "please install Node {NODE_MAJOR} or newer, with npm"
        )),
    }
}

fn node_major(version: &str) -> Option<u32> {
    let number = version.trim().strip_prefix('v')?;
    number.split('.').next()?.parse().ok()
}

/// Builds the page when one of its sources is newer than the last build.
pub(crate) fn build_page(place: &Place) -> Outcome {
    let built = place.ui().join("dist/index.html");
    let newest = newest_source(&place.ui())?;
    if modified(&built).is_some_and(|built| built > newest) {
        say::step("page: built already");
        return Ok(());
    }
    say::step("page: npm run build");
    Program::npm()
        .args(["run", "build"])
        .folder(place.ui())
        .show()
}

/// When the page's sources changed last; what tools install or make is left out.
fn newest_source(ui: &Path) -> Outcome<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut folders: Vec<PathBuf> = vec![ui.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            if path.is_dir() {
                if !matches!(name.as_str(), "node_modules" | "dist" | "tests") {
                    folders.push(path);
                }
            } else if let Some(time) = modified(&path) {
                newest = newest.max(time);
            }
        }
    }
    Ok(newest)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|m| m.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_installed_counts_as_installed() {
        let listed = "gcc installed\nxvfb config-files\n";
        assert_eq!(
            not_installed(&["gcc", "xvfb", "wine"], listed),
            ["xvfb", "wine"]
        );
    }

    #[test]
    fn node_versions_are_read() {
        assert_eq!(node_major("v20.20.2\n"), Some(20));
        assert_eq!(node_major("twenty"), None);
    }

    #[test]
    fn a_changed_source_is_newer_and_installed_packages_are_not_looked_at() {
        let ui = tempfile::tempdir().unwrap();
        fs::create_dir_all(ui.path().join("node_modules")).unwrap();
        fs::write(ui.path().join("node_modules/a.js"), "").unwrap();
        assert_eq!(newest_source(ui.path()).unwrap(), SystemTime::UNIX_EPOCH);
        fs::write(ui.path().join("index.html"), "").unwrap();
        assert!(newest_source(ui.path()).unwrap() > SystemTime::UNIX_EPOCH);
    }
}
