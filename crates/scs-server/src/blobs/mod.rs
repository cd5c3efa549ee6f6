//! Where the bytes of images are: by their digest, in a store that only takes what is complete.

mod credentials;
mod folder;
mod s3;
mod s3_owner;
mod s3_unfinished;
mod s3_upload;

pub use credentials::{BadCredentials, Credentials};
pub(crate) use folder::{Folder, make_folder, sync_folder};
pub use s3::S3;
pub(crate) use s3::S3Blobs;
pub(crate) use s3_owner::OWNER_FILE;

use std::{fmt, io, path::Path, sync::Arc};

use bytes::Bytes;
use futures_util::stream::BoxStream;

/// Where the bytes of images are kept.
#[derive(Clone, Debug, Default)]
pub enum Storage {
    /// Beside the rows, in the folder of the cloud.
    #[default]
    Folder,
    /// In a bucket.
    S3(Box<S3>),
}

/// A store of complete files by the digest of their bytes, 64 hexadecimal digits in lower case.
pub(crate) trait Blobs: fmt::Debug + Send + Sync {
    /// Brings a file that is complete and safe on the disk nearer to the store, without anybody waiting for it: what takes
    /// long is done here. [`Blobs::adopt`] follows.
    fn bring(&self, file: &Path, digest: &str) -> io::Result<()>;
    /// Takes over a file that is complete and safe on the disk. What is there under the digest is replaced.
    fn adopt(&self, file: &Path, digest: &str) -> io::Result<()>;
    /// Opens a file for reading.
    fn open(&self, digest: &str) -> io::Result<Arc<dyn Blob>>;
    /// Removes a file; that there is none is fine.
    fn remove(&self, digest: &str) -> io::Result<()>;
    /// Gives up what was on its way into the store when a process died. Returns how many files that were.
    fn give_up_unfinished(&self) -> io::Result<usize>;
    /// All digests.
    fn digests(&self) -> io::Result<Vec<String>>;
}

/// An open file of a store.
pub(crate) trait Blob: Send + Sync {
    /// How many bytes it has.
    fn size(&self) -> io::Result<u64>;
    /// Reads `length` bytes from `offset` on, all of them. For those who may wait.
    fn bytes(&self, offset: u64, length: usize) -> io::Result<Bytes>;
    /// The bytes from `start` to before `end`, little of them in memory at a time.
    fn stream(self: Arc<Self>, start: u64, end: u64) -> BoxStream<'static, io::Result<Bytes>>;
}

/// Whether a name is one that a store gives to a file.
fn is_digest(name: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    name.len() == 64 && name.bytes().all(is_hex)
}
