//! See `oci::fuzzing::read_logins`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oci::fuzzing::read_logins(bytes));
