//! Image files: what is not a file, locks, links, folders that take no journal, interrupted changes.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sif::journal::{
    ChangeError, JOURNAL_KEY_SIZE, JournalKey, Recovery, change_file, create_file, has_journal,
    journal_path, open_file, recover_file,
};
use sif::{ChangeTime, Error, Image, ObjectId};
use tempfile::TempDir;

use crate::support::{TIME, builder, generic, image};

fn home() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.sif");
    fs::write(&path, image()).unwrap();
    (folder, path)
}

fn key() -> JournalKey {
    JournalKey::from([3; JOURNAL_KEY_SIZE])
}

fn add(path: &Path) -> Result<ObjectId, ChangeError> {
    change_file(path, &key(), |editor| {
        Ok(editor.add(generic(b"new"), ChangeTime::At(TIME))?)
    })
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_change_leaves_only_the_image() {
    let (folder, path) = home();
    assert_eq!(add(&path).unwrap(), ObjectId(5));
    let image = Image::read(&open_file(&path).unwrap()).unwrap();
    assert_eq!(image.objects().len(), 5);
    assert_eq!(names(folder.path()), ["image.sif"]);
    assert!(!has_journal(&path));
    assert_eq!(recover_file(&path, &key()).unwrap(), Recovery::Nothing);
}

#[test]
fn a_failed_change_leaves_the_file_as_it_was() {
    let (folder, path) = home();
    let result: Result<(), ChangeError> = change_file(&path, &key(), |editor| {
        editor.add(generic(&[1; 100_000]), ChangeTime::At(TIME))?;
        Err(Error::NoObjectMatches.into())
    });
    assert!(result.is_err());
    assert!(fs::read(&path).unwrap() == image());
    assert_eq!(names(folder.path()), ["image.sif"]);
}

#[test]
fn an_interrupted_change_is_taken_back() {
    let (folder, path) = home();
    let mut middle = None;
    let result: Result<(), ChangeError> = change_file(&path, &key(), |editor| {
        editor.add(generic(&[9; 5000]), ChangeTime::At(TIME))?;
        // What a crash now would leave on the disk.
        middle = Some((
            fs::read(&path).unwrap(),
            fs::read(journal_path(&path)).unwrap(),
        ));
        Ok(())
    });
    result.unwrap();
    let (bytes, journal) = middle.unwrap();
    assert!(bytes != image());
    fs::write(&path, &bytes).unwrap();
    fs::write(journal_path(&path), journal).unwrap();

    assert!(has_journal(&path));
    assert_eq!(recover_file(&path, &key()).unwrap(), Recovery::RolledBack);
    assert!(fs::read(&path).unwrap() == image());
    assert_eq!(names(folder.path()), ["image.sif"]);
}

#[test]
fn a_foreign_journal_is_set_aside_and_the_change_goes_on() {
    let (folder, path) = home();
    fs::write(journal_path(&path), b"something else").unwrap();
    assert_eq!(add(&path).unwrap(), ObjectId(5));
    assert_eq!(
        names(folder.path()),
        [".image.sif.sifter-undo.stale", "image.sif"]
    );
}

#[test]
fn a_second_change_is_refused_while_one_is_open() {
    let (_folder, path) = home();
    let result: Result<(), ChangeError> = change_file(&path, &key(), |_| {
        assert!(matches!(add(&path), Err(ChangeError::Locked(_))));
        assert!(matches!(
            recover_file(&path, &key()),
            Err(ChangeError::Locked(_))
        ));
        Ok(())
    });
    result.unwrap();
    assert!(fs::read(&path).unwrap() == image());
}

#[test]
fn what_is_not_a_file_is_named() {
    let (folder, _) = home();
    for result in [
        open_file(folder.path()).map(drop),
        add(folder.path()).map(drop),
    ] {
        let error = result.unwrap_err();
        assert!(
            matches!(
                error,
                ChangeError::NotAFile {
                    kind: "a directory",
                    ..
                }
            ),
            "{error}"
        );
    }
    let missing = folder.path().join("missing.sif");
    for result in [open_file(&missing).map(drop), add(&missing).map(drop)] {
        let error = result.unwrap_err();
        let ChangeError::Open { source, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(source.kind(), io::ErrorKind::NotFound);
    }
}

#[test]
fn a_file_that_is_no_image_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "notes").unwrap();
    let error = add(&path).unwrap_err();
    assert!(
        matches!(error, ChangeError::Image(Error::Incomplete(_))),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"notes");
    assert_eq!(names(folder.path()), ["notes.txt"]);
}

#[test]
fn files_are_created_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.sif");
    create_file(&path, &builder(), vec![generic(b"x")]).unwrap();
    assert_eq!(
        Image::read(&File::open(&path).unwrap())
            .unwrap()
            .objects()
            .len(),
        1
    );
    let before = fs::read(&path).unwrap();

    let failing = builder().capacity(1);
    let error = create_file(&path, &failing, vec![generic(b"x"), generic(b"y")]).unwrap_err();
    assert!(matches!(
        error,
        ChangeError::Image(Error::InsufficientCapacity { total: 1 })
    ));
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(names(folder.path()), ["new.sif"]);
}

/// Windows refuses to open a file in the moment in which another takes its place.
#[cfg(unix)]
#[test]
fn images_made_at_the_same_time_are_each_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("new.sif");
    std::thread::scope(|scope| {
        for byte in 0..8_u8 {
            scope.spawn(move || {
                for _ in 0..8 {
                    create_file(path, &builder(), vec![generic(&[byte; 5000])]).unwrap();
                    Image::read(&File::open(path).unwrap()).unwrap();
                }
            });
        }
    });
    assert_eq!(names(folder.path()), ["new.sif"]);
}

#[test]
fn a_file_that_shrinks_under_a_reader_is_an_error() {
    let (_folder, path) = home();
    let file = open_file(&path).unwrap();
    let image = Image::read(&file).unwrap();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(5000)
        .unwrap();
    let object = image.object(ObjectId(2)).unwrap();
    let error = object
        .reader(&file)
        .read_to_end(&mut Vec::new())
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert!(Image::read(&file).is_err());
}

#[test]
fn a_file_that_shrinks_during_a_change_is_not_written() {
    let (_folder, path) = home();
    let result: Result<(), ChangeError> = change_file(&path, &key(), |editor| {
        editor.delete(
            ObjectId(1),
            sif::DeleteOptions::default(),
            ChangeTime::At(TIME),
        )?;
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(50)
            .unwrap();
        Ok(())
    });
    assert!(
        matches!(result, Err(ChangeError::Image(Error::Changed))),
        "{result:?}"
    );
    assert_eq!(fs::metadata(&path).unwrap().len(), 50);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_pipe_does_not_hang() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        if !Command::new("mkfifo")
            .arg(&path)
            .status()
            .is_ok_and(|status| status.success())
        {
            eprintln!("SKIPPED a_pipe_does_not_hang: no `mkfifo` here");
            return;
        }
        for result in [open_file(&path).map(drop), add(&path).map(drop)] {
            let error = result.unwrap_err();
            assert!(
                matches!(error, ChangeError::NotAFile { kind: "a pipe", .. }),
                "{error}"
            );
        }
        let error = open_file(Path::new("/dev/null")).unwrap_err();
        assert!(
            matches!(
                error,
                ChangeError::NotAFile {
                    kind: "a device",
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn links_are_followed_and_the_journal_lies_beside_the_file() {
        let (folder, path) = home();
        let other = tempfile::tempdir().unwrap();
        let link = other.path().join("link.sif");
        symlink(&path, &link).unwrap();
        let result: Result<(), ChangeError> = change_file(&link, &key(), |editor| {
            assert!(journal_path(&path.canonicalize().unwrap()).exists());
            assert!(has_journal(&link));
            editor.add(generic(b"new"), ChangeTime::At(TIME))?;
            Ok(())
        });
        result.unwrap();
        assert!(link.is_symlink());
        assert_eq!(names(folder.path()), ["image.sif"]);

        let around = other.path().join("around");
        symlink(&around, &around).unwrap();
        assert!(matches!(open_file(&around), Err(ChangeError::Open { .. })));
        assert!(matches!(add(&around), Err(ChangeError::Open { .. })));
    }

    #[test]
    fn names_need_not_be_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OsStr::from_bytes(b"\xff\xfe.sif"));
        fs::write(&path, image()).unwrap();
        assert_eq!(add(&path).unwrap(), ObjectId(5));
    }

    #[test]
    fn long_names_get_a_journal_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("{}.sif", "n".repeat(251)));
        fs::write(&path, image()).unwrap();
        assert_eq!(add(&path).unwrap(), ObjectId(5));
        assert!(journal_path(&path).file_name().unwrap().len() < 255);
    }

    #[test]
    fn read_only_files_and_folders_are_not_changed() {
        let (folder, path) = home();
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&path, 0o444);
        if File::options().write(true).open(&path).is_ok() {
            // No mode stops root; a read-only mount does.
            return on_a_read_only_mount(folder.path(), || {
                assert!(matches!(add(&path), Err(ChangeError::Open { .. })));
                assert!(fs::read(&path).unwrap() == image());
            });
        }
        assert!(matches!(add(&path), Err(ChangeError::Open { .. })));
        set(&path, 0o644);
        set(folder.path(), 0o555);
        let error = add(&path).unwrap_err();
        set(folder.path(), 0o755);
        assert!(matches!(error, ChangeError::Journal(_)), "{error}");
        assert!(fs::read(&path).unwrap() == image());
    }

    fn on_a_read_only_mount(folder: &Path, test: impl FnOnce()) {
        let run = |program: &str, options: &[&str], places: &[&Path]| {
            let mut command = std::process::Command::new(program);
            let output = command.args(options).args(places).output();
            output.is_ok_and(|output| output.status.success())
        };
        if !run("mount", &["--bind"], &[folder, folder]) {
            eprintln!("SKIPPED read-only folder: mounting is not permitted");
            return;
        }
        assert!(run("mount", &["-o", "remount,bind,ro"], &[folder]));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(test));
        assert!(run("umount", &[], &[folder]));
        if let Err(panic) = done {
            std::panic::resume_unwind(panic);
        }
    }

    #[test]
    fn a_folder_in_the_journals_place_stops_the_change() {
        let (_folder, path) = home();
        fs::create_dir(journal_path(&path)).unwrap();
        let error = add(&path).unwrap_err();
        assert!(matches!(error, ChangeError::Recover(_)), "{error}");
        assert!(fs::read(&path).unwrap() == image());
    }

    #[test]
    fn a_file_replaced_or_deleted_meanwhile_is_no_success() {
        for replacement in [Some("another file"), None] {
            let (_folder, path) = home();
            let result: Result<(), ChangeError> = change_file(&path, &key(), |editor| {
                editor.add(generic(b"new"), ChangeTime::At(TIME))?;
                fs::remove_file(&path).unwrap();
                if let Some(text) = replacement {
                    fs::write(&path, text).unwrap();
                }
                Ok(())
            });
            assert!(
                matches!(result, Err(ChangeError::Replaced(_))),
                "{result:?}"
            );
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), replacement);
            assert!(!journal_path(&path).exists());
        }
    }

    #[test]
    fn new_images_can_be_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.sif");
        create_file(&path, &builder(), vec![generic(b"x")]).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o700,
            0o700
        );
    }
}
