//! The Singularity Image Format (SIF): reading, creating and changing images.
//!
//! An image is a header, a table of descriptors and the objects that they describe. [`Image::read`] is
//! strict: what it returns has a sound structure, whatever the bytes were. [`Inspection::read`] lists
//! what can be parsed of a file that is refused.
//!
//! ```
//! use sif::{Image, Inspection};
//!
//! let file: &[u8] = b"hello";
//! assert!(Image::read(file).is_err());
//! let found = Inspection::read(file)?;
//! assert_eq!(found.looks_like, Some(sif::LooksLike::Text));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! This crate is synchronous. It knows no network, no clock and no randomness (times and UUIDs are
//! parameters), prints nothing, and does not verify: that is `sif-integrity`.
#![deny(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod builder;
mod codes;
mod descriptor;
mod editor;
mod error;
mod extra;
mod fault;
mod finding;
#[doc(hidden)]
pub mod fuzzing;
mod header;
mod id;
mod image;
mod index;
mod inspection;
pub mod journal;
mod layout;
mod load;
mod object_input;
mod object_reader;
mod ranges;
pub mod raw;
mod sniff;
pub mod source;
pub mod text;

pub use builder::{DEFAULT_CAPACITY, ImageBuilder};
pub use codes::{
    Architecture, DataType, FileSystem, HashType, MessageFormat, MessageType, PartitionType,
    SbomFormat,
};
pub use descriptor::Descriptor;
pub use editor::{ChangeTime, DeleteOptions, Editor};
pub use error::Error;
pub use extra::{Extra, FINGERPRINT_SIZE, OciDigest};
pub use fault::{Fault, FaultKind, Field, Problem};
pub use finding::Finding;
pub use header::Header;
pub use id::{GroupId, Link, ObjectId, UnixTime};
pub use image::Image;
pub use inspection::{Inspection, MAX_FAULTS, MAX_LISTED};
pub use layout::{Segment, SegmentKind};
pub use load::MAX_DESCRIPTORS;
pub use object_input::{ObjectInput, PARTITION_ALIGNMENT};
pub use object_reader::ObjectReader;
pub use sniff::{LooksLike, sniff};
pub use source::{Source, Storage, read_exact_at};
