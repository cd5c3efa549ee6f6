//! Cuts a byte string into OpenPGP packets without looking into them.
//!
//! Everything that must keep foreign bytes untouched works on these frames: a key that nobody changed is carried
//! as the slice it was read from, never written anew. Lengths that only streams need (partial, indeterminate) are
//! refused, because no tool writes keys with them.

use thiserror::Error;

/// More packets than any real key has; keeps hostile input from costing minutes and memory.
pub(crate) const MAX_PACKETS: usize = 20_000;
/// More keys than any real file has: at the largest size they would have 256 bytes each.
pub(crate) const MAX_KEYS: usize = 1 << 18;

/// Packet tags that matter here.
pub(crate) mod tag {
    pub(crate) const SIGNATURE: u8 = 2;
    pub(crate) const SECRET_KEY: u8 = 5;
    pub(crate) const PUBLIC_KEY: u8 = 6;
    pub(crate) const SECRET_SUBKEY: u8 = 7;
    pub(crate) const MARKER: u8 = 10;
    pub(crate) const TRUST: u8 = 12;
    pub(crate) const USER_ID: u8 = 13;
    pub(crate) const PUBLIC_SUBKEY: u8 = 14;
    pub(crate) const USER_ATTRIBUTE: u8 = 17;
    pub(crate) const PADDING: u8 = 21;
    /// From here on, readers that do not know a packet ignore it.
    pub(crate) const FIRST_OPTIONAL: u8 = 40;
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
    /// There are more packets than any key has, or more keys than a file of allowed size can hold.
    #[error("there are far too many packets")]
    TooMany,
    /// The first packet is not a key.
    #[error("the data does not begin with a key")]
    NoKeyFirst,
    /// The packet is of a kind that nobody may pass over, and it is not known.
    #[error("a packet of the unknown kind {0}")]
    UnknownKind(u8),
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

    /// Whether readers go on as if the packet were not there, wherever it stands.
    pub(crate) fn is_passed_over(&self) -> bool {
        matches!(self.tag, tag::MARKER | tag::TRUST) || self.tag >= tag::FIRST_OPTIONAL
    }
}

/// The length in the header of a packet.
pub(crate) enum Length {
    Fixed(usize),
    /// Length of the first of several pieces.
    Piece(usize),
    /// None: the packet goes to the end of the data.
    ToTheEnd,
}

/// Reads the packet at the start of `bytes`.
pub(crate) fn next(bytes: &[u8]) -> Result<Frame<'_>, FrameFault> {
    let (tag, header, length) = header(bytes)?;
    let Length::Fixed(length) = length else {
        return Err(FrameFault::NoFixedLength);
    };
    if tag == 0 {
        return Err(FrameFault::NotAPacket(bytes[0]));
    }
    let end = header.checked_add(length).ok_or(FrameFault::CutShort)?;
    let raw = bytes.get(..end).ok_or(FrameFault::CutShort)?;
    Ok(Frame {
        tag,
        raw,
        body: &raw[header..],
    })
}

/// Reads the tag of a packet, the length of its header, and the length of its body.
pub(crate) fn header(bytes: &[u8]) -> Result<(u8, usize, Length), FrameFault> {
    let first = *bytes.first().ok_or(FrameFault::CutShort)?;
    if first & 0x80 == 0 {
        return Err(FrameFault::NotAPacket(first));
    }
    if first & 0x40 == 0 {
        return old_header(first, bytes);
    }
    let (width, length) = new_length(&bytes[1..])?;
    Ok((first & 0x3F, 1 + width, length))
}

fn old_header(first: u8, bytes: &[u8]) -> Result<(u8, usize, Length), FrameFault> {
    let tag = (first >> 2) & 0x0F;
    let width = match first & 3 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => return Ok((tag, 1, Length::ToTheEnd)),
    };
    let digits = bytes.get(1..1 + width).ok_or(FrameFault::CutShort)?;
    Ok((tag, 1 + width, Length::Fixed(big_endian(digits))))
}

/// Reads a length of the new form, and returns how many bytes it has.
pub(crate) fn new_length(bytes: &[u8]) -> Result<(usize, Length), FrameFault> {
    let byte = |at: usize| {
        let byte = bytes.get(at).ok_or(FrameFault::CutShort);
        byte.map(|byte| usize::from(*byte))
    };
    Ok(match byte(0)? {
        length @ 0..=191 => (1, Length::Fixed(length)),
        high @ 192..=223 => (2, Length::Fixed((high - 192) * 256 + byte(1)? + 192)),
        255 => {
            let digits = bytes.get(1..5).ok_or(FrameFault::CutShort)?;
            (5, Length::Fixed(big_endian(digits)))
        }
        power => (1, Length::Piece(1 << (power & 0x1F))),
    })
}

fn big_endian(digits: &[u8]) -> usize {
    digits
        .iter()
        .fold(0, |sum, digit| (sum << 8) | usize::from(*digit))
}

/// Cuts all of `bytes` into packets, one after another; ends behind the first fault.
pub(crate) fn packets(
    bytes: &[u8],
) -> impl Iterator<Item = Result<(usize, Frame<'_>), FrameError>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(offset..).filter(|rest| !rest.is_empty())?;
        let start = offset;
        match next(rest) {
            Ok(frame) => {
                offset += frame.raw.len();
                Some(Ok((start, frame)))
            }
            Err(fault) => {
                offset = bytes.len();
                Some(Err(FrameError {
                    offset: start,
                    fault,
                }))
            }
        }
    })
}

/// Cuts the bytes of one key into its packets.
///
/// # Errors
/// The first place where the bytes are not packets, or where there are more than [`MAX_PACKETS`].
pub(crate) fn split(bytes: &[u8]) -> Result<Vec<Frame<'_>>, FrameError> {
    let mut frames = Vec::new();
    for packet in packets(bytes) {
        let (offset, frame) = packet?;
        if frames.len() == MAX_PACKETS {
            return Err(FrameError {
                offset,
                fault: FrameFault::TooMany,
            });
        }
        frames.push(frame);
    }
    Ok(frames)
}

/// Cuts all of `bytes` into transferable keys, each the slice from one key packet to the next.
///
/// # Errors
/// The first place where the bytes are not packets, where a packet precedes the first key, or where there are more
/// than [`MAX_KEYS`].
pub(crate) fn split_keys(bytes: &[u8]) -> Result<Vec<&[u8]>, FrameError> {
    let mut keys = Vec::new();
    let mut start = 0;
    for packet in packets(bytes) {
        let (offset, frame) = packet?;
        let fault = |fault| FrameError { offset, fault };
        if !frame.begins_key() {
            if offset == 0 {
                return Err(fault(FrameFault::NoKeyFirst));
            }
            continue;
        }
        if offset > 0 {
            keys.push(&bytes[start..offset]);
        }
        if keys.len() == MAX_KEYS {
            return Err(fault(FrameFault::TooMany));
        }
        start = offset;
    }
    if start < bytes.len() {
        keys.push(&bytes[start..]);
    }
    Ok(keys)
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

    #[test]
    fn packets_and_keys_have_a_limit() {
        // An empty key, then empty user ids.
        let of_key = |count| [vec![0xC6, 0], [0xCD, 0].repeat(count)].concat();
        assert_eq!(split(&of_key(MAX_PACKETS - 1)).unwrap().len(), MAX_PACKETS);
        let too_many = |offset| FrameError {
            offset,
            fault: FrameFault::TooMany,
        };
        assert_eq!(split(&of_key(MAX_PACKETS)), Err(too_many(2 * MAX_PACKETS)));
        // As one of several keys it is for its own reading to refuse.
        assert_eq!(split_keys(&of_key(MAX_PACKETS)).unwrap().len(), 1);
        let keys = |count| [0xC6, 0].repeat(count);
        assert_eq!(split_keys(&keys(MAX_KEYS)).unwrap().len(), MAX_KEYS);
        assert_eq!(split_keys(&keys(MAX_KEYS + 1)), Err(too_many(2 * MAX_KEYS)));
    }
}
