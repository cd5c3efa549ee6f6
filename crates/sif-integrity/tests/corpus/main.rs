//! The corpus runner: every section of an `expected.json`, whatever images, keys and faults it names.
//!
//! The folder is found by `SIFTER_CORPUS_SIF`, by `SIFTER_CORPUS` (its folder `sif`) or beside the
//! repository; a relative one from where the test was started, or from the root of the repository. Paths inside
//! are relative to it. Sections that are not there count as empty. Without a folder the test says so and passes,
//! as a clone need not have one; a folder that was named must be there.

mod cli;
mod dsse;
mod expected;
mod images;
mod keys;
mod mutations;
mod siftool;
mod streams;
mod verify;
mod writer;

use std::fmt::Debug;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use expected::Expected;

/// A corpus and where it is.
struct Corpus {
    folder: PathBuf,
    expected: Expected,
    /// The present time of all verdicts.
    now: i64,
}

impl Corpus {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.folder.join(path)).map_err(|error| format!("`{path}`: {error}"))
    }
}

#[test]
fn corpus() {
    let Some(folder) = folder() else {
        say("SKIPPED corpus: no folder beside the repository, and none was named");
        return;
    };
    let text = std::fs::read(folder.join("expected.json"));
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let expected: Expected = serde_json::from_slice(&text).expect("a corpus of the known form");
    let now = expected.reference.seconds();
    let corpus = Corpus {
        folder,
        expected,
        now,
    };
    let tallies = [
        images::run(&corpus),
        verify::run(&corpus),
        mutations::run_loading(&corpus),
        mutations::run_verifying(&corpus),
        writer::run_writer(&corpus),
        writer::run_recipes(&corpus),
        streams::run(&corpus),
        dsse::run(&corpus),
        siftool::run(&corpus),
        cli::run(&corpus),
    ];
    let mut failures = Vec::new();
    for tally in tallies {
        say(&format!(
            "corpus {}: {} passed, {} failed",
            tally.section,
            tally.passed,
            tally.failed.len()
        ));
        for failure in tally.failed {
            say(&format!("  failed: {failure}"));
            failures.push(failure);
        }
    }
    assert!(
        failures.is_empty(),
        "{} corpus cases failed",
        failures.len()
    );
}

/// Writes a line past the test harness, which keeps what tests print to itself.
fn say(line: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{line}").expect("standard output is open");
}

fn folder() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let named = variable("SIFTER_CORPUS_SIF")
        .or_else(|| variable("SIFTER_CORPUS").map(|folder| folder.join("sif")));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let Some(named) = named else {
        let beside = root.join("../shared/corpus/sif");
        return beside.exists().then_some(beside);
    };
    // Test programs run in the folder of their crate, whatever folder the tests were started in.
    let started_in = variable("PWD").unwrap_or_default();
    let candidates = [&started_in, &root].map(|from| from.join(&named));
    let found = candidates.into_iter().find(|folder| folder.exists());
    Some(found.unwrap_or(named))
}

/// Counts what passed and collects what did not.
struct Tally {
    section: &'static str,
    passed: usize,
    failed: Vec<String>,
}

impl Tally {
    fn new(section: &'static str) -> Self {
        Self {
            section,
            passed: 0,
            failed: Vec::new(),
        }
    }

    /// Runs a case; a panic is a failure like any other, and ends nothing.
    fn case(&mut self, name: &str, case: impl FnOnce() -> Result<(), String>) {
        let result = catch_unwind(AssertUnwindSafe(case)).unwrap_or(Err("panicked".to_owned()));
        match result {
            Ok(()) => self.passed += 1,
            Err(reason) => self
                .failed
                .push(format!("{}: {name}: {reason}", self.section)),
        }
    }
}

/// Compares two values and says what differs.
fn same<T: PartialEq + Debug + ?Sized>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what} is {found:?}, expected {expected:?}"))
    }
}

/// Compares bytes and names the first that differs.
fn same_bytes(found: &[u8], expected: &[u8]) -> Result<(), String> {
    match found
        .iter()
        .zip(expected)
        .position(|(one, other)| one != other)
    {
        Some(at) => Err(format!(
            "byte {at} is {:#04x}, expected {:#04x}",
            found[at], expected[at]
        )),
        None => same("length", &found.len(), &expected.len()),
    }
}
