//! Where an image's bytes come from and go to.
//!
//! A [`Source`] is read at positions, so that several threads may read one open file at once. A
//! [`Storage`] can also be changed. Neither knows about paths: an image is opened once and that handle
//! is used until the end.

use std::fs::File;
use std::io;

#[cfg_attr(unix, path = "source/unix.rs")]
#[cfg_attr(windows, path = "source/windows.rs")]
mod platform;

/// Bytes that can be read at any position.
pub trait Source: Sync {
    /// Reads into `buffer` from `offset` on and returns how many bytes came; 0 means the end.
    ///
    /// # Errors
    /// Whatever the medium says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Returns the number of bytes.
    ///
    /// # Errors
    /// Whatever the medium says.
    fn size(&self) -> io::Result<u64>;
}

/// Bytes that can also be changed.
pub trait Storage: Source {
    /// Writes all of `bytes` at `offset`; the storage grows as needed, with zeros in between.
    ///
    /// # Errors
    /// Whatever the medium says; some of the bytes may have been written.
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts or extends (with zeros) to `length` bytes.
    ///
    /// # Errors
    /// Whatever the medium says.
    fn set_len(&mut self, length: u64) -> io::Result<()>;

    /// Returns after everything written so far would survive a loss of power.
    ///
    /// # Errors
    /// Whatever the medium says.
    fn sync(&mut self) -> io::Result<()>;
}

/// Fills `buffer` from `offset` on.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] if the source ends first, and whatever the source says.
pub fn read_exact_at<S: Source + ?Sized>(
    source: &S,
    mut buffer: &mut [u8],
    mut offset: u64,
) -> io::Result<()> {
    while !buffer.is_empty() {
        match source.read_at(buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                buffer = buffer.get_mut(count..).ok_or(io::ErrorKind::InvalidData)?;
                offset = offset
                    .checked_add(count as u64)
                    .ok_or(io::ErrorKind::InvalidInput)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl<S: Source + ?Sized> Source for &S {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        (**self).size()
    }
}

impl<S: Source + ?Sized> Source for &mut S {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        (**self).size()
    }
}

impl<S: Storage + ?Sized> Storage for &mut S {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        (**self).write_all_at(bytes, offset)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        (**self).set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        (**self).sync()
    }
}

impl Source for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.len());
        let rest = &self[start..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}

impl Source for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}

impl Storage for Vec<u8> {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let end = start
            .checked_add(bytes.len())
            .ok_or(io::ErrorKind::FileTooLarge)?;
        if end > self.len() {
            self.try_reserve(end - self.len())
                .map_err(|_| io::ErrorKind::OutOfMemory)?;
            self.resize(end, 0);
        }
        self[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let more = length.saturating_sub(self.len());
        self.try_reserve(more)
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        self.resize(length, 0);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        platform::read_at(self, buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

impl Storage for File {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        platform::write_all_at(self, bytes, offset)
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        File::set_len(self, length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_reads_stop_at_the_end() {
        let bytes = vec![1_u8, 2, 3];
        let mut buffer = [0; 4];
        assert_eq!(bytes.read_at(&mut buffer, 1).ok(), Some(2));
        assert_eq!(bytes.read_at(&mut buffer, 3).ok(), Some(0));
        assert_eq!(bytes.read_at(&mut buffer, u64::MAX).ok(), Some(0));
        let error = read_exact_at(&bytes, &mut buffer, 0).expect_err("three bytes only");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn memory_writes_fill_the_gap_with_zeros() {
        let mut bytes = vec![1_u8];
        bytes.write_all_at(&[9], 3).expect("memory");
        assert_eq!(bytes, [1, 0, 0, 9]);
        Storage::set_len(&mut bytes, 2).expect("memory");
        assert_eq!(bytes, [1, 0]);
        assert!(bytes.write_all_at(&[1], u64::MAX).is_err());
    }
}
