//! Compares a fingerprint with one that the user pasted from somewhere else.

use crate::fingerprint::Fingerprint;

/// Digits in a group, as fingerprints are shown.
const GROUP: usize = 4;
/// Shorter than this is an id that can be forged.
const SHORTEST: usize = 40;

/// How a pasted text compares with a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// Every digit is the same.
    Equal,
    /// These groups of four digits differ, counted from 0.
    Differs(Vec<usize>),
    /// There are too few digits to recognise a key by: 8 and 16 digits can be forged.
    TooShort {
        /// How many there are.
        digits: usize,
    },
    /// The number of digits is not that of the fingerprint.
    WrongLength {
        /// How many there are.
        digits: usize,
        /// How many there should be.
        expected: usize,
    },
    /// There is something else than digits.
    NotHex(char),
}

/// Returns how `pasted` compares with the fingerprint. Blanks, colons, dashes, either case and a leading `0x` are
/// all fine.
pub fn compare_fingerprint(fingerprint: Fingerprint, pasted: &str) -> Comparison {
    let pasted = pasted.trim();
    let pasted = pasted
        .strip_prefix("0x")
        .or_else(|| pasted.strip_prefix("0X"))
        .unwrap_or(pasted);
    let is_gap = |c: char| c.is_whitespace() || matches!(c, ':' | '-' | '\u{a0}');
    let digits: Vec<char> = pasted.chars().filter(|c| !is_gap(*c)).collect();
    if let Some(bad) = digits.iter().find(|c| !c.is_ascii_hexdigit()) {
        return Comparison::NotHex(*bad);
    }
    if digits.len() < SHORTEST {
        return Comparison::TooShort {
            digits: digits.len(),
        };
    }
    let expected: Vec<char> = fingerprint.to_string().chars().collect();
    if digits.len() != expected.len() {
        return Comparison::WrongLength {
            digits: digits.len(),
            expected: expected.len(),
        };
    }
    let pairs = expected.chunks(GROUP).zip(digits.chunks(GROUP)).enumerate();
    let is_same = |(left, right): (&[char], &[char])| {
        left.iter()
            .zip(right)
            .all(|(l, r)| l.eq_ignore_ascii_case(r))
    };
    let differing: Vec<usize> = pairs
        .filter(|(_, pair)| !is_same(*pair))
        .map(|(at, _)| at)
        .collect();
    if differing.is_empty() {
        Comparison::Equal
    } else {
        Comparison::Differs(differing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let fingerprint: Fingerprint = "7064B1D6EFF01B1262FED3F03581D99FE87EAFD1".parse().unwrap();
        for (text, result) in [
            (
                "7064B1D6EFF01B1262FED3F03581D99FE87EAFD1",
                Comparison::Equal,
            ),
            (
                " 0x7064b1d6eff01b1262fed3f03581d99fe87eafd1\n",
                Comparison::Equal,
            ),
            (
                "7064 B1D6 EFF0 1B12 62FE  D3F0 3581 D99F E87E AFD1",
                Comparison::Equal,
            ),
            (
                "70:64:b1:d6:ef:f0:1b:12:62:fe:d3:f0:35:81:d9:9f:e8:7e:af:d1",
                Comparison::Equal,
            ),
            (
                "7065B1D6EFF01B1262FED3F03581D99FE87EAFD0",
                Comparison::Differs(vec![0, 9]),
            ),
            ("E87EAFD1", Comparison::TooShort { digits: 8 }),
            ("0x3581D99FE87EAFD1", Comparison::TooShort { digits: 16 }),
            ("", Comparison::TooShort { digits: 0 }),
            (
                "7064B1D6EFF01B1262FED3F03581D99FE87EAFD100",
                Comparison::WrongLength {
                    digits: 42,
                    expected: 40,
                },
            ),
            ("7064 B1D6 EFFO", Comparison::NotHex('O')),
        ] {
            assert_eq!(compare_fingerprint(fingerprint, text), result, "{text:?}");
        }
    }
}
