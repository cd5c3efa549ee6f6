//! Round trips, random edits, random damage.

use proptest::prelude::*;
use sif::raw::{DESCRIPTOR_SIZE, HEADER_SIZE, RawDescriptor, RawHeader};
use sif::{Extra, Image, fuzzing};
use zerocopy::FromBytes as _;

use crate::support::{TABLE, image};

/// A value that often lies at an edge.
fn edge() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -2_i64..70_000,
        Just(i64::MAX),
        Just(i64::MIN),
        (0_u32..63).prop_map(|shift| 1_i64 << shift),
    ]
}

/// Fewer where the tests run in an emulator.
const CASES: u32 = if cfg!(windows) { 32 } else { 512 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn headers_survive(bytes in prop::collection::vec(any::<u8>(), HEADER_SIZE)) {
        let header = RawHeader::read_from_bytes(&bytes).unwrap();
        prop_assert_eq!(header.bytes(), &bytes[..]);
        let _ = (header.launch_script(), header.is_deterministic());
    }

    #[test]
    fn descriptors_survive(bytes in prop::collection::vec(any::<u8>(), DESCRIPTOR_SIZE), kind in 0x4001_u32..0x400C) {
        let mut bytes = bytes;
        bytes[..4].copy_from_slice(&kind.to_le_bytes());
        let descriptor = RawDescriptor::read_from_bytes(&bytes).unwrap();
        prop_assert_eq!(descriptor.bytes(), &bytes[..]);
        // Known fields come out as they went in; what lies behind them is not theirs.
        let area = descriptor.extra().encode();
        prop_assert_eq!(Extra::decode(descriptor.data_type(), &area), descriptor.extra());
        let _ = (descriptor.name(), descriptor.group(), descriptor.link());
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzzing::read_image(&bytes);
    }

    #[test]
    fn numbers_at_edges_are_read_without_panic(
        numbers in prop::collection::vec((0_usize..8, edge()), 1..4),
        fields in prop::collection::vec((0_usize..4, 0_usize..8, edge()), 0..4),
    ) {
        let mut bytes = image();
        for (field, value) in numbers {
            let at = 64 + 8 * field;
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        for (slot, field, value) in fields {
            let at = TABLE + slot * DESCRIPTOR_SIZE + [0, 5, 9, 13, 17, 25, 33, 41][field];
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        fuzzing::read_image(&bytes);
    }

    #[test]
    fn damaged_images_are_read_and_changed_without_panic(
        damage in prop::collection::vec((0_usize..7000, any::<u8>()), 1..6),
        length in prop::option::of(0_usize..15_000),
        edits in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut bytes = image();
        for (at, value) in damage {
            bytes[at] = value;
        }
        bytes.truncate(length.unwrap_or(usize::MAX));
        fuzzing::read_image(&bytes);
        let mut input = vec![u8::try_from(edits.len()).unwrap()];
        input.extend(edits);
        input.extend(bytes);
        fuzzing::edit_image(&input);
    }

    #[test]
    fn random_edits_keep_every_promise(edits in prop::collection::vec(any::<u8>(), 0..255)) {
        let mut input = vec![u8::try_from(edits.len()).unwrap()];
        input.extend(edits);
        fuzzing::edit_image(&input);
    }
}

#[test]
fn the_image_of_the_tests_is_good() {
    assert!(Image::read(&image()).is_ok());
}
