//! The journal's bytes: a first line, then records of tag, length, content and checksum.
//!
//! Each checksum also covers the one before it, so that a record counts only with all before it. The
//! first record that is cut off or damaged ends the journal: what it announces has not begun.

use std::io;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::editor::{Leftovers, Outcome};
use crate::ranges::Ranges;
use crate::raw::{DESCRIPTOR_SIZE, HEADER_SIZE};
use crate::source::read_exact_at;
use crate::{MAX_DESCRIPTORS, Source};

const FIRST_LINE: &[u8; 16] = b"sifter undo 1\n\0\0";
const CHECKSUM: usize = 32;
/// Tag and length.
const PREFIX: usize = 5;
/// Bytes of old data in one record.
pub(super) const MAX_SAVED: usize = 1 << 20;
/// No record is longer: the base with the largest table, and the fields around it.
const MAX_RECORD: usize = MAX_DESCRIPTORS as usize * (DESCRIPTOR_SIZE + 8) + 4096;

const BASE: u8 = 1;
const SAVED: u8 = 2;
const INTENT: u8 = 3;
const FINAL: u8 = 4;

/// What the image was before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) length: u64,
    pub(super) header: [u8; HEADER_SIZE],
    pub(super) table_offset: u64,
    pub(super) table: Vec<u8>,
}

/// The bytes that header and table will have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) header: [u8; HEADER_SIZE],
    /// Offsets in the image and descriptors.
    pub(super) descriptors: Vec<(u64, Vec<u8>)>,
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
    pub(super) last: Option<Leftovers>,
}

/// Makes records, each with a checksum that covers all before it.
#[derive(Debug, Default)]
pub(super) struct Writer {
    chain: [u8; CHECKSUM],
}

impl Writer {
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
        let mut content = outcome.header.bytes().to_vec();
        for (offset, descriptor) in &outcome.descriptors {
            content.extend(offset.to_le_bytes());
            content.extend(descriptor.bytes());
        }
        self.record(INTENT, &content)
    }

    /// Returns the record that makes the change final.
    pub(super) fn last(&mut self, leftovers: &Leftovers) -> Vec<u8> {
        let mut content = vec![u8::from(leftovers.cut.is_some())];
        content.extend(leftovers.cut.unwrap_or(0).to_le_bytes());
        for range in leftovers.zero.iter() {
            content.extend(range.start.to_le_bytes());
            content.extend(range.end.to_le_bytes());
        }
        self.record(FINAL, &content)
    }

    fn record(&mut self, tag: u8, content: &[u8]) -> Vec<u8> {
        // Content is bounded by `MAX_RECORD` or made of ranges that fit into memory many times over.
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let mut bytes = vec![tag];
        bytes.extend(length.to_le_bytes());
        bytes.extend(content);
        self.chain = checksum(&self.chain, &bytes);
        bytes.extend(self.chain);
        bytes
    }
}

impl Journal {
    /// Reads a journal; `None` if it does not even hold a base.
    pub(super) fn read(source: &dyn Source) -> io::Result<Option<Self>> {
        let mut records = Records {
            source,
            position: FIRST_LINE.len() as u64,
            chain: [0; CHECKSUM],
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
            last: None,
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
            FINAL if self.intent.is_some() && self.last.is_none() => {
                self.last = parse_last(content);
                self.last.is_some()
            }
            _ => false,
        }
    }
}

/// Steps through the records of a journal.
struct Records<'a> {
    source: &'a dyn Source,
    position: u64,
    chain: [u8; CHECKSUM],
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
        if length > MAX_RECORD || (length + CHECKSUM) as u64 > left {
            return Ok(None);
        }
        let mut bytes = prefix.to_vec();
        bytes.resize(PREFIX + length + CHECKSUM, 0);
        if !read_whole(self.source, &mut bytes[PREFIX..], content_at)? {
            return Ok(None);
        }
        let stored = bytes.split_off(PREFIX + length);
        self.chain = checksum(&self.chain, &bytes);
        if stored != self.chain {
            return Ok(None);
        }
        self.position = content_at + (length + CHECKSUM) as u64;
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
    let (header, mut rest) = content.split_first_chunk::<HEADER_SIZE>()?;
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
    })
}

fn parse_last(content: &[u8]) -> Option<Leftovers> {
    let (cuts, rest) = content.split_first()?;
    let (length, mut rest) = take_u64(rest)?;
    let mut zero = Vec::with_capacity(rest.len() / 16);
    while !rest.is_empty() {
        let (start, more) = take_u64(rest)?;
        let (end, more) = take_u64(more)?;
        zero.push(start..end);
        rest = more;
    }
    Some(Leftovers {
        cut: (*cuts == 1).then_some(length),
        zero: Ranges::from_sorted(zero)?,
    })
}

fn take_u64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), rest))
}

fn checksum(before: &[u8; CHECKSUM], bytes: &[u8]) -> [u8; CHECKSUM] {
    Sha256::new()
        .chain_update(before)
        .chain_update(bytes)
        .finalize()
        .into()
}

/// Fills the buffer; `false` if the source ends first.
fn read_whole(source: &dyn Source, buffer: &mut [u8], offset: u64) -> io::Result<bool> {
    match read_exact_at(source, buffer, offset) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
