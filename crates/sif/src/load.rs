//! The checks that every image passes before anything else is done with it.
//!
//! Each count, offset and length is compared with the file's real length before it is used, and nothing
//! is allocated by a number from the file that has not been compared. The strict way stops at the first
//! fault; the lenient way goes on and lists what it can.

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;

use zerocopy::FromBytes as _;

use crate::header::TablePlace;
use crate::raw::{DESCRIPTOR_SIZE, HEADER_SIZE, MAGIC, RawDescriptor, RawHeader, VERSION};
use crate::source::read_exact_at;
use crate::{Descriptor, Fault, Field, ObjectId, Problem, Source};

/// The largest table that is read: far more than any writer makes, 38 MB of descriptors.
pub const MAX_DESCRIPTORS: u32 = 65_536;

/// Descriptors that are read at once, about 37 KB.
const CHUNK: u32 = 64;

/// Reads the first 128 bytes. A short file is a fault in the inner result.
pub(crate) fn read_header<S: Source + ?Sized>(
    source: &S,
    length: u64,
) -> io::Result<Result<RawHeader, Fault>> {
    let ends = Problem::FileEnds {
        end: HEADER_SIZE as u64,
        length,
    };
    if length < HEADER_SIZE as u64 {
        return Ok(Err(Fault::of_header(Field::Header, ends)));
    }
    let mut bytes = [0; HEADER_SIZE];
    match read_exact_at(source, &mut bytes, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Ok(Err(Fault::of_header(Field::Header, ends)));
        }
        Err(error) => return Err(error),
    }
    match RawHeader::read_from_bytes(&bytes) {
        Ok(header) => Ok(Ok(header)),
        Err(_) => Ok(Err(Fault::of_header(Field::Header, ends))),
    }
}

/// Returns every fault of the magic word and the version.
pub(crate) fn check_identity(header: &RawHeader) -> Vec<Fault> {
    let mut faults = Vec::new();
    if header.magic != MAGIC {
        faults.push(Fault::of_header(Field::Magic, Problem::NotMagic));
    }
    if header.version != VERSION {
        let problem = Problem::UnknownVersion {
            found: header.version,
        };
        faults.push(Fault::of_header(Field::Version, problem));
    }
    faults
}

/// Returns where the descriptor table is, or why it cannot be there.
pub(crate) fn check_table(header: &RawHeader, length: u64) -> Result<TablePlace, Fault> {
    let total = check_total(header.descriptors_total.get())?;
    let offset = non_negative(Field::DescriptorsOffset, header.descriptors_offset.get())?;
    let window = non_negative(Field::DescriptorsSize, header.descriptors_size.get())?;
    let table = TablePlace {
        offset,
        window,
        total,
    };

    if offset < HEADER_SIZE as u64 {
        return Err(Fault::of_header(
            Field::DescriptorsOffset,
            Problem::OverlapsHeader,
        ));
    }
    if window < table.size() {
        let value = header.descriptors_size.get();
        let problem = Problem::TooSmall {
            value,
            needed: table.size(),
        };
        return Err(Fault::of_header(Field::DescriptorsSize, problem));
    }
    // A writer whose table has no descriptors leaves a file of 128 bytes and names the usual place
    // behind its end. No byte of that table is ever read, so the place does not matter.
    if total == 0 && window == 0 {
        return Ok(table);
    }
    if offset > length {
        let problem = Problem::FileEnds {
            end: offset,
            length,
        };
        return Err(Fault::of_header(Field::DescriptorsOffset, problem));
    }
    // Both are at most i64::MAX, so the sum fits into u64.
    let end = offset + window;
    if end > length {
        let field = if table.end() > length {
            Field::Descriptors
        } else {
            Field::DescriptorsSize
        };
        return Err(Fault::of_header(field, Problem::FileEnds { end, length }));
    }
    Ok(table)
}

fn check_total(total: i64) -> Result<u32, Fault> {
    let field = Field::DescriptorsTotal;
    if total < 0 {
        return Err(Fault::of_header(field, Problem::Negative { value: total }));
    }
    u32::try_from(total)
        .ok()
        .filter(|total| *total <= MAX_DESCRIPTORS)
        .ok_or_else(|| {
            Fault::of_header(
                field,
                Problem::TooMany {
                    value: total,
                    limit: MAX_DESCRIPTORS,
                },
            )
        })
}

fn non_negative(field: Field, value: i64) -> Result<u64, Fault> {
    u64::try_from(value).map_err(|_| Fault::of_header(field, Problem::Negative { value }))
}

/// Hands over the descriptors in use with their slots, in table order, until `take` wants no more.
///
/// One after the other: all of a large table at once would take as much memory again as the checked ones.
pub(crate) fn visit_used<S: Source + ?Sized>(
    source: &S,
    table: TablePlace,
    mut take: impl FnMut(u32, &RawDescriptor) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK.min(table.total) as usize * DESCRIPTOR_SIZE];
    let mut slot = 0;
    while slot < table.total {
        let count = CHUNK.min(table.total - slot);
        let chunk = &mut buffer[..count as usize * DESCRIPTOR_SIZE];
        read_exact_at(source, chunk, table.slot_offset(slot))?;
        for (slot, bytes) in (slot..).zip(chunk.chunks_exact(DESCRIPTOR_SIZE)) {
            let Ok(raw) = RawDescriptor::ref_from_bytes(bytes) else {
                continue;
            };
            if raw.is_used() && take(slot, raw).is_break() {
                return Ok(());
            }
        }
        slot += count;
    }
    Ok(())
}

/// Splits descriptors into checked ones and faults.
///
/// A descriptor with a fault of its own is left out of the checked ones; one that only collides with
/// another stays, and the fault says so.
pub(crate) struct Checker {
    table: TablePlace,
    length: u64,
    checked: Vec<Descriptor>,
    faults: Vec<Fault>,
    slots: HashMap<ObjectId, u32>,
}

impl Checker {
    pub(crate) fn new(table: TablePlace, length: u64) -> Self {
        Self {
            table,
            length,
            checked: Vec::new(),
            faults: Vec::new(),
            slots: HashMap::new(),
        }
    }

    /// Checks one more descriptor.
    pub(crate) fn take(&mut self, slot: u32, raw: &RawDescriptor) {
        let place = (slot, raw.id(), self.table.slot_offset(slot));
        let faults = &mut self.faults;
        let mut fault = |field, problem| faults.push(Fault::of_descriptor(field, place, problem));
        if raw.id().0 == 0 {
            fault(Field::ObjectId, Problem::Zero);
        } else if raw.id().0 == u32::MAX {
            fault(Field::ObjectId, Problem::NoSuchNumber);
        } else if let Some(other_slot) = self.slots.insert(raw.id(), slot) {
            fault(Field::ObjectId, Problem::Duplicate { other_slot });
        }
        match check_range(raw, slot, self.table, self.length) {
            Ok(descriptor) => self.checked.push(descriptor),
            Err((field, problem)) => fault(field, problem),
        }
    }

    /// Returns the checked descriptors in table order, and the faults: of each, then of collisions.
    pub(crate) fn finish(mut self) -> (Vec<Descriptor>, Vec<Fault>) {
        self.faults.extend(overlaps(&self.checked, self.table));
        (self.checked, self.faults)
    }
}

fn check_range(
    raw: &RawDescriptor,
    slot: u32,
    table: TablePlace,
    length: u64,
) -> Result<Descriptor, (Field, Problem)> {
    for (field, value) in [
        (Field::ObjectOffset, raw.offset.get()),
        (Field::ObjectSize, raw.size.get()),
    ] {
        if value < 0 {
            return Err((field, Problem::Negative { value }));
        }
    }
    let descriptor =
        Descriptor::new(raw.clone(), slot).ok_or((Field::ObjectSize, Problem::Overflow))?;
    if descriptor.offset() > length {
        return Err((
            Field::ObjectOffset,
            Problem::FileEnds {
                end: descriptor.offset(),
                length,
            },
        ));
    }
    if descriptor.end() > length {
        return Err((
            Field::ObjectSize,
            Problem::FileEnds {
                end: descriptor.end(),
                length,
            },
        ));
    }
    if descriptor.size() > 0 && descriptor.offset() < HEADER_SIZE as u64 {
        return Err((Field::ObjectOffset, Problem::OverlapsHeader));
    }
    if descriptor.size() > 0
        && descriptor.offset() < table.end()
        && descriptor.end() > table.offset
        && table.total > 0
    {
        return Err((Field::ObjectOffset, Problem::OverlapsTable));
    }
    Ok(descriptor)
}

/// Returns a fault for each object that starts before an earlier one has ended.
fn overlaps(checked: &[Descriptor], table: TablePlace) -> Vec<Fault> {
    let mut by_offset: Vec<&Descriptor> = checked.iter().filter(|one| one.size() > 0).collect();
    by_offset.sort_by_key(|one| (one.offset(), one.slot()));
    let mut faults = Vec::new();
    let mut farthest: Option<&Descriptor> = None;
    for one in by_offset {
        if let Some(other) = farthest
            && one.offset() < other.end()
        {
            let place = (one.slot(), one.id(), table.slot_offset(one.slot()));
            let problem = Problem::OverlapsObject { other: other.id() };
            faults.push(Fault::of_descriptor(Field::ObjectOffset, place, problem));
        }
        if farthest.is_none_or(|other| one.end() > other.end()) {
            farthest = Some(one);
        }
    }
    faults
}
