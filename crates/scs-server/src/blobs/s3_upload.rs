//! Sending a file into a bucket, in parts if it is long. What is sent is hashed once more on its way: an object appears
//! under a digest only if it has it.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Arc, mpsc},
};

use bytes::Bytes;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload, path::Path as Key};
use sha2::{Digest, Sha256};

use super::s3::Bucket;

/// Files that are sent at the same time.
pub(super) const AT_ONCE: usize = 2;
/// The length of parts; a shorter file goes in one piece.
const PART: u64 = 8 << 20;
/// Parts of a file that are under way at the same time.
const PARTS_AT_ONCE: usize = 2;
/// S3 takes no more.
const MOST_PARTS: u64 = 10_000;

/// Sends a file. It is there as a whole afterwards, or not at all.
pub(super) fn upload(bucket: &Arc<Bucket>, file: &Path, digest: &str) -> io::Result<()> {
    let key = bucket.key(digest)?;
    let file = File::open(file)?;
    let size = file.metadata()?.len();
    let mut reader = Reader {
        file,
        hasher: Sha256::new(),
        left: size,
    };
    let places = Arc::clone(&bucket.places);
    let place = bucket.wait(async { places.acquire_owned().await.map_err(io::Error::other) })?;
    let sent = match size <= PART {
        true => in_one_piece(bucket, &key, &mut reader, digest),
        false => in_parts(bucket, &key, &mut reader, size, digest),
    };
    drop(place);
    sent?;
    match bucket.size(&key)? == size {
        true => Ok(()),
        false => Err(io::Error::other(
            "the storage has another length than was sent",
        )),
    }
}

/// A file that is read once, and its hash.
struct Reader {
    file: File,
    hasher: Sha256,
    left: u64,
}

impl Reader {
    /// The next bytes, at most `most`; none at the end.
    fn next(&mut self, most: u64) -> io::Result<Option<Bytes>> {
        let length = self.left.min(most);
        if length == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact(&mut bytes)?;
        self.hasher.update(&bytes);
        self.left -= length;
        Ok(Some(bytes.into()))
    }

    fn check(&self, digest: &str) -> io::Result<()> {
        match hex::encode(self.hasher.clone().finalize()) == digest {
            true => Ok(()),
            false => Err(io::Error::other("the file changed while it was sent")),
        }
    }
}

fn in_one_piece(
    bucket: &Arc<Bucket>,
    key: &Key,
    reader: &mut Reader,
    digest: &str,
) -> io::Result<()> {
    let bytes = reader.next(PART)?.unwrap_or_default();
    reader.check(digest)?;
    let (holder, key) = (Arc::clone(bucket), key.clone());
    bucket.wait(async move { holder.store.put(&key, PutPayload::from(bytes)).await })?;
    Ok(())
}

fn in_parts(
    bucket: &Arc<Bucket>,
    key: &Key,
    reader: &mut Reader,
    size: u64,
    digest: &str,
) -> io::Result<()> {
    let (holder, key) = (Arc::clone(bucket), key.clone());
    let mut upload = bucket.wait(async move { holder.store.put_multipart(&key).await })?;
    let part = size.div_ceil(MOST_PARTS).max(PART);
    let sent =
        send_parts(bucket, upload.as_mut(), reader, part).and_then(|()| reader.check(digest));
    match sent {
        Ok(()) => bucket.wait(async move { upload.complete().await.map(|_| ()) }),
        Err(error) => {
            // What is left of it takes room and nothing else; the storage may have a rule that removes it.
            let _ = bucket.wait(async move { upload.abort().await });
            Err(error)
        }
    }
}

fn send_parts(
    bucket: &Arc<Bucket>,
    upload: &mut dyn MultipartUpload,
    reader: &mut Reader,
    part: u64,
) -> io::Result<()> {
    let mut under_way = VecDeque::new();
    while let Some(bytes) = reader.next(part)? {
        let (done, result) = mpsc::sync_channel(1);
        let sending = upload.put_part(PutPayload::from(bytes));
        bucket.start(async move {
            let _ = done.send(sending.await);
        });
        under_way.push_back(result);
        if under_way.len() >= PARTS_AT_ONCE {
            settle(&mut under_way)?;
        }
    }
    while !under_way.is_empty() {
        settle(&mut under_way)?;
    }
    Ok(())
}

/// Waits for the oldest part.
fn settle(under_way: &mut VecDeque<mpsc::Receiver<object_store::Result<()>>>) -> io::Result<()> {
    let Some(oldest) = under_way.pop_front() else {
        return Ok(());
    };
    Ok(oldest.recv().map_err(io::Error::other)??)
}
