//! Stops a change at every single step and looks at what recovery makes of it.

mod disk;
mod hostile;

use std::io;

use disk::{Crash, Disk};

use super::*;
use crate::{
    Architecture, ChangeTime, DataType, DeleteOptions, Editor, FileSystem, ImageBuilder, ObjectId,
    ObjectInput, PartitionType, Storage, UnixTime,
};

/// The owner's key; nobody else has it.
fn key() -> JournalKey {
    JournalKey::from([7; JOURNAL_KEY_SIZE])
}

const TIME: ChangeTime = ChangeTime::At(UnixTime(1_700_000_000));

/// What a user does in one change.
#[derive(Debug, Clone, Copy)]
enum Scenario {
    Append,
    AppendTwo,
    SetPrimary,
    Delete,
    DeleteZeroCompact,
    ReplaceLast,
    ReplaceLastByAligned,
    ReplaceZeroedByEmpty,
}

const SCENARIOS: [Scenario; 8] = [
    Scenario::Append,
    Scenario::AppendTwo,
    Scenario::SetPrimary,
    Scenario::Delete,
    Scenario::DeleteZeroCompact,
    Scenario::ReplaceLast,
    Scenario::ReplaceLastByAligned,
    Scenario::ReplaceZeroedByEmpty,
];

fn act<S: Storage>(editor: &mut Editor<S>, scenario: Scenario) -> Result<(), ChangeError> {
    let both = DeleteOptions {
        zero: true,
        compact: true,
    };
    let zero = DeleteOptions {
        zero: true,
        compact: false,
    };
    let generic = |byte, size| ObjectInput::new(DataType::Generic, io::repeat(byte).take(size));
    use std::io::Read as _;
    match scenario {
        Scenario::Append => drop(editor.add(generic(7, 3000), TIME)?),
        Scenario::AppendTwo => {
            editor.add(generic(7, 300), TIME)?;
            editor.add(generic(8, 400).alignment(512), TIME)?;
        }
        Scenario::SetPrimary => drop(editor.set_primary(ObjectId(2), TIME)?),
        Scenario::Delete => editor.delete(ObjectId(1), DeleteOptions::default(), TIME)?,
        Scenario::DeleteZeroCompact => {
            editor.delete(ObjectId(1), zero, TIME)?;
            editor.delete(ObjectId(3), both, TIME)?;
        }
        Scenario::ReplaceLast => {
            editor.delete(ObjectId(3), zero, TIME)?;
            editor.add(generic(9, 40), TIME)?;
        }
        Scenario::ReplaceLastByAligned => {
            editor.delete(ObjectId(3), both, TIME)?;
            editor.add(generic(9, 100).alignment(64), TIME)?;
        }
        Scenario::ReplaceZeroedByEmpty => {
            editor.delete(ObjectId(3), both, TIME)?;
            editor.add(generic(9, 0).alignment(4096), TIME)?;
        }
    }
    Ok(())
}

fn old_image() -> Vec<u8> {
    let partition = |part| {
        let architecture = Architecture::from_name("amd64").expect("a known name");
        let data: &[u8] = &[0xAA; 777];
        ObjectInput::partition(FileSystem::Raw, part, architecture, data).alignment(512)
    };
    let objects = vec![
        partition(PartitionType::PrimarySystem),
        partition(PartitionType::System),
        ObjectInput::new(DataType::Generic, [0xBB; 555].as_slice()),
    ];
    let builder = ImageBuilder::new(uuid::Uuid::from_u128(5), UnixTime(1_600_000_000)).capacity(8);
    let mut image = builder.write(Vec::new(), objects).expect("memory");
    image.extend([0xCC; 50]);
    image
}

fn new_image(scenario: Scenario) -> Vec<u8> {
    let mut editor = Editor::open(old_image()).expect("a good image");
    editor.keep_old_data();
    act(&mut editor, scenario).expect("a possible change");
    editor.finish().expect("memory")
}

fn run(disk: &Disk, scenario: Scenario) -> Result<(), ChangeError> {
    let (mut image, mut journal) = disk.open();
    change(&mut image, &mut journal, &key(), |editor| {
        act(editor, scenario)
    })
}

fn recover_disk(disk: &Disk) -> Result<Recovery, ChangeError> {
    let (mut image, mut journal) = disk.open();
    recover(&mut image, &mut journal, &key())
}

#[test]
fn a_change_that_is_not_stopped_makes_the_new_image() {
    for scenario in SCENARIOS {
        let disk = Disk::new(old_image());
        run(&disk, scenario).expect("nothing stops it");
        assert!(disk.image() == new_image(scenario), "{scenario:?}");
        assert!(!disk.has_journal());
        crate::Image::read(&disk.image()).expect("a good image");
    }
}

#[test]
fn a_crash_at_any_step_leaves_the_old_or_the_new_image() {
    let (mut old_seen, mut new_seen) = (0, 0);
    for scenario in SCENARIOS {
        let (old, new) = (old_image(), new_image(scenario));
        for crash in Crash::ALL {
            for step in 0.. {
                let disk = Disk::new(old.clone());
                disk.crash_after(step);
                let result = run(&disk, scenario);
                if !disk.crashed() {
                    result.expect("nothing stopped it");
                    break;
                }
                disk.reboot(crash);
                let recovery = recover_disk(&disk).expect("the disk works again");
                let image = disk.image();
                let name = format!("{scenario:?}, {crash:?}, step {step}, {recovery:?}");
                assert!(image == old || image == new, "{name}: neither old nor new");
                assert_ne!(recovery, Recovery::SetAside, "{name}");
                assert!(!disk.has_journal(), "{name}: journal left");
                assert!(
                    result.is_err() || image == new,
                    "{name}: success was reported"
                );
                if image == old {
                    old_seen += 1;
                } else {
                    new_seen += 1;
                }
            }
        }
    }
    assert!(
        old_seen > 100 && new_seen > 20,
        "{old_seen} old, {new_seen} new"
    );
}

#[test]
fn a_crash_while_recovering_does_no_harm() {
    let mut crashes = 0;
    for scenario in SCENARIOS {
        let (old, new) = (old_image(), new_image(scenario));
        for crash in Crash::ALL {
            for step in 0..64 {
                for second in 0.. {
                    let disk = Disk::new(old.clone());
                    disk.crash_after(step);
                    let _ = run(&disk, scenario);
                    disk.reboot(crash);
                    disk.crash_after(second);
                    let _ = recover_disk(&disk);
                    if !disk.crashed() {
                        break;
                    }
                    crashes += 1;
                    disk.reboot(crash);
                    recover_disk(&disk).expect("the disk works again");
                    let image = disk.image();
                    assert!(
                        image == old || image == new,
                        "{scenario:?} {crash:?} {step} {second}"
                    );
                    assert!(!disk.has_journal());
                }
            }
        }
    }
    assert!(crashes > 100, "{crashes}");
}

#[test]
fn a_full_disk_at_any_step_leaves_the_image_as_it_was() {
    for scenario in SCENARIOS {
        let (old, new) = (old_image(), new_image(scenario));
        for step in 0.. {
            let disk = Disk::new(old.clone());
            disk.fail_once_after(step, io::ErrorKind::StorageFull);
            let result = run(&disk, scenario);
            if !disk.failed() {
                break;
            }
            let (name, image) = (
                format!("{scenario:?}, step {step}: {result:?}"),
                disk.image(),
            );
            match result {
                Ok(()) => assert!(image == new, "{name}"),
                Err(ChangeError::Unfinished(_)) => {
                    assert_eq!(recover_disk(&disk).ok(), Some(Recovery::Finished), "{name}");
                    assert!(disk.image() == new, "{name}");
                }
                Err(_) => assert!(image == old || image == new, "{name}"),
            }
        }
    }
}

#[test]
fn a_step_that_fails_after_its_work_never_hides_the_new_image() {
    for scenario in SCENARIOS {
        let (old, new) = (old_image(), new_image(scenario));
        let mut successes = 0;
        for step in 0.. {
            let disk = Disk::new(old.clone());
            disk.fail_late_after(step, io::ErrorKind::Other);
            let result = run(&disk, scenario);
            if !disk.failed() {
                break;
            }
            let name = format!("{scenario:?}, step {step}: {result:?}");
            match result {
                Ok(()) => {
                    successes += 1;
                    assert!(disk.image() == new, "{name}");
                }
                Err(ChangeError::Unfinished(_)) => {}
                Err(_) => assert!(disk.image() == old, "{name}"),
            }
        }
        // The last record, and the removal of the journal.
        assert!(successes >= 2, "{scenario:?}: {successes}");
    }
}

#[test]
fn a_change_of_nothing_only_makes_and_removes_the_journal() {
    let disk = Disk::new(old_image());
    disk.fail_once_after(2, io::ErrorKind::Other);
    let (mut image, mut journal) = disk.open();
    let result: Result<(), ChangeError> = change(&mut image, &mut journal, &key(), |_| Ok(()));
    result.expect("two steps");
    assert!(!disk.failed() && !disk.has_journal() && disk.image() == old_image());
}

#[test]
fn a_failing_action_leaves_the_image_as_it_was() {
    let disk = Disk::new(old_image());
    let (mut image, mut journal) = disk.open();
    let result: Result<(), ChangeError> = change(&mut image, &mut journal, &key(), |editor| {
        act(editor, Scenario::ReplaceLast)?;
        Err(Error::NoObjectMatches.into())
    });
    assert!(matches!(
        result,
        Err(ChangeError::Image(Error::NoObjectMatches))
    ));
    assert!(disk.image() == old_image() && !disk.has_journal());
}

#[test]
fn an_image_that_another_program_changes_meanwhile_is_refused() {
    let disk = Disk::new(old_image());
    let (mut image, mut journal) = disk.open();
    let result: Result<(), ChangeError> = change(&mut image, &mut journal, &key(), |editor| {
        act(editor, Scenario::Append)?;
        disk.poke(72, 0xFF);
        Ok(())
    });
    assert!(
        matches!(result, Err(ChangeError::Image(Error::Changed))),
        "{result:?}"
    );
    let mut expected = old_image();
    expected[72] = 0xFF;
    // What the other program wrote stays; the bytes behind the last object belong to nobody.
    expected.truncate(expected.len() - 50);
    assert!(disk.image().starts_with(&expected));
    assert!(!disk.has_journal());
}

#[test]
fn a_journal_that_does_not_fit_is_set_aside() {
    // A journal from the middle of a change, in front of other images.
    let disk = Disk::new(old_image());
    disk.crash_after(3);
    let _ = run(&disk, Scenario::Append);
    disk.reboot(Crash::KeepAll);
    let journal = disk.journal().expect("a journal");

    let mut other = old_image();
    other[48] ^= 1;
    let mut touched = old_image();
    touched[4096] ^= 1;
    let shorter = old_image()[..33_000.min(old_image().len() - 60)].to_vec();
    for image in [other, touched, shorter, Vec::new(), vec![0; 200]] {
        let disk = Disk::new(image.clone());
        disk.put_journal(journal.clone());
        assert_eq!(recover_disk(&disk).ok(), Some(Recovery::SetAside));
        assert!(disk.image() == image && !disk.has_journal());
    }
}

#[test]
fn a_damaged_journal_never_damages_the_image() {
    let disk = Disk::new(old_image());
    disk.crash_after(9);
    let _ = run(&disk, Scenario::ReplaceLast);
    disk.reboot(Crash::KeepAll);
    let (middle, journal) = (disk.image(), disk.journal().expect("a journal"));
    for length in (0..journal.len()).step_by(97) {
        let disk = Disk::new(middle.clone());
        disk.put_journal(journal[..length].to_vec());
        let recovery = recover_disk(&disk).expect("the disk works");
        let image = disk.image();
        assert!(
            image == middle || recovery == Recovery::RolledBack,
            "cut at {length}"
        );
    }
    for at in (0..journal.len()).step_by(53) {
        let disk = Disk::new(old_image());
        let mut damaged = journal.clone();
        damaged[at] ^= 0x10;
        disk.put_journal(damaged);
        recover_disk(&disk).expect("the disk works");
        assert!(disk.image() == old_image(), "damaged at {at}");
    }
}
