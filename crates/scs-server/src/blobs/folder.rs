//! Files in a folder of this machine: `sha256/ab/abcd…`.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream, stream::BoxStream};
use sif::read_exact_at;

use super::{Blob, Blobs, is_digest};
use crate::Error;

/// Read at once. With hundreds of pulls at the same time this is what they need of memory.
const CHUNK: u64 = 512 << 10;

/// A folder. A file of it that is open stays readable when it is removed.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        make_folder(&path.join("sha256")).map_err(Error::file(&path))?;
        Ok(Self(path))
    }

    fn path(&self, digest: &str) -> io::Result<PathBuf> {
        let start = digest.get(..2).filter(|_| is_digest(digest));
        let start = start.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.0.join("sha256").join(start).join(digest))
    }
}

impl Blobs for Folder {
    /// A file of the same disk is here already.
    fn bring(&self, _: &Path, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn adopt(&self, file: &Path, digest: &str) -> io::Result<()> {
        let path = self.path(digest)?;
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        if !folder.exists() {
            make_folder(folder)?;
            sync_folder(&self.0.join("sha256"))?;
        }
        match fs::rename(file, &path) {
            // It was moved before, and only a complete file ever is.
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.exists() => {}
            other => other?,
        }
        sync_folder(folder)
    }

    fn open(&self, digest: &str) -> io::Result<Arc<dyn Blob>> {
        Ok(Arc::new(File::open(self.path(digest)?)?))
    }

    fn remove(&self, digest: &str) -> io::Result<()> {
        match fs::remove_file(self.path(digest)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// A file gets its place by one step.
    fn give_up_unfinished(&self) -> io::Result<usize> {
        Ok(0)
    }

    fn digests(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        for folder in fs::read_dir(self.0.join("sha256"))? {
            let folder = folder?;
            if folder.file_type()?.is_dir() {
                for file in fs::read_dir(folder.path())? {
                    found.push(file?.file_name().to_string_lossy().into_owned());
                }
            }
        }
        Ok(found)
    }
}

impl Blob for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn bytes(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let mut buffer = BytesMut::zeroed(length);
        read_exact_at(self, &mut buffer, offset)?;
        Ok(buffer.freeze())
    }

    fn stream(self: Arc<Self>, start: u64, end: u64) -> BoxStream<'static, io::Result<Bytes>> {
        let chunks = stream::try_unfold(start, move |at| {
            let file = Arc::clone(&self);
            async move {
                let length = CHUNK.min(end.saturating_sub(at));
                if length == 0 {
                    return Ok(None);
                }
                let count = usize::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
                let read = tokio::task::spawn_blocking(move || file.bytes(at, count));
                let bytes = read.await.map_err(io::Error::other)??;
                Ok(Some((bytes, at + length)))
            }
        });
        chunks.boxed()
    }
}

/// Makes a folder that nobody else may look into.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes names in a folder survive a loss of power. Windows has no such call and needs none.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}
