//! See `sif::fuzzing::edit_image`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sif::fuzzing::edit_image(bytes));
