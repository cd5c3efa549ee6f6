//! Access tokens: who they belong to, until when. A token is `sifter.<id>.<secret>`; only a digest of it is kept.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use secrecy::SecretString;
use subtle::ConstantTimeEq;

use crate::{Error, random};

/// A token is used so often that not each time is written down.
const USE_STEP: i64 = 60_000;
/// No token is longer.
const LONGEST: usize = 4096;

/// A new token. It is shown once: nobody can read it again.
#[derive(Debug)]
pub struct NewToken {
    /// What it is called in lists.
    pub id: String,
    /// The token.
    pub secret: SecretString,
}

/// What is known of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenEntry {
    /// What it is called.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// What it is for, in the words of whoever made it.
    pub label: String,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it is good.
    pub expires: Option<Timestamp>,
    /// When it was taken back.
    pub revoked: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub used: Option<Timestamp>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
}

pub(crate) fn find_user(rows: &Connection, name: &str) -> Result<Option<i64>, rusqlite::Error> {
    rows.prepare_cached("SELECT id FROM users WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

pub(crate) fn issue(
    rows: &Transaction<'_>,
    user: &str,
    label: &str,
    now: Timestamp,
    expires: Option<Timestamp>,
) -> Result<NewToken, Error> {
    let owner = find_user(rows, user)?.ok_or_else(|| Error::NoUser(user.to_owned()))?;
    let id = random::identity();
    let text = format!("sifter.{id}.{}", random::token_secret());
    rows.execute(
        "INSERT INTO tokens (id, user, label, digest, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            id,
            owner,
            label,
            random::digest_of(&text),
            now.as_millisecond(),
            expires.map(Timestamp::as_millisecond)
        ],
    )?;
    Ok(NewToken {
        id,
        secret: text.into(),
    })
}

pub(crate) fn list(rows: &Connection) -> Result<Vec<TokenEntry>, Error> {
    let mut statement = rows.prepare(
        "SELECT t.id, u.name, t.label, t.created, t.expires, t.revoked, t.used
         FROM tokens t JOIN users u ON u.id = t.user ORDER BY t.created, t.id",
    )?;
    let entry = |row: &Row<'_>| {
        Ok(TokenEntry {
            id: row.get(0)?,
            user: row.get(1)?,
            label: row.get(2)?,
            created: row.get(3).map(time)?,
            expires: row.get::<_, Option<i64>>(4)?.map(time),
            revoked: row.get::<_, Option<i64>>(5)?.map(time),
            used: row.get::<_, Option<i64>>(6)?.map(time),
        })
    };
    Ok(statement.query_map([], entry)?.collect::<Result<_, _>>()?)
}

pub(crate) fn revoke(rows: &Transaction<'_>, id: &str, now: Timestamp) -> Result<(), Error> {
    let changed = rows.execute(
        "UPDATE tokens SET revoked = coalesce(revoked, ?2) WHERE id = ?1",
        params![id, now.as_millisecond()],
    )?;
    if changed == 0 {
        return Err(Error::NoToken(id.to_owned()));
    }
    Ok(())
}

/// Whose token this is, if it is good, and whether its use should be written down.
pub(crate) fn owner_of(
    rows: &Connection,
    token: &str,
    now: i64,
) -> Result<Option<(User, Option<String>)>, rusqlite::Error> {
    let mut parts = token.split('.');
    let id = match (parts.next(), parts.next()) {
        (Some("sifter"), Some(id)) if token.len() <= LONGEST => id,
        _ => return Ok(None),
    };
    type Found = (i64, String, [u8; 32], Option<i64>, Option<i64>, Option<i64>);
    let found: Option<Found> = rows
        .prepare_cached(
            "SELECT u.id, u.name, t.digest, t.expires, t.revoked, t.used
             FROM tokens t JOIN users u ON u.id = t.user WHERE t.id = ?1",
        )?
        .query_row([id], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
            ))
        })
        .optional()?;
    let Some((user, name, digest, expires, revoked, used)) = found else {
        return Ok(None);
    };
    let is_same: bool = digest.ct_eq(&random::digest_of(token)).into();
    let is_good = is_same && revoked.is_none() && expires.is_none_or(|expires| now < expires);
    let is_news = used.is_none_or(|used| now - used >= USE_STEP);
    let owner = User { id: user, name };
    Ok(is_good.then(|| (owner, is_news.then(|| id.to_owned()))))
}

pub(crate) fn note_use(rows: &Transaction<'_>, id: &str, now: i64) -> Result<(), rusqlite::Error> {
    rows.execute(
        "UPDATE tokens SET used = ?2 WHERE id = ?1",
        params![id, now],
    )?;
    Ok(())
}

/// A time as it is kept.
pub(crate) fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
