//! Key packets by themselves: which are understood, and where their public part ends.

use pgp::packet::{PacketHeader, PublicKey, PublicSubkey};
use pgp::types::{KeyDetails, KeyVersion, PublicParams, Tag};

use super::SelfSignature;
use super::signature_parts::{Bytes, Unread};
use crate::ecdsa;
use crate::error::BadKey;
use crate::framing::{self, Frame, tag};
use crate::secret::SecretPart;

fn header(tag: Tag, frame: Frame<'_>) -> Result<PacketHeader, BadKey> {
    let length =
        u32::try_from(frame.body.len()).map_err(|error| BadKey::malformed(error.to_string()))?;
    Ok(PacketHeader::new_fixed(tag, length))
}

pub(crate) fn read_signature(frame: Frame<'_>) -> Result<SelfSignature, BadKey> {
    SelfSignature::read(frame.body)
}

/// What the library does not support is to be passed over; everything else spoils the key.
fn from_pgp(error: pgp::errors::Error) -> BadKey {
    match error {
        pgp::errors::Error::Unsupported { .. } | pgp::errors::Error::Unimplemented { .. } => {
            BadKey::unsupported(error.to_string())
        }
        other => BadKey::malformed(other.to_string()),
    }
}

pub(super) fn read_primary(frame: Frame<'_>) -> Result<(PublicKey, Option<SecretPart>), BadKey> {
    let mut rest = frame.body;
    let key = match frame.tag {
        tag::PUBLIC_KEY | tag::SECRET_KEY => {
            PublicKey::try_from_reader(header(Tag::PublicKey, frame)?, &mut rest)
                .map_err(from_pgp)?
        }
        _ => return Err(BadKey::malformed("the first packet is not a key")),
    };
    check_version(key.version())?;
    check_params(key.public_params())?;
    if !key.algorithm().can_sign() {
        return Err(BadKey::malformed("the primary key cannot sign"));
    }
    Ok((key, secret_part(frame, rest)))
}

pub(super) fn read_subkey_packet(
    frame: Frame<'_>,
) -> Result<(PublicSubkey, Option<SecretPart>), BadKey> {
    let mut rest = frame.body;
    let key = PublicSubkey::try_from_reader(header(Tag::PublicSubkey, frame)?, &mut rest)
        .map_err(from_pgp)?;
    check_version(key.version())?;
    check_params(key.public_params())?;
    Ok((key, secret_part(frame, rest)))
}

/// What is left of a secret key packet behind its public part.
fn secret_part(frame: Frame<'_>, rest: &[u8]) -> Option<SecretPart> {
    matches!(frame.tag, tag::SECRET_KEY | tag::SECRET_SUBKEY).then(|| SecretPart::new(rest))
}

fn check_version(version: KeyVersion) -> Result<(), BadKey> {
    match version {
        KeyVersion::V4 | KeyVersion::V6 => Ok(()),
        other => Err(BadKey::unsupported(format!(
            "key version {}",
            u8::from(other)
        ))),
    }
}

fn check_params(params: &PublicParams) -> Result<(), BadKey> {
    let supported = match params {
        PublicParams::ECDSA(params) => ecdsa::is_known(params),
        PublicParams::ECDH(params) => params.is_supported(),
        PublicParams::Unknown { .. } => false,
        _ => true,
    };
    if supported {
        Ok(())
    } else {
        Err(BadKey::unsupported("the algorithm or curve of the key"))
    }
}

/// Returns how much of the body of a key packet is its public part.
///
/// # Errors
/// `Cut` also for a point that is not on its curve: neither is held against this key alone by the command lines.
pub(super) fn key_length(tag: u8, body: &[u8]) -> Result<usize, Unread> {
    let (Some(version), Some(algorithm)) = (body.first(), body.get(5)) else {
        return Err(Unread::Cut);
    };
    if !matches!(version, 4 | 6) {
        return Err(BadKey::unsupported(format!("key version {version}")).into());
    }
    let front = if *version == 6 { 10 } else { 6 };
    let numbers = match *algorithm {
        RSA | RSA_ENCRYPT | RSA_SIGN => 2,
        ELGAMAL => 3,
        DSA => 4,
        _ => {
            let raw = body;
            return match public_body(Frame { tag, raw, body }) {
                Ok(public) => Ok(public.len()),
                Err(BadKey::Malformed(_)) => Err(Unread::Cut),
                Err(error) => Err(error.into()),
            };
        }
    };
    let mut bytes = Bytes { all: body, at: 0 };
    bytes.range(front)?;
    let mut last = 0;
    for _ in 0..numbers {
        last = bytes.mpi()?.len();
    }
    if numbers == 2 && last > LONGEST_EXPONENT {
        return Err(BadKey::unsupported("a large public exponent").into());
    }
    Ok(bytes.at)
}

const RSA: u8 = 1;
const RSA_ENCRYPT: u8 = 2;
const RSA_SIGN: u8 = 3;
const ELGAMAL: u8 = 16;
const DSA: u8 = 17;
/// In bytes.
const LONGEST_EXPONENT: usize = 3;

/// The packets of a key with secret keys cut down to their public part; all others as they are.
///
/// A secret key of a kind that is not understood is left out together with its signatures.
#[derive(Debug, Default)]
pub(super) struct PublicPackets {
    pub(super) bytes: Vec<u8>,
    is_skipping: bool,
}

impl PublicPackets {
    pub(super) fn push(&mut self, frame: Frame<'_>) -> Result<(), BadKey> {
        let out = &mut self.bytes;
        match frame.tag {
            tag::SIGNATURE if self.is_skipping => {}
            tag::SECRET_KEY => framing::write(out, tag::PUBLIC_KEY, public_body(frame)?),
            tag::SECRET_SUBKEY => match public_body(frame) {
                Ok(body) => {
                    self.is_skipping = false;
                    framing::write(out, tag::PUBLIC_SUBKEY, body);
                }
                Err(BadKey::Unsupported(_)) => self.is_skipping = true,
                Err(error) => return Err(error),
            },
            _ => {
                self.is_skipping = false;
                out.extend_from_slice(frame.raw);
            }
        }
        Ok(())
    }
}

/// The public part at the start of a secret key packet.
pub(crate) fn public_body(frame: Frame<'_>) -> Result<&[u8], BadKey> {
    let mut rest = frame.body;
    let key = PublicSubkey::try_from_reader(header(Tag::PublicSubkey, frame)?, &mut rest)
        .map_err(from_pgp)?;
    check_version(key.version())?;
    check_params(key.public_params())?;
    Ok(&frame.body[..frame.body.len() - rest.len()])
}
