//! Finding keys: by id, fingerprint, or a part of a name.

use axum::http::StatusCode;
use rusqlite::{Connection, Row, params};
use scs_types::keystore::{KeySearch, ListedKey, PAGE_SIZE, folded, write_index};
use sif_keys::Certificate;

use crate::{
    answer::{Answer, Refusal},
    caller::Query,
    library::containing,
};

/// More keys are not given at once.
const MOST_KEYS: usize = 50;
/// No search is longer.
const LONGEST: usize = 1024;

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Request {
    Get(KeySearch, Exact),
    Index {
        search: KeySearch,
        exact: Exact,
        size: usize,
        /// The fingerprint that the page before ended with.
        after: String,
    },
}

/// Whether a name must be the whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exact {
    Yes,
    No,
}

/// What is found.
#[derive(Debug)]
pub(crate) enum Found {
    /// Armored keys.
    Keys(String),
    /// A machine-readable list, and the token of the next page.
    Index(String, Option<String>),
}

impl Request {
    /// # Errors
    ///
    /// 400 without a search, 501 for an operation that keyservers may lack.
    pub(crate) fn read(query: &Query) -> Answer<Self> {
        let text = query.get("search").unwrap_or_default();
        if text.is_empty() || text.len() > LONGEST {
            return Err(Refusal::bad("bad query: `search` is missing or too long"));
        }
        let search = KeySearch::read(text);
        let exact = match query.get("exact") {
            Some("on") => Exact::Yes,
            _ => Exact::No,
        };
        match query.get("op") {
            Some("get") => Ok(Self::Get(search, exact)),
            Some("index" | "vindex") => Ok(Self::Index {
                search,
                exact,
                size: page_size(query)?,
                after: page_start(query)?,
            }),
            _ => Err(Refusal::new(
                StatusCode::NOT_IMPLEMENTED,
                "this keystore answers `op=get`, `op=index` and `op=vindex` only",
            )),
        }
    }
}

fn page_size(query: &Query) -> Answer<usize> {
    match query.get("x-pagesize") {
        None | Some("") => Ok(PAGE_SIZE),
        Some(text) => {
            let size: usize = text
                .parse()
                .map_err(|_| Refusal::bad("bad query: `x-pagesize`"))?;
            Ok(size.clamp(1, PAGE_SIZE))
        }
    }
}

fn page_start(query: &Query) -> Answer<String> {
    let token = query.get("x-pagetoken").unwrap_or_default();
    if token.len() > 64 || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Refusal::bad("bad query: `x-pagetoken`"));
    }
    Ok(token.to_ascii_uppercase())
}

/// What is found.
///
/// # Errors
///
/// 404 if nothing is, 413 if too much is.
pub(crate) fn lookup(rows: &Connection, request: &Request, now: i64) -> Answer<Found> {
    match request {
        Request::Get(search, exact) => {
            let found = fingerprints(rows, search, *exact, "", MOST_KEYS + 1)?;
            if found.len() > MOST_KEYS {
                return Err(Refusal::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too many keys match",
                ));
            }
            let keys = found.iter().map(|fingerprint| armored(rows, fingerprint));
            Ok(Found::Keys(keys.collect::<Answer<String>>()?))
        }
        Request::Index {
            search,
            exact,
            size,
            after,
        } => {
            let mut found = fingerprints(rows, search, *exact, after, size + 1)?;
            let goes_on = found.len() > *size;
            found.truncate(*size);
            let next = found.last().filter(|_| goes_on).cloned();
            let keys = found
                .iter()
                .map(|fingerprint| listed(rows, fingerprint, now));
            let keys = keys.collect::<Answer<Vec<_>>>()?;
            Ok(Found::Index(write_index(&keys), next))
        }
    }
}

/// Fingerprints in order, those behind `after`.
fn fingerprints(
    rows: &Connection,
    search: &KeySearch,
    exact: Exact,
    after: &str,
    most: usize,
) -> Answer<Vec<String>> {
    let (sql, value, id) = match (search, exact) {
        (KeySearch::Id(id), _) => {
            // Eight digits may be a short id, or a long one that lost its zeros.
            let padded = format!("{id:0>16}");
            let sql = "SELECT DISTINCT fingerprint FROM key_ids WHERE (id = ?1 OR id = ?2) AND fingerprint > ?3
                       ORDER BY fingerprint LIMIT ?4";
            (sql, id.clone(), padded)
        }
        (KeySearch::Text(text), Exact::No) => {
            let sql = "SELECT fingerprint FROM key_names WHERE folded LIKE ?1 ESCAPE '\\' AND fingerprint > ?3
                       UNION SELECT fingerprint FROM key_ids WHERE id = ?2 AND fingerprint > ?3
                       ORDER BY fingerprint LIMIT ?4";
            (sql, containing(&folded(text)), text.to_ascii_lowercase())
        }
        (KeySearch::Text(text), Exact::Yes) => {
            let sql = "SELECT DISTINCT fingerprint FROM key_names WHERE fingerprint > ?3
                       AND (folded = ?1 OR folded LIKE ?2 ESCAPE '\\')
                       ORDER BY fingerprint LIMIT ?4";
            let text = folded(text);
            let mail = containing(&format!("<{text}>"));
            (sql, text, mail)
        }
    };
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = rows.prepare_cached(sql)?;
    let found = statement.query_map(params![value, id, after, most], |row| row.get(0))?;
    let found: Vec<String> = found.collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Err(Refusal::unknown("entity not found"));
    }
    Ok(found)
}

fn armored(rows: &Connection, fingerprint: &str) -> Answer<String> {
    let block: Vec<u8> = rows
        .prepare_cached("SELECT block FROM keys WHERE fingerprint = ?1")?
        .query_row([fingerprint], |row| row.get(0))?;
    let key = Certificate::from_block(&block).map_err(|error| {
        tracing::error!(%error, "a stored key cannot be read");
        Refusal::broken()
    })?;
    Ok(key.to_armored())
}

fn listed(rows: &Connection, fingerprint: &str, now: i64) -> Answer<ListedKey> {
    let of_row = |row: &Row<'_>| {
        let expires: Option<i64> = row.get(3)?;
        Ok(ListedKey {
            fingerprint: fingerprint.to_owned(),
            algorithm: row.get(0)?,
            bits: row.get(1)?,
            created: row.get(2)?,
            expires,
            is_revoked: row.get(4)?,
            is_disabled: false,
            is_expired: expires.is_some_and(|expires| expires <= now / 1000),
            user_names: Vec::new(),
        })
    };
    let mut key = rows
        .prepare_cached(
            "SELECT algorithm, bits, created, expires, revoked FROM keys WHERE fingerprint = ?1",
        )?
        .query_row([fingerprint], of_row)?;
    let mut names =
        rows.prepare_cached("SELECT name FROM key_names WHERE fingerprint = ?1 ORDER BY rowid")?;
    let names = names.query_map([fingerprint], |row| row.get(0))?;
    key.user_names = names.collect::<Result<_, _>>()?;
    Ok(key)
}
