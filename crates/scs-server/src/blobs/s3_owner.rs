//! Which cloud a place in a bucket belongs to. Two clouds that share one would tidy each other's images away.

use std::{fs, io, path::Path, sync::Arc};

use bytes::Bytes;
use object_store::{Error as Failed, ObjectStore, ObjectStoreExt, PutMode};

use super::{s3::Bucket, sync_folder};
use crate::random;

/// The object that says it.
const OWNER: &str = "owner";
/// The file beside the rows that says so too.
pub(crate) const OWNER_FILE: &str = "storage";

impl Bucket {
    /// Whether this place belongs to the cloud in `folder`; a free one does from now on.
    pub(super) fn is_owned_by(self: &Arc<Self>, folder: &Path) -> io::Result<bool> {
        let path = folder.join(OWNER_FILE);
        let (own, is_new) = match fs::read_to_string(&path) {
            Ok(own) => (own, false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (random::identity(), true),
            Err(error) => return Err(error),
        };
        if is_new {
            // Before the bucket knows it: a place that nobody can prove to be his is lost.
            write_whole(&path, &own)?;
        }
        let there = self.owner(own.clone());
        let is_own = there.as_ref().is_ok_and(|there| there == own.as_bytes());
        if is_new && !is_own {
            fs::remove_file(&path)?;
        }
        there.map(|_| is_own)
    }

    /// The owner of this place, who is `text` if it had none.
    fn owner(self: &Arc<Self>, text: String) -> io::Result<Bytes> {
        let bucket = Arc::clone(self);
        let key = self.prefix.clone().join(OWNER);
        self.wait(async move {
            // Not every storage knows conditions, and some leave them out without a word.
            match bucket.store.get(&key).await {
                Err(Failed::NotFound { .. }) => {}
                there => return there?.bytes().await,
            }
            let own = Bytes::from(text);
            let mode = PutMode::Create.into();
            match bucket.store.put_opts(&key, own.clone().into(), mode).await {
                Err(Failed::AlreadyExists { .. } | Failed::Precondition { .. }) => {
                    bucket.store.get(&key).await?.bytes().await
                }
                // As 501 by a storage that knows none.
                Err(Failed::Generic { .. }) => {
                    bucket.store.put(&key, own.into()).await?;
                    bucket.store.get(&key).await?.bytes().await
                }
                other => other.map(|_| own),
            }
        })
    }
}

/// Writes a file that is there as a whole or not at all.
pub(super) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let part = path.with_added_extension("part");
    fs::write(&part, text)?;
    fs::File::open(&part)?.sync_all()?;
    fs::rename(&part, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}
