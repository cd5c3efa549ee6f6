//! See `oci::fuzzing::read_links`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oci::fuzzing::read_links(bytes));
