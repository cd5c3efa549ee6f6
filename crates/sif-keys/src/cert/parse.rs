//! Reads the packets of one key and checks how they hang together.
//!
//! The rules are those of the loader in the command lines: a broken self-signature, a subkey without a valid
//! binding or a revocation by somebody else spoils the whole key; what is merely not understood is passed over.

use pgp::packet::{PacketHeader, PublicKey, PublicSubkey, SignatureType};
use pgp::types::{KeyDetails, KeyVersion, PublicParams, Tag};

use super::{About, Certificate, Identity, SelfSignature, SignaturePacket, Subkey};
use crate::ecdsa;
use crate::error::BadKey;
use crate::fingerprint::Fingerprint;
use crate::framing::{self, Frame, tag};
use crate::secret::SecretPart;

/// A key with whatever secret packets came with it.
#[derive(Debug)]
pub(crate) struct ParsedKey {
    pub(crate) certificate: Certificate,
    pub(crate) secret: Option<SecretPart>,
    /// Secret subkeys, in the order of the subkeys; `None` where only the public packet is there.
    pub(crate) secret_subkeys: Vec<Option<SecretPart>>,
}

/// What the packets after the primary key amount to.
struct Reader<'a> {
    frames: std::iter::Peekable<std::vec::IntoIter<Frame<'a>>>,
    primary: PublicKey,
    identities: Vec<Identity>,
    subkeys: Vec<Subkey>,
    secret_subkeys: Vec<Option<SecretPart>>,
    revocations: Vec<SelfSignature>,
    direct: Vec<SelfSignature>,
}

impl ParsedKey {
    /// Reads the packets of one key.
    pub(crate) fn read(block: &[u8]) -> Result<Self, BadKey> {
        let frames = framing::split(block).map_err(|error| BadKey::malformed(error.to_string()))?;
        let raw = public_frames(&frames)?;
        // Old keyrings of GnuPG have trust packets between a user id and its signature.
        let frames: Vec<_> = frames.into_iter().filter(|f| !f.is_passed_over()).collect();
        let mut frames = frames.into_iter().peekable();
        let first = frames
            .next()
            .ok_or_else(|| BadKey::malformed("no packets"))?;
        let (primary, secret) = read_primary(first)?;
        let mut reader = Reader {
            frames,
            primary,
            identities: Vec::new(),
            subkeys: Vec::new(),
            secret_subkeys: Vec::new(),
            revocations: Vec::new(),
            direct: Vec::new(),
        };
        reader.read_rest()?;
        reader.finish(raw, secret)
    }
}

impl<'a> Reader<'a> {
    fn read_rest(&mut self) -> Result<(), BadKey> {
        while let Some(frame) = self.frames.next() {
            match frame.tag {
                tag::USER_ID => self.read_identity(frame)?,
                tag::PUBLIC_SUBKEY | tag::SECRET_SUBKEY => self.read_subkey(frame)?,
                tag::SIGNATURE => self.read_key_signature(frame)?,
                // A second primary key cannot come: the block ends before it. Anything else is passed over.
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes the signature packets that follow, leaving out those that are not understood.
    fn signatures(&mut self) -> Result<Vec<SelfSignature>, BadKey> {
        let mut found = Vec::new();
        while let Some(frame) = self.frames.next_if(|frame| frame.tag == tag::SIGNATURE) {
            match read_signature(frame) {
                Ok(signature) => found.push(signature),
                Err(BadKey::Unsupported(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    fn read_key_signature(&mut self, frame: Frame<'a>) -> Result<(), BadKey> {
        let signature = match read_signature(frame) {
            Ok(signature) => signature,
            Err(BadKey::Unsupported(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        match signature.kind() {
            SignatureType::KeyRevocation => self.revocations.push(signature),
            SignatureType::Key => self.direct.push(signature),
            _ => {}
        }
        Ok(())
    }

    fn read_identity(&mut self, frame: Frame<'a>) -> Result<(), BadKey> {
        let about = About::user_id(&self.primary, frame.body);
        let mut identity = Identity {
            name: frame.body.to_vec(),
            signature: None,
            revocations: Vec::new(),
        };
        let mut own = false;
        for signature in self.signatures()? {
            if !is_about_user_id(signature.kind()) {
                return Err(BadKey::malformed(
                    "a user id has a signature of another kind",
                ));
            }
            if !signature.is_by(&self.primary) {
                continue;
            }
            check_algorithm(&signature.packet, &self.primary)?;
            if !signature.packet.is_proof_of(&self.primary, &about) {
                return Err(BadKey::malformed(
                    "the self-signature of a user id is broken",
                ));
            }
            own = true;
            if signature.kind() == SignatureType::CertRevocation {
                identity.revocations.push(signature);
            } else if identity
                .signature
                .as_ref()
                .is_none_or(|newest| signature.created > newest.created)
            {
                identity.signature = Some(signature);
            }
        }
        if own {
            // The same user id again replaces the first one.
            self.identities.retain(|known| known.name != identity.name);
            self.identities.push(identity);
        }
        Ok(())
    }

    fn read_subkey(&mut self, frame: Frame<'a>) -> Result<(), BadKey> {
        let subkey = read_subkey_packet(frame);
        let signatures = self.signatures()?;
        let (key, secret) = match subkey {
            Ok(keys) => keys,
            Err(BadKey::Unsupported(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let about = About::subkey(&self.primary, &key);
        let mut binding: Option<SelfSignature> = None;
        let mut revocations = Vec::new();
        for signature in signatures {
            check_algorithm(&signature.packet, &self.primary)?;
            let is_about_subkey = matches!(
                signature.kind(),
                SignatureType::SubkeyBinding | SignatureType::SubkeyRevocation
            );
            if !is_about_subkey || !signature.packet.is_proof_of(&self.primary, &about) {
                return Err(BadKey::malformed("the signature of a subkey is broken"));
            }
            if signature.kind() == SignatureType::SubkeyRevocation {
                revocations.push(signature);
                continue;
            }
            check_cross_signature(&signature, &key, &about)?;
            if binding
                .as_ref()
                .is_none_or(|newest| signature.created > newest.created)
            {
                binding = Some(signature);
            }
        }
        let binding = binding.ok_or_else(|| BadKey::malformed("a subkey has no signature"))?;
        self.subkeys.push(Subkey {
            key,
            binding,
            revocations,
        });
        self.secret_subkeys.push(secret);
        Ok(())
    }

    fn finish(self, raw: Vec<u8>, secret: Option<SecretPart>) -> Result<ParsedKey, BadKey> {
        let fingerprint = Fingerprint::from(self.primary.fingerprint());
        let is_v6 = self.primary.version() == KeyVersion::V6;
        let about = About::key(&self.primary);
        let mut direct: Option<SelfSignature> = None;
        if is_v6 {
            for signature in self.direct {
                let good = signature.is_by(&self.primary)
                    && signature.packet.is_proof_of(&self.primary, &about);
                if good
                    && direct
                        .as_ref()
                        .is_none_or(|newest| signature.created > newest.created)
                {
                    direct = Some(signature);
                }
            }
            if direct.is_none() {
                return Err(BadKey::malformed("the key has no signature on itself"));
            }
        } else if self.identities.is_empty() {
            return Err(BadKey::malformed(
                "the key has no user id that it has signed",
            ));
        }
        for revocation in &self.revocations {
            let good = revocation.names(fingerprint)
                && revocation.packet.is_proof_of(&self.primary, &about);
            if !good {
                return Err(BadKey::malformed(
                    "a revocation was not made by the key itself",
                ));
            }
        }
        let certificate = Certificate {
            raw,
            fingerprint,
            primary: self.primary,
            identities: self.identities,
            subkeys: self.subkeys,
            revocations: self.revocations,
            direct,
        };
        Ok(ParsedKey {
            certificate,
            secret,
            secret_subkeys: self.secret_subkeys,
        })
    }
}

fn is_about_user_id(kind: SignatureType) -> bool {
    use SignatureType as T;
    matches!(
        kind,
        T::CertGeneric | T::CertPersona | T::CertCasual | T::CertPositive | T::CertRevocation
    )
}

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

fn read_primary(frame: Frame<'_>) -> Result<(PublicKey, Option<SecretPart>), BadKey> {
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

fn read_subkey_packet(frame: Frame<'_>) -> Result<(PublicSubkey, Option<SecretPart>), BadKey> {
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

fn check_algorithm(signature: &SignaturePacket, key: &impl KeyDetails) -> Result<(), BadKey> {
    if signature.algorithm() == key.algorithm() {
        Ok(())
    } else {
        Err(BadKey::malformed(
            "key and signature are of different algorithms",
        ))
    }
}

/// A subkey that may sign must itself say that it belongs to the primary key.
fn check_cross_signature(
    binding: &SelfSignature,
    subkey: &PublicSubkey,
    about: &About,
) -> Result<(), BadKey> {
    if !binding.key_use.is_some_and(|key_use| key_use.sign) {
        return Ok(());
    }
    let embedded = binding
        .packet
        .embedded()
        .ok_or_else(|| BadKey::malformed("a signing subkey does not confirm its primary key"))?;
    check_algorithm(embedded, subkey)?;
    if embedded.is_proof_of(subkey, about) {
        Ok(())
    } else {
        Err(BadKey::malformed(
            "the confirmation of a signing subkey is broken",
        ))
    }
}

/// Returns the packets with secret keys cut down to their public part; all others as they are.
///
/// A secret key of a kind that is not understood is left out together with its signatures.
pub(crate) fn public_frames(frames: &[Frame<'_>]) -> Result<Vec<u8>, BadKey> {
    let mut out = Vec::new();
    let mut skipping = false;
    for frame in frames {
        match frame.tag {
            tag::SIGNATURE if skipping => {}
            tag::SECRET_KEY => framing::write(&mut out, tag::PUBLIC_KEY, public_body(*frame)?),
            tag::SECRET_SUBKEY => match public_body(*frame) {
                Ok(body) => {
                    skipping = false;
                    framing::write(&mut out, tag::PUBLIC_SUBKEY, body);
                }
                Err(BadKey::Unsupported(_)) => skipping = true,
                Err(error) => return Err(error),
            },
            _ => {
                skipping = false;
                out.extend_from_slice(frame.raw);
            }
        }
    }
    Ok(out)
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
