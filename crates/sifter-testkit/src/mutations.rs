//! Bytes that are almost right: seeds, and the same small changes of them in every run.
//!
//! What a fuzz target promises holds in every test run too, for a few thousand inputs and without a fuzzer.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
};

/// How many changed inputs are made of each seed.
const OF_EACH: u32 = 400;

/// What readers look at first: such bytes turn up more often than others.
const TELLING: &[u8] = b"\0\n\r\t \"'\\,.:;/@%=+-~[]{}#0129aZ\x7f\x80\xff";

/// Runs `target` with the seeds below `fuzz/corpus/NAME` and with changes of them. Returns how many inputs there were.
///
/// # Panics
///
/// If `target` does, and says with which input; if there is no seed.
pub fn replay(name: &str, target: fn(&[u8])) -> usize {
    let mut count = 0;
    let seeds = seeds(&folder(name));
    assert!(!seeds.is_empty(), "`{name}` has no seed");
    for (number, seed) in (1..).zip(&seeds) {
        let mut chance = Chance::new(number);
        let changed = (0..OF_EACH).map(|_| chance.change(seed));
        for input in std::iter::once(seed.clone()).chain(changed) {
            count += 1;
            run(target, &input);
        }
    }
    count
}

#[expect(clippy::print_stderr, reason = "a failed test says with what")]
fn run(target: fn(&[u8]), input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(input))) {
        eprintln!("the input was b\"{}\"", input.escape_ascii());
        resume_unwind(panic);
    }
}

fn folder(name: &str) -> PathBuf {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus");
    Path::new(corpus).join(name)
}

/// The files of a folder in the order of their names, which is the same everywhere.
fn seeds(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    let read = |file: &PathBuf| fs::read(file).expect("a seed can be read");
    files.iter().map(read).collect()
}

/// Numbers that look like chance and are the same in every run (xorshift).
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let number = usize::try_from(self.0 >> 33).unwrap_or(0);
        number.checked_rem(end).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        let any = self.below(256) as u8;
        let telling = TELLING.get(self.below(2 * TELLING.len()));
        telling.copied().unwrap_or(any)
    }

    /// `seed` with one to four changes.
    fn change(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            self.change_once(&mut bytes);
        }
        bytes
    }

    fn change_once(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(9)).min(bytes.len());
        match self.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            3 => bytes.insert(at, self.byte()),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = self.byte();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_many_and_the_same_each_time() {
        let run = || {
            let mut chance = Chance::new(7);
            (0..100)
                .map(|_| chance.change(b"one: two\nthree: [four, five]\n"))
                .collect::<Vec<_>>()
        };
        let (one, other) = (run(), run());
        assert_eq!(one, other);
        let different: std::collections::BTreeSet<_> = one.iter().collect();
        assert!(different.len() > 60, "{}", different.len());
    }

    #[test]
    fn a_broken_promise_is_noticed() {
        let seen = catch_unwind(|| {
            let target = |bytes: &[u8]| assert!(!bytes.contains(&0xff), "no such byte");
            replay("read_image", target)
        });
        assert!(seen.is_err());
    }
}
