//! Finding command lines on `PATH` and asking them who they are, with a time limit.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use crate::{homes::Homes, start::Product};

/// A program that takes longer to say its version is hung, or not what it seems.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// More than any version text.
const OUTPUT_LIMIT: u64 = 64 * 1024;

/// A command line that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) program: PathBuf,
    pub(super) product: Product,
    pub(super) version: String,
}

pub(super) fn installed(homes: &Homes) -> Vec<Installed> {
    ["singularity", "apptainer"]
        .iter()
        .filter_map(|name| find_program(homes, name))
        .filter_map(|program| {
            let output = run_briefly(homes, &program, &["--version"])?;
            let (product, version) = product_of(&output)?;
            Some(Installed {
                program,
                product,
                version,
            })
        })
        .collect()
}

/// Returns product and version of a first line such as `singularity-ce version 4.1.0`.
fn product_of(output: &str) -> Option<(Product, String)> {
    let line = output.lines().next()?.trim();
    let (name, version) = line.split_once(" version ")?;
    let product = match name {
        "apptainer" => Product::Apptainer,
        "singularity-pro" => Product::SingularityPro,
        "singularity-ce" | "singularity" => Product::SingularityCe,
        _ => return None,
    };
    Some((product, version.trim().to_owned()))
}

/// Returns the first program of this name on `PATH`. Relative entries are left out: they change with the folder.
pub(crate) fn find_program(homes: &Homes, name: &str) -> Option<PathBuf> {
    let path = homes.variable("PATH")?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&file))
        .find(|candidate| is_program(candidate))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(windows)]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Returns what the program prints, if it ends well in time; it is ended otherwise.
pub(crate) fn run_briefly(homes: &Homes, program: &Path, arguments: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(&homes.environment)
        .env("HOME", &homes.home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let output = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::Builder::new()
        .name("version".into())
        .spawn(move || {
            let mut text = Vec::new();
            let read = output.take(OUTPUT_LIMIT).read_to_end(&mut text);
            // Nobody listens any more when the time is over.
            let _ = sender.send(read.map(|_| text));
        });
    let until = Instant::now() + TIME_LIMIT;
    let text = reader
        .ok()
        .and_then(|_| receiver.recv_timeout(TIME_LIMIT).ok());
    let ended = text.is_some() && ends_before(&mut child, until);
    if !ended {
        // It may have ended by itself in between.
        let _ = child.kill();
        let _ = child.wait();
        return None;
    }
    let well = child.wait().is_ok_and(|status| status.success());
    if !well {
        return None;
    }
    String::from_utf8(text?.ok()?).ok()
}

/// The output is closed, so the end is near; a short sleep is enough between two looks.
fn ends_before(child: &mut std::process::Child, until: Instant) -> bool {
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(2)),
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_by_what_they_say() {
        for (output, expected) in [
            (
                "singularity-ce version 4.1.0\n",
                Some((Product::SingularityCe, "4.1.0")),
            ),
            (
                "singularity-pro version 4.2.1-pro\n",
                Some((Product::SingularityPro, "4.2.1-pro")),
            ),
            (
                "apptainer version 1.4.5\n",
                Some((Product::Apptainer, "1.4.5")),
            ),
            (
                "singularity version 3.8.7-1.el8\n",
                Some((Product::SingularityCe, "3.8.7-1.el8")),
            ),
            ("Endless Sky: Singularity 1.0\n", None),
            ("", None),
        ] {
            let expected = expected.map(|(product, version)| (product, version.to_owned()));
            assert_eq!(product_of(output), expected, "{output}");
        }
    }
}
