//! The file on the disk, which the command lines write without lock and not at once.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use zeroize::Zeroizing;

use crate::{BadFile, Product, RemotesFile, file::LENGTH_LIMIT};

/// A command line empties the file before it writes: a file that makes no sense is read again after these waits.
const WAITS: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
];
/// So often a change is made anew because somebody else changed the file.
const TRIES: u32 = 5;

/// Why the file cannot be read or changed. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// It is not what the command lines can read.
    #[error(transparent)]
    Bad(#[from] BadFile),
    /// It is a link or no file, which SingularityCE refuses.
    #[error("`{}` is not a plain file", .0.display())]
    NotPlain(PathBuf),
    /// Somebody else changes it all the time.
    #[error("`{}` is changed by another program all the time", .0.display())]
    Restless(PathBuf),
    /// Reading failed.
    #[error("reading `{}` failed", .path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Writing failed.
    #[error("writing `{}` failed", .path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file is another one now.
    Written,
    /// There was nothing to change.
    Same,
}

/// Where the file at `path` is for a command line: Apptainer goes where a link leads, SingularityCE goes nowhere.
#[must_use]
pub fn place_of(path: &Path, product: Product) -> PathBuf {
    let follows = product == Product::Apptainer && path.is_symlink();
    let target = follows.then(|| fs::canonicalize(path).ok()).flatten();
    target.unwrap_or_else(|| path.to_owned())
}

/// The remotes in the file at `path`; none if there is no file.
///
/// # Errors
///
/// It cannot be read, by Sifter or by the command lines.
pub fn read(path: &Path) -> Result<Option<RemotesFile>, DiskError> {
    Ok(read_calmly(path)?.map(|(_, file)| file))
}

/// Makes one change of what is in the file now, so that a reader sees the old or the new file, only for its owner to read.
/// `change` may be asked more than once: when another program wrote in between, it is asked anew. Waits less than a second
/// for a command line that is just writing.
///
/// # Errors
///
/// The file cannot be read or written. It is as it was.
pub fn change(path: &Path, change: impl Fn(&mut RemotesFile)) -> Result<Change, DiskError> {
    for _ in 0..TRIES {
        let before = read_calmly(path)?;
        let (bytes, old) = before.map_or((None, RemotesFile::default()), |(bytes, file)| {
            (Some(bytes), file)
        });
        let mut new = old.clone();
        change(&mut new);
        if new == old && bytes.is_some() {
            return Ok(Change::Same);
        }
        let draft = write_draft(path, &new)?;
        if read_bytes(path)? == bytes {
            let failed = |source| DiskError::Write {
                path: path.to_owned(),
                source,
            };
            put_in_place(draft, path).map_err(failed)?;
            sync_folder(path);
            return Ok(Change::Written);
        }
    }
    Err(DiskError::Restless(path.to_owned()))
}

type Bytes = Zeroizing<Vec<u8>>;

fn read_calmly(path: &Path) -> Result<Option<(Bytes, RemotesFile)>, DiskError> {
    let mut waits = WAITS.iter();
    let mut was_empty = false;
    loop {
        let Some(bytes) = read_bytes(path)? else {
            return Ok(None);
        };
        // An empty file is a good one, and also what a command line makes of it just before it writes.
        let is_settled = !bytes.is_empty() || was_empty;
        was_empty = bytes.is_empty();
        match (RemotesFile::parse(&bytes), waits.next()) {
            (Ok(file), _) if is_settled => return Ok(Some((bytes, file))),
            (Ok(file), None) => return Ok(Some((bytes, file))),
            (Err(error), None) => return Err(error.into()),
            (_, Some(wait)) => thread::sleep(*wait),
        }
    }
}

fn read_bytes(path: &Path) -> Result<Option<Bytes>, DiskError> {
    let failed = |source| DiskError::Read {
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if !metadata.is_file() => return Err(DiskError::NotPlain(path.to_owned())),
        Ok(metadata) if metadata.len() > LENGTH_LIMIT as u64 => return Err(BadFile::TooLong.into()),
        Ok(_) => {}
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH_LIMIT + 1));
    File::open(path)
        .and_then(|file| file.take(LENGTH_LIMIT as u64 + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    Ok(Some(bytes))
}

fn write_draft(path: &Path, file: &RemotesFile) -> Result<tempfile::NamedTempFile, DiskError> {
    let write = || {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        // Drafts are made for their owner alone.
        let mut draft = tempfile::NamedTempFile::new_in(folder)?;
        draft.write_all(file.render().as_bytes())?;
        draft.as_file().sync_all()?;
        Ok(draft)
    };
    write().map_err(|source| DiskError::Write {
        path: path.to_owned(),
        source,
    })
}

/// On Windows a file cannot be replaced while another program has it open, which is over in a moment.
fn put_in_place(mut draft: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    for wait in WAITS {
        match draft.persist(path) {
            Ok(_) => return Ok(()),
            Err(failed)
                if cfg!(windows) && failed.error.kind() == io::ErrorKind::PermissionDenied =>
            {
                draft = failed.file;
                thread::sleep(wait);
            }
            Err(failed) => return Err(failed.error),
        }
    }
    draft.persist(path)?;
    Ok(())
}

/// A name that is lost in a crash is no harm: the old file is there then. So this may fail.
fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Some(folder) = path.parent()
        && let Ok(folder) = OpenOptions::new().read(true).open(folder)
    {
        let _ = folder.sync_all();
    }
}
