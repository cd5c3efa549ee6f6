//! Writing signatures: into the image under an undo journal, or into a copy.

use std::{
    fs,
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use sif::{
    ChangeTime, Editor, Image, UnixTime,
    journal::{self, ChangeError, FileEditor},
};
use sif_integrity::NewSignature;

use super::{item::copy_path, journal_key};
use crate::{
    Result,
    error::{ApiError, ErrorCode, io_error, name_of, sif_error, write_error},
    files::{self, OpenFile, Stamp},
    tasks::TaskContext,
    units::Timestamp,
};

const STEP: usize = 1 << 20;

/// Takes back or finishes a change of the image at `path` that another run could not finish; its key is in the folder
/// `data`. What is in the way is told by whatever opens the image next.
pub(crate) fn recover(path: &Path, data: &Path) {
    if !journal::has_journal(path) {
        return;
    }
    let Some(key) = journal_key::known(data) else {
        return;
    };
    match journal::recover_file(path, &key) {
        Ok(done) => tracing::info!(?done, "an unfinished change was found"),
        Err(error) => tracing::warn!(%error, "an unfinished change stays"),
    }
}

/// A failure inside a change, before it has a name for the person.
enum Failure {
    Change(ChangeError),
    Told(ApiError),
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}

/// Adds the signatures to the image, all or none. After an error the image is as it was.
pub(super) fn in_place(
    open: &OpenFile,
    image: &Image,
    signatures: &[NewSignature],
    now: Timestamp,
    data: &Path,
) -> Result<()> {
    let path = &open.path;
    let key = journal_key::known_or_new(data)?;
    let add = |editor: &mut FileEditor<'_>| {
        let same = fs::metadata(path).is_ok_and(|now| Stamp::of(&now) == open.stamp)
            && editor.image() == image;
        if !same {
            return Err(Failure::Told(files::changed(path)));
        }
        let time = ChangeTime::Now(UnixTime(now.0));
        sif_integrity::add_signatures(editor, signatures, time)
            .map(drop)
            .map_err(|error| Failure::Change(ChangeError::Image(error)))
    };
    journal::change_file(path, &key, add).map_err(|failure| match failure {
        Failure::Told(error) => error,
        Failure::Change(error) => change_error(path, &error),
    })
}

/// Copies the image beside itself and signs the copy, which gets its name when it is whole.
pub(super) fn copy(
    task: &TaskContext,
    open: &OpenFile,
    image: &Image,
    signatures: &[NewSignature],
    now: Timestamp,
) -> Result<PathBuf> {
    let target = copy_path(&open.path);
    let failed = |error: io::Error| write_error(&target, &error);
    let folder = target.parent().unwrap_or(Path::new("."));
    task.begin(crate::tasks::TaskPhase::Write, Some(open.stamp.size));
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    copy_bytes(task, open, temporary.as_file_mut(), &target)?;
    open.unchanged()?;
    let storage = temporary.reopen().map_err(failed)?;
    let mut editor = Editor::open(storage).map_err(|error| sif_error(&target, &error))?;
    if editor.image().objects() != image.objects() {
        return Err(files::changed(&open.path));
    }
    let time = ChangeTime::Now(UnixTime(now.0));
    sif_integrity::add_signatures(&mut editor, signatures, time)
        .map_err(|error| sif_error(&target, &error))?;
    editor
        .finish()
        .map_err(|error| sif_error(&target, &error))?;
    temporary.as_file().sync_all().map_err(failed)?;
    let rights = open
        .file
        .metadata()
        .map_err(|error| io_error(&open.path, &error))?
        .permissions();
    temporary
        .as_file()
        .set_permissions(rights)
        .map_err(failed)?;
    temporary
        .persist_noclobber(&target)
        .map_err(|error| write_error(&target, &error.error))?;
    Ok(target)
}

fn copy_bytes(task: &TaskContext, open: &OpenFile, to: &mut fs::File, target: &Path) -> Result<()> {
    let mut from = &open.file;
    from.rewind()
        .map_err(|error| io_error(&open.path, &error))?;
    let mut buffer = vec![0; STEP];
    let mut done = 0;
    loop {
        let count = from
            .read(&mut buffer)
            .map_err(|error| io_error(&open.path, &error))?;
        if count == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..count])
            .map_err(|error| write_error(target, &error))?;
        done += count as u64;
        task.advance(done)?;
    }
}

fn change_error(path: &Path, error: &ChangeError) -> ApiError {
    let name = name_of(path);
    match error {
        ChangeError::Image(source) => sif_error(path, source),
        ChangeError::Open { source, .. }
        | ChangeError::Journal(source)
        | ChangeError::Recover(source) => write_error(path, source),
        ChangeError::Locked(_) => ApiError::new(
            ErrorCode::FileLocked,
            format!("another program is changing `{name}`"),
        ),
        ChangeError::Replaced(_) => files::changed(path),
        ChangeError::NotAFile { .. } => {
            ApiError::new(ErrorCode::FileIsSpecial, format!("`{name}` is not a file"))
        }
        other => ApiError::new(ErrorCode::Io, format!("`{name}`: {other}")).because(other),
    }
}
