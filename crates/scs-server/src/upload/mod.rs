//! Uploads: one file each, whose parts may come in any order, at once and again.

mod complete;
mod expire;
mod hashing;
mod parts;
mod receiving;
mod start;

pub(crate) use complete::{Proof, complete};
pub(crate) use parts::{find_part, record_part};
pub(crate) use receiving::{PartWriter, Receiving};
pub(crate) use start::{Plan, abort, latest, part_url, start};

use rusqlite::{Connection, OptionalExtension};

use crate::answer::Answer;

/// The row of an upload.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) image: String,
    pub(crate) size: u64,
    pub(crate) part_size: u64,
    pub(crate) parts: u32,
    pub(crate) md5: String,
}

impl Upload {
    pub(crate) fn find(rows: &Connection, id: &str) -> Answer<Option<Self>> {
        let found = rows
            .prepare_cached(
                "SELECT id, image, size, part_size, parts, md5 FROM uploads WHERE id = ?1",
            )?
            .query_row([id], |row| {
                Ok(Self {
                    id: row.get(0)?,
                    image: row.get(1)?,
                    size: row.get(2)?,
                    part_size: row.get(3)?,
                    parts: row.get(4)?,
                    md5: row.get(5)?,
                })
            })
            .optional()?;
        Ok(found)
    }

    /// Where part `number` begins, and how long it is; none if there is no such part.
    pub(crate) fn part(&self, number: u32) -> Option<(u64, u64)> {
        let index = number.checked_sub(1).filter(|index| *index < self.parts)?;
        let offset = u64::from(index).checked_mul(self.part_size)?;
        Some((offset, self.part_size.min(self.size.checked_sub(offset)?)))
    }
}
