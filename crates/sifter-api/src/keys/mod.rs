//! Keys: own and others', trust, passphrases.
//!
//! Keys live in the keyring files of the active command line, nowhere else. What the person decided about them, and the
//! old versions of the files, live in Sifter's own folder.

mod change;
mod create;
mod export;
mod failure;
mod files;
mod gnupg;
mod import;
mod network;
mod network_view;
mod page;
mod rings;
mod rows;
mod trust;
mod unlock;
mod view;

pub use network_view::*;
pub use rows::is_same_name;
pub use view::*;

pub(crate) use create::make;
pub(crate) use export::write_for_person;
pub(crate) use failure::{fault_code, key_error, keyring_error};
pub(crate) use import::ImportPlans;
pub(crate) use page::reason_word;
pub(crate) use rings::{KeySet, parse as parse_fingerprint};
pub(crate) use rows::{UserId, label_of};
pub(crate) use unlock::Unlocked;
