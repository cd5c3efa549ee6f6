//! A change under a journal, and what to do with a journal that is found.

use std::io;

use super::guarded::Guarded;
use super::harmless;
use super::record::{Base, Journal, MAX_SAVED};
use super::{ChangeError, JournalKey, JournalPlace, Recovery};
use crate::editor::{Leftovers, write_leftovers};
use crate::raw::HEADER_SIZE;
use crate::source::read_exact_at;
use crate::{Editor, Error, Image, Source, Storage};

/// Changes the image in `storage` by what `act` does to the editor, all or nothing, and returns what
/// `act` returns.
///
/// An interrupted change of before is taken back or finished first; a journal under another key is set
/// aside. If `act` fails, the image is the old one again.
///
/// # Errors
/// Those of `act`, and [`ChangeError`].
pub fn change<S, P, T, E>(
    storage: &mut S,
    place: &mut P,
    key: &JournalKey,
    act: impl FnOnce(&mut Editor<Guarded<'_, S, P>>) -> Result<T, E>,
) -> Result<T, E>
where
    S: Storage,
    P: JournalPlace,
    E: From<ChangeError>,
{
    if recover(storage, place, key)? == Recovery::Foreign {
        place.set_aside().map_err(ChangeError::Recover)?;
    }
    // Refuses images that may not be changed before a journal is made for them.
    Editor::open(&mut *storage).map_err(ChangeError::Image)?;
    let (value, attempted) = attempt(storage, place, key, act).inspect_err(|_| {
        // If even this fails, the journal stays and the next change tries again.
        let _ = recover(storage, place, key);
    })?;
    match attempted {
        Attempted::Nothing => place.remove().map_err(ChangeError::Recover)?,
        Attempted::OnlyScratch => drop(recover(storage, place, key)?),
        Attempted::Final(leftovers) => {
            write_leftovers(storage, &leftovers).map_err(ChangeError::Unfinished)?;
            // The change is final: a journal that stays takes nothing back, and the next change removes it.
            let _ = place.remove();
        }
        Attempted::Failed(error) => match recover(storage, place, key) {
            // The last byte reached the disk although writing it reported a failure.
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
    key: &JournalKey,
    act: impl FnOnce(&mut Editor<Guarded<'_, S, P>>) -> Result<T, E>,
) -> Result<(T, Attempted), E>
where
    S: Storage,
    P: JournalPlace,
    E: From<ChangeError>,
{
    let image = Image::read(&*storage).map_err(ChangeError::Image)?;
    let guarded = Guarded::begin(storage, place, key, &image).map_err(ChangeError::Journal)?;
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
    key: &JournalKey,
) -> Result<Recovery, ChangeError> {
    try_recover(storage, place, key).map_err(ChangeError::Recover)
}

fn try_recover<S: Storage, P: JournalPlace>(
    storage: &mut S,
    place: &mut P,
    key: &JournalKey,
) -> io::Result<Recovery> {
    let recovery = {
        let Some(source) = place.open()? else {
            return Ok(Recovery::Nothing);
        };
        let Some(journal) = Journal::read(&*source, key)? else {
            return Ok(Recovery::Foreign);
        };
        match stage(&journal, storage)? {
            Some(Stage::New(leftovers)) => finish(leftovers, storage)?,
            Some(Stage::Old) => take_back(&journal, &*source, storage)?,
            None => Recovery::SetAside,
        }
    };
    match recovery {
        Recovery::SetAside => place.set_aside()?,
        _ => place.remove()?,
    }
    Ok(recovery)
}

/// How far the change of a journal came.
enum Stage<'a> {
    /// Not to the end: it is to be taken back.
    Old,
    /// Header and table are all new; this is left.
    New(&'a Leftovers),
}

fn finish<S: Storage>(leftovers: &Leftovers, storage: &mut S) -> io::Result<Recovery> {
    // What is deleted must not go before the table that no longer names it is safe.
    storage.sync()?;
    match write_leftovers(storage, leftovers) {
        Ok(()) => Ok(Recovery::Finished),
        Err(Error::Write(error) | Error::Read(error)) => Err(error),
        Err(error) => Err(io::Error::other(error)),
    }
}

fn take_back<S: Storage>(
    journal: &Journal,
    source: &dyn Source,
    storage: &mut S,
) -> io::Result<Recovery> {
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

/// Returns how far the change came; `None` if the image cannot be what it left.
///
/// Each byte of header and table must be the old one or, once the journal announces new ones, the new
/// one: a write that power loss cut short leaves some of each. What the journal would do must also leave
/// everything live alone.
fn stage<'a, S: Storage>(journal: &'a Journal, storage: &S) -> io::Result<Option<Stage<'a>>> {
    let length = storage.size()?;
    let base = &journal.base;
    let table_end = base.table_offset + base.table.len() as u64;
    let table_inside = base.table.is_empty() || table_end <= length;
    if length < HEADER_SIZE as u64 || !table_inside {
        return Ok(None);
    }
    let mut header = [0; HEADER_SIZE];
    let mut table = vec![0; base.table.len()];
    read_exact_at(storage, &mut header, 0)?;
    read_exact_at(storage, &mut table, base.table_offset)?;

    let (new_header, new_table) = intended(journal);
    if let Some(intent) = &journal.intent
        && (header, &table) == (new_header, &new_table)
    {
        let leftovers = &intent.leftovers;
        let fits = length >= shortest(leftovers)
            && harmless::clears_only_gaps(leftovers, storage, base.length)?;
        return Ok(fits.then_some(Stage::New(leftovers)));
    }
    let fits = length >= base.length
        && mixes(&header, &base.header, &new_header)
        && mixes(&table, &base.table, &new_table)
        && harmless::takes_back_only_gaps(journal);
    Ok(fits.then_some(Stage::Old))
}

/// Returns how long the file must be for these leftovers, before or after they are cleared.
fn shortest(leftovers: &Leftovers) -> u64 {
    let zeroed = leftovers.zero.iter().map(|range| range.end).max();
    // A file that a cut makes longer has a data offset behind its end; that happens only to images
    // without data, and then nothing is to be zeroed.
    zeroed.unwrap_or(0).min(leftovers.cut.unwrap_or(u64::MAX))
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

fn mixes(found: &[u8], old: &[u8], new: &[u8]) -> bool {
    found
        .iter()
        .zip(old)
        .zip(new)
        .all(|((found, old), new)| found == old || found == new)
}
