//! A lenient look at a file: what could be parsed, and every reason why it is refused.
//!
//! For showing only. Nothing found here may be verified, signed or changed; that needs an [`Image`].

use std::io;
use std::ops::ControlFlow;

use crate::header::TablePlace;
use crate::load;
use crate::raw::{DESCRIPTOR_SIZE, RawDescriptor, RawHeader};
use crate::sniff::{LooksLike, sniff};
use crate::{Fault, Source};

/// Descriptors that are listed at most.
pub const MAX_LISTED: usize = 1024;
/// Slots of a damaged table that are looked at: the reading of a hostile file stays small.
const MAX_SLOTS: u32 = 1024;
/// Reasons that are listed at most.
pub const MAX_FAULTS: usize = 100;
/// Bytes at the start that tell what another kind of file is.
const SNIFF_SIZE: usize = 2048;

/// What could be read of a file that need not be an image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// The file's length.
    pub length: u64,
    /// The header, unless the file is too short or not an image at all.
    pub header: Option<RawHeader>,
    /// Descriptors in use with their slots, in table order, as they stand in the file.
    pub descriptors: Vec<(u32, RawDescriptor)>,
    /// Whether there are descriptors that were not listed.
    pub more_descriptors: bool,
    /// Why the file is refused; empty for a good image.
    pub faults: Vec<Fault>,
    /// Whether there are faults that were not listed.
    pub more_faults: bool,
    /// What the file seems to be instead; `None` for anything with the magic word of an image.
    pub looks_like: Option<LooksLike>,
}

impl Inspection {
    /// Reads what can be read.
    ///
    /// # Errors
    /// Only what the source says; bad content is in [`Inspection::faults`].
    pub fn read<S: Source + ?Sized>(source: &S) -> io::Result<Self> {
        let length = source.size()?;
        let mut found = Self::nothing(length);
        let header = match load::read_header(source, length)? {
            Ok(header) => header,
            Err(fault) => {
                found.faults.push(fault);
                found.looks_like = sniff(&start_of(source)?);
                return Ok(found);
            }
        };
        found.faults = load::check_identity(&header);
        if header.magic != crate::raw::MAGIC {
            found.looks_like = sniff(&start_of(source)?);
            return Ok(found);
        }
        found.list(source, &header)?;
        found.header = Some(header);
        found.more_faults = found.faults.len() > MAX_FAULTS;
        found.faults.truncate(MAX_FAULTS);
        Ok(found)
    }

    /// Tells whether the file is refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.faults.is_empty()
    }

    fn nothing(length: u64) -> Self {
        Self {
            length,
            header: None,
            descriptors: Vec::new(),
            more_descriptors: false,
            faults: Vec::new(),
            more_faults: false,
            looks_like: None,
        }
    }

    fn list<S: Source + ?Sized>(&mut self, source: &S, header: &RawHeader) -> io::Result<()> {
        let table = match load::check_table(header, self.length) {
            Ok(table) => table,
            Err(fault) => {
                self.faults.push(fault);
                let Some(table) = readable_table(header, self.length) else {
                    return Ok(());
                };
                table
            }
        };
        let seen = TablePlace {
            total: table.total.min(MAX_SLOTS),
            ..table
        };
        let mut checker = load::Checker::new(table, self.length);
        let listed = load::visit_used(source, seen, |slot, raw| {
            if self.descriptors.len() == MAX_LISTED {
                self.more_descriptors = true;
                return ControlFlow::Break(());
            }
            checker.take(slot, raw);
            self.descriptors.push((slot, raw.clone()));
            ControlFlow::Continue(())
        });
        match listed {
            // Of a file that shrank meanwhile nothing is listed.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.descriptors.clear();
                return Ok(());
            }
            result => result?,
        }
        self.faults.extend(checker.finish().1);
        self.more_descriptors |= seen.total < table.total;
        Ok(())
    }
}

/// Returns as much of a damaged table as lies inside the file.
fn readable_table(header: &RawHeader, length: u64) -> Option<TablePlace> {
    let offset = u64::try_from(header.descriptors_offset.get()).ok()?;
    let room = length.checked_sub(offset)?;
    let fitting = u32::try_from(room / DESCRIPTOR_SIZE as u64).unwrap_or(u32::MAX);
    let claimed = u32::try_from(header.descriptors_total.get().max(0)).unwrap_or(u32::MAX);
    let total = fitting.min(claimed);
    Some(TablePlace {
        offset,
        window: u64::from(total) * DESCRIPTOR_SIZE as u64,
        total,
    })
}

fn start_of<S: Source + ?Sized>(source: &S) -> io::Result<Vec<u8>> {
    let mut start = vec![0; SNIFF_SIZE];
    let mut filled = 0;
    while filled < start.len() {
        match source.read_at(&mut start[filled..], filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    start.truncate(filled);
    Ok(start)
}
