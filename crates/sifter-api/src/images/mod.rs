//! Image files: what Sifter was shown, what is inside, parts.
//!
//! A file is opened once for each request and only that handle is read, so nothing can be swapped in between. What was
//! seen is kept with size, time and inode of the file; a file that differs in any of them is read anew.

mod content;
mod drops;
mod export;
mod folders;
mod inspect;
mod known;
mod oci;
mod parts;
mod raw;
mod refused;
mod rows;
mod sample;
mod sort;
mod trash;
mod view;
mod watch;

pub use view::*;

pub(crate) use drops::Drops;
pub(crate) use export::export;
pub(crate) use folders::read_folder;
pub(crate) use inspect::{bytes_to_hash, open_image, read_image};
pub(crate) use known::look_again;
pub(crate) use oci::{is_oci_sif, oci_arch};
pub(crate) use parts::{arch_of, is_encrypted, is_signed};
pub(crate) use rows::stamp_at;
pub(crate) use trash::put as put_into_trash;
pub(crate) use watch::Watch;
