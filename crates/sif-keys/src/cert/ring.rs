//! Reads the keys of a ring for a verification, packet by packet, as the library inside the command lines does.
//!
//! That reader knows no frames: a packet that was understood ends where its last field ends, whatever length it
//! names; one that was not is passed over, even if it is cut short. So it finds keys where an editor of rings must
//! not touch a byte, and gives up on all keys where an editor sees one bad packet.

use std::borrow::Cow;
use std::iter::Peekable;

use super::Certificate;
use super::key_packets::key_length;
use super::parse::{Packet, ParsedKey, Stop};
use super::signature::SignaturePacket;
use super::signature_parts::{Bytes, Unread};
use crate::error::{BadKey, Error};
use crate::framing::{self, FrameError, FrameFault, Length, tag};

/// Returns the usable keys of a ring in binary form.
///
/// # Errors
/// When the reader of the command lines would give up, or when none of the keys is usable.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Certificate>, Error> {
    let mut packets = Stream::new(bytes).peekable();
    let mut good = Vec::new();
    let mut last = None;
    loop {
        match ParsedKey::next(&mut packets) {
            Ok(None) => break,
            Ok(Some(key)) if good.len() < framing::MAX_KEYS => good.push(key.certificate),
            Ok(Some(_)) => return Err(fault_at(0, FrameFault::TooMany)),
            Err(Stop::Ring(error)) => return Err(error),
            Err(Stop::Key(error)) => {
                if !skip_to_key(&mut packets) {
                    return Err(error);
                }
                last = Some(error);
            }
        }
    }
    match last {
        Some(error) if good.is_empty() => Err(error),
        _ => Ok(good),
    }
}

/// Whether this reader sees the same packets as one that goes by their lengths. Checks no signature.
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    let mut whole = 0;
    let are_all_plain = Stream::new(bytes).all(|packet| match packet {
        Ok(Packet {
            raw: Cow::Borrowed(raw),
            ..
        }) => {
            whole += raw.len();
            true
        }
        _ => false,
    });
    are_all_plain && whole == bytes.len()
}

/// Goes to the next public key; a secret one is not looked for. A second fault on the way ends everything.
fn skip_to_key(packets: &mut Peekable<Stream<'_>>) -> bool {
    while let Some(packet) =
        packets.next_if(|packet| !matches!(packet, Ok(packet) if packet.tag == tag::PUBLIC_KEY))
    {
        if packet.is_err() {
            return false;
        }
    }
    true
}

fn fault_at(offset: usize, fault: FrameFault) -> Error {
    FrameError { offset, fault }.into()
}

/// The packets of a ring that are understood, and the faults that are told.
struct Stream<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Stream<'a> {
    fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }
}

/// What becomes of a packet.
enum Look {
    /// This much of the body belongs to it.
    Takes(usize),
    /// It is passed over.
    Skips,
    /// It spoils its key.
    Spoils(BadKey),
    /// It spoils the ring.
    Ends(Error),
    /// It looks as if the ring ended in front of it.
    LooksLikeTheEnd,
}

impl<'a> Iterator for Stream<'a> {
    type Item = Result<Packet<'a>, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.at;
            let rest = self.all.get(start..).filter(|rest| !rest.is_empty())?;
            let opened = match Opened::read(rest) {
                Ok(opened) => opened,
                Err(fault @ FrameFault::NotAPacket(_)) => {
                    self.at += 1;
                    return Some(Err(Stop::Key(fault_at(start, fault))));
                }
                Err(fault) => {
                    self.at = self.all.len();
                    return Some(Err(Stop::Ring(fault_at(start, fault))));
                }
            };
            self.at += opened.end;
            match opened.look(start) {
                Look::Takes(length) => {
                    if !opened.is_in_pieces {
                        self.at = start + opened.header + length;
                    }
                    return Some(Ok(opened.packet(rest, length)));
                }
                Look::Skips => {}
                Look::Spoils(error) => return Some(Err(error.into())),
                Look::Ends(error) => return Some(Err(Stop::Ring(error))),
                Look::LooksLikeTheEnd => self.at = self.all.len(),
            }
        }
    }
}

/// A packet whose header was read.
struct Opened<'a> {
    tag: u8,
    header: usize,
    body: Cow<'a, [u8]>,
    /// Where the packet ends, by its own word or because nothing is left.
    end: usize,
    is_cut: bool,
    is_in_pieces: bool,
}

impl<'a> Opened<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, FrameFault> {
        let (tag, header, length) = framing::header(bytes)?;
        let rest = &bytes[header..];
        let whole = |length: usize, is_cut| Self {
            tag,
            header,
            body: Cow::Borrowed(&rest[..length]),
            end: header + length,
            is_cut,
            is_in_pieces: false,
        };
        Ok(match length {
            Length::Fixed(length) => whole(length.min(rest.len()), length > rest.len()),
            Length::ToTheEnd => whole(rest.len(), false),
            Length::Piece(first) => {
                let (body, end, is_cut) = join_pieces(rest, first);
                Self {
                    tag,
                    header,
                    body: Cow::Owned(body),
                    end: header + end,
                    is_cut,
                    is_in_pieces: true,
                }
            }
        })
    }

    fn look(&self, start: usize) -> Look {
        let body = &self.body[..];
        let all_of_it = if self.is_cut {
            Look::Ends(fault_at(start, FrameFault::CutShort))
        } else {
            Look::Takes(body.len())
        };
        let found = match self.tag {
            tag::SIGNATURE => SignaturePacket::length_in(body),
            tag::PUBLIC_KEY | tag::PUBLIC_SUBKEY => key_length(self.tag, body),
            tag::SECRET_KEY | tag::SECRET_SUBKEY => match secret_start(self.tag, body) {
                Ok(()) => return all_of_it,
                Err(error) => Err(error),
            },
            tag::USER_ATTRIBUTE if !self.is_cut => check_attribute(body),
            tag::MARKER if body.is_empty() && !self.is_cut => return Look::LooksLikeTheEnd,
            tag::MARKER => check_marker(body),
            tag::TRUST | tag::FIRST_OPTIONAL.. => return Look::Skips,
            tag::USER_ID | tag::USER_ATTRIBUTE | tag::PADDING => return all_of_it,
            // Parts of messages, which end no key.
            1 | 3 | 4 | 8 | 9 | 11 | 18 | 20 => return Look::Takes(body.len()),
            other => return Look::Ends(fault_at(start, FrameFault::UnknownKind(other))),
        };
        match found {
            Ok(length) => Look::Takes(length),
            Err(Unread::Cut) => Look::Ends(fault_at(start, FrameFault::CutShort)),
            Err(Unread::Bad(BadKey::Unsupported(_))) => Look::Skips,
            Err(Unread::Bad(error)) => Look::Spoils(error),
        }
    }

    /// The packet as one that names the length that was taken.
    fn packet(self, bytes: &'a [u8], length: usize) -> Packet<'a> {
        let is_as_it_stands = !self.is_in_pieces && self.header + length == self.end;
        if is_as_it_stands && framing::next(&bytes[..self.end]).is_ok() {
            return Packet {
                tag: self.tag,
                raw: Cow::Borrowed(&bytes[..self.end]),
                header: self.header,
            };
        }
        let mut raw = Vec::new();
        framing::write(&mut raw, self.tag, &self.body[..length]);
        Packet {
            tag: self.tag,
            header: raw.len() - length,
            raw: Cow::Owned(raw),
        }
    }
}

/// Joins the pieces of a body; returns it, where it ends, and whether the end is missing.
fn join_pieces(bytes: &[u8], first: usize) -> (Vec<u8>, usize, bool) {
    let mut body = Vec::new();
    let (mut at, mut length, mut is_last) = (0_usize, first, false);
    loop {
        let end = at.saturating_add(length);
        let Some(piece) = bytes.get(at..end) else {
            body.extend_from_slice(&bytes[at..]);
            return (body, bytes.len(), true);
        };
        body.extend_from_slice(piece);
        at = end;
        if is_last {
            return (body, at, false);
        }
        let Ok((used, next)) = framing::new_length(&bytes[at..]) else {
            return (body, bytes.len(), true);
        };
        at += used;
        (length, is_last) = match next {
            Length::Piece(length) => (length, false),
            Length::Fixed(length) => (length, true),
            Length::ToTheEnd => (bytes.len() - at, true),
        };
    }
}

/// Checks the public part of a secret key packet and how the rest is locked.
fn secret_start(tag: u8, body: &[u8]) -> Result<(), Unread> {
    match body.get(key_length(tag, body)?) {
        None => Err(Unread::Cut),
        Some(0 | 253..=255) => Ok(()),
        Some(_) => Err(BadKey::unsupported("a lock of an old kind").into()),
    }
}

fn check_marker(body: &[u8]) -> Result<usize, Unread> {
    match body.get(..3) {
        None => Err(Unread::Cut),
        Some(b"PGP") => Ok(3),
        Some(_) => Err(BadKey::malformed("a marker packet with another text").into()),
    }
}

fn check_attribute(body: &[u8]) -> Result<usize, Unread> {
    let mut parts = Bytes { all: body, at: 0 };
    while parts.at < body.len() {
        parts.part(false)?;
    }
    Ok(body.len())
}
