//! SIF images in OCI registries: references, sign-in, push, pull, tags, and the logins that the command lines keep.
//!
//! An image is stored as one artifact with one layer, exactly as `apptainer push oras://` stores it, so that either side can
//! pull what the other pushed. Bytes go through `transfer`: parts, resuming, digests and limits are its own. The exchanges of a
//! registry are few, and what matters in them (which origin sees a login, how much of an answer is read, what is tried again)
//! has to be the same as for every other service; so they are here and not in a general client. Turning `docker://` images into
//! SIF is not done here. This room keeps no login: each comes from the caller.
//!
//! ```no_run
//! use oci::{Client, Reference, Registry};
//!
//! # async fn example(client: &Client) -> Result<(), Box<dyn std::error::Error>> {
//! let reference: Reference = "oras://ghcr.io/lab/blast:2.15".parse()?;
//! let registry = Registry::new(client, reference.repository.host.clone(), None, false);
//! let image = registry.resolve(&reference, Some("amd64")).await?;
//! println!("{} bytes", image.size);
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]

mod challenge;
mod client;
mod digest;
mod error;
mod exchange;
pub mod fuzzing;
mod host;
mod login;
mod logins;
mod manifest;
mod reference;
mod registry;
mod token;

pub use client::Client;
pub use digest::{Digest, NoDigest};
pub use error::{Cause, Error};
pub use host::Host;
pub use login::Login;
pub use logins::{Helpers, KeptLogin, KeptLoginPlace, Listed, LoginFile, LoginFileError};
pub use manifest::{MANIFEST, SIF_CONFIG, SIF_LAYER};
pub use reference::{DEFAULT_TAG, Invalid, Protocol, Reference, Repository};
pub use registry::{
    Form, LibraryImage, LoginCheck, PIECE_SIZE, Pull, Push, PushState, Pushed, Registry, Resolved,
};
