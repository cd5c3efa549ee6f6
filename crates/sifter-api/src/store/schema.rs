//! The tables, as a list of steps: a step that was released is never changed.

use rusqlite_migration::{M, Migrations};

pub(super) fn migrations() -> Migrations<'static> {
    Migrations::from_slice(STEPS)
}

const STEPS: &[M<'static>] = &[
    M::up(FIRST),
    M::up(OFF_LIST),
    M::up(TRANSFERS),
    M::up(PARTIALS),
];

const FIRST: &str = "
CREATE TABLE folders (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE images (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    path        BLOB NOT NULL UNIQUE,
    folder      INTEGER REFERENCES folders (id) ON DELETE SET NULL,
    -- 1: opened by the person; 0: only found in a folder.
    opened      INTEGER NOT NULL DEFAULT 0,
    source      TEXT,
    last_opened INTEGER,
    scan        TEXT,
    checked     TEXT
) STRICT;
CREATE INDEX images_by_last_opened ON images (last_opened);
CREATE INDEX images_by_folder ON images (folder);
CREATE TABLE tasks (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    created INTEGER NOT NULL,
    ended   INTEGER,
    job     TEXT,
    view    TEXT NOT NULL
) STRICT;
CREATE TABLE trust (
    fingerprint TEXT PRIMARY KEY,
    level       TEXT NOT NULL,
    since       INTEGER NOT NULL,
    compared    TEXT NOT NULL
) STRICT;
CREATE TABLE signers (
    folder      BLOB PRIMARY KEY,
    fingerprint TEXT NOT NULL
) STRICT;
";

/// 1: a person took the image off the list, and reading its folder does not put it back.
const OFF_LIST: &str = "
ALTER TABLE images ADD COLUMN off_list INTEGER NOT NULL DEFAULT 0;
";

const TRANSFERS: &str = "
-- What was seen of libraries, shown where they cannot be reached.
CREATE TABLE kept (
    remote TEXT NOT NULL,
    path   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    view   TEXT NOT NULL,
    PRIMARY KEY (remote, path)
) STRICT;
-- How far each item of a pull or push is, so that it goes on after a restart.
CREATE TABLE transfer_items (
    job   TEXT NOT NULL,
    item  INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (job, item)
) STRICT;
-- Folders that images are pulled into.
CREATE TABLE targets (
    id   TEXT PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    used INTEGER NOT NULL
) STRICT;
-- Digests of whole files that a transfer learned.
CREATE TABLE digests (
    image  INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
    stamp  TEXT NOT NULL,
    sha256 TEXT NOT NULL
) STRICT;
CREATE INDEX digests_by_sha256 ON digests (sha256);
";

/// What pulls left whose tasks were forgotten.
const PARTIALS: &str = "
CREATE TABLE partials (
    place BLOB PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;
";
