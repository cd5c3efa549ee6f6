//! See `remotes::fuzzing::read_remotes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| remotes::fuzzing::read_remotes(bytes));
