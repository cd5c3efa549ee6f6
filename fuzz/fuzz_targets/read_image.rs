//! See `sif::fuzzing::read_image`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sif::fuzzing::read_image(bytes));
