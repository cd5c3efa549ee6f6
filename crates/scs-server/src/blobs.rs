//! Where the bytes of images are: by their digest, in a store that only takes what is complete.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use bytes::{Bytes, BytesMut};
use sif::read_exact_at;

use crate::Error;

/// A store of complete files by the digest of their bytes, 64 hexadecimal digits in lower case.
pub(crate) trait Blobs: fmt::Debug + Send + Sync {
    /// Takes over a file that is complete and safe on the disk. What is there under the digest is replaced.
    fn adopt(&self, file: &Path, digest: &str) -> io::Result<()>;
    /// Opens a file for reading.
    fn open(&self, digest: &str) -> io::Result<Box<dyn Blob>>;
    /// Removes a file; that there is none is fine.
    fn remove(&self, digest: &str) -> io::Result<()>;
    /// All digests.
    fn digests(&self) -> io::Result<Vec<String>>;
}

/// An open file of a store. It stays readable when it is removed.
pub(crate) trait Blob: sif::Source + Send + Sync {
    /// Reads `length` bytes from `offset` on, all of them.
    fn bytes(&self, offset: u64, length: usize) -> io::Result<Bytes>;
}

impl Blob for File {
    fn bytes(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let mut buffer = BytesMut::zeroed(length);
        read_exact_at(self, &mut buffer, offset)?;
        Ok(buffer.freeze())
    }
}

/// A folder: `sha256/ab/abcd…`.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        make_folder(&path.join("sha256")).map_err(Error::file(&path))?;
        Ok(Self(path))
    }

    fn path(&self, digest: &str) -> io::Result<PathBuf> {
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let start = digest.get(..2).filter(|_| is_digest);
        let start = start.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.0.join("sha256").join(start).join(digest))
    }
}

impl Blobs for Folder {
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

    fn open(&self, digest: &str) -> io::Result<Box<dyn Blob>> {
        Ok(Box::new(File::open(self.path(digest)?)?))
    }

    fn remove(&self, digest: &str) -> io::Result<()> {
        match fs::remove_file(self.path(digest)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
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
