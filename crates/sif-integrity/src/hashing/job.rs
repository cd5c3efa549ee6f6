//! Bytes to hash in a row, and the digests of one such row.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use sif::ObjectId;

use super::BUFFER_SIZE;
use crate::digest::{Algorithm, Digest, Hasher};

/// Two blocks of SHA-256, one of SHA-512.
const TURN: usize = 128;

/// Bytes to hash in a row.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// Named in errors.
    pub(crate) object: ObjectId,
    /// The parts of the file, in order.
    pub(crate) parts: Vec<Part>,
    /// The digests that are needed of all parts joined.
    pub(crate) algorithms: BTreeSet<Algorithm>,
}

/// One part of a job.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) extent: Range<u64>,
    /// The digests that are needed of this part alone.
    pub(crate) algorithms: BTreeSet<Algorithm>,
}

/// Digests by algorithm.
pub(crate) type Digests = BTreeMap<Algorithm, Digest>;

/// The digests of one job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct JobDigests {
    /// Of all parts joined.
    pub(crate) whole: Digests,
    /// Of each part, in order.
    pub(crate) parts: Vec<Digests>,
}

impl Job {
    pub(super) fn size(&self) -> u64 {
        let sizes = self.parts.iter().map(|part| &part.extent);
        sizes
            .map(|extent| extent.end.saturating_sub(extent.start))
            .sum()
    }

    /// The parts in pieces of at most one buffer, each with the number of its part.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (usize, Range<u64>)> {
        self.parts.iter().enumerate().flat_map(|(number, part)| {
            let Range { start, end } = part.extent;
            let starts = (start..end).step_by(BUFFER_SIZE);
            starts.map(move |at| (number, at..end.min(at.saturating_add(BUFFER_SIZE as u64))))
        })
    }
}

/// The digests of a job in the making.
pub(super) struct Sums<'a> {
    job: &'a Job,
    whole: Vec<Hasher>,
    /// Of the part that follows the finished ones.
    part: Vec<Hasher>,
    finished: Vec<Digests>,
}

impl<'a> Sums<'a> {
    pub(super) fn new(job: &'a Job) -> Self {
        let mut sums = Self {
            job,
            whole: hashers(&job.algorithms),
            part: Vec::new(),
            finished: Vec::with_capacity(job.parts.len()),
        };
        sums.begin_part();
        sums
    }

    /// Takes the next bytes, which are of the part of this number.
    pub(super) fn update(&mut self, part: usize, bytes: &[u8]) {
        self.go_on_to(part);
        if let ([only], []) | ([], [only]) = (&mut *self.whole, &mut *self.part) {
            return only.update(bytes);
        }
        // In turns of few bytes the processor works at several digests at once: two take half as long again as one, not twice.
        for turn in bytes.chunks(TURN) {
            for hasher in self.whole.iter_mut().chain(&mut self.part) {
                hasher.update(turn);
            }
        }
    }

    pub(super) fn finish(mut self) -> JobDigests {
        self.go_on_to(self.job.parts.len());
        JobDigests {
            whole: digests(self.whole),
            parts: self.finished,
        }
    }

    /// Finishes the parts before this one; some may be empty and have no bytes at all.
    fn go_on_to(&mut self, part: usize) {
        while self.finished.len() < part {
            self.finished.push(digests(std::mem::take(&mut self.part)));
            self.begin_part();
        }
    }

    fn begin_part(&mut self) {
        let next = self.job.parts.get(self.finished.len());
        self.part = next.map_or_else(Vec::new, |part| hashers(&part.algorithms));
    }
}

fn hashers(algorithms: &BTreeSet<Algorithm>) -> Vec<Hasher> {
    let hashers = algorithms.iter().map(|algorithm| algorithm.hasher());
    hashers.collect()
}

fn digests(hashers: Vec<Hasher>) -> Digests {
    let digests = hashers.into_iter().map(Hasher::finish);
    digests.map(|digest| (digest.algorithm(), digest)).collect()
}
