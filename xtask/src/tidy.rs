//! `tidy`: the rules of the house that no compiler checks. Each check is a function from the project to its findings.

mod arrows;
mod files;
mod fuzz;
mod licences;
mod manifests;
mod metadata;
mod words;

use crate::place::Place;
use crate::{Outcome, say, stop};

/// One broken rule: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    place: String,
    what: String,
}

fn finding(place: impl Into<String>, what: impl Into<String>) -> Finding {
    Finding {
        place: place.into(),
        what: what.into(),
    }
}

type Check = fn(&Place) -> Outcome<Vec<Finding>>;

const CHECKS: &[(&str, Check)] = &[
    ("arrows between crates", arrows::check),
    ("licences of dependencies", licences::check),
    ("versions stand in one table", manifests::check),
    ("length and words of files", files::check),
    ("fuzz targets and their lock file", fuzz::check),
    ("architecture page, error texts, lock file", words::check),
];

/// Runs all checks, prints every finding, and fails when there is one.
pub(crate) fn tidy(place: &Place) -> Outcome {
    let mut count = 0;
    for (name, check) in CHECKS {
        let mut findings = check(place)?;
        findings.sort();
        say::line(&format!("{name}: {}", verdict(findings.len())));
        for Finding { place, what } in &findings {
            say::line(&format!("  {place}: {what}"));
        }
        count += findings.len();
    }
    if count == 0 {
        Ok(())
    } else {
        stop(format!("tidy: {count} to mend"))
    }
}

fn verdict(count: usize) -> String {
    if count == 0 {
        "good".into()
    } else {
        format!("{count} to mend")
    }
}
