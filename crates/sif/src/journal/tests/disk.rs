//! A disk with one image and its journal that can lose power or run full at any step.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::journal::JournalPlace;
use crate::{Source, Storage};

/// What survives a loss of power of the writes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    KeepAll,
    DropAll,
    KeepEven,
    KeepOdd,
}

impl Crash {
    pub(super) const ALL: [Self; 4] = [Self::KeepAll, Self::DropAll, Self::KeepEven, Self::KeepOdd];

    fn keeps(self, number: usize) -> bool {
        match self {
            Self::KeepAll => true,
            Self::DropAll => false,
            Self::KeepEven => number.is_multiple_of(2),
            Self::KeepOdd => !number.is_multiple_of(2),
        }
    }
}

#[derive(Clone)]
enum Write {
    Bytes(u64, Vec<u8>),
    Length(u64),
}

impl Write {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Bytes(offset, bytes) => file.write_all_at(bytes, *offset).expect("memory"),
            Self::Length(length) => Storage::set_len(file, *length).expect("memory"),
        }
    }
}

#[derive(Default)]
struct State {
    image: Vec<u8>,
    synced: Vec<u8>,
    unsynced: Vec<Write>,
    journal: Option<Vec<u8>>,
    steps_left: Option<usize>,
    /// What fails when no steps are left: everything from then on, or one step only.
    failure: Option<io::ErrorKind>,
    crashed: bool,
    failed: bool,
    /// A step that fails has done all of its writing.
    fails_late: bool,
}

impl State {
    /// Counts a step. `Err` holds the failure if this is the one to fail.
    fn step(&mut self) -> Result<(), io::Error> {
        if self.crashed {
            return Err(io::ErrorKind::NotConnected.into());
        }
        match &mut self.steps_left {
            Some(0) => match self.failure {
                Some(kind) => {
                    self.steps_left = None;
                    self.failed = true;
                    Err(kind.into())
                }
                None => {
                    self.crashed = true;
                    Err(io::ErrorKind::NotConnected.into())
                }
            },
            Some(steps) => {
                *steps -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn write(&mut self, write: Write) {
        write.apply(&mut self.image);
        self.unsynced.push(write);
    }
}

#[derive(Clone, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

pub(super) struct ImageFile(Disk);
pub(super) struct JournalFile(Disk);

impl Disk {
    pub(super) fn new(image: Vec<u8>) -> Self {
        let disk = Self::default();
        disk.state().synced = image.clone();
        disk.state().image = image;
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while holding it")
    }

    pub(super) fn open(&self) -> (ImageFile, JournalFile) {
        (ImageFile(self.clone()), JournalFile(self.clone()))
    }

    pub(super) fn crash_after(&self, steps: usize) {
        let mut state = self.state();
        state.steps_left = Some(steps);
        state.failure = None;
    }

    pub(super) fn fail_once_after(&self, steps: usize, kind: io::ErrorKind) {
        let mut state = self.state();
        state.steps_left = Some(steps);
        state.failure = Some(kind);
    }

    /// As [`Disk::fail_once_after`], but what fails is on the disk nevertheless.
    pub(super) fn fail_late_after(&self, steps: usize, kind: io::ErrorKind) {
        self.fail_once_after(steps, kind);
        self.state().fails_late = true;
    }

    pub(super) fn reboot(&self, crash: Crash) {
        let mut state = self.state();
        let mut image = std::mem::take(&mut state.synced);
        for (number, write) in state.unsynced.drain(..).enumerate() {
            if crash.keeps(number) {
                write.apply(&mut image);
            }
        }
        state.image = image.clone();
        state.synced = image;
        state.crashed = false;
        state.steps_left = None;
    }

    pub(super) fn crashed(&self) -> bool {
        self.state().crashed
    }

    pub(super) fn failed(&self) -> bool {
        self.state().failed
    }

    pub(super) fn image(&self) -> Vec<u8> {
        self.state().image.clone()
    }

    pub(super) fn poke(&self, at: usize, byte: u8) {
        self.state().write(Write::Bytes(at as u64, vec![byte]));
    }

    pub(super) fn journal(&self) -> Option<Vec<u8>> {
        self.state().journal.clone()
    }

    pub(super) fn has_journal(&self) -> bool {
        self.state().journal.is_some()
    }

    pub(super) fn put_journal(&self, journal: Vec<u8>) {
        self.state().journal = Some(journal);
    }
}

impl Source for ImageFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.0.state();
        if state.crashed {
            return Err(io::ErrorKind::NotConnected.into());
        }
        state.image.read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        self.0.state().image.size()
    }
}

impl Storage for ImageFile {
    /// A failing write has written its first half.
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.0.state();
        let was_crashed = state.crashed;
        let result = state.step();
        let written = if result.is_ok() || state.fails_late {
            bytes.len()
        } else {
            bytes.len() / 2
        };
        if !was_crashed {
            state.write(Write::Bytes(offset, bytes[..written].to_vec()));
        }
        result
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        state.write(Write::Length(length));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        state.unsynced.clear();
        state.synced = state.image.clone();
        Ok(())
    }
}

impl JournalPlace for JournalFile {
    fn publish(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        state.journal = Some(bytes.to_vec());
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.state();
        let was_crashed = state.crashed;
        let result = state.step();
        let written = if result.is_ok() || state.fails_late {
            bytes.len()
        } else {
            bytes.len() / 2
        };
        if !was_crashed && let Some(journal) = &mut state.journal {
            journal.extend(&bytes[..written]);
        }
        result
    }

    fn open(&self) -> io::Result<Option<Box<dyn Source + '_>>> {
        let state = self.0.state();
        if state.crashed {
            return Err(io::ErrorKind::NotConnected.into());
        }
        Ok(state
            .journal
            .clone()
            .map(|bytes| Box::new(bytes) as Box<dyn Source>))
    }

    fn remove(&mut self) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        state.journal = None;
        Ok(())
    }

    fn set_aside(&mut self) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        state.journal = None;
        Ok(())
    }
}
