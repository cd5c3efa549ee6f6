//! Counting: what cargo's and vitest's output says passed, failed and was left out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use crate::said::{Excerpt, Said};
use crate::{Failure, say};

/// Parts that may be missing in CI, with the reason. Anything else that is skipped there is a failure.
const MAY_BE_MISSING: &[(&str, &str)] = &[
    ("Go", "Debian 12 has an older one than its modules need"),
    ("apptainer", "is not in Debian 12"),
    ("network", "a machine may forbid networks of one's own"),
];

/// A part that lies outside the repository: it may be missing in CI where that place is.
const CORPUS: &str = "corpus";

/// What a run counted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Parts that were skipped, each with its reason.
    pub(crate) skipped: BTreeSet<String>,
    /// Names of what failed.
    pub(crate) failures: Vec<String>,
    /// Steps with their times, in order.
    pub(crate) times: Vec<(String, Duration)>,
    /// What failed said.
    pub(crate) said: Said,
}

impl Tally {
    /// Counts one check that is not a test of its own.
    pub(crate) fn check(&mut self, name: &str, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.fail(name.to_owned());
        }
    }

    /// Counts one check, says why it failed, and keeps that with what was heard of it.
    pub(crate) fn judge(&mut self, name: &str, done: crate::Outcome, mut heard: Excerpt) {
        match done {
            Ok(()) => self.passed += 1,
            Err(Failure(why)) => {
                say::problem(&why);
                heard.push(&why);
                self.said.add(heard);
                self.fail(name.to_owned());
            }
        }
    }

    /// Counts one failure.
    pub(crate) fn fail(&mut self, name: String) {
        self.failed += 1;
        self.failures.push(name);
    }

    /// Counts a part that is left out.
    pub(crate) fn skip(&mut self, part: &str, why: &str) {
        self.skipped.insert(format!("{part}: {why}"));
    }

    /// Reads one line of a `cargo test` run.
    pub(crate) fn read_cargo_line(&mut self, line: &str) {
        self.read_skip(line);
        self.said.read_cargo_line(line);
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.passed += number_before(rest, " passed").unwrap_or(0);
            self.failed += number_before(rest, " failed").unwrap_or(0);
        } else if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(name.to_owned());
        } else if line.starts_with("test ") && line.contains(" ... ignored") {
            let name = line.trim_start_matches("test ");
            self.skipped.insert(format!("test {name}"));
        }
    }

    /// Reads one line of a vitest run.
    pub(crate) fn read_vitest_line(&mut self, line: &str) {
        let line = without_colours(line);
        self.read_skip(&line);
        self.said.read_vitest_line(&line);
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("Tests ") {
            self.passed += number_before(rest, " passed").unwrap_or(0);
            self.failed += number_before(rest, " failed").unwrap_or(0);
            for state in [" skipped", " todo"] {
                if let Some(count) = number_before(rest, state) {
                    self.skipped
                        .insert(format!("{count} tests of the page:{state}"));
                }
            }
        } else if let Some(name) = line.strip_prefix("FAIL ") {
            let name = name.trim().to_owned();
            if !self.failures.contains(&name) {
                self.failures.push(name);
            }
        }
    }

    fn read_skip(&mut self, line: &str) {
        // A thread that a test started prints behind the test's own name.
        let line = line.rsplit_once(" ... ").map_or(line, |(_, rest)| rest);
        let Some(rest) = line.trim_start().strip_prefix("SKIPPED") else {
            return;
        };
        if rest.starts_with([':', ' ']) {
            let what = rest.trim_start_matches([':', ' ']).trim();
            self.skipped.insert(what.to_owned());
        }
    }

    /// Turns skips that are not allowed in CI into failures.
    pub(crate) fn judge_skips_in_ci(&mut self, has_corpus: bool) {
        for skip in self.skipped.clone() {
            if !may_be_missing(&skip, has_corpus) {
                self.fail(format!("skipped in CI: {skip}"));
            }
        }
    }

    /// Adds another tally.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped);
        self.failures.extend(other.failures);
        self.times.extend(other.times);
        self.said.extend(other.said);
    }

    /// The closing report. Its last line is `N passed, M failed`.
    pub(crate) fn report(&self) -> String {
        let mut text = self.said.text();
        text.push_str("\nTimes\n");
        let mut total = Duration::ZERO;
        for (name, time) in &self.times {
            total += *time;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {:>12}  {name}", say::duration(*time));
        }
        let _ = writeln!(text, "  {:>12}  together", say::duration(total));
        list(&mut text, "Skipped", self.skipped.iter());
        list(&mut text, "Failed", self.failures.iter());
        let _ = writeln!(text, "\n{} passed, {} failed", self.passed, self.failed);
        text
    }
}

fn list<'a>(text: &mut String, title: &str, entries: impl ExactSizeIterator<Item = &'a String>) {
    if entries.len() == 0 {
        return;
    }
    let _ = writeln!(text, "{title}");
    for entry in entries {
        let _ = writeln!(text, "  {entry}");
    }
}

/// The part stands before the first colon, the reason behind it.
fn may_be_missing(skip: &str, has_corpus: bool) -> bool {
    let part = skip.split(':').next().unwrap_or_default();
    let mut words = part.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        let is_named = MAY_BE_MISSING.iter().any(|(name, _)| *name == word);
        is_named || (word == CORPUS && !has_corpus)
    })
}

/// The number that stands directly before a word.
fn number_before(text: &str, word: &str) -> Option<u64> {
    let (before, _) = text.split_once(word)?;
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// The text without terminal colours.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        if c == '\u{1b}' {
            // A colour ends with its letter.
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "     Running unittests src/lib.rs (target/debug/deps/sif-0a)",
            "test header::rejects ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test journeys::sign ... FAILED",
            "test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.00s",
        ] {
            tally.read_cargo_line(line);
        }
        assert_eq!((tally.passed, tally.failed), (15, 1));
        assert_eq!(tally.failures, ["journeys::sign"]);
    }

    #[test]
    fn vitest_results_are_read_through_colours() {
        let mut tally = Tally::default();
        tally.read_vitest_line(" FAIL  tests/keys.test.ts > Keys > creates");
        tally.read_vitest_line(" Test Files  1 failed | 3 passed (4)");
        tally.read_vitest_line(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[31m2 failed\u{1b}[39m | \u{1b}[32m38 passed\u{1b}[39m | 1 skipped (41)",
        );
        assert_eq!((tally.passed, tally.failed), (38, 2));
        assert_eq!(tally.skipped.len(), 1);
        assert_eq!(tally.failures, ["tests/keys.test.ts > Keys > creates"]);
    }

    #[test]
    fn in_ci_only_named_parts_may_be_missing() {
        let mut tally = Tally::default();
        for line in [
            "SKIPPED: apptainer: not on PATH and SIFTER_PEERS is not set",
            "test peers ... SKIPPED: Go: not on PATH",
            "SKIPPED: apptainer: not on PATH and SIFTER_PEERS is not set",
            "SKIPPED: no test corpus here",
            "SKIPPED gpg: not on PATH, nothing to go on with",
            "SKIPPED_NOT",
        ] {
            tally.read_cargo_line(line);
        }
        let gpg = "skipped in CI: gpg: not on PATH, nothing to go on with";
        let corpus = "skipped in CI: no test corpus here";
        for (has_corpus, expected) in [(false, vec![gpg]), (true, vec![gpg, corpus])] {
            let mut tally = tally.clone();
            tally.judge_skips_in_ci(has_corpus);
            assert_eq!(tally.skipped.len(), 4);
            assert_eq!(tally.failures, expected, "{has_corpus}");
            assert_eq!(tally.failed, expected.len() as u64);
        }
    }

    #[test]
    fn the_report_ends_with_the_counts() {
        let mut tally = Tally::default();
        tally.check("format", true);
        tally.check("lints", false);
        tally.times.push(("format".into(), Duration::from_secs(2)));
        let report = tally.report();
        assert!(report.ends_with("\n1 passed, 1 failed\n"), "{report}");
        assert!(report.contains("Failed\n  lints\n"), "{report}");
        assert_eq!(report.matches("passed,").count(), 1);
    }
}
