//! Whether a journal does no harm to what is live in the image.
//!
//! A change writes only where the old image has nothing, and clears only where the new one has nothing.
//! A journal that says otherwise is not followed, whatever key it is sealed with.

use std::io;
use std::ops::Range;

use super::record::{Base, Journal};
use crate::editor::Leftovers;
use crate::raw::HEADER_SIZE;
use crate::{Error, Image, Source};

/// Tells whether taking back leaves every live object, the header and the table of the old image alone.
///
/// Header and table of the image must have been compared with the journal's before.
pub(super) fn takes_back_only_gaps(journal: &Journal) -> bool {
    let base = &journal.base;
    // Reading strictly also shows that all old objects end within the old length.
    let Ok(image) = Image::read(&Before(base)) else {
        return false;
    };
    let table = image.header().table();
    let same_table = table.offset == base.table_offset && table.size() == base.table.len() as u64;
    let live = live_parts(&image);
    same_table && journal.saved.iter().all(|one| !meets(&live, &one.range))
}

/// Tells whether clearing leaves every live object, the header and the table of the image alone.
///
/// Header and table of the image must be the journal's new ones.
pub(super) fn clears_only_gaps<S: Source>(
    leftovers: &Leftovers,
    storage: &S,
    old_length: u64,
) -> io::Result<bool> {
    let image = match Image::read(storage) {
        Ok(image) => image,
        Err(Error::Read(error)) => return Err(error),
        Err(_) => return Ok(false),
    };
    let end = image.objects_end();
    let data_start = image.header().writable_data_offset().unwrap_or(0);
    let longest = old_length.max(end).max(data_start);
    let table_end = image.header().table().end().max(HEADER_SIZE as u64);
    let cut_is_sane = leftovers
        .cut
        .is_none_or(|cut| cut >= end && cut >= table_end && cut <= longest);
    let limit = leftovers.cut.unwrap_or(image.length());
    let live = live_parts(&image);
    let mut zeroed = leftovers.zero.iter();
    Ok(cut_is_sane && zeroed.all(|range| range.end <= limit && !meets(&live, range)))
}

/// Returns what must stay, in order and without overlaps.
fn live_parts(image: &Image) -> Vec<Range<u64>> {
    let table = image.header().table();
    let mut parts = vec![0..HEADER_SIZE as u64, table.offset..table.end()];
    parts.extend(image.objects().iter().map(crate::Descriptor::range));
    parts.retain(|part| !part.is_empty());
    parts.sort_by_key(|part| part.start);
    parts
}

fn meets(live: &[Range<u64>], range: &Range<u64>) -> bool {
    let first = live.partition_point(|part| part.end <= range.start);
    !range.is_empty() && live.get(first).is_some_and(|part| part.start < range.end)
}

/// The old image as far as the journal holds it; between header, table and end there are zeros.
struct Before<'a>(&'a Base);

impl Source for Before<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.0.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        let buffer = &mut buffer[..count];
        buffer.fill(0);
        overlay(buffer, offset, &self.0.header, 0);
        overlay(buffer, offset, &self.0.table, self.0.table_offset);
        Ok(count)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.0.length)
    }
}

/// Copies those of `bytes`, which stand at `at`, that belong into a buffer that stands at `offset`.
fn overlay(buffer: &mut [u8], offset: u64, bytes: &[u8], at: u64) {
    let start = offset.max(at);
    let end = (offset + buffer.len() as u64).min(at + bytes.len() as u64);
    if start >= end {
        return;
    }
    // Both differences lie inside a slice, so they fit into memory.
    let (to, from) = ((start - offset) as usize, (start - at) as usize);
    let count = (end - start) as usize;
    buffer[to..to + count].copy_from_slice(&bytes[from..from + count]);
}
