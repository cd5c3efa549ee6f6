//! The real `apptainer` to test against, in a Debian root outside the project.
//!
//! A script beside the project makes that root; a stranger's clone has none, and its tests say that they leave the
//! comparison out. Never below the build folder: the script mounts `/dev` into the root, and whoever deletes a build
//! folder must not delete that.

use std::path::PathBuf;

use crate::place::Place;
use crate::process::Program;
use crate::{Outcome, say, stop};

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
    Program::new("bash")
        .args([&script, &PathBuf::from(DEFAULT_FOLDER)])
        .show()
}
