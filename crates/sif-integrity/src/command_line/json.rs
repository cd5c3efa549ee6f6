//! The command's JSON document.

use serde::Serialize;

use super::Shown;
use crate::key_material::RingName;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    signatures: usize,
    /// `null` rather than an empty list: Go's way with lists that nothing was added to.
    signer_keys: Option<Vec<Entry>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    signer: Signer,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Signer {
    partition: &'static str,
    name: String,
    fingerprint: String,
    key_local: bool,
    key_check: bool,
    data_check: bool,
}

/// Returns the document: one entry per signature and object.
pub(super) fn document(signatures: &[Shown<'_>]) -> String {
    let entries: Vec<Entry> = signatures.iter().flat_map(entries).collect();
    let document = Document {
        signatures: signatures.len(),
        signer_keys: if entries.is_empty() {
            None
        } else {
            Some(entries)
        },
    };
    let text = serde_json::to_string_pretty(&document).expect("strings always serialise");
    escape_html(&text) + "\n"
}

fn entries(shown: &Shown<'_>) -> Vec<Entry> {
    let verified = shown.checked.verified.iter().map(|id| (*id, true));
    let compromised = shown.compromised().map(|id| (id, false));
    let object = |(id, data_check)| {
        let object = shown.image.object(id)?;
        let signer = shown.checked.signer;
        let name = shown.name();
        Some(Entry {
            signer: Signer {
                partition: object.data_type().name(),
                key_check: name.is_some(),
                name: name.unwrap_or_else(|| "unknown".to_owned()),
                fingerprint: signer.map_or_else(String::new, |fp| fp.to_string().to_lowercase()),
                key_local: shown.is_in(RingName::Local),
                data_check,
            },
        })
    };
    verified.chain(compromised).filter_map(object).collect()
}

/// Go's encoder writes these as escapes, so that the text may stand inside a page.
fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}
