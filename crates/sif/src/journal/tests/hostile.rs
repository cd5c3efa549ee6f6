//! Journals that were not made here, beside an image that was not changed.

use std::ops::Range;

use zerocopy::FromBytes as _;

use super::*;
use crate::Image;
use crate::editor::{Leftovers, Outcome};
use crate::journal::record::{Base, Writer};
use crate::ranges::Ranges;
use crate::raw::{DESCRIPTOR_SIZE, HEADER_SIZE, RawDescriptor};

/// Returns the base that a change of this image would begin with.
fn base_of(bytes: &[u8]) -> Base {
    let image = Image::read(&bytes.to_vec()).expect("a good image");
    let table = image.header().table();
    let part = table.offset as usize..table.end() as usize;
    Base {
        length: bytes.len() as u64,
        header: bytes[..HEADER_SIZE].try_into().expect("128 bytes"),
        table_offset: table.offset,
        table: bytes[part].to_vec(),
    }
}

/// Returns a journal that claims that the image of now is the intended one.
fn final_journal(bytes: &[u8], zero: Option<Range<u64>>, cut: Option<u64>) -> Vec<u8> {
    let mut writer = Writer::new(&key());
    let mut journal = writer.base(&base_of(bytes));
    let mut leftovers = Leftovers {
        cut,
        zero: Ranges::default(),
    };
    if let Some(range) = zero {
        leftovers.zero.insert(range);
    }
    let outcome = Outcome {
        header: Image::read(&bytes.to_vec())
            .expect("good")
            .header()
            .raw()
            .clone(),
        descriptors: Vec::new(),
        leftovers,
    };
    journal.extend(writer.intent(&outcome));
    journal
}

fn saved_journal(base: &Base, at: u64, old: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(&key());
    let mut journal = writer.base(base);
    journal.extend(writer.saved(at, old));
    journal
}

fn recovered(image: &[u8], journal: Vec<u8>) -> (Recovery, Vec<u8>) {
    let disk = Disk::new(image.to_vec());
    disk.put_journal(journal);
    let recovery = recover_disk(&disk).expect("the disk works");
    assert!(!disk.has_journal());
    (recovery, disk.image())
}

fn assert_refused(name: &str, image: &[u8], journal: Vec<u8>) {
    let (recovery, after) = recovered(image, journal);
    assert_eq!(recovery, Recovery::SetAside, "{name}");
    assert!(after == image, "{name}: the image was touched");
}

/// Returns the journal of the change from one image to the other, cut off before it is removed.
fn journal_between(old: &[u8], new: &[u8], key: &JournalKey) -> Vec<u8> {
    let mut writer = Writer::new(key);
    let mut journal = writer.base(&base_of(old));
    let image = Image::read(&new.to_vec()).expect("a good image");
    let table = base_of(new);
    let descriptors = table.table.chunks_exact(DESCRIPTOR_SIZE).enumerate();
    let outcome = Outcome {
        header: image.header().raw().clone(),
        descriptors: descriptors
            .map(|(slot, bytes)| {
                let offset = table.table_offset + (slot * DESCRIPTOR_SIZE) as u64;
                let raw = RawDescriptor::read_from_bytes(bytes).expect("585 bytes");
                (offset, raw)
            })
            .collect(),
        leftovers: Leftovers::default(),
    };
    journal.extend(writer.intent(&outcome));
    journal
}

fn another_key() -> JournalKey {
    JournalKey::from([8; JOURNAL_KEY_SIZE])
}

/// The attack: beside a genuine image lies a journal that says that its last object is half added.
#[test]
fn a_journal_by_somebody_else_takes_nothing_back() {
    let (old, new) = (old_image(), new_image(Scenario::Append));
    let mut torn = new.clone();
    torn[4096 + 6 * DESCRIPTOR_SIZE] ^= 1;
    let whole = journal_between(&old, &new, &another_key());
    // The image is a mixture of old and intended, as after a torn write.
    let mixed = journal_between(&old, &torn, &another_key());
    // A genuine beginning, gone on with by somebody else.
    let mut writer = Writer::new(&key());
    let mut continued = writer.base(&base_of(&new));
    let mut other = Writer::new(&another_key());
    other.base(&base_of(&new));
    continued.extend(other.saved(new.len() as u64 - 8, &[0xEE; 8]));

    for (name, journal) in [("whole", whole), ("mixed", mixed)] {
        let disk = Disk::new(new.clone());
        disk.put_journal(journal.clone());
        assert_eq!(recover_disk(&disk).ok(), Some(Recovery::Foreign), "{name}");
        assert!(disk.image() == new, "{name}: the image was touched");
        assert_eq!(disk.journal(), Some(journal), "{name}: may be another's");
        run(&disk, Scenario::SetPrimary).expect("a change sets it aside");
        assert!(!disk.has_journal(), "{name}");
        let image = Image::read(&disk.image()).expect("a good image");
        assert_eq!(image.objects().len(), 4, "{name}");
    }
    let (recovery, after) = recovered(&new, continued);
    assert_eq!(recovery, Recovery::RolledBack);
    assert!(after == new, "what somebody else wrote counts for nothing");
}

/// A journal that was removed after its change and comes back: out of a backup, or by a program that
/// keeps folders in step.
#[test]
fn a_journal_that_comes_back_takes_nothing_back() {
    for scenario in SCENARIOS {
        let (old, new) = (old_image(), new_image(scenario));
        let mut seen = 0;
        for step in 0.. {
            let disk = Disk::new(old.clone());
            disk.crash_after(step);
            let _ = run(&disk, scenario);
            if !disk.crashed() {
                break;
            }
            let Some(journal) = disk.journal() else {
                continue;
            };
            seen += 1;
            let later = Disk::new(new.clone());
            later.put_journal(journal);
            recover_disk(&later).expect("the disk works");
            assert!(later.image() == new, "{scenario:?}, step {step}");
        }
        assert!(seen > 4, "{scenario:?}");
    }
}

#[test]
fn old_bytes_never_go_over_what_is_live() {
    let bytes = old_image();
    let (base, image) = (base_of(&bytes), Image::read(&bytes).expect("good"));
    for object in image.objects() {
        let (start, end) = (object.offset(), object.end());
        for at in [start - 4, start, start + 20, end - 1] {
            let name = format!("object {} at {at}", object.id());
            assert_refused(&name, &bytes, saved_journal(&base, at, &[0xEE; 8]));
        }
    }
    for at in [0, 120, base.table_offset - 4, base.table_offset + 585] {
        assert_refused(
            "header or table",
            &bytes,
            saved_journal(&base, at, &[0xEE; 8]),
        );
    }
    // Behind the last object there is nothing that matters.
    let journal = saved_journal(&base, image.objects_end(), &[0xEE; 8]);
    assert_eq!(recovered(&bytes, journal).0, Recovery::RolledBack);
}

#[test]
fn a_base_that_is_no_image_or_cuts_objects_is_refused() {
    let bytes = old_image();
    let base = base_of(&bytes);
    let end = Image::read(&bytes).expect("good").objects_end();
    let shorter = Base {
        length: end - 1,
        ..base.clone()
    };
    let no_table = Base {
        table: Vec::new(),
        ..base.clone()
    };
    let part_of_table = Base {
        table_offset: base.table_offset + 585,
        table: base.table[585..].to_vec(),
        ..base
    };
    for (name, base) in [
        ("cuts the last object", shorter),
        ("no table", no_table),
        ("part of the table", part_of_table),
    ] {
        assert_refused(name, &bytes, Writer::new(&key()).base(&base));
    }
}

#[test]
fn zeros_never_go_over_what_is_live() {
    let bytes = old_image();
    let image = Image::read(&bytes).expect("good");
    let table = image.header().table();
    let mut parts: Vec<Range<u64>> = image.objects().iter().map(|one| one.range()).collect();
    parts.extend([0..HEADER_SIZE as u64, table.offset..table.end()]);
    for part in parts {
        for range in [
            part.clone(),
            part.start..part.start + 1,
            part.end - 1..part.end + 1,
        ] {
            let journal = final_journal(&bytes, Some(range.clone()), None);
            assert_refused(&format!("{range:?}"), &bytes, journal);
        }
    }
    let length = bytes.len() as u64;
    let beyond = final_journal(&bytes, Some(length..length + 1), None);
    assert_refused("behind the end", &bytes, beyond);
    let end = image.objects_end();
    let (recovery, after) = recovered(&bytes, final_journal(&bytes, Some(end..length), None));
    assert_eq!(recovery, Recovery::Finished);
    assert!(after[..end as usize] == bytes[..end as usize]);
}

#[test]
fn a_cut_stays_behind_the_objects_and_makes_nothing_huge() {
    let bytes = old_image();
    let (length, end) = (
        bytes.len() as u64,
        Image::read(&bytes).expect("good").objects_end(),
    );
    for cut in [0, 1, 128, 4096, end - 1, length + 1, 1 << 50, u64::MAX] {
        let journal = final_journal(&bytes, None, Some(cut));
        assert_refused(&format!("cut {cut}"), &bytes, journal);
    }
    let (recovery, after) = recovered(&bytes, final_journal(&bytes, None, Some(end)));
    assert_eq!(recovery, Recovery::Finished);
    assert!(after == bytes[..end as usize]);
}
