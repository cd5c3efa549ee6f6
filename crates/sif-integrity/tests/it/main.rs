//! The face of the crate: images and keys made here, signed, changed, verified.

mod certificates;
mod command_line;
mod envelopes;
mod hostile;
mod key_states;
mod legacy;
mod pem_keys;
mod reading;
mod signing;
mod support;
mod tampering;
