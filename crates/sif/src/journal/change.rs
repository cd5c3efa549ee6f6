//! A change under a journal, and what to do with a journal that is found.

use std::io;

use super::guarded::Guarded;
use super::harmless::is_harmless;
use super::record::{Base, Journal, MAX_SAVED};
use super::{ChangeError, JournalPlace, Recovery};
use crate::editor::{Leftovers, write_leftovers};
use crate::raw::HEADER_SIZE;
use crate::source::read_exact_at;
use crate::{Editor, Error, Image, Source, Storage};

/// Changes the image in `storage` by what `act` does to the editor, all or nothing, and returns what
/// `act` returns.
///
/// An interrupted change of before is taken back or finished first. If `act` fails, the image is the old
/// one again.
///
/// # Errors
/// Those of `act`, and [`ChangeError`].
pub fn change<S, P, T, E>(
    storage: &mut S,
    place: &mut P,
    act: impl FnOnce(&mut Editor<Guarded<'_, S, P>>) -> Result<T, E>,
) -> Result<T, E>
where
    S: Storage,
    P: JournalPlace,
    E: From<ChangeError>,
{
    recover(storage, place)?;
    // Refuses images that may not be changed before a journal is made for them.
    Editor::open(&mut *storage).map_err(ChangeError::Image)?;
    let (value, attempted) = attempt(storage, place, act).inspect_err(|_| {
        // If even this fails, the journal stays and the next change tries again.
        let _ = recover(storage, place);
    })?;
    match attempted {
        Attempted::Nothing => place.remove().map_err(ChangeError::Recover)?,
        Attempted::OnlyScratch => drop(recover(storage, place)?),
        Attempted::Final(leftovers) => {
            write_leftovers(storage, &leftovers).map_err(ChangeError::Unfinished)?;
            // The change is final: a journal that stays says so, and the next change removes it.
            let _ = place.remove();
        }
        Attempted::Failed(error) => match recover(storage, place) {
            // The last record reached the disk although writing it reported a failure.
            Ok(Recovery::Finished) => {}
            _ => return Err(ChangeError::Image(error).into()),
        },
    }
    Ok(value)
}

/// How far a change came whose action succeeded.
enum Attempted {
    /// Nothing was changed and no byte was written.
    Nothing,
    /// Nothing was changed, but bytes were written that belong to no object.
    OnlyScratch,
    /// The change is final.
    Final(Leftovers),
    /// Making it final failed.
    Failed(Error),
}

/// Runs `act` and makes its result final.
fn attempt<S, P, T, E>(
    storage: &mut S,
    place: &mut P,
    act: impl FnOnce(&mut Editor<Guarded<'_, S, P>>) -> Result<T, E>,
) -> Result<(T, Attempted), E>
where
    S: Storage,
    P: JournalPlace,
    E: From<ChangeError>,
{
    let image = Image::read(&*storage).map_err(ChangeError::Image)?;
    let guarded = Guarded::begin(storage, place, &image).map_err(ChangeError::Journal)?;
    let mut editor = Editor::open(guarded).map_err(ChangeError::Image)?;
    editor.keep_old_data();
    let value = act(&mut editor)?;
    let Some(outcome) = editor.outcome().map_err(ChangeError::Image)? else {
        let attempted = if editor.storage().is_untouched() {
            Attempted::Nothing
        } else {
            Attempted::OnlyScratch
        };
        return Ok((value, attempted));
    };
    let attempted = match editor.into_storage().commit(&outcome) {
        Ok(()) => Attempted::Final(outcome.leftovers),
        Err(error) => Attempted::Failed(error),
    };
    Ok((value, attempted))
}

/// Takes back an interrupted change, or finishes one that was final, and returns which.
///
/// # Errors
/// [`ChangeError::Recover`] if the journal cannot be read or the image cannot be written; then the
/// journal is kept.
pub fn recover<S: Storage, P: JournalPlace>(
    storage: &mut S,
    place: &mut P,
) -> Result<Recovery, ChangeError> {
    try_recover(storage, place).map_err(ChangeError::Recover)
}

fn try_recover<S: Storage, P: JournalPlace>(
    storage: &mut S,
    place: &mut P,
) -> io::Result<Recovery> {
    let recovery = {
        let Some(source) = place.open()? else {
            return Ok(Recovery::Nothing);
        };
        match Journal::read(&*source)? {
            Some(journal) if fits(&journal, storage)? => apply(&journal, &*source, storage)?,
            _ => Recovery::SetAside,
        }
    };
    match recovery {
        Recovery::SetAside => place.set_aside()?,
        _ => place.remove()?,
    }
    Ok(recovery)
}

fn apply<S: Storage>(
    journal: &Journal,
    source: &dyn Source,
    storage: &mut S,
) -> io::Result<Recovery> {
    if let Some(leftovers) = &journal.last {
        return match write_leftovers(storage, leftovers) {
            Ok(()) => Ok(Recovery::Finished),
            Err(Error::Write(error) | Error::Read(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        };
    }
    let Base {
        length,
        header,
        table_offset,
        table,
    } = &journal.base;
    let mut old = vec![0; MAX_SAVED];
    for saved in &journal.saved {
        let count = usize::try_from(saved.range.end - saved.range.start).unwrap_or(usize::MAX);
        let old = old.get_mut(..count).ok_or(io::ErrorKind::InvalidData)?;
        read_exact_at(source, old, saved.at)?;
        storage.write_all_at(old, saved.range.start)?;
    }
    storage.write_all_at(table, *table_offset)?;
    storage.sync()?;
    storage.write_all_at(header, 0)?;
    storage.set_len(*length)?;
    storage.sync()?;
    Ok(Recovery::RolledBack)
}

/// Tells whether the image can be what the interrupted change left.
///
/// Each byte of header and table must be the old one or, once the journal announces new ones, the new
/// one: a write that power loss cut short leaves some of each. After the final record all must be new.
/// What the journal would do must also leave everything live alone.
fn fits<S: Storage>(journal: &Journal, storage: &S) -> io::Result<bool> {
    let length = storage.size()?;
    let base = &journal.base;
    let enough = match &journal.last {
        None => base.length,
        Some(leftovers) => leftovers
            .zero
            .iter()
            .map(|range| range.end)
            .max()
            .unwrap_or(0),
    };
    let cut = journal.last.as_ref().and_then(|leftovers| leftovers.cut);
    let table_end = base.table_offset + base.table.len() as u64;
    let table_inside = base.table.is_empty() || table_end <= length;
    // A file that a cut makes longer has a data offset behind its end; that happens only to images
    // without data, and then nothing is to be zeroed.
    if length < enough.min(cut.unwrap_or(u64::MAX)) || length < HEADER_SIZE as u64 || !table_inside
    {
        return Ok(false);
    }
    let mut header = [0; HEADER_SIZE];
    let mut table = vec![0; base.table.len()];
    read_exact_at(storage, &mut header, 0)?;
    read_exact_at(storage, &mut table, base.table_offset)?;

    let (new_header, new_table) = intended(journal);
    let is_final = journal.last.is_some();
    let matches = mixes(&header, &base.header, &new_header, is_final)
        && mixes(&table, &base.table, &new_table, is_final);
    Ok(matches && is_harmless(journal, storage)?)
}

/// Returns header and table as the change leaves them.
fn intended(journal: &Journal) -> ([u8; HEADER_SIZE], Vec<u8>) {
    let Some(intent) = &journal.intent else {
        return (journal.base.header, journal.base.table.clone());
    };
    let mut table = journal.base.table.clone();
    for (offset, descriptor) in &intent.descriptors {
        // Checked against the table when the journal was read.
        let start = usize::try_from(offset - journal.base.table_offset).unwrap_or(usize::MAX);
        if let Some(place) = table
            .get_mut(start..)
            .and_then(|rest| rest.get_mut(..descriptor.len()))
        {
            place.copy_from_slice(descriptor);
        }
    }
    (intent.header, table)
}

fn mixes(found: &[u8], old: &[u8], new: &[u8], only_new: bool) -> bool {
    if only_new {
        return found == new;
    }
    found
        .iter()
        .zip(old)
        .zip(new)
        .all(|((found, old), new)| found == old || found == new)
}
