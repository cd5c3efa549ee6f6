//! How a file is cut into parts, and which of them are there.

use std::ops::Range;

/// The most parts that a file has: side files stay small.
const MOST: u64 = 16_384;

/// Which parts of a file are there. All parts but the last have the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    size: u64,
    part: u64,
    have: Vec<bool>,
}

impl Parts {
    /// No part of a file of `size` bytes. Parts have `part` bytes, or more if there would be too many of them.
    pub(crate) fn none(size: u64, part: u64) -> Self {
        Self::cut(size, part.max(size.div_ceil(MOST)).max(1))
    }

    pub(crate) fn cut(size: u64, part: u64) -> Self {
        let count = usize::try_from(size.div_ceil(part)).unwrap_or(usize::MAX);
        Self {
            size,
            part,
            have: vec![false; count],
        }
    }

    /// The parts that a side file names; none if it cannot be of such a file.
    pub(crate) fn recall(size: u64, part: u64, have: &[u32]) -> Option<Self> {
        if part == 0 || size.div_ceil(part) > MOST {
            return None;
        }
        let mut parts = Self::cut(size, part);
        for index in have {
            *parts.have.get_mut(usize::try_from(*index).ok()?)? = true;
        }
        Some(parts)
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    pub(crate) const fn part(&self) -> u64 {
        self.part
    }

    pub(crate) fn count(&self) -> usize {
        self.have.len()
    }

    /// The bytes of part `index`.
    pub(crate) fn range(&self, index: usize) -> Range<u64> {
        let start = self.part.saturating_mul(index as u64).min(self.size);
        start..start.saturating_add(self.part).min(self.size)
    }

    pub(crate) fn add(&mut self, index: usize) {
        if let Some(have) = self.have.get_mut(index) {
            *have = true;
        }
    }

    pub(crate) fn have(&self) -> impl Iterator<Item = u32> {
        (0_u32..)
            .zip(&self.have)
            .filter_map(|(index, have)| have.then_some(index))
    }

    pub(crate) fn missing(&self) -> impl Iterator<Item = usize> {
        self.have
            .iter()
            .enumerate()
            .filter_map(|(index, have)| (!have).then_some(index))
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.have.iter().all(|have| *have)
    }

    /// Whether all bytes of `range` are there; bytes behind the end are none.
    pub(crate) fn has(&self, range: &Range<u64>) -> bool {
        let end = range.end.min(self.size);
        let index = |at: u64| usize::try_from(at / self.part).unwrap_or(usize::MAX);
        range.start >= end
            || self
                .have
                .get(index(range.start)..=index(end - 1))
                .is_some_and(|parts| parts.iter().all(|have| *have))
    }

    /// How many bytes are there without a gap from the start.
    pub(crate) fn leading_bytes(&self) -> u64 {
        let whole = self.have.iter().take_while(|have| **have).count();
        (self.part.saturating_mul(whole as u64)).min(self.size)
    }

    /// How many bytes are there.
    pub(crate) fn bytes(&self) -> u64 {
        (0..self.have.len())
            .filter(|index| self.have[*index])
            .map(|index| {
                let range = self.range(index);
                range.end - range.start
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_cover_the_file_once(size in 0_u64..1 << 50, picks in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
            let mut parts = Parts::none(size, 8 << 20);
            prop_assert!(parts.count() as u64 <= MOST);
            let mut end = 0;
            for index in 0..parts.count() {
                let range = parts.range(index);
                prop_assert_eq!(range.start, end);
                prop_assert!(range.end > range.start);
                end = range.end;
            }
            prop_assert_eq!(end, size);
            if parts.count() > 0 {
                for pick in picks {
                    let index = pick.index(parts.count());
                    parts.add(index);
                }
            }
            let have: Vec<_> = parts.have().collect();
            let recalled = Parts::recall(size, parts.part(), &have);
            prop_assert_eq!(recalled.as_ref(), Some(&parts));
            let missing: u64 = parts.missing().map(|index| { let range = parts.range(index); range.end - range.start }).sum();
            prop_assert_eq!(parts.bytes() + missing, size);
            prop_assert!(parts.leading_bytes() <= parts.bytes());
        }
    }

    #[test]
    fn a_strange_side_file_is_of_no_use() {
        assert_eq!(Parts::recall(100, 0, &[]), None);
        assert_eq!(Parts::recall(u64::MAX, 1, &[]), None);
        assert_eq!(Parts::recall(100, 10, &[10]), None);
        assert!(Parts::recall(100, 10, &[9, 9]).is_some());
    }
}
