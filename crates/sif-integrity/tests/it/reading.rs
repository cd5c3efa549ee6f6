//! How the bytes are read: once, all of them, and not after a stop.

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use sif::Source;
use sif_integrity::{
    Algorithm, Error, Options, Progress, Selection, SignOptions, SigningKeys, SigningRequest,
    Silent, Verification, add_signatures, make_signatures, plan_signing, verify,
};

use crate::support::*;

/// Counts what is read, and may end early.
pub(crate) struct Counting {
    bytes: Vec<u8>,
    end: usize,
    read: AtomicU64,
}

impl Counting {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self {
            end: bytes.len(),
            bytes,
            read: AtomicU64::new(0),
        }
    }

    /// How many bytes were read.
    pub(crate) fn count(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Source for Counting {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let count = self.bytes[..self.end].read_at(buffer, offset)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }
}

#[test]
fn objects_are_read_once_however_many_signatures_there_are() {
    let mut bytes = two_groups();
    for _ in 0..5 {
        bytes = sign(bytes, &ALICE);
    }
    let image = image(&bytes);
    let size: u64 = image.objects().iter().map(|object| object.size()).sum();
    let source = Counting::new(bytes);
    let options = Options {
        now: NOW,
        ..Options::default()
    };
    let found = verify(
        &source,
        &image,
        &keys(&[&ALICE]),
        &Selection::default(),
        &options,
        &Silent,
    );
    assert_eq!(verdict(&found.expect("memory")), "ok");
    assert_eq!(source.read.load(Ordering::Relaxed), size);
}

/// Objects are hashed on the way, except where a group is read in a row of its own; nothing that is found changes.
#[test]
fn the_whole_file_is_hashed_beside_its_objects() {
    let signed = sign(two_groups(), &ALICE);
    let legacy = crate::legacy::group_signed_in_both_forms();
    let in_a_row = 2;
    let mut longer = signed.clone();
    longer.extend([7; 100]);
    for (bytes, twice) in [
        (two_groups(), 0),
        (signed, 0),
        (longer, 0),
        (legacy, in_a_row),
    ] {
        let image = image(&bytes);
        let verify = |whole_file| {
            let source = Counting::new(bytes.clone());
            let options = Options {
                now: NOW,
                whole_file,
                ..Options::default()
            };
            let (keys, all) = (keys(&[&ALICE]), Selection::default());
            let found = verify(&source, &image, &keys, &all, &options, &Silent).expect("memory");
            (found, source.count())
        };
        let (without, _) = verify(None);
        let (with, read) = verify(Some(bytes.len() as u64));
        assert_eq!(without.whole_file, None);
        assert_eq!(with.whole_file, Some(Algorithm::Sha256.digest(&bytes)));
        let found = |found: &Verification| {
            let Verification {
                objects,
                signatures,
                strict,
                ..
            } = found;
            format!("{objects:?} {signatures:?} {strict:?}")
        };
        assert_eq!(found(&with), found(&without));
        let size = |object: &sif::Descriptor| object.size();
        let objects = image.objects().iter();
        let (signatures, content): (Vec<_>, Vec<_>) =
            objects.partition(|object| object.data_type() == sif::DataType::Signature);
        let signatures: u64 = signatures.into_iter().map(size).sum();
        let again: u64 = content.into_iter().take(twice).map(size).sum();
        assert_eq!(read, bytes.len() as u64 + signatures + again);
    }
}

#[test]
fn only_selected_objects_are_read() {
    let bytes = sign(two_groups(), &ALICE);
    let image = image(&bytes);
    let signatures: u64 = image.objects()[3..]
        .iter()
        .map(|object| object.size())
        .sum();
    let source = Counting::new(bytes);
    let options = Options {
        now: NOW,
        ..Options::default()
    };
    let selection = select(&[], &[1], Default::default());
    let found = verify(
        &source,
        &image,
        &keys(&[&ALICE]),
        &selection,
        &options,
        &Silent,
    );
    let found = found.expect("memory");
    assert_eq!(verdict(&found), "ok");
    assert_eq!(source.read.load(Ordering::Relaxed), signatures + 12);
    assert_eq!(found.objects[1].covers[0].unchanged, None);
}

#[test]
fn signing_behind_a_verification_reads_only_what_that_did_not() {
    let signed = select(&[], &[1], Default::default());
    for (selection, left) in [(Selection::default(), 0), (signed, 1)] {
        let bytes = sign(two_groups(), &ALICE);
        let image = image(&bytes);
        let source = Counting::new(bytes.clone());
        let options = Options {
            now: NOW,
            ..Options::default()
        };
        let keys = keys(&[&ALICE, &BOB]);
        let found = verify(&source, &image, &keys, &selection, &options, &Silent).expect("memory");
        let before = source.count();

        let signing = SigningKeys::OpenPgp(&BOB);
        let plan = plan_signing(&image, &SigningRequest::default(), signing, NOW).expect("room");
        let all = plan.bytes;
        let plan = plan.knowing(&image, &found.objects);
        let options = SignOptions {
            now: NOW,
            threads: None,
            salt: true,
        };
        let made = make_signatures(&source, &image, &plan, signing, &options, &Silent);
        assert_eq!(source.count() - before, plan.bytes);
        // One object of twelve bytes was verified before.
        assert_eq!(plan.bytes, left * (all - 12), "{selection:?}");

        let mut editor = sif::Editor::open(bytes).expect("sound");
        let time = sif::ChangeTime::At(sif::UnixTime(NOW));
        add_signatures(&mut editor, &made.expect("a key"), time).expect("room");
        let again = check(&editor.finish().expect("memory"), &keys);
        assert_eq!(verdict(&again), "ok");
    }
}

#[test]
fn a_file_that_shrinks_is_an_error() {
    let bytes = sign(two_groups(), &ALICE);
    let image = image(&bytes);
    for end in [image.objects()[1].end() as usize - 1, bytes.len() - 1] {
        let source = Counting {
            end,
            ..Counting::new(bytes.clone())
        };
        let options = Options {
            now: NOW,
            ..Options::default()
        };
        let result = verify(
            &source,
            &image,
            &keys(&[&ALICE]),
            &Selection::default(),
            &options,
            &Silent,
        );
        assert!(matches!(
            result,
            Err(Error::Read { .. } | Error::ReadSignature(_))
        ));
    }
}

#[test]
fn the_caller_can_stop() {
    struct Stop;
    impl Progress for Stop {
        fn step(&self, _: u64, _: u64) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let bytes = sign(two_groups(), &ALICE);
    let options = Options {
        now: NOW,
        ..Options::default()
    };
    let result = verify(
        &bytes,
        &image(&bytes),
        &keys(&[&ALICE]),
        &Selection::default(),
        &options,
        &Stop,
    );
    assert!(matches!(result, Err(Error::Cancelled)));
}
