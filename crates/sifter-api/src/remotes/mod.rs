//! Remotes: where libraries, keystores and registries are, who one is there, and the embedded cloud.
//!
//! Remotes live in the `remote.yaml` that the command lines share; tokens and passwords live in the keychain and nowhere
//! else, unless the person shares a login with the command line.

mod calls;
mod view;

pub use view::*;
