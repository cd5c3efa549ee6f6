//! Which licences the dependencies may have.

use super::metadata::{Package, all_packages};
use super::{Finding, finding};
use crate::Outcome;
use crate::place::Place;

/// Licences that go with a BSD-licensed program, source and binary.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

pub(super) fn check(place: &Place) -> Outcome<Vec<Finding>> {
    Ok(all_packages(place)?.iter().filter_map(judge).collect())
}

fn judge(package: &Package) -> Option<Finding> {
    let name = format!("{} {}", package.name, package.version);
    match &package.licence {
        None => Some(finding(name, "names no licence")),
        Some(licence) if is_allowed(licence) => None,
        Some(licence) => Some(finding(
            name,
            format!("`{licence}` is not an allowed licence"),
        )),
    }
}

/// Whether an SPDX expression can be satisfied by the allowed licences.
fn is_allowed(expression: &str) -> bool {
    // An older way of writing OR.
    let expression = expression.replace('/', " OR ");
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words };
    reader.any() && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
}

impl Reader<'_> {
    fn any(&mut self) -> bool {
        let mut good = self.all();
        while self.takes("OR") {
            good |= self.all();
        }
        good
    }

    fn all(&mut self) -> bool {
        let mut good = self.one();
        while self.takes("AND") {
            good &= self.one();
        }
        good
    }

    fn one(&mut self) -> bool {
        if self.takes("(") {
            return self.any() && self.takes(")");
        }
        let Some((name, rest)) = self.words.split_first() else {
            return false;
        };
        self.words = rest;
        // An exception only permits more.
        if self.takes("WITH") {
            self.words = self.words.get(1..).unwrap_or_default();
        }
        ALLOWED.contains(name)
    }

    fn takes(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged() {
        let cases = [
            ("MIT OR Apache-2.0", true),
            ("MIT/GPL-2.0", true),
            ("GPL-2.0-only", false),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
            ("(GPL-3.0 OR LGPL-3.0) AND MIT", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("GPL-2.0 WITH Classpath-exception-2.0", false),
            ("MIT OR", true),
            ("", false),
        ];
        for (expression, good) in cases {
            assert_eq!(is_allowed(expression), good, "{expression}");
        }
    }
}
