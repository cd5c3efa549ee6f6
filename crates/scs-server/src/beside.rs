//! A cloud that another process of the same person serves: its tokens, its rules, its record and its totals, and nothing else.
//!
//! Whoever may write into the folder may make a token. Rows are safe for several processes; files are not, and stay
//! with the process that holds the folder.

use jiff::Timestamp;
use scs_types::library::is_name;

use crate::{
    AuditEntry, Error, NewToken, Rule, Settings, TokenEntry, Totals, audit, cloud::OWNER,
    database::Database, maintenance, rules, settings::Clock, tokens,
};

/// The rows of a cloud that another process serves.
#[derive(Debug)]
pub struct Beside {
    database: Database,
    clock: ShownClock,
}

struct ShownClock(Clock);

impl std::fmt::Debug for ShownClock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Clock")
    }
}

impl Beside {
    /// The rows of the cloud in the folder of the settings.
    ///
    /// # Errors
    ///
    /// There is none, or its tables are of another version than this program's.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            database: Database::open_as_it_is(&settings.folder)?,
            clock: ShownClock(settings.clock.clone()),
        })
    }

    /// As [`crate::Cloud::ensure_user`].
    ///
    /// # Errors
    ///
    /// Nobody can be called so, or the database fails.
    pub fn ensure_user(&self, name: &str) -> Result<(), Error> {
        ensure_user(&self.database, &self.clock.0, name)
    }

    /// As [`crate::Cloud::issue`].
    ///
    /// # Errors
    ///
    /// There is no such user, or the database fails.
    pub fn issue(
        &self,
        user: &str,
        label: &str,
        expires: Option<Timestamp>,
    ) -> Result<NewToken, Error> {
        issue(&self.database, &self.clock.0, user, label, expires)
    }

    /// As [`crate::Cloud::list`].
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn list(&self) -> Result<Vec<TokenEntry>, Error> {
        self.database.read(tokens::list)
    }

    /// As [`crate::Cloud::revoke`].
    ///
    /// # Errors
    ///
    /// There is no such token, or the database fails.
    pub fn revoke(&self, id: &str) -> Result<(), Error> {
        revoke(&self.database, &self.clock.0, id)
    }

    /// As [`crate::Cloud::audit`].
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn audit(&self, most: u32) -> Result<Vec<AuditEntry>, Error> {
        self.database.read(|rows| audit::list(rows, most))
    }

    /// As [`crate::Cloud::set`].
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn set(&self, name: &str, rule: Rule) -> Result<bool, Error> {
        rules::set(&self.database, &self.clock.0, (name, rule))
    }

    /// As [`crate::Cloud::totals`].
    ///
    /// # Errors
    ///
    /// The database fails.
    pub fn totals(&self) -> Result<Totals, Error> {
        self.database.read(maintenance::totals)
    }
}

pub(crate) fn ensure_user(database: &Database, clock: &Clock, name: &str) -> Result<(), Error> {
    if !is_name(name) {
        return Err(Error::BadName(name.chars().take(80).collect()));
    }
    let now = clock().as_millisecond();
    database.write(|rows| {
        if tokens::find_user(rows, name)?.is_none() {
            rows.execute(
                "INSERT INTO users (name, created) VALUES (?1, ?2)",
                (name, now),
            )?;
            audit::note(rows, now, OWNER, "user.create", name)?;
        }
        Ok(())
    })
}

pub(crate) fn issue(
    database: &Database,
    clock: &Clock,
    user: &str,
    label: &str,
    expires: Option<Timestamp>,
) -> Result<NewToken, Error> {
    let now = clock();
    database.write(|rows| {
        let token = tokens::issue(rows, user, label, now, expires)?;
        let subject = format!("{user} {}", token.id);
        audit::note(rows, now.as_millisecond(), OWNER, "token.issue", &subject)?;
        Ok(token)
    })
}

pub(crate) fn revoke(database: &Database, clock: &Clock, id: &str) -> Result<(), Error> {
    let now = clock();
    database.write(|rows| {
        tokens::revoke(rows, id, now)?;
        let time = now.as_millisecond();
        Ok(audit::note(rows, time, OWNER, "token.revoke", id)?)
    })
}
