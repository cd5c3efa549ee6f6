//! What Sifter keeps of logins beside the keychain: that there is one, whose, until when. Never a token or password.

use std::{collections::BTreeMap, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::AccountView;
use crate::{
    Result, Sifter,
    error::{ApiError, io_error},
    files::{self, Alone},
    units::Timestamp,
};

/// All logins that are in the keychain, by their accounts there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Records {
    pub(super) logins: BTreeMap<String, LoginRecord>,
}

/// What is known of one login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LoginRecord {
    /// Changes with each login that is kept.
    pub(super) serial: u64,
    /// Of a registry.
    pub(super) user: Option<String>,
    pub(super) is_plain_http: bool,
    pub(super) account: Option<AccountView>,
    pub(super) expires: Option<Timestamp>,
    pub(super) checked: Option<Timestamp>,
    /// The service refused it.
    pub(super) is_refused: bool,
    pub(super) shared: Option<Shared>,
}

/// That a login was written to a file of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Shared {
    /// SHA-256 of what was written, so that only that is taken back.
    pub(super) digest: String,
    /// The entry was made for it.
    pub(super) made_entry: bool,
    /// The file was made for it.
    pub(super) made_file: bool,
    /// The command line had a login of its own there. The keychain keeps it until it is put back.
    pub(super) set_aside: bool,
}

impl Sifter {
    /// Reads the records. A file that makes no sense counts as none: logins are then to be made again.
    pub(super) fn login_records(&self) -> Result<Records> {
        let path = self.records_file();
        match std::fs::read(&path) {
            Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Records::default()),
            Err(error) => Err(io_error(&path, &error)),
        }
    }

    /// Makes one change of the records as they are now; returns whether it was one. Another Sifter waits meanwhile.
    pub(super) fn change_records(&self, change: impl FnOnce(&mut Records)) -> Result<bool> {
        let path = self.records_file();
        let _alone = Alone::at(&path.with_extension("lock"))?;
        let before = self.login_records()?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(false);
        }
        let text = serde_json::to_vec_pretty(&after).map_err(|error| ApiError::internal(&error))?;
        files::write_atomic(&path, &text)?;
        Ok(true)
    }

    fn records_file(&self) -> PathBuf {
        self.inner.homes.data.join("logins.json")
    }
}
