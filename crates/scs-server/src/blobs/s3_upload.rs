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
use object_store::{
    MultipartId, ObjectStoreExt, PutPayload,
    multipart::{MultipartStore, PartId},
    path::Path as Key,
};
use sha2::{Digest, Sha256};

use super::{s3::Bucket, s3_unfinished::Begun};

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
    let (holder, path) = (Arc::clone(bucket), key.clone());
    let id = bucket.wait(async move { holder.store.create_multipart(&path).await })?;
    let begun = match bucket.unfinished.begin(digest, &id) {
        Ok(begun) => begun,
        Err(error) => {
            let _ = abort(bucket, key.clone(), id);
            return Err(error);
        }
    };
    let part = size.div_ceil(MOST_PARTS).max(PART);
    let sent = send_parts(bucket, key, &id, reader, part).and_then(|parts| {
        reader.check(digest)?;
        let (holder, path, id) = (Arc::clone(bucket), key.clone(), id.clone());
        bucket.wait(async move { holder.store.complete_multipart(&path, &id, parts).await })
    });
    match sent {
        Ok(_) => bucket.unfinished.end(&begun),
        Err(error) => {
            if let Err(left) = give_up(bucket, &begun) {
                tracing::warn!(error = %left, "parts stay in the storage until `gc` or the next start");
            }
            Err(error)
        }
    }
}

/// Has the storage throw away what it got of an upload.
pub(super) fn give_up(bucket: &Arc<Bucket>, begun: &Begun) -> io::Result<()> {
    match abort(bucket, bucket.key(&begun.digest)?, begun.id.clone()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            bucket.unfinished.rest(begun);
            Err(error)
        }
        _ => bucket.unfinished.end(begun),
    }
}

fn abort(bucket: &Arc<Bucket>, key: Key, id: MultipartId) -> io::Result<()> {
    let holder = Arc::clone(bucket);
    bucket.wait(async move { holder.store.abort_multipart(&key, &id).await })
}

type Sent = mpsc::Receiver<object_store::Result<PartId>>;

fn send_parts(
    bucket: &Arc<Bucket>,
    key: &Key,
    id: &MultipartId,
    reader: &mut Reader,
    part: u64,
) -> io::Result<Vec<PartId>> {
    let mut under_way = VecDeque::new();
    let mut parts = Vec::new();
    for number in 0.. {
        let Some(bytes) = reader.next(part)? else {
            break;
        };
        let (done, result) = mpsc::sync_channel(1);
        let (holder, key, id) = (Arc::clone(bucket), key.clone(), id.clone());
        bucket.start(async move {
            let bytes = PutPayload::from(bytes);
            let _ = done.send(holder.store.put_part(&key, &id, number, bytes).await);
        });
        under_way.push_back(result);
        if under_way.len() >= PARTS_AT_ONCE {
            parts.extend(settle(&mut under_way)?);
        }
    }
    while let Some(sent) = settle(&mut under_way)? {
        parts.push(sent);
    }
    Ok(parts)
}

/// Waits for the oldest part; none if there is none.
fn settle(under_way: &mut VecDeque<Sent>) -> io::Result<Option<PartId>> {
    let Some(oldest) = under_way.pop_front() else {
        return Ok(None);
    };
    let sent = oldest.recv().map_err(io::Error::other)?;
    Ok(Some(sent?))
}
