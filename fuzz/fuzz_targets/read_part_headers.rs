//! See `transfer::fuzzing::read_part_headers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transfer::fuzzing::read_part_headers(bytes));
