//! A storage that saves old bytes in the journal before new ones take their place.

use std::io;

use super::record::{Base, MAX_SAVED, Writer};
use super::{JournalKey, JournalPlace};
use crate::editor::Outcome;
use crate::ranges::Ranges;
use crate::raw::HEADER_SIZE;
use crate::source::read_exact_at;
use crate::{Image, Source, Storage};

/// A storage under a journal, for use inside [`super::change`].
///
/// Writing saves the old bytes first. The length never goes below the old one: cutting waits until the
/// change is final.
#[derive(Debug)]
pub struct Guarded<'a, S, P> {
    storage: &'a mut S,
    place: &'a mut P,
    old_length: u64,
    /// Old bytes that the journal holds.
    saved: Ranges,
    writer: Writer,
    /// A record was cut off: nothing may follow it.
    broken: bool,
    /// Nothing was written to the image.
    untouched: bool,
}

impl<'a, S: Storage, P: JournalPlace> Guarded<'a, S, P> {
    /// Publishes a journal with the old state of the image.
    pub(super) fn begin(
        storage: &'a mut S,
        place: &'a mut P,
        key: &JournalKey,
        image: &Image,
    ) -> io::Result<Self> {
        let table = image.header().table();
        let mut base = Base {
            length: image.length(),
            header: [0; HEADER_SIZE],
            table_offset: table.offset,
            table: vec![0; usize::try_from(table.size()).map_err(|_| io::ErrorKind::OutOfMemory)?],
        };
        read_exact_at(&*storage, &mut base.header, 0)?;
        read_exact_at(&*storage, &mut base.table, table.offset)?;
        let mut writer = Writer::new(key);
        place.publish(&writer.base(&base))?;
        let mut saved = Ranges::default();
        saved.insert(0..HEADER_SIZE as u64);
        saved.insert(table.offset..table.end());
        Ok(Self {
            storage,
            place,
            old_length: base.length,
            saved,
            writer,
            broken: false,
            untouched: true,
        })
    }

    /// Tells whether nothing was written to the image.
    pub(super) fn is_untouched(&self) -> bool {
        self.untouched
    }

    /// Announces the new header and table and writes them, which makes the change final.
    pub(super) fn commit(&mut self, outcome: &Outcome) -> Result<(), crate::Error> {
        // First, so that the announcement also says that the new data is safe.
        self.storage.sync().map_err(crate::Error::Write)?;
        let intent = self.writer.intent(outcome);
        self.append(&intent).map_err(crate::Error::Write)?;
        crate::editor::write_outcome(self.storage, outcome)
    }

    /// Saves what the journal does not hold yet of the bytes in this part.
    fn save(&mut self, offset: u64, length: usize) -> io::Result<()> {
        let end = offset.saturating_add(length as u64).min(self.old_length);
        let missing = self.saved.missing_from(offset.min(end)..end);
        for range in missing {
            let mut position = range.start;
            while position < range.end {
                let left = usize::try_from(range.end - position).unwrap_or(MAX_SAVED);
                let mut old = vec![0; left.min(MAX_SAVED)];
                read_exact_at(&*self.storage, &mut old, position)?;
                let record = self.writer.saved(position, &old);
                self.append(&record)?;
                position += old.len() as u64;
            }
            self.saved.insert(range);
        }
        Ok(())
    }

    fn append(&mut self, record: &[u8]) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("the undo journal could not be written"));
        }
        self.place
            .append(record)
            .inspect_err(|_| self.broken = true)
    }
}

impl<S: Storage, P: JournalPlace> Source for Guarded<'_, S, P> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.storage.read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        self.storage.size()
    }
}

impl<S: Storage, P: JournalPlace> Storage for Guarded<'_, S, P> {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.untouched = false;
        self.save(offset, bytes.len())?;
        self.storage.write_all_at(bytes, offset)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        if length < self.old_length {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.untouched = false;
        self.storage.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.storage.sync()
    }
}
