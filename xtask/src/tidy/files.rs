//! Length of files, and words that must not stand in them.

use std::fs;

use super::{Finding, finding};
use crate::Outcome;
use crate::place::Place;
use crate::process::Program;

/// A file longer than this has a second one inside.
const LONGEST: usize = 800;

/// Endings of what people write here by hand.
const CODE: &[&str] = &["rs", "ts", "svelte", "css", "js", "html", "sh"];
const TEXT: &[&str] = &["md", "toml", "json", "yml", "yaml", "xml", "desktop"];

/// Files that tools write.
const WRITTEN_BY_TOOLS: &[&str] = &["ui/src/bindings/", "ui/package-lock.json", "Cargo.lock"];

/// Words that must not stand anywhere, with the reason. They are put together here, so that this file passes.
const NOWHERE: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/tmp/", "brief"), "a path of one machine"),
    (concat!("crates", ".io"), "the host of a package registry"),
    (concat!("npm", "js.org"), "the host of a package registry"),
    (concat!("npm", "js.com"), "the host of a package registry"),
];

/// Words that must not stand in code.
const NOT_IN_CODE: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "unfinished work"),
    (concat!("FIX", "ME"), "unfinished work"),
    (concat!("XX", "X:"), "unfinished work"),
    (concat!("to", "do!("), "unfinished work"),
    (concat!("unimple", "mented!("), "unfinished work"),
    (
        concat!("coming ", "soon"),
        "a promise in place of a function",
    ),
    (concat!("{@", "html"), "markup from data"),
];

pub(super) fn check(place: &Place) -> Outcome<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in files(place)? {
        let Some(ending) = name.rsplit('.').next() else {
            continue;
        };
        let code = CODE.contains(&ending) || name.starts_with(".ci/");
        if !code && !TEXT.contains(&ending) {
            continue;
        }
        // A file that was deleted and not yet committed is still listed.
        if let Ok(text) = fs::read_to_string(place.root.join(&name)) {
            findings.extend(judge(&name, &text, code));
        }
    }
    Ok(findings)
}

/// What git knows or would add, without what tools write.
fn files(place: &Place) -> Outcome<Vec<String>> {
    let listed = Program::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .folder(&place.root)
        .read()?;
    let by_hand = |name: &&str| !WRITTEN_BY_TOOLS.iter().any(|tool| name.starts_with(tool));
    Ok(listed.lines().filter(by_hand).map(str::to_owned).collect())
}

fn judge(name: &str, text: &str, code: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = text.lines().count();
    if code && lines > LONGEST {
        let what = format!("{lines} lines, more than {LONGEST}");
        findings.push(finding(name, what));
    }
    let lists: &[_] = if code {
        &[NOWHERE, NOT_IN_CODE]
    } else {
        &[NOWHERE]
    };
    for (number, line) in text.lines().enumerate() {
        for (word, why) in lists.iter().copied().flatten() {
            if line.contains(word) {
                let place = format!("{name}:{}", number + 1);
                findings.push(finding(place, format!("`{word}`: {why}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_and_bad_words_are_found() {
        assert_eq!(judge("a.rs", &"x\n".repeat(LONGEST), true), []);
        assert_eq!(judge("a.rs", &"x\n".repeat(LONGEST + 1), true).len(), 1);
        for (word, _) in NOWHERE {
            assert_eq!(judge("a.md", &format!("see {word}x\n"), false).len(), 1);
        }
        for (word, _) in NOT_IN_CODE {
            assert_eq!(
                judge("a.rs", &format!("// {word}\n"), true).len(),
                1,
                "{word}"
            );
            assert_eq!(judge("a.md", &format!("{word}\n"), false), []);
        }
    }
}
