//! ASCII armor around keys, in both directions.
//!
//! Reading is lenient where every tool is: text around the blocks, header lines, a missing or wrong checksum.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::wiped::{self, Wiped};

const BEGIN: &str = "-----BEGIN PGP ";
const END: &str = "-----END PGP ";

/// Why a text is not armored keys.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum ArmorError {
    /// No line begins a block of keys.
    #[error("there is no `BEGIN PGP … KEY BLOCK` line")]
    NoBlock,
    /// A block has no end line.
    #[error("a key block has no end line")]
    NoEnd,
    /// The text between the lines is not base64.
    #[error("a key block is not base64")]
    NotBase64,
}

/// What an armor line says that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Public,
    Secret,
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC KEY BLOCK",
            Self::Secret => "PRIVATE KEY BLOCK",
        }
    }
}

/// What some editors put in front of a text in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";
/// Characters of base64 in a line.
const LINE: usize = 64;

/// Returns a text without the byte-order mark of UTF-8 in front of it.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// Whether the bytes look like armored text rather than binary packets.
pub(crate) fn is_armored(bytes: &[u8]) -> bool {
    let bytes = without_mark(bytes);
    bytes.first().is_some_and(|first| first & 0x80 == 0) && find(bytes, BEGIN.as_bytes())
}

fn find(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Returns the bytes of all key blocks in a text, one after the other.
pub(crate) fn decode(bytes: &[u8]) -> Result<Wiped, ArmorError> {
    let text = without_mark(bytes);
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    // Four characters of base64 hold three bytes.
    let mut out = wiped::room(text.len() / 4 * 3 + 3);
    let mut digits = wiped::room(text.len());
    let mut blocks = 0;
    while let Some(line) = lines.next() {
        if is_begin(line) {
            if !take_digits(&mut lines, &mut digits) {
                return Err(ArmorError::NoEnd);
            }
            out.extend_from_slice(&from_digits(&digits)?);
            blocks += 1;
        }
    }
    if blocks == 0 {
        Err(ArmorError::NoBlock)
    } else {
        Ok(out)
    }
}

/// Returns the bytes of the first key block in a text, whether or not it has an end line.
pub(crate) fn decode_first(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, ArmorError> {
    let text = without_mark(bytes);
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    if !lines.any(is_begin) {
        return Err(ArmorError::NoBlock);
    }
    let mut digits = wiped::room(text.len());
    take_digits(&mut lines, &mut digits);
    from_digits(&digits)
}

fn from_digits(digits: &[u8]) -> Result<Zeroizing<Vec<u8>>, ArmorError> {
    let bytes = STANDARD.decode(digits);
    bytes.map(Zeroizing::new).map_err(|_| ArmorError::NotBase64)
}

fn is_begin(line: &[u8]) -> bool {
    line.strip_prefix(BEGIN.as_bytes())
        .and_then(|rest| rest.strip_suffix(b"-----"))
        .is_some_and(|label| {
            [Kind::Public, Kind::Secret]
                .iter()
                .any(|kind| label == kind.label().as_bytes())
        })
}

/// Puts the base64 of the block that just began into `digits`, and returns whether it has an end line.
fn take_digits<'a>(lines: &mut impl Iterator<Item = &'a [u8]>, digits: &mut Wiped) -> bool {
    digits.clear();
    let mut in_headers = true;
    let mut is_complete = false;
    for line in lines {
        if line.starts_with(END.as_bytes()) {
            return true;
        }
        if is_complete {
            continue;
        }
        if in_headers && (line.is_empty() || line.contains(&b':')) {
            in_headers = !line.is_empty();
            continue;
        }
        in_headers = false;
        is_complete = line.len() == 5 && line.starts_with(b"=");
        if !is_complete {
            digits.extend_from_slice(line);
        }
    }
    false
}

/// Returns the armored text of `bytes`, with the checksum line that old tools want.
pub(crate) fn encode(kind: Kind, bytes: &[u8]) -> Zeroizing<String> {
    let digits = Zeroizing::new(STANDARD.encode(bytes));
    let label = kind.label();
    let around = BEGIN.len() + END.len() + 2 * label.len() + LINE;
    let length = digits.len() + digits.len() / LINE + around;
    let mut out = Zeroizing::new(String::with_capacity(length));
    for part in [BEGIN, label, "-----\n\n"] {
        out.push_str(part);
    }
    for line in digits.as_bytes().chunks(LINE) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    let checksum = STANDARD.encode(&crc24(bytes).to_be_bytes()[1..]);
    for part in ["=", &checksum, "\n", END, label, "-----\n"] {
        out.push_str(part);
    }
    debug_assert!(out.len() <= length, "the text has not grown");
    out
}

fn crc24(bytes: &[u8]) -> u32 {
    let mut crc = 0x00B7_04CE;
    for byte in bytes {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4CFB;
            }
        }
    }
    crc & 0x00FF_FFFF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_with_text_around_and_two_blocks() {
        let first = encode(Kind::Public, &[1; 100]);
        let second =
            encode(Kind::Secret, &[2; 3]).replace("BLOCK-----\n\n", "BLOCK-----\nVersion: x\n\n");
        let text = format!(
            "hello\n{}between\r\n{}tail",
            *first,
            second.replace('\n', "\r\n")
        );
        let both = [vec![1; 100], vec![2; 3]].concat();
        assert_eq!(*decode(text.as_bytes()).unwrap(), both);
        assert!(is_armored(text.as_bytes()));
        for text in [format!("\u{feff}{text}"), format!("\u{feff}{}", *first)] {
            assert!(is_armored(text.as_bytes()));
            assert!(both.starts_with(&decode(text.as_bytes()).unwrap()));
        }
    }

    #[test]
    fn faults() {
        for (text, error) in [
            ("", ArmorError::NoBlock),
            (
                "-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----",
                ArmorError::NoBlock,
            ),
            (
                "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n",
                ArmorError::NoEnd,
            ),
            (
                "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nA!AA\n-----END PGP P",
                ArmorError::NotBase64,
            ),
        ] {
            assert_eq!(decode(text.as_bytes()), Err(error), "{text:?}");
        }
    }

    #[test]
    fn checksum_is_the_one_of_the_standard() {
        assert_eq!(crc24(b""), 0x00B7_04CE);
        assert_eq!(crc24(b"123456789"), 0x0021_CF02);
    }
}
