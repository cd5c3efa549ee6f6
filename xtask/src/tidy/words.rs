//! Pages and catalogues that must keep up with the code.

use std::fs;

use super::{Finding, finding};
use crate::Outcome;
use crate::place::Place;

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const CODES: &str = "crates/sifter-api/src/error.rs";
const ERROR_TEXTS: &str = "ui/src/messages/en/errors.ts";
const LOCK: &str = "ui/package-lock.json";

pub(super) fn check(place: &Place) -> Outcome<Vec<Finding>> {
    let read = |name: &str| fs::read_to_string(place.root.join(name));
    let mut findings = rooms_without_words(place, &read(ARCHITECTURE)?)?;
    findings.extend(codes_without_text(&read(CODES)?, &read(ERROR_TEXTS)?));
    if read(LOCK)?.contains("\"resolved\"") {
        let what = "names download addresses: make it anew with `ui/.npmrc` in place";
        findings.push(finding(LOCK, what));
    }
    Ok(findings)
}

fn rooms_without_words(place: &Place, page: &str) -> Outcome<Vec<Finding>> {
    let mut rooms = vec!["src-tauri".to_owned(), "ui".to_owned(), "xtask".to_owned()];
    for entry in fs::read_dir(place.root.join("crates"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        rooms.push(format!("crates/{name}"));
    }
    let missing = rooms
        .iter()
        .filter(|room| !page.contains(&format!("`{room}`")));
    Ok(missing
        .map(|room| finding(ARCHITECTURE, format!("says nothing about `{room}`")))
        .collect())
}

/// The codes that the English catalogue has no text for.
fn codes_without_text(source: &str, catalogue: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let codes = error_codes(source);
    if codes.is_empty() {
        findings.push(finding(CODES, "has no `enum ErrorCode`"));
    }
    for code in codes {
        // What happened, and what to do next.
        for part in ["headline", "next"] {
            let key = format!("error.{code}.{part}");
            if !catalogue.contains(&format!("\"{key}\"")) {
                findings.push(finding(ERROR_TEXTS, format!("has no `{key}`")));
            }
        }
    }
    findings
}

/// The names of `ErrorCode`'s variants as they cross to the page.
fn error_codes(source: &str) -> Vec<String> {
    source
        .lines()
        .skip_while(|line| !line.contains("enum ErrorCode"))
        .skip(1)
        .take_while(|line| !line.starts_with('}'))
        .filter_map(|line| line.trim().strip_suffix(','))
        .filter(|name| name.chars().all(char::is_alphanumeric))
        .map(kebab)
        .collect()
}

fn kebab(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.extend(c.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_text_is_found() {
        let source = "pub enum ErrorCode {\n    /// Not a SIF file.\n    NotSif,\n    Io,\n}\nstruct Other {\n    A,\n}\n";
        assert_eq!(error_codes(source), ["not-sif", "io"]);
        let catalogue = r#"{ "error.not-sif.headline": "a", "error.not-sif.next": "b",
            "error.io.headline": "c", "error.io.next": "d" }"#;
        assert_eq!(codes_without_text(source, catalogue), []);
        let without_next = catalogue.replace("error.io.next", "error.io.now");
        assert_eq!(codes_without_text(source, &without_next).len(), 1);
        assert_eq!(codes_without_text("", catalogue).len(), 1);
    }
}
