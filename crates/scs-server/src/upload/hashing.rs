//! A hash that follows the bytes of an upload as far as they are there without a gap.

use std::{collections::BTreeMap, fs::File, io};

use sha2::{Digest, Sha256};
use sif::read_exact_at;

const READ_BACK: usize = 1 << 20;

/// A hash, and the places that it can go back to.
#[derive(Debug, Default)]
pub(super) struct Hashing {
    hasher: Sha256,
    /// How far it has come.
    frontier: u64,
    /// What it was at the start of each part.
    at_parts: BTreeMap<u64, Sha256>,
}

impl Hashing {
    /// How far it has come.
    pub(super) fn frontier(&self) -> u64 {
        self.frontier
    }

    /// Takes bytes at `offset` of a part that begins at `start`, if it has come to this part. What of the part it has not
    /// seen is read back.
    pub(super) fn follow(
        &mut self,
        file: &File,
        start: u64,
        offset: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        if (start..=offset).contains(&self.frontier) {
            self.remember(start);
            self.read_back(file, offset)?;
            self.hasher.update(bytes);
            self.frontier = offset + bytes.len() as u64;
        }
        Ok(())
    }

    /// The digest of all that it has seen.
    pub(super) fn digest(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }

    pub(super) fn remember(&mut self, start: u64) {
        if self.frontier == start {
            self.at_parts.insert(start, self.hasher.clone());
        }
    }

    pub(super) fn go_back_to(&mut self, start: u64) {
        if self.frontier <= start {
            return;
        }
        match self.at_parts.get(&start) {
            Some(hasher) => (self.hasher, self.frontier) = (hasher.clone(), start),
            None => (self.hasher, self.frontier) = (Sha256::new(), 0),
        }
        let frontier = self.frontier;
        self.at_parts.retain(|at, _| *at <= frontier);
    }

    pub(super) fn read_back(&mut self, file: &File, end: u64) -> io::Result<()> {
        if self.frontier >= end {
            return Ok(());
        }
        let mut buffer = vec![0; READ_BACK];
        while self.frontier < end {
            let length = usize::try_from(end - self.frontier)
                .unwrap_or(READ_BACK)
                .min(READ_BACK);
            let part = buffer.get_mut(..length).ok_or(io::ErrorKind::InvalidData)?;
            read_exact_at(file, part, self.frontier)?;
            self.hasher.update(&*part);
            self.frontier += length as u64;
        }
        Ok(())
    }
}
