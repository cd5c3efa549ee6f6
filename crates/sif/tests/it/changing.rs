//! Creating, adding, deleting, setting: results, refusals, and that refusals change nothing.

use std::io::{self, Read};

use sif::{
    Architecture, ChangeTime, DataType, DeleteOptions, Editor, Error, Extra, FileSystem, GroupId,
    Image, ImageBuilder, ObjectId, ObjectInput, OciDigest, PartitionType, Source, Storage,
    UnixTime,
};

use crate::support::{
    DESCRIPTOR, TABLE, TIME, amd64, builder, generic, image, partition, put_i64, put_u32,
};

const LATER: ChangeTime = ChangeTime::Now(UnixTime(1_800_000_000));

fn edit<T>(bytes: Vec<u8>, act: impl FnOnce(&mut Editor<Vec<u8>>) -> T) -> Vec<u8> {
    let mut editor = Editor::open(bytes).unwrap();
    let _ = act(&mut editor);
    editor.finish().unwrap()
}

#[test]
fn times_follow_the_image_and_the_call() {
    let none = Vec::<ObjectInput<&[u8]>>::new();
    let fixed = ImageBuilder::deterministic()
        .write(Vec::new(), none)
        .unwrap();
    for (start, time, expected) in [
        (fixed.clone(), LATER, UnixTime::ZERO),
        (fixed, ChangeTime::At(TIME), TIME),
        (image(), LATER, UnixTime(1_800_000_000)),
        (image(), ChangeTime::Deterministic, UnixTime::ZERO),
    ] {
        let created = Image::read(&start).unwrap().header().created();
        let bytes = edit(start, |editor| editor.add(generic(b"x"), time).unwrap());
        let image = Image::read(&bytes).unwrap();
        let object = image.objects().last().unwrap();
        assert_eq!((object.created(), object.modified()), (expected, expected));
        assert_eq!(image.header().modified(), expected);
        assert_eq!(image.header().created(), created);
    }
}

#[test]
fn an_object_keeps_its_own_time() {
    let own = UnixTime(5);
    let bytes = edit(image(), |editor| {
        editor.add(generic(b"x").time(own), LATER).unwrap()
    });
    let image = Image::read(&bytes).unwrap();
    assert_eq!(image.objects().last().unwrap().created(), own);
    assert_eq!(image.header().modified(), UnixTime(1_800_000_000));
}

#[test]
fn numbers_are_used_again_but_never_twice() {
    let bytes = edit(image(), |editor| {
        editor
            .delete(ObjectId(2), DeleteOptions::default(), LATER)
            .unwrap();
        assert_eq!(editor.add(generic(b"again"), LATER).unwrap(), ObjectId(2));
    });
    assert_eq!(
        Image::read(&bytes)
            .unwrap()
            .object(ObjectId(2))
            .unwrap()
            .slot(),
        1
    );

    // The fifth slot would give 5, which the first slot's object has.
    let mut bytes = image();
    put_u32(&mut bytes, TABLE + 5, 5);
    let bytes = edit(bytes, |editor| {
        assert_eq!(editor.add(generic(b"new"), LATER).unwrap(), ObjectId(1));
    });
    assert_eq!(Image::read(&bytes).unwrap().objects().len(), 5);
}

#[test]
fn refusals_change_nothing() {
    let full = builder()
        .capacity(1)
        .write(Vec::new(), vec![generic(b"x")])
        .unwrap();
    let unknown = ObjectInput::partition(
        FileSystem::Raw,
        PartitionType::Data,
        Architecture::UNKNOWN,
        b"x".as_slice(),
    );
    type Act = Box<dyn FnOnce(&mut Editor<Vec<u8>>) -> Result<(), Error>>;
    let add = |input: ObjectInput<&'static [u8]>| -> Act {
        Box::new(move |editor| editor.add(input, LATER).map(drop))
    };
    let primary =
        |id| -> Act { Box::new(move |editor| editor.set_primary(ObjectId(id), LATER).map(drop)) };
    let delete = |id| -> Act {
        Box::new(move |editor| editor.delete(ObjectId(id), DeleteOptions::default(), LATER))
    };
    let wrong_extra: Act = Box::new(|editor| editor.set_extra(ObjectId(4), &Extra::None, LATER));
    let second_primary: Act = Box::new(|editor| {
        let id = editor.add(partition(PartitionType::System, b"x"), LATER)?;
        let extra = Extra::Partition {
            file_system: FileSystem::Raw,
            partition_type: PartitionType::PrimarySystem,
            architecture: amd64(),
        };
        let result = editor.set_extra(id, &extra, LATER);
        editor.delete(
            id,
            DeleteOptions {
                zero: true,
                compact: true,
            },
            LATER,
        )?;
        result
    });
    let cases: Vec<(Vec<u8>, Act, &str)> = vec![
        (
            full,
            add(generic(b"y")),
            "no descriptor is free: the image has room for 1 objects",
        ),
        (
            image(),
            add(partition(PartitionType::PrimarySystem, b"y")),
            "object 2 is the primary partition already",
        ),
        (
            image(),
            add(generic(b"y").name([b'n'; 129])),
            "name of 129 bytes is longer than 128",
        ),
        (
            image(),
            add(generic(b"y").extra_bytes([1; 385])),
            "extra of 385 bytes is longer than 384",
        ),
        (
            image(),
            add(unknown),
            "architecture is not in the list of known ones",
        ),
        (
            image(),
            add(ObjectInput::new(DataType::Sbom, b"y")),
            "extra fields do not belong to the data type",
        ),
        (
            image(),
            add(generic(b"y").alignment(u64::MAX)),
            "image would be longer than a file can be",
        ),
        (image(), primary(1), "object 1 is not a partition"),
        (image(), primary(9), "object 9 not found"),
        (image(), primary(0), "invalid object ID 0"),
        (image(), delete(9), "object 9 not found"),
        (image(), delete(0), "invalid object ID 0"),
        (
            image(),
            wrong_extra,
            "extra fields do not belong to the data type",
        ),
    ];
    for (bytes, act, message) in cases {
        let mut editor = Editor::open(bytes.clone()).unwrap();
        assert_eq!(act(&mut editor).unwrap_err().to_string(), message);
        assert!(!editor.is_changed(), "{message}");
        assert!(editor.finish().unwrap() == bytes, "{message}");
    }
    let mut editor = Editor::open(image()).unwrap();
    let error = second_primary(&mut editor).unwrap_err();
    assert!(
        matches!(error, Error::PrimaryPartitionExists(ObjectId(2))),
        "{error}"
    );
}

#[test]
fn a_data_partition_cannot_be_primary_and_a_primary_one_stays() {
    let bytes = edit(image(), |editor| {
        let data = editor
            .add(partition(PartitionType::Data, b"d"), LATER)
            .unwrap();
        let error = editor.set_primary(data, LATER).unwrap_err();
        assert!(matches!(error, Error::NotSystemPartition(_)));
    });
    let same = edit(bytes.clone(), |editor| {
        assert!(!editor.set_primary(ObjectId(2), LATER).unwrap());
    });
    assert!(same == bytes);
}

#[test]
fn images_that_are_not_safe_to_change_are_refused() {
    for (at, value, message) in [
        (
            112,
            7,
            "data offset 7 lies inside the header or the descriptor table; adding would overwrite them",
        ),
        (
            112,
            4096,
            "data offset 4096 lies inside the header or the descriptor table; adding would overwrite them",
        ),
        (
            80,
            8,
            "header declares an empty image, but 4 objects are there",
        ),
    ] {
        let mut bytes = image();
        put_i64(&mut bytes, at, value);
        assert_eq!(Editor::open(bytes).unwrap_err().to_string(), message);
    }
    let mut overlapping = image();
    overlapping.copy_within(TABLE + 17..TABLE + 25, TABLE + DESCRIPTOR + 17);
    assert!(matches!(Editor::open(overlapping), Err(Error::Invalid(_))));
}

#[test]
fn a_wrong_free_count_is_put_right() {
    let mut bytes = image();
    put_i64(&mut bytes, 80, 1);
    let bytes = edit(bytes, |editor| editor.add(generic(b"x"), LATER).unwrap());
    assert_eq!(Image::read(&bytes).unwrap().header().descriptors_free(), 3);
}

#[test]
fn an_empty_object_behind_a_gap_stays_inside_the_file() {
    let bytes = edit(image(), |editor| {
        editor.add(generic(b"").alignment(65_536), LATER).unwrap();
    });
    assert_eq!(bytes.len() % 65_536, 0);
    assert!(Image::read(&bytes).is_ok());
}

#[test]
fn digests_of_oci_objects_are_computed_or_set() {
    let bytes = image();
    let digest = |bytes: &Vec<u8>| match Image::read(bytes).unwrap().objects()[3].extra() {
        Extra::Oci { digest } => digest,
        other => panic!("{other:?}"),
    };
    assert_eq!(digest(&bytes), OciDigest::of(b"blob"));
    let other = OciDigest::of(b"other");
    let bytes = edit(bytes, |editor| {
        let extra = Extra::Oci {
            digest: other.clone(),
        };
        editor.set_extra(ObjectId(4), &extra, LATER).unwrap();
    });
    assert_eq!(digest(&bytes), other);
}

#[test]
fn builders_check_their_settings() {
    let none = || Vec::<ObjectInput<&[u8]>>::new();
    let long = builder()
        .launch_script([b'x'; 32])
        .write(Vec::new(), none())
        .unwrap_err();
    assert!(matches!(long, Error::LaunchScriptTooLarge(32)));
    let large = builder()
        .capacity(65_537)
        .write(Vec::new(), none())
        .unwrap_err();
    assert!(matches!(large, Error::CapacityTooLarge(65_537)));
    let full = builder()
        .capacity(1)
        .write(Vec::new(), vec![generic(b"a"), generic(b"b")]);
    assert!(matches!(
        full,
        Err(Error::InsufficientCapacity { total: 1 })
    ));
    let most = builder()
        .capacity(65_536)
        .launch_script([b'x'; 31])
        .write(Vec::new(), none())
        .unwrap();
    assert_eq!(
        Image::read(&most).unwrap().header().descriptors_total(),
        65_536
    );
}

/// Data that fails in the middle.
struct Failing(usize);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let count = buffer.len().min(self.0);
        self.0 -= count;
        Ok(count)
    }
}

#[test]
fn data_that_fails_leaves_the_image_as_it_was() {
    let mut editor = Editor::open(image()).unwrap();
    let input = ObjectInput::new(DataType::Generic, Failing(1 << 20));
    let error = editor.add(input, LATER).unwrap_err();
    assert!(matches!(&error, Error::Read(cause) if cause.kind() == io::ErrorKind::TimedOut));
    assert!(editor.finish().unwrap() == image());
}

/// A storage that does not take writes.
struct ReadOnly(Vec<u8>);

impl Source for ReadOnly {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
}

impl Storage for ReadOnly {
    fn write_all_at(&mut self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
    fn set_len(&mut self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_read_only_storage_says_so() {
    let mut editor = Editor::open(ReadOnly(image())).unwrap();
    let error = editor.add(generic(b"x"), LATER).unwrap_err();
    assert!(
        matches!(error, Error::Write(cause) if cause.kind() == io::ErrorKind::PermissionDenied)
    );
}

#[test]
fn groups_are_28_bits() {
    assert_eq!(GroupId::new(0x1000_0001), None);
    let last = GroupId::new(0x0FFF_FFFF);
    let bytes = edit(image(), |editor| {
        editor.add(generic(b"x").group(last), LATER).unwrap()
    });
    assert_eq!(Image::read(&bytes).unwrap().objects()[4].group(), last);
}
