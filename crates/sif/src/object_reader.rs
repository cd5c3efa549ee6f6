//! Reading one object's bytes and nothing else.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::Source;

/// A reader over a part of a source. Reading behind the part is the end.
///
/// A source that ends inside the part gives [`io::ErrorKind::UnexpectedEof`]: the file became shorter
/// since it was opened, and less data must not pass for the object.
#[derive(Debug, Clone)]
pub struct ObjectReader<S> {
    source: S,
    range: Range<u64>,
    position: u64,
}

impl<S: Source> ObjectReader<S> {
    pub(crate) fn new(source: S, range: Range<u64>) -> Self {
        Self {
            source,
            range,
            position: 0,
        }
    }

    /// Returns the object's size.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Tells whether the object has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes between the reading position and the end.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.len().saturating_sub(self.position)
    }
}

impl<S: Source> Source for ObjectReader<S> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.len().saturating_sub(offset);
        let wanted = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        match self
            .source
            .read_at(&mut buffer[..wanted], self.range.start + offset)?
        {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.len())
    }
}

impl<S: Source> Read for ObjectReader<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl<S: Source> Seek for ObjectReader<S> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let (base, distance) = match target {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(distance) => (self.position, distance),
            SeekFrom::End(distance) => (self.len(), distance),
        };
        self.position = base
            .checked_add_signed(distance)
            .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_only_its_part() {
        let bytes: &[u8] = b"0123456789";
        let mut reader = ObjectReader::new(bytes, 3..6);
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("memory");
        assert_eq!((text.as_str(), reader.remaining()), ("345", 0));

        reader.seek(SeekFrom::End(-1)).expect("inside");
        text.clear();
        reader.read_to_string(&mut text).expect("memory");
        assert_eq!(text, "5");

        reader
            .seek(SeekFrom::Start(u64::MAX))
            .expect("any position");
        assert_eq!(reader.read(&mut [0; 4]).expect("the end"), 0);
        assert!(reader.seek(SeekFrom::Current(1)).is_err());
    }

    #[test]
    fn a_source_that_shrank_is_an_error() {
        let bytes: &[u8] = b"01234";
        let mut all = Vec::new();
        let error = ObjectReader::new(bytes, 3..8)
            .read_to_end(&mut all)
            .expect_err("cut off");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
