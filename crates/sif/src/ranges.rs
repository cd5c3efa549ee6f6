//! A set of byte positions, kept as ranges.

use std::ops::Range;

/// Positions as sorted ranges that neither touch nor overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// Returns the set of ranges that are in order and apart already; `None` for others.
    pub(crate) fn from_sorted(ranges: Vec<Range<u64>>) -> Option<Self> {
        let whole = ranges.iter().all(|range| range.start < range.end);
        let apart = ranges.windows(2).all(|two| two[0].end < two[1].start);
        (whole && apart).then_some(Self(ranges))
    }

    /// Adds all positions of a range.
    pub(crate) fn insert(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let (mut start, mut end) = (range.start, range.end);
        self.0.retain(|other| {
            let joins = other.start <= end && other.end >= start;
            if joins {
                start = start.min(other.start);
                end = end.max(other.end);
            }
            !joins
        });
        let at = self.0.partition_point(|other| other.start < start);
        self.0.insert(at, start..end);
    }

    /// Takes all positions of a range out.
    pub(crate) fn remove(&mut self, range: &Range<u64>) {
        if range.is_empty() {
            return;
        }
        let mut left = Vec::with_capacity(self.0.len() + 1);
        for one in self.0.drain(..) {
            left.extend(difference(&one, range));
        }
        self.0 = left;
    }

    /// Returns the parts of a range that are not in the set.
    pub(crate) fn missing_from(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut missing = Self::default();
        missing.insert(range);
        for one in &self.0 {
            missing.remove(one);
        }
        missing.0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Range<u64>> {
        self.0.iter()
    }
}

/// Returns what is left of `one` without `other`: nothing, one or two ranges.
fn difference(one: &Range<u64>, other: &Range<u64>) -> impl Iterator<Item = Range<u64>> + use<> {
    let before = one.start..one.end.min(other.start);
    let after = one.start.max(other.end)..one.end;
    [before, after]
        .into_iter()
        .filter(|range| !range.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_as_a_set(steps in prop::collection::vec((any::<bool>(), 0_u64..60, 0_u64..12), 0..30)) {
            let mut ranges = Ranges::default();
            let mut model = [false; 80];
            for (add, start, length) in steps {
                let range = start..start + length;
                if add { ranges.insert(range.clone()) } else { ranges.remove(&range) }
                for position in range { model[position as usize] = add }
            }
            for (position, expected) in model.iter().enumerate() {
                let position = position as u64;
                prop_assert_eq!(ranges.iter().any(|one| one.contains(&position)), *expected);
                prop_assert_eq!(ranges.missing_from(position..position + 1).is_empty(), *expected);
            }
            prop_assert!(ranges.0.windows(2).all(|two| two[0].end < two[1].start));
        }
    }
}
