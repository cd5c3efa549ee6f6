//! Clear-signed text: a readable message with an armored OpenPGP signature below it.
//!
//! Recognition decides what a signature object is, so it follows the reference to the letter: what it
//! does not take for a clear-signed message is none here either. One pass, no copies but the text, and a
//! limit on its size, because later steps are not linear.

use base64::Engine as _;

use crate::pem::{BASE64, push_base64_lines, split_line};

const BEGIN_MESSAGE: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN_SIGNATURE: &[u8] = b"-----BEGIN PGP SIGNATURE-----";
const END_SIGNATURE: &[u8] = b"-----END PGP SIGNATURE-----";

/// Bytes of a block that are looked at; a signature over 5 000 objects has less.
pub const MAX_BLOCK: usize = 1 << 20;

/// Longest base64 line that the reference reads.
const MAX_ARMOR_LINE: usize = 96;

/// Bytes of a line that the reference reads at once.
const HEADER_CHUNK: usize = 100;

/// The digest names that a `Hash` header may have.
const HASH_NAMES: [&str; 9] = [
    "MD5",
    "SHA1",
    "RIPEMD160",
    "SHA224",
    "SHA256",
    "SHA384",
    "SHA512",
    "SHA3-256",
    "SHA3-512",
];

/// A clear-signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClearSigned {
    /// The text: lines joined by a line feed, escapes and trailing blanks removed.
    pub(crate) text: Vec<u8>,
    /// The signature packets.
    pub(crate) armor: Armor,
}

/// The bytes behind the base64 lines of an armor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Armor {
    /// What could be decoded. Whether more would have followed matters only to a reader that gets to the end.
    pub(crate) packets: Vec<u8>,
    /// Whether the lines are broken behind that.
    pub(crate) is_broken: bool,
}

impl ClearSigned {
    /// Returns the message in `data`, `None` if there is none or it exceeds [`MAX_BLOCK`].
    pub(crate) fn recognise(data: &[u8]) -> Option<Self> {
        let block = find_block(data)?;
        let block = &block[..block.len().min(MAX_BLOCK)];
        let body = after_headers(block)?;
        let (text, armor) = split_text(body)?;
        let end = find_line(armor, END_SIGNATURE)?;
        Some(Self {
            text,
            armor: decode_armor(after_armor_headers(&armor[..end])?),
        })
    }

    /// Returns the bytes that a signature covers: of a text signature line ends are made CR LF once more.
    pub(crate) fn signed_bytes(&self, is_text: bool) -> Vec<u8> {
        let lines = canonical(&self.text);
        if is_text { with_crlf(&lines) } else { lines }
    }
}

/// Returns the text with CR LF between lines.
pub(crate) fn canonical(text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    lines.join(&b"\r\n"[..])
}

/// Writes CR LF for each line feed that does not follow a carriage return. As in the reference, whatever
/// follows a carriage return is let through, also a second one, so that the line feed behind it counts.
fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut after_return = false;
    for byte in bytes {
        if !after_return && *byte == b'\n' {
            out.push(b'\r');
        }
        after_return = !after_return && *byte == b'\r';
        out.push(*byte);
    }
    out
}

/// Returns a clear-signed message over one line of text that needs no escape.
pub(crate) fn write(text: &str, hash_name: &str, packet: &[u8]) -> String {
    let mut message = format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: {hash_name}\n\n{text}\n-----BEGIN PGP SIGNATURE-----\n\n"
    );
    push_base64_lines(&mut message, packet);
    message.push_str("-----END PGP SIGNATURE-----");
    message
}

/// Returns what follows the begin line, which must stand alone at the start of a line.
fn find_block(data: &[u8]) -> Option<&[u8]> {
    let at = find_line(data, BEGIN_MESSAGE)?;
    let (line, rest) = split_line(&data[at..]);
    (line == BEGIN_MESSAGE).then_some(rest)
}

/// Returns where the first line that begins with `needle` starts.
fn find_line(data: &[u8], needle: &[u8]) -> Option<usize> {
    if data.starts_with(needle) {
        return Some(0);
    }
    let mut from = 0;
    while let Some(feed) = data[from..].iter().position(|byte| *byte == b'\n') {
        from += feed + 1;
        if data[from..].starts_with(needle) {
            return Some(from);
        }
    }
    None
}

fn after_headers(mut block: &[u8]) -> Option<&[u8]> {
    loop {
        if block.is_empty() {
            return None;
        }
        let (line, rest) = split_line(block);
        block = rest;
        if is_blank(line) {
            return Some(block);
        }
        let (key, value) = printable(line)?.split_once(':')?;
        let known = value
            .split(',')
            .all(|name| HASH_NAMES.contains(&name.trim().to_ascii_uppercase().as_str()));
        if key.trim() != "Hash" || !known {
            return None;
        }
    }
}

fn is_blank(line: &[u8]) -> bool {
    String::from_utf8_lossy(line).trim().is_empty()
}

fn printable(line: &[u8]) -> Option<&str> {
    let plain = line.iter().all(|byte| (0x20..=0x7e).contains(byte));
    if plain {
        std::str::from_utf8(line).ok()
    } else {
        None
    }
}

/// Splits the message into its text and the armor, begin line included.
fn split_text(mut body: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut text = Vec::new();
    let mut first = true;
    loop {
        if body.is_empty() {
            return None;
        }
        let (line, rest) = split_line(body);
        if line == BEGIN_SIGNATURE {
            return Some((text, body));
        }
        if !first {
            text.push(b'\n');
        }
        first = false;
        let line = line.strip_prefix(b"- ").unwrap_or(line);
        let end = line
            .iter()
            .rposition(|byte| !b" \t".contains(byte))
            .map_or(0, |last| last + 1);
        text.extend_from_slice(&line[..end]);
        body = rest;
    }
}

/// Returns the base64 lines of an armor; `None` if its header lines are not. Lines that are not headers
/// make it no armor, and then another may begin behind them.
fn after_armor_headers(armor: &[u8]) -> Option<&[u8]> {
    let (_, mut rest) = split_line(armor);
    while !rest.is_empty() {
        let (line, after) = split_line(rest);
        rest = after;
        let line = trim(&line[..line.len().min(HEADER_CHUNK)]);
        if line.is_empty() {
            return Some(rest);
        }
        if !line.contains(&b':') {
            return after_armor_headers(&rest[find_line(rest, b"-----BEGIN ")?..]);
        }
    }
    None
}

fn trim(line: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| b" \t\n\r\x0b\x0c".contains(byte);
    let start = line
        .iter()
        .position(|byte| !is_space(byte))
        .unwrap_or(line.len());
    let end = line
        .iter()
        .rposition(|byte| !is_space(byte))
        .map_or(start, |last| last + 1);
    &line[start..end]
}

/// Decodes base64 lines as far as they go. The checksum line is never compared, as in the reference.
fn decode_armor(mut lines: &[u8]) -> Armor {
    let mut armor = Armor::default();
    let mut digits: Vec<u8> = Vec::new();
    while !lines.is_empty() && !armor.is_broken {
        let (line, rest) = split_line(lines);
        lines = rest;
        let trimmed = trim(line);
        if trimmed.len() == 5 && trimmed.starts_with(b"=") {
            break;
        }
        if line.len() >= HEADER_CHUNK || trimmed.len() > MAX_ARMOR_LINE {
            armor.is_broken = true;
            return armor;
        }
        digits.extend(trimmed.iter().filter(|byte| **byte != b'\r'));
        let whole = digits.len() / 4 * 4;
        for (at, four) in (4..).step_by(4).zip(digits[..whole].chunks_exact(4)) {
            match BASE64.decode(four) {
                Ok(bytes) if !armor.is_broken => armor.packets.extend(bytes),
                _ => armor.is_broken = true,
            }
            // Behind padding only another line may go on.
            armor.is_broken |= four.ends_with(b"=") && at < digits.len();
        }
        digits.drain(..whole);
    }
    armor.is_broken |= !digits.is_empty();
    armor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(header: &str, text: &str, armor: &str) -> String {
        format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\n{header}\n{text}\n-----BEGIN PGP SIGNATURE-----\n{armor}-----END PGP SIGNATURE-----"
        )
    }

    fn text_of(message: &str) -> Option<String> {
        ClearSigned::recognise(message.as_bytes())
            .map(|message| String::from_utf8(message.text).expect("ASCII"))
    }

    #[test]
    fn what_is_written_is_recognised() {
        let message = write("{\"a\":1}", "SHA256", &[9; 100]);
        let parsed = ClearSigned::recognise(message.as_bytes()).expect("our own form");
        assert_eq!(parsed.text, b"{\"a\":1}");
        assert_eq!(parsed.armor.packets, [9; 100]);
        assert!(!message.ends_with('\n'));
        assert!(message.lines().all(|line| line.len() <= 64));
    }

    #[test]
    fn lenient_where_the_reference_is() {
        let plain = block("Hash: SHA256\n", "text", "\nAQID\n");
        let cases = [
            ("text around", format!("before\n{plain}\nafter"), "text"),
            ("CR LF", plain.replace('\n', "\r\n"), "text"),
            ("no hash header", block("", "text", "\nAQID\n"), "text"),
            (
                "hash list",
                block("Hash: SHA256, SHA3-512\n", "text", "\nAQID\n"),
                "text",
            ),
            (
                "wrong checksum",
                block("Hash: MD5\n", "text", "\nAQID\n=AAAA\n"),
                "text",
            ),
            (
                "armor headers",
                block("", "text", "Version: x\nComment: y\n\nAQID\n"),
                "text",
            ),
            (
                "escapes",
                block("", "- -a\n- b \t\nc  ", "\nAQID\n"),
                "-a\nb\nc",
            ),
            ("empty text", block("", "", "\nAQID\n"), ""),
            (
                "small letters",
                block("Hash: sha256\n", "text", "\nAQID\n"),
                "text",
            ),
            ("blank line", block(" \t", "text", "\nAQID\n"), "text"),
        ];
        for (name, message, text) in cases {
            assert_eq!(text_of(&message).as_deref(), Some(text), "{name}");
            let parsed = ClearSigned::recognise(message.as_bytes()).expect("recognised above");
            assert_eq!(parsed.armor.packets, [1, 2, 3], "{name}");
        }
    }

    #[test]
    fn strict_where_the_reference_is() {
        let plain = block("Hash: SHA256\n", "text", "\nAQID\n");
        for (name, message) in [
            ("empty", String::new()),
            (
                "begin line not alone",
                plain.replacen("MESSAGE-----", "MESSAGE----- x", 1),
            ),
            ("begin line inside a line", format!("x{plain}")),
            ("unknown hash", plain.replace("SHA256", "XHA256")),
            ("other header", plain.replace("Hash:", "Charset:")),
            ("control character", plain.replace("Hash: ", "Hash:\t")),
            ("not ASCII", plain.replace("Hash: ", "Hash:\u{a0}")),
            ("no empty line", plain.replace("SHA256\n\n", "SHA256\n")),
            (
                "no signature",
                plain.replace("BEGIN PGP SIGNATURE", "BEGIN PGP SIGNATUR"),
            ),
            (
                "no end",
                plain.replace("END PGP SIGNATURE-----", "END PGP SIGNATURE----"),
            ),
            ("armor without empty line", block("", "text", "AQID\n")),
        ] {
            assert_eq!(text_of(&message), None, "{name}");
        }
    }

    #[test]
    fn broken_armor_counts_only_behind_what_was_decoded() {
        let long = "A".repeat(100);
        for (armor, packets, is_broken) in [
            ("AQID\n!!!!", &[1, 2, 3][..], true),
            ("AQID\nAQID-", &[1, 2, 3, 1, 2, 3], true),
            ("AQI=\nAQID", &[1, 2, 1, 2, 3], false),
            ("AQI=AQID", &[1, 2], true),
            ("AQID\n=AAA", &[1, 2, 3], true),
            ("AQID\n=AAAA\n!", &[1, 2, 3], false),
            ("AQ\nID", &[1, 2, 3], false),
            (&long, &[], true),
            ("", &[], false),
        ] {
            let message = block("", "text", &format!("\n{armor}\n"));
            let parsed = ClearSigned::recognise(message.as_bytes()).expect("the frame is whole");
            assert_eq!(parsed.armor.packets, packets, "{armor}");
            assert_eq!(parsed.armor.is_broken, is_broken, "{armor}");
        }
    }

    #[test]
    fn carriage_returns_are_kept_as_the_reference_keeps_them() {
        for (text, as_text, as_binary) in [
            ("a\nb", "a\r\nb", "a\r\nb"),
            ("a\r\r\nb", "a\r\r\r\nb", "a\r\r\nb"),
            ("a\r \nb", "a\r\r\r\nb", "a\r\r\nb"),
            ("a\rb\nc", "a\rb\r\nc", "a\rb\r\nc"),
        ] {
            let message = block("", text, "\nAQID\n");
            let parsed = ClearSigned::recognise(message.as_bytes()).expect("a message");
            let signed = |is_text| String::from_utf8(parsed.signed_bytes(is_text)).expect("ASCII");
            assert_eq!(signed(true), as_text, "{text:?}");
            assert_eq!(signed(false), as_binary, "{text:?}");
        }
    }

    #[test]
    fn a_huge_block_is_refused_at_once() {
        let huge = block("", &"x\n".repeat(5 << 19), "\nAQID\n");
        assert!(huge.len() > 5 << 20);
        let start = std::time::Instant::now();
        assert_eq!(ClearSigned::recognise(huge.as_bytes()), None);
        // A step that is not linear would take minutes.
        assert!(start.elapsed().as_secs() < 10);
    }
}
