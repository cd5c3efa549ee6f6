//! PEM blocks: found anywhere in a text, with their headers, as the command lines read them.
//!
//! More lenient than RFC 7468 where the command lines are: text around a block, header lines and lines of
//! any length are accepted, and a byte-order mark in front, as editors on Windows write it. A block that breaks off or is not base64 is skipped like other text.

use base64::Engine as _;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// Standard base64 with padding; stray bits behind the last byte are accepted, as Go does.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// One block of a PEM text.
#[derive(Clone, PartialEq, Eq)]
pub struct PemBlock {
    /// What the block says it is, such as `PUBLIC KEY`.
    pub label: String,
    /// Header lines, in order.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub contents: zeroize::Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for PemBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PemBlock")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

impl PemBlock {
    /// Returns the value of the first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Returns the first whole block of a text, `None` if there is none.
#[must_use]
pub fn first_block(text: &[u8]) -> Option<PemBlock> {
    next_block(text).map(|(block, _)| block)
}

/// Returns all whole blocks of a text, in order.
#[must_use]
pub fn all_blocks(mut text: &[u8]) -> Vec<PemBlock> {
    let mut blocks = Vec::new();
    while let Some((block, rest)) = next_block(text) {
        blocks.push(block);
        text = rest;
    }
    blocks
}

fn next_block(mut text: &[u8]) -> Option<(PemBlock, &[u8])> {
    while let Some((label, body)) = begin_line(text) {
        if let Some(found) = block_body(&label, body) {
            return Some(found);
        }
        text = body;
    }
    None
}

/// Finds the next begin line; returns its label and what follows.
fn begin_line(mut text: &[u8]) -> Option<(String, &[u8])> {
    while !text.is_empty() {
        let (line, rest) = split_line(text);
        let label = std::str::from_utf8(line.trim_ascii_end())
            .ok()
            .map(|line| line.trim_start_matches('\u{feff}'))
            .and_then(|line| line.strip_prefix("-----BEGIN "))
            .and_then(|line| line.strip_suffix("-----"));
        if let Some(label) = label {
            return Some((label.to_owned(), rest));
        }
        text = rest;
    }
    None
}

fn block_body<'a>(label: &str, mut text: &'a [u8]) -> Option<(PemBlock, &'a [u8])> {
    let end = format!("-----END {label}-----");
    let mut headers = Vec::new();
    let mut encoded = zeroize::Zeroizing::new(Vec::new());
    while !text.is_empty() {
        let (line, rest) = split_line(text);
        let line = line.trim_ascii();
        text = rest;
        if line == end.as_bytes() {
            let contents = BASE64.decode(encoded.as_slice()).ok()?.into();
            return Some((
                PemBlock {
                    label: label.to_owned(),
                    headers,
                    contents,
                },
                rest,
            ));
        }
        if line.starts_with(b"-----") {
            return None;
        }
        match header_line(line) {
            Some(header) if encoded.is_empty() => headers.push(header),
            Some(_) => return None,
            None => encoded.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace())),
        }
    }
    None
}

fn header_line(line: &[u8]) -> Option<(String, String)> {
    let (key, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
    Some((key.trim().to_owned(), value.trim().to_owned()))
}

/// Splits off the first line, without its line end.
pub(crate) fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => return (text, &[]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// Returns PEM text for these bytes.
#[must_use]
pub fn encode(label: &str, contents: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    push_base64_lines(&mut text, contents);
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// Appends base64 in lines of 64 characters.
pub(crate) fn push_base64_lines(text: &mut String, bytes: &[u8]) {
    // 48 bytes make 64 characters.
    for line in bytes.chunks(48) {
        BASE64.encode_string(line, text);
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_in_text() {
        let text = format!(
            "note\n{}between\r\n-----BEGIN X-----\r\nDEK-Info: A,B\r\n\r\nAQID\r\n-----END X-----",
            encode("FIRST", &[7; 100])
        );
        let blocks = all_blocks(text.as_bytes());
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].label, "FIRST");
        assert_eq!(*blocks[0].contents, [7; 100]);
        assert_eq!(blocks[1].header("DEK-Info"), Some("A,B"));
        assert_eq!(*blocks[1].contents, [1, 2, 3]);
    }

    #[test]
    fn broken_blocks_are_not_found() {
        for text in [
            "",
            "-----BEGIN X-----",
            "-----BEGIN X-----\nAQID\n",
            "-----BEGIN X-----\nAQID\n-----END Y-----\n",
            "-----BEGIN X-----\n!!!!\n-----END X-----\n",
            "-----BEGIN X-----\nAQI\n-----END X-----\n",
            "----BEGIN X-----\nAQID\n-----END X-----\n",
        ] {
            assert_eq!(first_block(text.as_bytes()), None, "{text:?}");
        }
    }
}
