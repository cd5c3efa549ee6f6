//! The trash of free desktops: a folder with the files and one with a note for each, as file managers know it.
//!
//! A file goes to the person's trash when that lies on the same file system, else to the trash of its own file system.
//! Nothing is ever copied or deleted.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::{
    Result,
    error::{ApiError, ErrorCode, io_error, name_of},
    files::{make_private_folder, path_to_bytes},
    homes::Homes,
};

pub(crate) fn put(homes: &Homes, path: &Path) -> Result<()> {
    let metadata = fs::symlink_metadata(path).map_err(|error| io_error(path, &error))?;
    let moved = trash_of(homes, path, &metadata)
        .and_then(|(trash, base)| move_to(&trash, path, base.as_deref()));
    moved.map_err(|error| {
        let message = format!("`{}` could not be moved to the trash", name_of(path));
        ApiError::new(ErrorCode::FileNotWritable, message)
            .with_hint("remove it from the list, or delete it in the file manager")
            .because(&error)
    })
}

/// Returns the trash for a file, and the folder that its note names it from, where that is not the root.
fn trash_of(
    homes: &Homes,
    path: &Path,
    metadata: &fs::Metadata,
) -> io::Result<(PathBuf, Option<PathBuf>)> {
    let data = homes
        .variable("XDG_DATA_HOME")
        .map_or_else(|| homes.home.join(".local/share"), PathBuf::from);
    let own = data.join("Trash");
    make_private_folder(&own)?;
    if fs::metadata(&own)?.dev() == metadata.dev() {
        return Ok((own, None));
    }
    let top = top_of(path, metadata.dev())?;
    let user = fs::metadata(&own)?.uid();
    let shared = top.join(".Trash");
    let is_sound = fs::symlink_metadata(&shared)
        .is_ok_and(|metadata| metadata.is_dir() && metadata.mode() & 0o1000 != 0);
    let trash = if is_sound {
        shared.join(user.to_string())
    } else {
        top.join(format!(".Trash-{user}"))
    };
    make_private_folder(&trash)?;
    Ok((trash, Some(top)))
}

/// Returns the uppermost folder above `path` on the same file system.
fn top_of(path: &Path, device: u64) -> io::Result<PathBuf> {
    let mut top = path
        .parent()
        .ok_or(io::ErrorKind::NotFound)?
        .canonicalize()?;
    while let Some(parent) = top.parent() {
        if fs::metadata(parent)?.dev() != device {
            break;
        }
        top = parent.to_path_buf();
    }
    Ok(top)
}

fn move_to(trash: &Path, path: &Path, base: Option<&Path>) -> io::Result<()> {
    let (files, notes) = (trash.join("files"), trash.join("info"));
    make_private_folder(&files)?;
    make_private_folder(&notes)?;
    let named = match base {
        Some(base) => path.strip_prefix(base).unwrap_or(path),
        None => path,
    };
    let text = format!(
        "[Trash Info]\nPath={}\nDeletionDate={}\n",
        encoded(named),
        jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S"),
    );
    let (note, name) = new_note(&notes, path)?;
    let mut file = note;
    file.write_all(text.as_bytes())?;
    let moved = fs::rename(path, files.join(&name));
    if moved.is_err() {
        let mut note_name = name;
        note_name.push(".trashinfo");
        // The note is ours, and its file never came.
        let _ = fs::remove_file(notes.join(note_name));
    }
    moved
}

/// Makes the note, which also reserves the name.
fn new_note(notes: &Path, path: &Path) -> io::Result<(fs::File, std::ffi::OsString)> {
    let original = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    for number in 1..10_000_u32 {
        let mut name = original.to_owned();
        if number > 1 {
            name = path.file_stem().unwrap_or(original).to_owned();
            name.push(format!(".{number}"));
            if let Some(extension) = path.extension() {
                name.push(".");
                name.push(extension);
            }
        }
        let mut note = name.clone();
        note.push(".trashinfo");
        match fs::File::create_new(notes.join(note)) {
            Ok(file) => return Ok((file, name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn encoded(path: &Path) -> String {
    path_to_bytes(path)
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                char::from(*byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_get_numbers_and_notes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let homes = Homes::below(folder.path());
        let path = folder.path().join("an image.sif");
        for content in ["one", "two"] {
            fs::write(&path, content).expect("written");
            put(&homes, &path).expect("moved");
            assert!(!path.exists());
        }
        let trash = homes.home.join(".local/share/Trash");
        assert_eq!(
            fs::read(trash.join("files/an image.sif")).expect("the first"),
            b"one"
        );
        assert_eq!(
            fs::read(trash.join("files/an image.2.sif")).expect("the second"),
            b"two"
        );
        let note =
            fs::read_to_string(trash.join("info/an image.2.sif.trashinfo")).expect("its note");
        assert!(note.contains("/an%20image.sif\nDeletionDate=2"), "{note}");
    }
}
