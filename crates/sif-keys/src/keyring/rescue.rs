//! Finding the whole keys in a damaged file.

use crate::cert::Certificate;
use crate::framing;

/// How many places behind one damage are tried as the start of a key; keeps hostile files from costing minutes.
const MAX_CANDIDATES: usize = 200;
/// How many times the length of the file may be looked at in vain, and what is allowed to small files.
const EFFORT: usize = 16;
const LEAST_EFFORT: usize = 1 << 20;

/// Returns the keys of a damaged file that are whole: each ends before another key or at the end of the file, or its
/// packets up to the damage make a good key by themselves. After damage the next key is looked for.
pub(super) fn whole_keys(bytes: &[u8]) -> Vec<&[u8]> {
    Search::new(bytes).run()
}

struct Search<'a> {
    bytes: &'a [u8],
    /// How many more bytes may be looked at that belong to no key.
    effort: usize,
}

impl<'a> Search<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let effort = bytes.len().saturating_mul(EFFORT).max(LEAST_EFFORT);
        Self { bytes, effort }
    }

    fn run(&mut self) -> Vec<&'a [u8]> {
        let mut found = Vec::new();
        let mut offset = 0;
        while offset < self.bytes.len() && found.len() < framing::MAX_KEYS {
            let (end, is_clean) = key_end(&self.bytes[offset..]);
            let block = &self.bytes[offset..offset + end];
            // A cut-off end may have taken a part of the key with it; what is left must stand on its own.
            let begins_key = framing::next(block).is_ok_and(|frame| frame.begins_key());
            if end > 0 && begins_key && (is_clean || Certificate::from_block(block).is_ok()) {
                found.push(block);
            }
            offset += end;
            if !is_clean {
                offset += self.next_key(offset);
            }
        }
        found
    }

    /// Distance to the next place where a good key begins; at least one byte.
    fn next_key(&mut self, from: usize) -> usize {
        let bytes = &self.bytes[from..];
        let mut tries = 0;
        for offset in 1..bytes.len() {
            let rest = &bytes[offset..];
            // Every key body begins with its version.
            let is_candidate = framing::next(rest)
                .is_ok_and(|frame| frame.begins_key() && matches!(frame.body.first(), Some(4 | 6)));
            if !is_candidate {
                continue;
            }
            let block = &rest[..key_end(rest).0];
            if Certificate::from_block(block).is_ok() {
                return offset;
            }
            tries += 1;
            // Candidates can lie in one another, so that each is as long as all that is left.
            self.effort = self.effort.saturating_sub(block.len());
            if tries == MAX_CANDIDATES || self.effort == 0 {
                break;
            }
        }
        bytes.len().max(1)
    }
}

/// Length of the whole packets up to the next key, and whether nothing is wrong there.
fn key_end(bytes: &[u8]) -> (usize, bool) {
    let mut offset = 0;
    while offset < bytes.len() {
        match framing::next(&bytes[offset..]) {
            Ok(frame) if frame.begins_key() && offset > 0 => return (offset, true),
            Ok(frame) => offset += frame.raw.len(),
            Err(_) => return (offset, false),
        }
    }
    (offset, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::make::{NewAlgorithm, NewKey, UserName};

    fn key() -> Vec<u8> {
        let key = NewKey {
            algorithm: NewAlgorithm::Ed25519,
            name: UserName::new("A", "", "").unwrap(),
            passphrase: "".into(),
            now: 1_700_000_000,
            expires: None,
        };
        key.make().unwrap().certificate().to_bytes().to_vec()
    }

    #[test]
    fn candidates_that_lie_in_one_another_end_the_search() {
        // Damage, then user ids, each with the start of a key in it that goes on for all that follows.
        let hidden = [0xCD, 3, 0xC6, 1, 4].repeat(40_000);
        let bytes = [&[0], &hidden[..], &[0], &key()].concat();
        let mut search = Search::new(&bytes);
        assert!(search.run().is_empty());
        assert_eq!(search.effort, 0);
    }

    #[test]
    fn many_damages_cost_no_more_than_one() {
        let good = key();
        // Behind each good key a byte that is no packet, then a candidate that swallows all the rest of the file.
        let mut bytes = Vec::new();
        for left in (0..2000_u32).rev() {
            bytes.extend_from_slice(&good);
            let rest = left * (u32::try_from(good.len()).unwrap() + 9) + 4;
            bytes.extend([0, 0xC6, 255]);
            bytes.extend(rest.to_be_bytes());
            bytes.extend([4, 0]);
        }
        bytes.extend([0; 4]);
        let mut search = Search::new(&bytes);
        let found = search.run();
        assert!((10..1000).contains(&found.len()), "{}", found.len());
        assert!(found.iter().all(|block| *block == good));
        assert_eq!(search.effort, 0, "the search was ended");
        // What one damage costs in a file of keys is far less.
        let few = [&good[..], &[0], &good, &good[..9]].concat();
        let mut search = Search::new(&few);
        assert_eq!(search.run(), [&good[..], &good]);
        assert!(search.effort > 0);
    }
}
