//! What library, keystore, builder and token services say to their clients: every body once, for both sides.
//!
//! Reading is lenient where real servers differ (missing members, nulls, wrong times, an `error` that is a string),
//! writing is what the strictest client accepts. No input or output of any kind, no clock, no policy.
//!
//! ```
//! use scs_types::{Envelope, library::Image};
//!
//! let body = br#"{"data":{"id":"5f0c","hash":"","size":7,"uploaded":true,"new":[1]}}"#;
//! let image = Envelope::<Image>::read(body).unwrap().data.unwrap();
//! assert_eq!((image.id.as_str(), image.size, image.uploaded), ("5f0c", 7, true));
//! ```
#![deny(missing_docs)]

pub mod builder;
mod envelope;
mod folded;
mod frontend;
pub mod fuzzing;
mod id;
pub mod keystore;
mod lenient;
pub mod library;
mod moment;
mod user;
mod version;

pub use envelope::{Envelope, Failure, Page, Unreadable};
pub use frontend::{Frontend, Library, Service};
pub use id::Id;
pub use moment::Moment;
pub use user::CurrentUser;
pub use version::{ApiLevel, Version};
