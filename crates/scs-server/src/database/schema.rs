//! The tables, as a list of steps: a step that was released is never changed. Times are milliseconds since 1970.

use rusqlite::Transaction;
use rusqlite_migration::{HookResult, M, Migrations};
use scs_types::keystore::folded;

pub(super) fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(TABLES),
        // The name as it is searched for.
        M::up_with_hook(
            "ALTER TABLE key_names ADD COLUMN folded TEXT NOT NULL DEFAULT ''",
            fold_names,
        ),
        M::up(SETTINGS_AND_REQUESTS),
    ])
}

fn fold_names(rows: &Transaction<'_>) -> HookResult {
    let mut names = rows.prepare("SELECT rowid, name FROM key_names")?;
    let mut fold = rows.prepare("UPDATE key_names SET folded = ?2 WHERE rowid = ?1")?;
    let found = names.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for name in found.collect::<Result<Vec<(i64, String)>, _>>()? {
        fold.execute((name.0, folded(&name.1)))?;
    }
    Ok(())
}

const TABLES: &str = "
    CREATE TABLE users (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        name    TEXT NOT NULL UNIQUE,
        created INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE tokens (
        id      TEXT PRIMARY KEY,
        user    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        label   TEXT NOT NULL,
        -- SHA-256 of the token; the token itself is nowhere.
        digest  BLOB NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER,
        revoked INTEGER,
        used    INTEGER
    ) STRICT;
    CREATE TABLE entities (
        id              TEXT PRIMARY KEY,
        name            TEXT NOT NULL UNIQUE,
        description     TEXT NOT NULL,
        owner           INTEGER NOT NULL REFERENCES users (id),
        quota           INTEGER NOT NULL,
        default_private INTEGER NOT NULL DEFAULT 0,
        created         INTEGER NOT NULL,
        updated         INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE collections (
        id          TEXT PRIMARY KEY,
        entity      TEXT NOT NULL REFERENCES entities (id),
        name        TEXT NOT NULL,
        description TEXT NOT NULL,
        private     INTEGER NOT NULL,
        author      TEXT NOT NULL,
        created     INTEGER NOT NULL,
        updated     INTEGER NOT NULL,
        UNIQUE (entity, name)
    ) STRICT;
    CREATE TABLE containers (
        id          TEXT PRIMARY KEY,
        collection  TEXT NOT NULL REFERENCES collections (id),
        name        TEXT NOT NULL,
        description TEXT NOT NULL,
        story       TEXT NOT NULL DEFAULT '',
        private     INTEGER NOT NULL,
        read_only   INTEGER NOT NULL DEFAULT 0,
        downloads   INTEGER NOT NULL DEFAULT 0,
        author      TEXT NOT NULL,
        created     INTEGER NOT NULL,
        updated     INTEGER NOT NULL,
        UNIQUE (collection, name)
    ) STRICT;
    CREATE TABLE blobs (
        digest  TEXT PRIMARY KEY,
        size    INTEGER NOT NULL,
        created INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE images (
        id           TEXT PRIMARY KEY,
        container    TEXT NOT NULL REFERENCES containers (id),
        hash         TEXT NOT NULL,
        description  TEXT NOT NULL,
        -- Only an image with a blob is there for those who pull.
        blob         TEXT REFERENCES blobs (digest),
        size         INTEGER NOT NULL DEFAULT 0,
        arch         TEXT,
        signed       INTEGER,
        encrypted    INTEGER,
        fingerprints TEXT,
        author       TEXT NOT NULL,
        created      INTEGER NOT NULL,
        updated      INTEGER NOT NULL,
        UNIQUE (container, hash)
    ) STRICT;
    CREATE INDEX images_by_blob ON images (blob);
    CREATE INDEX images_by_hash ON images (hash);
    CREATE TABLE tags (
        container TEXT NOT NULL REFERENCES containers (id),
        arch      TEXT NOT NULL,
        tag       TEXT NOT NULL,
        image     TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
        PRIMARY KEY (container, arch, tag)
    ) STRICT;
    CREATE INDEX tags_by_image ON tags (image);
    CREATE TABLE uploads (
        id        TEXT PRIMARY KEY,
        image     TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
        size      INTEGER NOT NULL,
        part_size INTEGER NOT NULL,
        parts     INTEGER NOT NULL,
        md5       TEXT NOT NULL,
        touched   INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX uploads_by_image ON uploads (image);
    CREATE TABLE parts (
        upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        etag   TEXT NOT NULL,
        PRIMARY KEY (upload, number)
    ) STRICT;
    CREATE TABLE part_urls (
        -- SHA-256 of the secret in the URL.
        digest  BLOB PRIMARY KEY,
        upload  TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
        number  INTEGER NOT NULL,
        sha256  TEXT NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX part_urls_by_upload ON part_urls (upload);
    CREATE TABLE keys (
        fingerprint TEXT PRIMARY KEY,
        block       BLOB NOT NULL,
        algorithm   INTEGER NOT NULL,
        bits        INTEGER,
        created     INTEGER NOT NULL,
        expires     INTEGER,
        revoked     INTEGER NOT NULL,
        added       INTEGER NOT NULL
    ) STRICT;
    -- Fingerprints and ids of the key and its subkeys, in lower case.
    CREATE TABLE key_ids (
        id          TEXT NOT NULL,
        fingerprint TEXT NOT NULL REFERENCES keys (fingerprint) ON DELETE CASCADE,
        PRIMARY KEY (id, fingerprint)
    ) STRICT;
    CREATE INDEX key_ids_by_key ON key_ids (fingerprint);
    CREATE TABLE key_names (
        fingerprint TEXT NOT NULL REFERENCES keys (fingerprint) ON DELETE CASCADE,
        name        TEXT NOT NULL,
        PRIMARY KEY (fingerprint, name)
    ) STRICT;
    -- Who did what, and when. Never a secret.
    CREATE TABLE audit (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        time    INTEGER NOT NULL,
        who     TEXT NOT NULL,
        what    TEXT NOT NULL,
        subject TEXT NOT NULL
    ) STRICT;
    ";

const SETTINGS_AND_REQUESTS: &str = "
    -- What whoever serves the cloud said once and for all.
    CREATE TABLE settings (
        name  TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT;
    ALTER TABLE audit ADD COLUMN request TEXT;
    ";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn names_of_an_older_cloud_are_folded() {
        let mut rows = Connection::open_in_memory().expect("a database");
        migrations()
            .to_version(&mut rows, 1)
            .expect("the first tables");
        rows.execute_batch(
            "INSERT INTO keys VALUES ('AB', x'00', 22, NULL, 0, NULL, 0, 0);
             INSERT INTO key_names (fingerprint, name) VALUES ('AB', 'Jürgen MÜLLER'), ('AB', 'Anna');",
        )
        .expect("an older row");
        migrations()
            .to_latest(&mut rows)
            .expect("the newest tables");
        let mut folded = rows
            .prepare("SELECT folded FROM key_names ORDER BY rowid")
            .expect("the column is there");
        let names: Vec<String> = folded
            .query_map([], |row| row.get(0))
            .and_then(Iterator::collect)
            .expect("names");
        assert_eq!(names, ["jürgen müller", "anna"]);
    }
}
