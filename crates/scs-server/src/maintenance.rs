//! What the owner of the cloud does now and then: tidying up, checking, saving.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
    sync::atomic::Ordering,
};

use sha2::{Digest, Sha256};

use crate::{Cloud, Error, blobs::make_folder, cloud::Inner, database::lock};

/// How carefully [`Cloud::fsck`] looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Rows, and the lengths of files.
    Lengths,
    /// Every byte too.
    Bytes,
}

/// What [`Cloud::fsck`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Files that were looked at.
    pub files: u64,
    /// What is wrong. Empty in a good cloud, also after a crash.
    pub problems: Vec<Problem>,
    /// Files that no row knows: left by a crash, harmless, removed by [`Cloud::gc`].
    pub orphans: Vec<String>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The database.
    #[error("the database is damaged: {0}")]
    Database(String),
    /// The bytes of an image are not there, or cannot be read.
    #[error("the file of `{0}` is missing or cannot be read")]
    Missing(String),
    /// Bytes are missing or too many.
    #[error("the file of `{digest}` has {found} bytes, {expected} are expected")]
    Length {
        /// Which file.
        digest: String,
        /// As the database says.
        expected: u64,
        /// As it is.
        found: u64,
    },
    /// Other bytes than there were.
    #[error("the bytes of `{0}` have changed")]
    Changed(String),
    /// An image whose own hash is not that of its bytes.
    #[error("image `{0}` leads to other bytes than its hash says")]
    WrongBytes(String),
    /// A tag that leads to an image without bytes, or of another container.
    #[error("tag `{0}` leads to no image of its container")]
    WrongTag(String),
    /// Bytes that no image needs.
    #[error("nobody needs the bytes of `{0}`")]
    Unneeded(String),
    /// An upload whose file is gone: it cannot go on.
    #[error("the file of upload `{0}` is gone")]
    LostUpload(String),
}

/// What [`Cloud::gc`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Uploads that rested too long.
    pub uploads: usize,
    /// Images whose bytes never came.
    pub images: usize,
    /// Files that no row knew.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// How much there is in a cloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Images that can be pulled.
    pub images: u64,
    /// The bytes that they take, each once.
    pub bytes: u64,
}

pub(crate) fn totals(rows: &rusqlite::Connection) -> Result<Totals, Error> {
    let images = "SELECT count(*) FROM images WHERE blob IS NOT NULL";
    let bytes = "SELECT coalesce(sum(size), 0) FROM blobs";
    Ok(Totals {
        images: rows.query_row(images, [], |row| row.get(0))?,
        bytes: rows.query_row(bytes, [], |row| row.get(0))?,
    })
}

impl Cloud {
    /// Removes what nobody can use: uploads that rest, images whose bytes never came, files that no row knows.
    ///
    /// # Errors
    ///
    /// The disk or the database fails, or a backup is being made.
    pub fn gc(&self) -> Result<Collected, Error> {
        let inner = &self.inner;
        let mut collected = Collected {
            uploads: inner.expire_uploads()?,
            ..Collected::default()
        };
        let _changing = lock(&inner.changing_blobs);
        if inner.is_backing_up() {
            return Err(Error::Busy);
        }
        let rest = i64::try_from(inner.settings.limits.upload.as_millis()).unwrap_or(i64::MAX);
        let last = inner.now().saturating_sub(rest);
        collected.images = inner.database.write(|rows| {
            rows.execute(
                "DELETE FROM images WHERE blob IS NULL AND updated < ?1
                 AND NOT EXISTS (SELECT 1 FROM uploads WHERE image = images.id)",
                [last],
            )
        })?;
        inner.database.write(|rows| {
            rows.execute(
                "DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM images WHERE blob = blobs.digest)",
                [],
            )
        })?;
        let folder = inner.settings.folder.clone();
        inner
            .remove_orphans(&mut collected)
            .map_err(Error::file(&folder))?;
        let given_up = inner.blobs.give_up_unfinished();
        collected.files += given_up.map_err(Error::file(folder))?;
        Ok(collected)
    }

    /// Checks that everything that is shown is there, and whole.
    ///
    /// # Errors
    ///
    /// The disk or the database cannot be asked.
    pub fn fsck(&self, depth: Depth) -> Result<Checked, Error> {
        let inner = &self.inner;
        let mut checked = Checked::default();
        let damages = inner.database.damages()?;
        checked
            .problems
            .extend(damages.into_iter().map(Problem::Database));
        for (digest, size) in inner.blob_rows()? {
            checked.files += 1;
            checked
                .problems
                .extend(inner.check_blob(&digest, size, depth));
        }
        for (sql, problem) in RULES {
            let found = inner.database.read(|rows| {
                let mut statement = rows.prepare(sql)?;
                let found = statement.query_map([], |row| row.get::<_, String>(0))?;
                found.collect::<Result<Vec<_>, _>>()
            })?;
            checked.problems.extend(found.into_iter().map(problem));
        }
        let folder = inner.settings.folder.clone();
        let (orphans, lost) = inner.orphans().map_err(Error::file(folder))?;
        checked
            .problems
            .extend(lost.into_iter().map(Problem::LostUpload));
        checked.orphans = orphans
            .into_iter()
            .map(|orphan| orphan.name().to_owned())
            .collect();
        Ok(checked)
    }

    /// Copies everything into a new folder, from which a cloud can be opened. Pulls and pushes go on meanwhile; what is
    /// uploaded after the start is not in it.
    ///
    /// # Errors
    ///
    /// The folder is not empty, or the disk fails.
    pub fn backup(&self, folder: &Path) -> Result<(), Error> {
        let inner = &self.inner;
        make_folder(folder).map_err(Error::file(folder))?;
        let mut entries = fs::read_dir(folder).map_err(Error::file(folder))?;
        if entries.next().is_some() {
            return Err(Error::file(folder)(io::ErrorKind::DirectoryNotEmpty.into()));
        }
        if inner.backing_up.swap(true, Ordering::SeqCst) {
            return Err(Error::Busy);
        }
        let copied = inner.copy_to(folder);
        inner.backing_up.store(false, Ordering::SeqCst);
        copied
    }
}

type Rule = (&'static str, fn(String) -> Problem);

/// What no row may say.
const RULES: [Rule; 3] = [
    (
        "SELECT id FROM images WHERE blob IS NOT NULL AND hash LIKE 'sha256.%' AND hash <> 'sha256.' || blob",
        Problem::WrongBytes,
    ),
    (
        "SELECT t.container || ':' || t.tag FROM tags t JOIN images i ON i.id = t.image
         WHERE i.blob IS NULL OR i.container <> t.container",
        Problem::WrongTag,
    ),
    (
        "SELECT digest FROM blobs WHERE NOT EXISTS (SELECT 1 FROM images WHERE blob = digest)",
        Problem::Unneeded,
    ),
];

/// A file that no row knows.
enum Orphan {
    Blob(String),
    Upload(String),
}

impl Orphan {
    fn name(&self) -> &str {
        match self {
            Self::Blob(name) | Self::Upload(name) => name,
        }
    }
}

impl Inner {
    fn blob_rows(&self) -> Result<BTreeMap<String, u64>, Error> {
        self.database.read(|rows| {
            let mut statement = rows.prepare("SELECT digest, size FROM blobs")?;
            let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    fn check_blob(&self, digest: &str, expected: u64, depth: Depth) -> Option<Problem> {
        let missing = || Problem::Missing(digest.to_owned());
        let Ok(blob) = self.blobs.open(digest) else {
            // Deleted since the rows were read, or lost.
            let is_known = self.blob_rows().is_ok_and(|rows| rows.contains_key(digest));
            return is_known.then(missing);
        };
        let Ok(found) = blob.size() else {
            return Some(missing());
        };
        if found != expected {
            let digest = digest.to_owned();
            return Some(Problem::Length {
                digest,
                expected,
                found,
            });
        }
        if depth == Depth::Lengths {
            return None;
        }
        let mut hasher = Sha256::new();
        let mut at = 0;
        while at < found {
            let length = usize::try_from((found - at).min(4 << 20)).ok()?;
            let Ok(bytes) = blob.bytes(at, length) else {
                return Some(missing());
            };
            hasher.update(&bytes);
            at += length as u64;
        }
        (hex::encode(hasher.finalize()) != digest).then(|| Problem::Changed(digest.to_owned()))
    }

    /// Files without rows, and uploads without files.
    fn orphans(&self) -> io::Result<(Vec<Orphan>, Vec<String>)> {
        let blobs = self.blobs.digests()?;
        let files = fs::read_dir(self.settings.folder.join("uploads"))?;
        let files: BTreeSet<String> = files
            .map(|file| Ok(file?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        // Rows are read after the files: what was made in between is known then.
        let known = self.blob_rows().map_err(io::Error::other)?;
        let uploads = self.database.read(|rows| {
            let mut statement = rows.prepare("SELECT id FROM uploads")?;
            let found = statement.query_map([], |row| row.get(0))?;
            found.collect::<Result<BTreeSet<String>, rusqlite::Error>>()
        });
        let uploads = uploads.map_err(io::Error::other)?;
        let blobs = blobs
            .into_iter()
            .filter(|digest| !known.contains_key(digest))
            .map(Orphan::Blob);
        let left = files.difference(&uploads).cloned().map(Orphan::Upload);
        let lost = uploads
            .iter()
            .filter(|upload| !self.upload_path(upload).exists())
            .cloned()
            .collect();
        Ok((blobs.chain(left).collect(), lost))
    }

    fn remove_orphans(&self, collected: &mut Collected) -> io::Result<()> {
        // The file of an upload that just begins is no orphan.
        let _starting = lock(&self.starting_upload);
        for orphan in self.orphans()?.0 {
            collected.files += 1;
            match orphan {
                Orphan::Blob(digest) => {
                    collected.bytes += self
                        .blobs
                        .open(&digest)
                        .and_then(|blob| blob.size())
                        .unwrap_or(0);
                    self.blobs.remove(&digest)?;
                }
                Orphan::Upload(id) => {
                    // Files are long before bytes come, so what they take is not counted.
                    self.remove_upload_file(&id)?;
                }
            }
        }
        Ok(())
    }

    fn copy_to(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(crate::database::FILE);
        {
            let _changing = lock(&self.changing_blobs);
            self.database.copy_to(&path)?;
        }
        // Deletions leave the files where they are while this goes on.
        let copy = crate::database::Database::open(folder)?;
        copy.write(|rows| rows.execute("DELETE FROM uploads", []))?;
        let digests = copy.read(|rows| {
            let mut statement = rows.prepare("SELECT digest FROM blobs")?;
            let found = statement.query_map([], |row| row.get(0))?;
            found.collect::<Result<Vec<String>, rusqlite::Error>>()
        })?;
        let uploads = folder.join("uploads");
        make_folder(&uploads).map_err(Error::file(&uploads))?;
        let target = crate::blobs::Folder::open(folder.join("blobs"))?;
        for digest in digests {
            self.copy_blob(&digest, &uploads.join(&digest), &target)
                .map_err(Error::file(folder))?;
        }
        Ok(())
    }

    fn copy_blob(
        &self,
        digest: &str,
        part: &Path,
        target: &dyn crate::blobs::Blobs,
    ) -> io::Result<()> {
        use io::Write;
        let blob = self.blobs.open(digest)?;
        let size = blob.size()?;
        let mut file = fs::File::create_new(part)?;
        let mut at = 0;
        while at < size {
            let length = usize::try_from((size - at).min(4 << 20)).unwrap_or(4 << 20);
            file.write_all(&blob.bytes(at, length)?)?;
            at += length as u64;
        }
        file.sync_all()?;
        drop(file);
        target.adopt(part, digest)
    }
}
