//! See `scs_types::fuzzing::read_bodies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| scs_types::fuzzing::read_bodies(bytes));
