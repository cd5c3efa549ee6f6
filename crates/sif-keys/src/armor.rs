//! ASCII armor around keys, in both directions.
//!
//! Reading is lenient where every tool is: text around the blocks, header lines, a missing or wrong checksum.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

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

/// Whether the bytes look like armored text rather than binary packets.
pub(crate) fn is_armored(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first & 0x80 == 0) && find(bytes, BEGIN.as_bytes())
}

fn find(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Returns the bytes of all key blocks in a text, one after the other.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<u8>, ArmorError> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines().map(str::trim);
    let mut out = Vec::new();
    let mut blocks = 0;
    while let Some(line) = lines.next() {
        if is_begin(line) {
            out.extend(decode_block(&mut lines)?);
            blocks += 1;
        }
    }
    if blocks == 0 {
        Err(ArmorError::NoBlock)
    } else {
        Ok(out)
    }
}

fn is_begin(line: &str) -> bool {
    line.strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix("-----"))
        .is_some_and(|label| label == Kind::Public.label() || label == Kind::Secret.label())
}

fn decode_block<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Result<Vec<u8>, ArmorError> {
    let mut digits = String::new();
    let mut in_headers = true;
    for line in lines {
        if line.starts_with(END) {
            return STANDARD.decode(digits).map_err(|_| ArmorError::NotBase64);
        }
        if in_headers && (line.is_empty() || line.contains(':')) {
            in_headers = !line.is_empty();
            continue;
        }
        in_headers = false;
        let checksum = line.len() == 5 && line.starts_with('=');
        if !checksum {
            digits.push_str(line);
        }
    }
    Err(ArmorError::NoEnd)
}

/// Returns the armored text of `bytes`, with the checksum line that old tools want.
pub(crate) fn encode(kind: Kind, bytes: &[u8]) -> String {
    let digits = STANDARD.encode(bytes);
    let mut out = format!("{BEGIN}{}-----\n\n", kind.label());
    for line in digits.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    let checksum = STANDARD.encode(&crc24(bytes).to_be_bytes()[1..]);
    out.push_str(&format!("={checksum}\n{END}{}-----\n", kind.label()));
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
            "hello\n{first}between\r\n{}tail",
            second.replace('\n', "\r\n")
        );
        assert_eq!(
            decode(text.as_bytes()).unwrap(),
            [vec![1; 100], vec![2; 3]].concat()
        );
        assert!(is_armored(text.as_bytes()));
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
