//! See `scs_types::fuzzing::read_key_index`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| scs_types::fuzzing::read_key_index(bytes));
