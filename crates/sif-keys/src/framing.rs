//! Cuts a byte string into OpenPGP packets without looking into them.
//!
//! Everything that must keep foreign bytes untouched works on these frames: a key that nobody changed is carried
//! as the slice it was read from, never written anew. Lengths that only streams need (partial, indeterminate) are
//! refused, because no tool writes keys with them.

use thiserror::Error;

/// Packet tags that matter here.
pub(crate) mod tag {
    pub(crate) const SIGNATURE: u8 = 2;
    pub(crate) const SECRET_KEY: u8 = 5;
    pub(crate) const PUBLIC_KEY: u8 = 6;
    pub(crate) const SECRET_SUBKEY: u8 = 7;
    pub(crate) const USER_ID: u8 = 13;
    pub(crate) const PUBLIC_SUBKEY: u8 = 14;
    pub(crate) const USER_ATTRIBUTE: u8 = 17;
}

/// What is wrong at a place in a byte string that should be packets.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum FrameFault {
    /// A packet must begin here, but the byte cannot begin one.
    #[error("no packet begins with the byte {0:#04x}")]
    NotAPacket(u8),
    /// The packet says that it is longer than what is left.
    #[error("the packet ends behind the end of the data")]
    CutShort,
    /// The packet has no fixed length.
    #[error("the packet has no fixed length")]
    NoFixedLength,
    /// The first packet is not a key.
    #[error("the data does not begin with a key")]
    NoKeyFirst,
}

/// A place in a byte string and what is wrong there.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("byte {offset}: {fault}")]
pub struct FrameError {
    /// Offset of the packet that could not be read.
    pub offset: usize,
    /// What is wrong with it.
    pub fault: FrameFault,
}

/// One packet: its tag, all its bytes and its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) tag: u8,
    /// Header and body, as they were read.
    pub(crate) raw: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl Frame<'_> {
    /// Whether a transferable key begins with this packet.
    pub(crate) fn begins_key(&self) -> bool {
        matches!(self.tag, tag::PUBLIC_KEY | tag::SECRET_KEY)
    }
}

/// Reads the packet at the start of `bytes`.
pub(crate) fn next(bytes: &[u8]) -> Result<Frame<'_>, FrameFault> {
    let first = *bytes.first().ok_or(FrameFault::CutShort)?;
    if first & 0x80 == 0 {
        return Err(FrameFault::NotAPacket(first));
    }
    let (tag, header, length) = if first & 0x40 == 0 {
        old_header(first, bytes)?
    } else {
        new_header(first, bytes)?
    };
    if tag == 0 {
        return Err(FrameFault::NotAPacket(first));
    }
    let end = header.checked_add(length).ok_or(FrameFault::CutShort)?;
    let raw = bytes.get(..end).ok_or(FrameFault::CutShort)?;
    Ok(Frame {
        tag,
        raw,
        body: &raw[header..],
    })
}

fn old_header(first: u8, bytes: &[u8]) -> Result<(u8, usize, usize), FrameFault> {
    let tag = (first >> 2) & 0x0F;
    let width = match first & 3 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => return Err(FrameFault::NoFixedLength),
    };
    let digits = bytes.get(1..1 + width).ok_or(FrameFault::CutShort)?;
    Ok((tag, 1 + width, big_endian(digits)))
}

fn new_header(first: u8, bytes: &[u8]) -> Result<(u8, usize, usize), FrameFault> {
    let tag = first & 0x3F;
    let byte = |at: usize| {
        bytes
            .get(at)
            .map(|b| usize::from(*b))
            .ok_or(FrameFault::CutShort)
    };
    match byte(1)? {
        length @ 0..=191 => Ok((tag, 2, length)),
        high @ 192..=223 => Ok((tag, 3, (high - 192) * 256 + byte(2)? + 192)),
        255 => {
            let digits = bytes.get(2..6).ok_or(FrameFault::CutShort)?;
            Ok((tag, 6, big_endian(digits)))
        }
        _ => Err(FrameFault::NoFixedLength),
    }
}

fn big_endian(digits: &[u8]) -> usize {
    digits
        .iter()
        .fold(0, |sum, digit| (sum << 8) | usize::from(*digit))
}

/// Cuts all of `bytes` into packets.
pub(crate) fn split(bytes: &[u8]) -> Result<Vec<Frame<'_>>, FrameError> {
    let mut frames = Vec::new();
    let mut offset = 0;
    while offset < bytes.len() {
        let frame = next(&bytes[offset..]).map_err(|fault| FrameError { offset, fault })?;
        offset += frame.raw.len();
        frames.push(frame);
    }
    Ok(frames)
}

/// Cuts all of `bytes` into transferable keys, each the slice from one key packet to the next.
///
/// # Errors
/// The first place where the bytes are not packets, or where a packet precedes the first key.
pub(crate) fn split_keys(bytes: &[u8]) -> Result<Vec<&[u8]>, FrameError> {
    let mut starts = Vec::new();
    let mut offset = 0;
    for frame in split(bytes)? {
        if frame.begins_key() {
            starts.push(offset);
        } else if starts.is_empty() {
            return Err(FrameError {
                offset,
                fault: FrameFault::NoKeyFirst,
            });
        }
        offset += frame.raw.len();
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    Ok(starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| &bytes[start..end])
        .collect())
}

/// Writes one packet with a new-format header.
pub(crate) fn write(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(0xC0 | tag);
    match body.len() {
        length @ 0..=191 => out.push(length as u8),
        length @ 192..=8383 => {
            out.push(((length - 192) / 256 + 192) as u8);
            out.push(((length - 192) % 256) as u8);
        }
        length => {
            out.push(255);
            // Packets here come from memory and are far below 4 GiB.
            out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_packets_are_read_back() {
        for length in [0, 1, 191, 192, 8383, 8384, 70_000] {
            let mut out = Vec::new();
            write(&mut out, tag::USER_ID, &vec![7; length]);
            let frame = next(&out).unwrap();
            assert_eq!(
                (frame.tag, frame.body.len(), frame.raw.len()),
                (13, length, out.len())
            );
        }
    }

    #[test]
    fn faults_name_their_offset() {
        let mut good = Vec::new();
        write(&mut good, tag::PUBLIC_KEY, b"key");
        write(&mut good, tag::USER_ID, b"name");
        let mut cut = good.clone();
        cut.pop();
        let zeros = [good.clone(), vec![0; 4]].concat();
        let partial = [good.clone(), vec![0xCD, 0xE1]].concat();
        let indeterminate = [good.clone(), vec![0xB7]].concat();
        for (bytes, offset, fault) in [
            (cut, 5, FrameFault::CutShort),
            (zeros, 11, FrameFault::NotAPacket(0)),
            (partial, 11, FrameFault::NoFixedLength),
            (indeterminate, 11, FrameFault::NoFixedLength),
            (good[5..].to_vec(), 0, FrameFault::NoKeyFirst),
            (b"-----BEGIN".to_vec(), 0, FrameFault::NotAPacket(b'-')),
        ] {
            assert_eq!(split_keys(&bytes), Err(FrameError { offset, fault }));
        }
        assert_eq!(split_keys(&good).unwrap(), vec![&good[..]]);
        assert!(split_keys(&[]).unwrap().is_empty());
    }
}
