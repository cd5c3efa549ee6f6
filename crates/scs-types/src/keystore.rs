//! The keystore: HKP with the few members that the command lines use.

use std::fmt::Write;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

pub use crate::folded::folded;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// One key, by fingerprint or key id.
    Get(KeySearch),
    /// A list of keys.
    Index(KeySearch),
}

/// What a key is looked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySearch {
    /// A fingerprint or key id of 8, 16, 32, 40 or 64 hexadecimal digits in lower case.
    Id(String),
    /// A part of a user name or mail address.
    Text(String),
}

impl KeySearch {
    /// What the text of a request asks for. Short ids are padded: the command lines drop leading zeros.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let prefixed = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let digits = prefixed.unwrap_or(text);
        let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let length = digits.len();
        if is_hex && (prefixed.is_some() || matches!(length, 16 | 32 | 40 | 64)) && length <= 64 {
            let digits = digits.to_ascii_lowercase();
            return Self::Id(match length {
                8 | 16 | 32 | 40 | 64 => digits,
                1..16 => format!("{digits:0>16}"),
                _ => return Self::Text(text.to_owned()),
            });
        }
        Self::Text(text.to_owned())
    }

    /// The text of a request, always as long as it should be.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Id(digits) => format!("0x{digits}"),
            Self::Text(text) => text.clone(),
        }
    }
}

impl Lookup {
    /// The query of the request; `page` is the token of a page that is not the first.
    #[must_use]
    pub fn query(&self, page: Option<&str>) -> Vec<(&'static str, String)> {
        let mut query = match self {
            Self::Get(search) => vec![
                ("op", "get".into()),
                ("exact", "on".into()),
                ("search", search.text()),
            ],
            Self::Index(search) => vec![
                ("op", "index".into()),
                ("options", "mr".into()),
                ("fingerprint", "on".into()),
                ("x-pagesize", PAGE_SIZE.to_string()),
                ("search", search.text()),
            ],
        };
        if let Some(token) = page {
            query.push(("x-pagetoken", token.to_owned()));
        }
        query
    }
}

/// As many keys as the command lines ask for at once.
pub const PAGE_SIZE: usize = 256;
/// The header with the token of the next page.
pub const NEXT_PAGE: &str = "X-HKP-Next-Page-Token";

/// One key of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedKey {
    /// Fingerprint or key id in hexadecimal, as the server wrote it.
    pub fingerprint: String,
    /// The OpenPGP number of the algorithm.
    pub algorithm: Option<u8>,
    /// The length in bits.
    pub bits: Option<u32>,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// When it expires, in seconds since 1970.
    pub expires: Option<i64>,
    /// Whether the server calls it revoked.
    pub is_revoked: bool,
    /// Whether the server calls it disabled.
    pub is_disabled: bool,
    /// Whether the server calls it expired.
    pub is_expired: bool,
    /// Its user names.
    pub user_names: Vec<String>,
}

/// A list that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadIndex {
    /// It is no list of keys at all.
    #[error("the keyserver sent no list of keys")]
    NoList,
    /// A line lacks fields.
    #[error("line {0} of the list of keys is broken")]
    Line(usize),
}

/// A keyserver that sends more is not listened to.
const KEYS_LIMIT: usize = 10_000;
const NAMES_LIMIT: usize = 1000;

/// The keys of a machine-readable list. A wrong count is no error here: official clients refuse it, people want the keys.
///
/// # Errors
///
/// The text is no such list, or a line of a key lacks its fields.
pub fn read_index(text: &str) -> Result<Vec<ListedKey>, BadIndex> {
    let mut keys: Vec<ListedKey> = Vec::new();
    let mut is_list = false;
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.trim_end_matches('\r').split(':').collect();
        match fields.as_slice() {
            ["info", ..] => is_list = true,
            ["pub", rest @ ..] => {
                if keys.len() == KEYS_LIMIT {
                    break;
                }
                is_list = true;
                keys.push(read_key(rest).ok_or(BadIndex::Line(number + 1))?);
            }
            ["uid", name, ..] => {
                if let Some(key) = keys
                    .last_mut()
                    .filter(|key| key.user_names.len() < NAMES_LIMIT)
                {
                    key.user_names.push(decode(name));
                }
            }
            _ => {}
        }
    }
    if is_list {
        Ok(keys)
    } else {
        Err(BadIndex::NoList)
    }
}

fn read_key(fields: &[&str]) -> Option<ListedKey> {
    let [fingerprint, algorithm, bits, created, expires, flags, ..] = fields else {
        return None;
    };
    let is_hex = fingerprint.len() >= 8 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| ListedKey {
        fingerprint: (*fingerprint).to_owned(),
        algorithm: algorithm.parse().ok(),
        bits: bits.parse().ok(),
        created: created.parse().ok(),
        expires: expires.parse().ok(),
        is_revoked: flags.contains('r'),
        is_disabled: flags.contains('d'),
        is_expired: flags.contains('e'),
        user_names: Vec::new(),
    })
}

/// Query-unescapes a name; control characters go.
fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .chars()
        .filter(|letter| !letter.is_control())
        .collect()
}

/// What would break a line, or be read as something else.
const ESCAPED: &AsciiSet = &CONTROLS.add(b':').add(b'%').add(b'+');

/// The list of `keys` as every client reads it: the count is that of this page, every field is there.
#[must_use]
pub fn write_index(keys: &[ListedKey]) -> String {
    let mut text = format!("info:1:{}\n", keys.len());
    for key in keys {
        let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let flags: String = [
            (key.is_revoked, 'r'),
            (key.is_disabled, 'd'),
            (key.is_expired, 'e'),
        ]
        .iter()
        .filter_map(|(is_set, letter)| is_set.then_some(*letter))
        .collect();
        let _ = writeln!(
            text,
            "pub:{}:{}:{}:{}:{}:{flags}",
            key.fingerprint,
            number(key.algorithm.map(i64::from)),
            number(key.bits.map(i64::from)),
            number(key.created),
            number(key.expires),
        );
        for name in &key.user_names {
            let _ = writeln!(
                text,
                "uid:{}:{}::",
                utf8_percent_encode(name, ESCAPED),
                number(key.created)
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_texts() {
        let id = |text: &str| KeySearch::Id(text.into());
        let fingerprint = "bb3e9ba89e23f2527298ef1e51f5dab8f9fc4b7d";
        for (text, search) in [
            ("0xABCD1234", id("abcd1234")),
            ("0x9e23f2527298ef", id("009e23f2527298ef")),
            (fingerprint, id(fingerprint)),
            ("0X1", id("0000000000000001")),
            ("deadbeef", KeySearch::Text("deadbeef".into())),
            ("0xzz", KeySearch::Text("0xzz".into())),
            ("0x", KeySearch::Text("0x".into())),
            (
                "alice@example.org",
                KeySearch::Text("alice@example.org".into()),
            ),
            (
                "0x12345678901234567",
                KeySearch::Text("0x12345678901234567".into()),
            ),
        ] {
            assert_eq!(KeySearch::read(text), search, "{text}");
        }
    }

    #[test]
    fn lists_survive() {
        let key = ListedKey {
            fingerprint: "BB3E9BA89E23F2527298EF1E51F5DAB8F9FC4B7D".into(),
            algorithm: Some(1),
            bits: Some(4096),
            created: Some(1_700_000_000),
            expires: None,
            is_revoked: true,
            is_disabled: false,
            is_expired: true,
            user_names: vec!["Zoë C++ 100% (a:b) <z@example.org>".into()],
        };
        let text = write_index(std::slice::from_ref(&key));
        assert!(text.starts_with("info:1:1\npub:BB3E"), "{text}");
        assert!(text.contains("C%2B%2B 100%25 (a%3Ab)"), "{text}");
        assert_eq!(read_index(&text).unwrap(), [key]);
        assert_eq!(read_index("info:1:0\n").unwrap(), []);
        assert_eq!(read_index("<html>"), Err(BadIndex::NoList));
        assert_eq!(read_index("info:1:1\npub:AB\n"), Err(BadIndex::Line(2)));
    }
}
