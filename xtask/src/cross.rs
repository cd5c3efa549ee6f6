//! `cross`: the program is checked for Windows and macOS, and the libraries' tests run under wine.
//!
//! rustup has no standard library for these systems here, so Debian's compiler builds one from its own source. It has a
//! build folder of its own: the compilers differ.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::packages::{self, Purpose, System};
use crate::place::Place;
use crate::process::Program;
use crate::said::Excerpt;
use crate::summary::Tally;
use crate::{Outcome, say, setup, stop, test};

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";

/// The crates whose tests must pass everywhere: those that say nothing about a system, and those that write files which
/// others read meanwhile. The clients and the cloud are left to the check: their tests would build as much again.
const LIBRARIES: &[&str] = &[
    "sif",
    "sif-integrity",
    "sif-keys",
    "scs-types",
    "remotes",
    "transfer",
    "oci",
];

/// Debian's compiler, whose source comes with it.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_WINE: &str = "/usr/lib/wine/wine64";

/// Runs the checks and prints one line per target, then the count.
pub(crate) fn cross(place: &Place) -> Outcome {
    if packages::this_system() != System::Debian {
        return stop("`cross` needs Debian's `rustc-web` and `rust-web-src`");
    }
    setup::set_up(place, Purpose::Cross)?;
    let tools = Tools::make(&place.target.join("cross"))?;
    let mut tally = Tally::default();
    let windows = timed(&mut tally, "Windows: the program", |tally| {
        check(place, &tools, WINDOWS, tally)
    });
    let wine = timed(&mut tally, "Windows: the libraries' tests", |tally| {
        wine_tests(place, &tools, tally)
    })?;
    let macos = timed(&mut tally, "macOS: the program", |tally| {
        check(place, &tools, MACOS, tally)
    });
    say::plain("");
    say::plain(&format!(
        "{WINDOWS}: the program {windows}; under wine {wine}"
    ));
    say::plain(&format!("{MACOS}: the program {macos}; nothing is linked"));
    say::text(&tally.report());
    if tally.failed == 0 {
        Ok(())
    } else {
        std::process::exit(1)
    }
}

fn timed<T>(tally: &mut Tally, name: &str, work: impl FnOnce(&mut Tally) -> T) -> T {
    say::step(name);
    let start = Instant::now();
    let result = work(tally);
    tally.times.push((name.to_owned(), start.elapsed()));
    result
}

/// Checks the whole program for a target.
fn check(place: &Place, tools: &Tools, target: &str, tally: &mut Tally) -> &'static str {
    let program = tools
        .cargo(place)
        .args(["check", "--locked", "-Zbuild-std=std,panic_unwind"])
        .args(["--target", target, "-p", "sifter", "-p", "sifter-cli"]);
    let name = format!("{target}: check");
    let mut heard = Excerpt::of(&name);
    let done = test::hear(&program, &tools.build, &mut heard);
    let verdict = match done {
        Ok(()) => "checks",
        Err(_) => "does not check",
    };
    tally.judge(&name, done, heard);
    verdict
}

/// Builds the libraries' tests for Windows and runs them.
fn wine_tests(place: &Place, tools: &Tools, tally: &mut Tally) -> Outcome<String> {
    let packages = LIBRARIES.iter().flat_map(|name| ["-p", name]);
    let program = tools
        .cargo(place)
        .args(["test", "--locked", "-Zbuild-std=std,panic_unwind,test"])
        .args(["--target", WINDOWS, "--lib", "--tests", "--no-fail-fast"])
        .args(packages)
        .args(["--", "--show-output"]);
    let mut counted = Tally::default();
    let log = place.made("cross")?.join("wine.log");
    test::watch(&program, &log, &mut counted, Tally::read_cargo_line);
    // Wine goes on for some seconds by itself; nothing of it should outlive this command.
    let _ = Program::new("/usr/lib/wine/wineserver64")
        .args(["-k"])
        .env("WINEPREFIX", &tools.wine_prefix)
        .succeeds();
    let line = format!("{} passed, {} failed", counted.passed, counted.failed);
    tally.add(counted);
    Ok(line)
}

/// The small things that stand in for what Debian does not have.
struct Tools {
    folder: PathBuf,
    build: PathBuf,
    wine_prefix: PathBuf,
}

/// A C compiler for macOS that makes empty objects: enough for a check, which links nothing.
const STUB_CC: &str = r#"#!/bin/sh
# Preprocessing is how build scripts ask who the compiler is: that question gets a real answer.
for word in "$@"; do [ "$word" = -E ] && exec cc "$@"; done
while [ $# -gt 0 ]; do
  case $1 in -o) shift; : >"$1" ;; -o*) : >"${1#-o}" ;; esac
  shift
done
"#;

/// An archiver that makes empty archives.
const STUB_AR: &str = r#"#!/bin/sh
for word in "$@"; do case $word in *.a) printf '!<arch>\n' >"$word" ;; esac; done
"#;

/// The one function that Rust's standard library wants and Debian's wine 8 lacks.
const RANDOM_SOURCE: &str = "\
#include <windows.h>
#include <ntsecapi.h>
BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count) { return RtlGenRandom(bytes, (ULONG)count); }
";

impl Tools {
    fn make(build: &Path) -> Outcome<Self> {
        let folder = build.join("tools");
        fs::create_dir_all(folder.join("sdk"))?;
        write_script(&folder.join("stub-cc"), STUB_CC)?;
        write_script(&folder.join("stub-ar"), STUB_AR)?;
        let tools = Self {
            folder,
            build: build.to_path_buf(),
            wine_prefix: build.join("wine"),
        };
        tools.make_random_library()?;
        Ok(tools)
    }

    /// Puts `bcryptprimitives.dll` where wine looks for it: beside the test programs.
    fn make_random_library(&self) -> Outcome {
        let beside = self.build.join(WINDOWS).join("debug/deps");
        fs::create_dir_all(&beside)?;
        let source = self.folder.join("random.c");
        fs::write(&source, RANDOM_SOURCE)?;
        Program::new("x86_64-w64-mingw32-gcc")
            .args(["-shared", "-o"])
            .args([beside.join("bcryptprimitives.dll"), source])
            .args(["-ladvapi32"])
            .show()
    }

    /// Cargo with Debian's compiler; lowest priority, because it is the heaviest work here.
    fn cargo(&self, place: &Place) -> Program {
        Program::new("nice")
            .args(["-n", "10", "cargo"])
            .folder(&place.root)
            .env("RUSTC", DEBIAN_RUSTC)
            // Lets the stable compiler build its own standard library.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", &self.build)
            .env("CC_aarch64_apple_darwin", self.folder.join("stub-cc"))
            .env("CXX_aarch64_apple_darwin", self.folder.join("stub-cc"))
            .env("AR_aarch64_apple_darwin", self.folder.join("stub-ar"))
            .env("SDKROOT", self.folder.join("sdk"))
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", DEBIAN_WINE)
            .env("WINEPREFIX", &self.wine_prefix)
            .env("WINEDEBUG", "-all")
            // Neither .NET nor a browser engine: the first start would offer to download them.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
    }
}

#[cfg(unix)]
fn write_script(path: &Path, text: &str) -> Outcome {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(not(unix))]
fn write_script(path: &Path, text: &str) -> Outcome {
    fs::write(path, text)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn stubs_make_empty_objects_and_archives() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write_script(&at("cc"), STUB_CC).unwrap();
        write_script(&at("ar"), STUB_AR).unwrap();
        Program::new(at("cc"))
            .args(["-c", "x.c", "-o"])
            .args([at("x.o")])
            .show()
            .unwrap();
        Program::new(at("ar"))
            .args(["cq"])
            .args([at("libx.a"), at("x.o")])
            .show()
            .unwrap();
        assert_eq!(fs::read(at("x.o")).unwrap(), b"");
        assert_eq!(fs::read(at("libx.a")).unwrap(), b"!<arch>\n");
    }
}
