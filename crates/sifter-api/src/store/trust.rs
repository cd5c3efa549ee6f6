//! What the person decided about keys.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::Store;
use crate::{
    Result,
    error::ApiError,
    keys::{Comparison, TrustLevel},
    units::Timestamp,
};

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrustRecord {
    pub(crate) fingerprint: String,
    pub(crate) level: TrustLevel,
    pub(crate) since: Timestamp,
    pub(crate) compared: Comparison,
}

impl Store {
    pub(crate) fn trust_records(&self) -> Result<Vec<TrustRecord>> {
        if !self.is_made() {
            return Ok(Vec::new());
        }
        let rows = self.rows()?;
        let mut statement = rows.prepare_cached(
            "SELECT fingerprint, level, since, compared FROM trust ORDER BY fingerprint",
        )?;
        let found: Vec<(String, String, i64, String)> = statement
            .query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        // A word that this version does not know means no decision.
        Ok(found
            .into_iter()
            .filter_map(|(fingerprint, level, since, compared)| {
                Some(TrustRecord {
                    fingerprint,
                    level: from_word(&level)?,
                    since: Timestamp(since),
                    compared: from_word(&compared)?,
                })
            })
            .collect())
    }

    pub(crate) fn set_trust(&self, records: &[TrustRecord]) -> Result<()> {
        let mut rows = self.rows()?;
        let change = rows.transaction()?;
        for record in records {
            change.execute(
                "INSERT INTO trust (fingerprint, level, since, compared) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (fingerprint) DO UPDATE SET
                     level = excluded.level, since = excluded.since, compared = excluded.compared",
                params![
                    record.fingerprint,
                    word(record.level)?,
                    record.since.0,
                    word(record.compared)?
                ],
            )?;
        }
        change.commit()?;
        Ok(())
    }

    pub(crate) fn forget_trust(&self, fingerprint: &str) -> Result<()> {
        self.rows()?
            .execute("DELETE FROM trust WHERE fingerprint = ?1", [fingerprint])?;
        Ok(())
    }
}

fn word<T: Serialize>(value: T) -> Result<String> {
    serde_json::to_string(&value).map_err(|error| ApiError::internal(&error))
}

fn from_word<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}
