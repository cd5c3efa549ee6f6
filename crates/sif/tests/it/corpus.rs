//! Runs every section of a corpus that concerns this crate: `images` (what loading gives), `mutations`
//! (what is refused), `writer` and `siftool`.
//!
//! The corpus is a folder with an `expected.json`, found by `SIFTER_CORPUS_SIF`, `SIFTER_CORPUS` (its
//! folder `sif`) or beside the repository. Without one the tests say so and pass: a clone need not have it.

mod expected;
mod images;
mod siftool;
mod writer;

use std::path::{Path, PathBuf};

use expected::Expected;

/// A corpus and where it is.
pub(crate) struct Corpus {
    folder: PathBuf,
    expected: Expected,
}

impl Corpus {
    /// Returns the corpus, or says that there is none.
    fn find(section: &str) -> Option<Self> {
        let folder = folder();
        let path = folder.join("expected.json");
        let Ok(text) = std::fs::read(&path) else {
            eprintln!(
                "SKIPPED corpus section `{section}`: no `expected.json` in {}",
                folder.display()
            );
            return None;
        };
        let expected = serde_json::from_slice(&text).expect("a corpus of the known form");
        Some(Self { folder, expected })
    }

    fn read(&self, path: &str) -> Vec<u8> {
        let path = self.folder.join(path);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

fn folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    variable("SIFTER_CORPUS_SIF")
        .or_else(|| variable("SIFTER_CORPUS").map(|folder| folder.join("sif")))
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/sif"))
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

    fn record(&mut self, name: &str, result: Result<(), String>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(reason) => self.failed.push(format!("{name}: {reason}")),
        }
    }

    fn finish(self) {
        eprintln!(
            "corpus {}: {} passed, {} failed",
            self.section,
            self.passed,
            self.failed.len()
        );
        assert!(self.failed.is_empty(), "{}", self.failed.join("\n"));
    }
}

/// Compares two values and says what differs.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, expected {expected:?}"))
}

/// Compares bytes and names the first that differs.
fn same_bytes(found: &[u8], expected: &[u8]) -> Result<(), String> {
    if let Some(at) = found
        .iter()
        .zip(expected)
        .position(|(one, other)| one != other)
    {
        return Err(format!(
            "byte {at} is {:#04x}, expected {:#04x}",
            found[at], expected[at]
        ));
    }
    same("length", &found.len(), &expected.len())
}
