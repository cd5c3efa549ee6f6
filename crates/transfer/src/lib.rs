//! Big files over HTTP: in parts, in parallel, resumable, and never wrong under their final name.
//!
//! A download goes into `NAME.part` with a side file that says which parts are there; it is hashed while it is written and
//! gets its name when everything is proven. An upload sends parts in parallel and asks for a fresh address when one expired.
//! This room knows HTTP and files. It knows no service: where bytes are and may go is asked of a [`Source`] or a [`Sink`].
#![deny(missing_docs)]

mod arriving;
mod download;
mod error;
pub mod fuzzing;
mod hashing;
mod http;
mod limit;
mod pace;
mod part_file;
mod parts;
mod piece;
mod request_id;
mod retry;
mod side_file;
mod space;
mod upload;

pub use arriving::{Arriving, DigestPromise};
pub use download::{Download, Downloaded, FileCheck, PART_SIZE, discard, has_partial, resumable};
pub use error::{Cause, Error};
pub use hashing::{FileDigests, Wanted, hash_file};
pub use http::{Http, Limits, Location, Look, redirect, retry_after};
pub use limit::Bandwidth;
pub use piece::Piece;
pub use request_id::RequestId;
pub use retry::{Retry, Tries};
pub use space::free_space;
pub use upload::{PartDigests, SentPart, Sink, Upload};

use futures_util::future::BoxFuture;
pub use tokio_util::sync::CancellationToken;

/// Says where the bytes of a download are.
pub trait Source: Send + Sync {
    /// Where the bytes are now. Asked again when an address no longer works: addresses that a service signs expire.
    fn locate(&self) -> BoxFuture<'_, Result<Location, Error>>;

    /// Whether another answer may come to the same question, so that an address that is refused at once is asked for anew.
    fn renews(&self) -> bool {
        false
    }
}

/// Is told how far a transfer is. Called often and from any thread: it must be quick.
pub trait Progress: Send + Sync {
    /// `done` of `total` bytes are transferred; `total` is none as long as nobody said it.
    fn advanced(&self, done: u64, total: Option<u64>);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn advanced(&self, _done: u64, _total: Option<u64>) {}
}
