//! Buffers for secrets. A buffer that grows leaves its old copy in memory as it was, so these are made large enough
//! at once, or the old copy is wiped.

use std::io::{self, Read};

use zeroize::Zeroizing;

/// Bytes that are wiped when they are dropped.
pub(crate) type Wiped = Zeroizing<Vec<u8>>;

/// The first buffer for what is read from a source of unknown length.
const FIRST: usize = 64 << 10;

/// Returns an empty buffer with room for so many bytes.
pub(crate) fn room(bytes: usize) -> Wiped {
    Zeroizing::new(Vec::with_capacity(bytes))
}

/// Returns the parts, one after another.
pub(crate) fn concat<'a>(parts: impl Iterator<Item = &'a [u8]> + Clone) -> Wiped {
    let mut out = room(parts.clone().map(<[u8]>::len).sum());
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Reads to the end, or until there are more than `limit` bytes; `expected` is how many there seem to be. What was
/// read before an error stays in `out`.
pub(crate) fn read_to_end(
    mut source: impl Read,
    expected: usize,
    limit: usize,
    out: &mut Wiped,
) -> io::Result<()> {
    // One byte more shows that there is nothing more, or too much.
    *out = room(expected.max(FIRST).min(limit).saturating_add(1));
    let mut filled = 0;
    let result = loop {
        if filled == out.capacity() {
            if filled > limit {
                break Ok(());
            }
            let mut larger = room(filled.saturating_mul(2).min(limit.saturating_add(1)));
            larger.extend_from_slice(&out[..filled]);
            *out = larger;
        }
        let all = out.capacity();
        out.resize(all, 0);
        match source.read(&mut out[filled..]) {
            Ok(0) => break Ok(()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    out.truncate(filled);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in small pieces.
    struct Pieces<'a>(&'a [u8]);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(1000).min(self.0.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    #[test]
    fn all_is_read_up_to_the_limit() {
        let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
        for (length, expected, limit, read) in [
            (0, 0, 10, 0),
            (10, 0, 10, 10),
            (11, 0, 10, 11),
            (300_000, 0, 1 << 20, 300_000),
            (300_000, 300_000, 1 << 20, 300_000),
            (300_000, 5, 200_000, 200_001),
            (300_000, 1 << 30, 299_999, 300_000),
        ] {
            let mut out = Wiped::default();
            read_to_end(Pieces(&bytes[..length]), expected, limit, &mut out).unwrap();
            assert_eq!(out.len(), read, "{length} {expected} {limit}");
            assert_eq!(&out[..], &bytes[..read]);
            assert!(out.capacity() <= limit + 1, "{}", out.capacity());
        }
    }

    #[test]
    fn parts_are_joined_without_growing() {
        let parts = [&b"one"[..], b"", b"three"];
        let joined = concat(parts.iter().copied());
        assert_eq!((&joined[..], joined.capacity()), (&b"onethree"[..], 8));
    }
}
