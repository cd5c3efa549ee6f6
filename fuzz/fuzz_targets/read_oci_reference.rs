//! See `oci::fuzzing::read_reference`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oci::fuzzing::read_reference(bytes));
