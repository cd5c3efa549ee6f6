//! What failing tests and checks said, kept to be said once more where people look: at the end.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// Of each failure this many lines from its beginning, and as many from its end.
const HALF: usize = 50;

/// The words of everything that failed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    failures: Vec<Excerpt>,
    /// Whether the lines read now belong to the last failure.
    open: bool,
    /// Whether cargo's list of failures, not that of successes, is being read.
    in_failures: bool,
}

/// The beginning and the end of a text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    name: String,
    first: Vec<String>,
    last: VecDeque<String>,
    left_out: usize,
}

impl Excerpt {
    pub(crate) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn push(&mut self, line: &str) {
        if self.first.len() < HALF {
            self.first.push(line.to_owned());
            return;
        }
        if self.last.len() == HALF {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back(line.to_owned());
    }

    fn write(&self, text: &mut String) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n--- {}", self.name);
        for line in &self.first {
            let _ = writeln!(text, "{line}");
        }
        if self.left_out > 0 {
            let _ = writeln!(text, "… {} lines …", self.left_out);
        }
        for line in &self.last {
            let _ = writeln!(text, "{line}");
        }
    }
}

impl Said {
    /// Keeps what one failure said.
    pub(crate) fn add(&mut self, failure: Excerpt) {
        self.failures.push(failure);
        self.open = false;
    }

    /// Adds what others said.
    pub(crate) fn extend(&mut self, other: Self) {
        self.failures.extend(other.failures);
    }

    /// Reads one line of a `cargo test` run: the blocks below `failures:`.
    pub(crate) fn read_cargo_line(&mut self, line: &str) {
        match line {
            "failures:" => (self.in_failures, self.open) = (true, false),
            "successes:" => (self.in_failures, self.open) = (false, false),
            _ if line.starts_with("test result: ") => {
                (self.in_failures, self.open) = (false, false);
            }
            _ if !self.in_failures => {}
            _ => match cargo_block(line) {
                Some(name) => self.begin(name),
                None => self.go_on(line),
            },
        }
    }

    /// Reads one line, without colours, of a vitest run.
    pub(crate) fn read_vitest_line(&mut self, line: &str) {
        let words = line.trim();
        if let Some(name) = words.strip_prefix("FAIL ") {
            self.begin(name.trim());
        } else if words.starts_with("Test Files ") {
            self.open = false;
        } else {
            self.go_on(line);
        }
    }

    fn begin(&mut self, name: &str) {
        self.failures.push(Excerpt::of(name));
        self.open = true;
    }

    fn go_on(&mut self, line: &str) {
        if let (true, Some(failure)) = (self.open, self.failures.last_mut()) {
            failure.push(line);
        }
    }

    /// All of it as text; empty when nothing failed.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if !self.failures.is_empty() {
            text.push_str("\nWhat failed said\n");
        }
        for failure in &self.failures {
            failure.write(&mut text);
        }
        text
    }
}

/// The name in the line that begins what one test printed.
fn cargo_block(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_cargo_run_only_failures_are_kept() {
        let mut said = Said::default();
        let lines = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\nsuccesses:\n\n---- a stdout ----\nfine\n\n\
            successes:\n    a\n\nfailures:\n\n---- b stdout ----\nleft: 1\nright: 2\n\n\nfailures:\n    b\n\n\
            test result: FAILED. 1 passed; 1 failed; 0 ignored\n\nerror: test failed";
        for line in lines.lines() {
            said.read_cargo_line(line);
        }
        let text = said.text();
        assert_eq!(
            text.trim_end(),
            "\nWhat failed said\n\n--- b\nleft: 1\nright: 2"
        );
    }

    #[test]
    fn of_a_vitest_run_failures_are_kept_up_to_the_counts() {
        let mut said = Said::default();
        for line in [
            " ✓ tests/a.test.ts (3 tests)",
            " FAIL  tests/b.test.ts > opens",
            "AssertionError: expected 1 to be 2",
            " Test Files  1 failed | 1 passed (2)",
            " Duration  1 s",
        ] {
            said.read_vitest_line(line);
        }
        let expected = "\nWhat failed said\n\n--- tests/b.test.ts > opens\nAssertionError: expected 1 to be 2\n";
        assert_eq!(said.text(), expected);
    }

    #[test]
    fn a_long_text_keeps_its_ends() {
        let mut long = Excerpt::of("long");
        for number in 0..HALF * 2 + 7 {
            long.push(&number.to_string());
        }
        let mut said = Said::default();
        said.add(long);
        let text = said.text();
        assert!(text.contains("\n0\n") && text.contains("\n106\n"), "{text}");
        assert!(text.contains("\n49\n… 7 lines …\n57\n"), "{text}");
        assert_eq!(Said::default().text(), "");
    }
}
