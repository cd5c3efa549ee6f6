//! The real `apptainer` to test against, in a Debian root outside the project.
//!
//! A script beside the project makes that root; a stranger's clone has none, and its tests say that they leave the
//! comparison out. Never below the build folder: the script mounts `/dev` into the root, and whoever deletes a build
//! folder must not delete that.

use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::process::Program;
use crate::{Failure, Outcome, say, stop};

/// Names the folder that holds the root.
pub(crate) const VARIABLE: &str = "SIFTER_PEERS";

/// Where the tests look when the variable is not set.
const DEFAULT_FOLDER: &str = "/var/tmp/sifter-peers";

/// The script, from the top of the project.
const SCRIPT: &str = "../shared/tools/peers.sh";

/// The folder whose `root` has apptainer, if it has one.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os(VARIABLE).map_or_else(|| DEFAULT_FOLDER.into(), PathBuf::from);
    let has_it = folder.join("root/usr/bin/apptainer").exists();
    has_it.then_some(folder)
}

/// Sets the root up where nobody named one and the script is there. The script may be repeated, and is quick then.
pub(crate) fn set_up(place: &Place) -> Outcome {
    let script = place.root.join(SCRIPT);
    if std::env::var_os(VARIABLE).is_some() || !script.exists() {
        say::line(match folder() {
            Some(_) => "it is set up",
            None => "there is none, and no script that makes one",
        });
        return Ok(());
    }
    if !Program::new("id").args(["-u"]).read()?.trim().eq("0") {
        return stop("only root can make a Debian root");
    }
    say::line("making a Debian root takes about a minute the first time");
    let folder = PathBuf::from(DEFAULT_FOLDER);
    let made = Program::new("bash").args([&script, &folder]).show();
    settle(made, || answers(&folder))
}

/// Judges what the script did by the root that is there. The script ends by printing versions through a pipe, and is
/// told of a failure where the reader of that pipe is the faster side.
fn settle(made: Outcome, answers: impl FnOnce() -> bool) -> Outcome {
    match made {
        Err(Failure(why)) if answers() => {
            say::line(&format!("{why}, but apptainer is there and answers"));
            Ok(())
        }
        made => made,
    }
}

/// Whether the programs that the tests use start in the root.
fn answers(folder: &Path) -> bool {
    let starts = |words: [&str; 2]| {
        let chroot = Program::new("chroot").args([folder.join("root")]);
        chroot.args(words).succeeds()
    };
    starts(["apptainer", "--version"]) && starts(["siftool", "version"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_that_answers_is_good_whatever_its_script_says() {
        let failed = || stop("`bash` failed (exit status: 141)");
        assert!(settle(failed(), || true).is_ok());
        assert!(settle(failed(), || false).is_err());
        assert!(settle(Ok(()), || panic!("nobody asks")).is_ok());
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(!answers(folder.path()), "there is no root");
    }
}
