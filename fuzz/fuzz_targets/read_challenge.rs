//! See `oci::fuzzing::read_challenge`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oci::fuzzing::read_challenge(bytes));
