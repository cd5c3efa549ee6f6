//! Images and journals that are files.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

use super::{ChangeError, Guarded, JournalKey, JournalPlace, Recovery, change, platform, recover};
use crate::{Editor, ImageBuilder, ObjectInput, Source};

/// The longest image name that the journal's name repeats: file names end at 255 bytes.
const LONGEST_NAME: usize = 220;

/// The editor inside [`change_file`].
pub type FileEditor<'a> = Editor<Guarded<'a, File, FileJournal>>;

/// Changes the image file at `path` by what `act` does to the editor, all or nothing, and returns what
/// `act` returns. Holds an advisory lock meanwhile. The journal is sealed with `key`.
///
/// # Errors
/// Those of `act`, and [`ChangeError`]. The file is the old one after an error, except after
/// [`ChangeError::Unfinished`]; after [`ChangeError::Replaced`] the path leads to another file or to
/// none, which was not touched.
pub fn change_file<T, E: From<ChangeError>>(
    path: &Path,
    key: &JournalKey,
    act: impl FnOnce(&mut FileEditor<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let (mut file, mut journal, _lock) = open_locked(path)?;
    let value = change(&mut file, &mut journal, key, act)?;
    // Success must not be reported for a file that nobody can find any more.
    match platform::is_same_file(&file, &journal.image) {
        Ok(true) => Ok(value),
        _ => Err(ChangeError::Replaced(path.to_owned()).into()),
    }
}

/// Takes back or finishes an interrupted change of the image file at `path` that was made with this key;
/// does not open the file when there is no journal.
///
/// # Errors
/// [`ChangeError`]; [`ChangeError::Locked`] while another program is at it.
pub fn recover_file(path: &Path, key: &JournalKey) -> Result<Recovery, ChangeError> {
    if !has_journal(path) {
        return Ok(Recovery::Nothing);
    }
    let (mut file, mut journal, _lock) = open_locked(path)?;
    recover(&mut file, &mut journal, key)
}

/// Makes an image file at `path`: written beside it first, then renamed, so that a file of before is
/// replaced whole or not at all.
///
/// # Errors
/// [`ChangeError::Image`] with those of [`ImageBuilder::write`]; [`ChangeError::Open`].
pub fn create_file<R: Read>(
    path: &Path,
    builder: &ImageBuilder,
    objects: impl IntoIterator<Item = ObjectInput<R>>,
) -> Result<(), ChangeError> {
    let open_error = |source| ChangeError::Open {
        path: path.to_owned(),
        source,
    };
    let (draft, file) = create_draft(path).map_err(open_error)?;
    let result = builder
        .write(file, objects)
        .map_err(ChangeError::Image)
        .and_then(|file| {
            drop(file);
            fs::rename(&draft, path).map_err(open_error)
        });
    if result.is_err() {
        // The failure is reported; the draft is only tidied up.
        let _ = fs::remove_file(&draft);
    }
    result?;
    platform::sync_folder(parent(path)).map_err(open_error)
}

/// Makes a draft beside an image under a name that nobody else uses, and returns its path too.
fn create_draft(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    loop {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let digest = Sha256::new()
            .chain_update(std::process::id().to_le_bytes())
            .chain_update(COUNTER.fetch_add(1, Ordering::Relaxed).to_le_bytes())
            .chain_update(now.unwrap_or_default().as_nanos().to_le_bytes())
            .finalize();
        let digits: String = digest[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut draft = journal_path(path).into_os_string();
        draft.push(format!(".{digits}.image"));
        let draft = PathBuf::from(draft);
        match platform::create_executable(&draft) {
            // Each try has another name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|file| (draft, file)),
        }
    }
}

/// Tells whether a journal lies beside the image: a change was interrupted or is under way.
#[must_use]
pub fn has_journal(path: &Path) -> bool {
    path.canonicalize()
        .is_ok_and(|path| fs::symlink_metadata(journal_path(&path)).is_ok())
}

/// Opens an image file for reading.
///
/// # Errors
/// [`ChangeError::NotAFile`] for directories, pipes and the like, without waiting on them;
/// [`ChangeError::Open`].
pub fn open_file(path: &Path) -> Result<File, ChangeError> {
    open(path, OpenOptions::new().read(true))
}

/// Returns where the journal of an image is: beside it, under a name that starts with a dot.
#[must_use]
pub fn journal_path(image: &Path) -> PathBuf {
    let name = image.file_name().unwrap_or_default();
    let mut journal = OsString::from(".");
    if name.len() <= LONGEST_NAME {
        journal.push(name);
    } else {
        let digest = Sha256::digest(name.as_encoded_bytes());
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        journal.push(digits);
    }
    journal.push(".sifter-undo");
    image.with_file_name(journal)
}

fn open_locked(path: &Path) -> Result<(File, FileJournal, platform::Lock), ChangeError> {
    let open_error = |source| ChangeError::Open {
        path: path.to_owned(),
        source,
    };
    // The journal lies beside the file itself, not beside a link to it.
    let path = &path.canonicalize().map_err(open_error)?;
    let file = open(path, OpenOptions::new().read(true).write(true))?;
    let lock = platform::lock(&file, path).map_err(open_error)?;
    let lock = lock.ok_or_else(|| ChangeError::Locked(path.clone()))?;
    if !platform::is_same_file(&file, path).map_err(open_error)? {
        return Err(ChangeError::Replaced(path.clone()));
    }
    Ok((file, FileJournal::beside(path), lock))
}

fn open(path: &Path, options: &OpenOptions) -> Result<File, ChangeError> {
    let open_error = |source| ChangeError::Open {
        path: path.to_owned(),
        source,
    };
    let not_a_file = |kind| ChangeError::NotAFile {
        path: path.to_owned(),
        kind,
    };
    // Before opening: a pipe would wait for its other end.
    if let Some(kind) = other_kind(&fs::metadata(path).map_err(open_error)?) {
        return Err(not_a_file(kind));
    }
    let file = options.open(path).map_err(open_error)?;
    match other_kind(&file.metadata().map_err(open_error)?) {
        Some(kind) => Err(not_a_file(kind)),
        None => Ok(file),
    }
}

/// Returns the folder of a file; a bare name is in the present one.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Returns what something is that is not a regular file.
fn other_kind(metadata: &fs::Metadata) -> Option<&'static str> {
    match metadata.file_type() {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some("a directory"),
        kind => Some(platform::special_kind(kind)),
    }
}

/// A journal in a file beside the image.
#[derive(Debug)]
pub struct FileJournal {
    image: PathBuf,
    path: PathBuf,
    /// Open for appending once published.
    file: Option<File>,
}

impl FileJournal {
    /// Returns the place of the journal of the image at this path, which must not be a link.
    #[must_use]
    pub fn beside(image: &Path) -> Self {
        Self {
            image: image.to_owned(),
            path: journal_path(image),
            file: None,
        }
    }

    fn with_suffix(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        name.into()
    }

    fn sync_folder(&self) -> io::Result<()> {
        platform::sync_folder(parent(&self.path))
    }
}

impl JournalPlace for FileJournal {
    fn publish(&mut self, bytes: &[u8]) -> io::Result<()> {
        let draft = self.with_suffix(".new");
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let publish = || {
            let mut file = platform::create_private(&draft)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            drop(file);
            fs::rename(&draft, &self.path)?;
            self.sync_folder()?;
            OpenOptions::new().append(true).open(&self.path)
        };
        let file = publish().inspect_err(|_| {
            // The failure is reported; what is left of the draft is only tidied up.
            let _ = fs::remove_file(&draft);
        })?;
        self.file = Some(file);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        file.write_all(bytes)?;
        file.sync_data()
    }

    fn open(&self) -> io::Result<Option<Box<dyn Source + '_>>> {
        let metadata = match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            result => result?,
        };
        if !metadata.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the undo journal beside the image is not a file",
            ));
        }
        let file = File::open(&self.path)?;
        if !platform::is_described_by(&file, &metadata)? {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the undo journal beside the image was replaced while it was opened",
            ));
        }
        Ok(Some(Box::new(file)))
    }

    fn remove(&mut self) -> io::Result<()> {
        self.file = None;
        fs::remove_file(&self.path)?;
        self.sync_folder()
    }

    fn set_aside(&mut self) -> io::Result<()> {
        self.file = None;
        fs::rename(&self.path, self.with_suffix(".stale"))?;
        self.sync_folder()
    }
}
