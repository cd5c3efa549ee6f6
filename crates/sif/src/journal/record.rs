//! The journal's bytes: a first line, then records of tag, length, content and seal.
//!
//! Each seal also covers the one before it, so that a record counts only with all before it. The first
//! record that is cut off, damaged or sealed with another key ends the journal: what it announces has
//! not begun.

use std::io;
use std::ops::Range;

use super::key::{JournalKey, SEAL_SIZE};
use crate::editor::{Leftovers, Outcome};
use crate::ranges::Ranges;
use crate::raw::{DESCRIPTOR_SIZE, HEADER_SIZE};
use crate::source::read_exact_at;
use crate::{MAX_DESCRIPTORS, Source};

const FIRST_LINE: &[u8; 16] = b"sifter undo 2\n\0\0";
/// Tag and length.
const PREFIX: usize = 5;
/// Bytes of old data in one record.
pub(super) const MAX_SAVED: usize = 1 << 20;
/// Bytes of a range of deleted data.
const RANGE: usize = 16;
/// No record is longer: all descriptors of the largest table with their offsets, as many ranges, and the
/// fields around them.
const MAX_RECORD: usize = MAX_DESCRIPTORS as usize * (DESCRIPTOR_SIZE + 8 + RANGE) + 4096;

const BASE: u8 = 1;
const SAVED: u8 = 2;
const INTENT: u8 = 3;

/// What the image was before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) length: u64,
    pub(super) header: [u8; HEADER_SIZE],
    pub(super) table_offset: u64,
    pub(super) table: Vec<u8>,
}

/// The bytes that header and table will have, and what remains to be done then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) header: [u8; HEADER_SIZE],
    /// Offsets in the image and descriptors.
    pub(super) descriptors: Vec<(u64, Vec<u8>)>,
    pub(super) leftovers: Leftovers,
}

/// Old bytes of the image, kept in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Saved {
    /// Where they stand in the journal.
    pub(super) at: u64,
    /// Where they belong in the image.
    pub(super) range: Range<u64>,
}

/// A journal that was read.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) base: Base,
    pub(super) saved: Vec<Saved>,
    pub(super) intent: Option<Intent>,
}

/// Makes records, each with a seal that covers all before it.
#[derive(Debug)]
pub(super) struct Writer {
    key: JournalKey,
    seal: [u8; SEAL_SIZE],
}

impl Writer {
    pub(super) fn new(key: &JournalKey) -> Self {
        Self {
            key: key.clone(),
            seal: [0; SEAL_SIZE],
        }
    }

    /// Returns the first line and the base.
    pub(super) fn base(&mut self, base: &Base) -> Vec<u8> {
        let mut content = Vec::with_capacity(HEADER_SIZE + 24 + base.table.len());
        content.extend(base.length.to_le_bytes());
        content.extend(base.header);
        content.extend(base.table_offset.to_le_bytes());
        content.extend(&base.table);
        let mut bytes = FIRST_LINE.to_vec();
        bytes.extend(self.record(BASE, &content));
        bytes
    }

    /// Returns a record of old bytes, at most [`MAX_SAVED`].
    pub(super) fn saved(&mut self, offset: u64, old: &[u8]) -> Vec<u8> {
        let mut content = offset.to_le_bytes().to_vec();
        content.extend(old);
        self.record(SAVED, &content)
    }

    /// Returns a record of what header and table will be.
    pub(super) fn intent(&mut self, outcome: &Outcome) -> Vec<u8> {
        let Leftovers { cut, zero } = &outcome.leftovers;
        let mut content = vec![u8::from(cut.is_some())];
        content.extend(cut.unwrap_or(0).to_le_bytes());
        content.extend((zero.iter().count() as u64).to_le_bytes());
        for range in zero.iter() {
            content.extend(range.start.to_le_bytes());
            content.extend(range.end.to_le_bytes());
        }
        content.extend(outcome.header.bytes());
        for (offset, descriptor) in &outcome.descriptors {
            content.extend(offset.to_le_bytes());
            content.extend(descriptor.bytes());
        }
        self.record(INTENT, &content)
    }

    fn record(&mut self, tag: u8, content: &[u8]) -> Vec<u8> {
        // Content is bounded by `MAX_RECORD` or made of ranges that fit into memory many times over.
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let mut bytes = vec![tag];
        bytes.extend(length.to_le_bytes());
        bytes.extend(content);
        self.seal = self.key.seal(&self.seal, &bytes);
        bytes.extend(self.seal);
        bytes
    }
}

impl Journal {
    /// Reads a journal; `None` if it does not even hold a base under this key.
    pub(super) fn read(source: &dyn Source, key: &JournalKey) -> io::Result<Option<Self>> {
        let mut records = Records {
            source,
            key,
            position: FIRST_LINE.len() as u64,
            seal: [0; SEAL_SIZE],
        };
        let mut line = [0; FIRST_LINE.len()];
        if !read_whole(source, &mut line, 0)? || line != *FIRST_LINE {
            return Ok(None);
        }
        let Some((BASE, content, _)) = records.next()? else {
            return Ok(None);
        };
        let Some(base) = parse_base(&content) else {
            return Ok(None);
        };
        let mut journal = Self {
            base,
            saved: Vec::new(),
            intent: None,
        };
        while let Some((tag, content, at)) = records.next()? {
            if !journal.take(tag, &content, at) {
                return Ok(None);
            }
        }
        Ok(Some(journal))
    }

    /// Takes in a record; `false` for one that makes no sense here.
    fn take(&mut self, tag: u8, content: &[u8], at: u64) -> bool {
        match tag {
            SAVED if self.intent.is_none() => {
                let saved = parse_saved(content, at, self.base.length);
                saved.map(|saved| self.saved.push(saved)).is_some()
            }
            INTENT if self.intent.is_none() => {
                self.intent = parse_intent(content, &self.base);
                self.intent.is_some()
            }
            _ => false,
        }
    }
}

/// Steps through the records of a journal.
struct Records<'a> {
    source: &'a dyn Source,
    key: &'a JournalKey,
    position: u64,
    seal: [u8; SEAL_SIZE],
}

impl Records<'_> {
    /// Returns tag, content and the content's place; `None` at the end or at a damaged record.
    fn next(&mut self) -> io::Result<Option<(u8, Vec<u8>, u64)>> {
        let mut prefix = [0; PREFIX];
        if !read_whole(self.source, &mut prefix, self.position)? {
            return Ok(None);
        }
        let [tag, length @ ..] = prefix;
        let length = u32::from_le_bytes(length) as usize;
        let content_at = self.position + PREFIX as u64;
        let left = self.source.size()?.saturating_sub(content_at);
        if length > MAX_RECORD || (length + SEAL_SIZE) as u64 > left {
            return Ok(None);
        }
        let mut bytes = prefix.to_vec();
        bytes.resize(PREFIX + length + SEAL_SIZE, 0);
        if !read_whole(self.source, &mut bytes[PREFIX..], content_at)? {
            return Ok(None);
        }
        let stored = bytes.split_off(PREFIX + length);
        self.seal = self.key.seal(&self.seal, &bytes);
        if stored != self.seal {
            return Ok(None);
        }
        self.position = content_at + (length + SEAL_SIZE) as u64;
        Ok(Some((tag, bytes.split_off(PREFIX), content_at)))
    }
}

fn parse_base(content: &[u8]) -> Option<Base> {
    let (length, rest) = take_u64(content)?;
    let (header, rest) = rest.split_first_chunk::<HEADER_SIZE>()?;
    let (table_offset, table) = take_u64(rest)?;
    table_offset
        .checked_add(table.len() as u64)
        .filter(|end| *end <= length || table.is_empty())?;
    Some(Base {
        length,
        header: *header,
        table_offset,
        table: table.to_vec(),
    })
}

fn parse_saved(content: &[u8], at: u64, length: u64) -> Option<Saved> {
    let (offset, old) = take_u64(content)?;
    let end = offset
        .checked_add(old.len() as u64)
        .filter(|end| *end <= length)?;
    Some(Saved {
        at: at + 8,
        range: offset..end,
    })
}

fn parse_intent(content: &[u8], base: &Base) -> Option<Intent> {
    let (leftovers, rest) = parse_leftovers(content)?;
    let (header, mut rest) = rest.split_first_chunk::<HEADER_SIZE>()?;
    let table_end = base.table_offset + base.table.len() as u64;
    let mut descriptors = Vec::new();
    while !rest.is_empty() {
        let (offset, more) = take_u64(rest)?;
        let (descriptor, more) = more.split_at_checked(DESCRIPTOR_SIZE)?;
        let end = offset.checked_add(DESCRIPTOR_SIZE as u64)?;
        if offset < base.table_offset || end > table_end {
            return None;
        }
        descriptors.push((offset, descriptor.to_vec()));
        rest = more;
    }
    Some(Intent {
        header: *header,
        descriptors,
        leftovers,
    })
}

fn parse_leftovers(content: &[u8]) -> Option<(Leftovers, &[u8])> {
    let (cuts, rest) = content.split_first()?;
    let (length, rest) = take_u64(rest)?;
    let (count, rest) = take_u64(rest)?;
    let size = usize::try_from(count).ok()?.checked_mul(RANGE)?;
    let (ranges, rest) = rest.split_at_checked(size)?;
    let ranges = ranges.chunks_exact(RANGE).map(|range| {
        let (start, end) = take_u64(range)?;
        Some(start..take_u64(end)?.0)
    });
    let leftovers = Leftovers {
        cut: (*cuts == 1).then_some(length),
        zero: Ranges::from_sorted(ranges.collect::<Option<Vec<_>>>()?)?,
    };
    Some((leftovers, rest))
}

fn take_u64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), rest))
}

/// Fills the buffer; `false` if the source ends first.
fn read_whole(source: &dyn Source, buffer: &mut [u8], offset: u64) -> io::Result<bool> {
    match read_exact_at(source, buffer, offset) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
