//! `remote.yaml`, the list of remotes that the command lines share.
//!
//! It is read as strictly as they read it, merged with the administrator's file as they merge it, and written so that they
//! can read it and nothing of theirs is lost. This room knows one file and its rules; it knows no network and no keychain.
#![deny(missing_docs)]

mod disk;
mod effective;
mod endpoint;
mod file;
pub mod fuzzing;
mod write;
mod yaml;

pub use disk::{Change, DiskError, change, place_of, read};
pub use effective::{BUILT_IN, Effective, NotEffective, Product, effective};
pub use endpoint::{BadEndpoint, frontend_url, is_same_keyserver, keyserver_url};
pub use file::{BadFile, Credential, Keyserver, Remote, RemotesFile};
