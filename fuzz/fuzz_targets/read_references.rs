//! See `scs_types::fuzzing::read_references`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| scs_types::fuzzing::read_references(bytes));
