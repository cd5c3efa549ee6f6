//! Reads the packets of one key and checks how they hang together.
//!
//! The rules are those of the loader in the command lines: a broken self-signature, a subkey without a valid
//! binding or a revocation by somebody else spoils the whole key; what is merely not understood is passed over.

use std::borrow::Cow;
use std::iter::Peekable;

use pgp::packet::{PublicKey, PublicSubkey, SignatureType};
use pgp::types::{KeyDetails, KeyVersion};

use super::key_packets::{PublicPackets, read_primary, read_signature, read_subkey_packet};
use super::{About, Certificate, Identity, SelfSignature, SignaturePacket, Subkey};
use crate::error::{BadKey, Error};
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

/// One packet on the way into a key.
pub(super) struct Packet<'a> {
    pub(super) tag: u8,
    pub(super) raw: Cow<'a, [u8]>,
    /// Length of what is in front of the body.
    pub(super) header: usize,
}

impl Packet<'_> {
    pub(super) fn frame(&self) -> Frame<'_> {
        Frame {
            tag: self.tag,
            raw: &self.raw,
            body: &self.raw[self.header..],
        }
    }
}

impl<'a> From<Frame<'a>> for Packet<'a> {
    fn from(frame: Frame<'a>) -> Self {
        Self {
            tag: frame.tag,
            raw: Cow::Borrowed(frame.raw),
            header: frame.raw.len() - frame.body.len(),
        }
    }
}

/// Why a key is not read.
#[derive(Debug)]
pub(super) enum Stop {
    /// What spoils this key alone.
    Key(Error),
    /// What spoils all keys around it.
    Ring(Error),
}

impl Stop {
    fn into_error(self) -> Error {
        match self {
            Self::Key(error) | Self::Ring(error) => error,
        }
    }
}

impl From<BadKey> for Stop {
    fn from(error: BadKey) -> Self {
        Self::Key(error.into())
    }
}

/// What the packets after the primary key amount to.
struct Reader<'p, P: Iterator> {
    packets: &'p mut Peekable<P>,
    count: usize,
    public: PublicPackets,
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
        let mut packets = frames.into_iter().map(|f| Ok(f.into())).peekable();
        let key = Self::next(&mut packets).map_err(|stop| match stop.into_error() {
            Error::Unusable(error) => error,
            error => BadKey::malformed(error.to_string()),
        })?;
        key.ok_or_else(|| BadKey::malformed("no packets"))
    }

    /// Reads one key and stops in front of the next one, or behind the packet that spoils it.
    pub(super) fn next<'a, P>(packets: &mut Peekable<P>) -> Result<Option<Self>, Stop>
    where
        P: Iterator<Item = Result<Packet<'a>, Stop>>,
    {
        let Some(first) = packets.next().transpose()? else {
            return Ok(None);
        };
        let (primary, secret) = read_primary(first.frame())?;
        let mut public = PublicPackets::default();
        public.push(first.frame())?;
        let mut reader = Reader {
            packets,
            count: 1,
            public,
            primary,
            identities: Vec::new(),
            subkeys: Vec::new(),
            secret_subkeys: Vec::new(),
            revocations: Vec::new(),
            direct: Vec::new(),
        };
        reader.read_rest()?;
        Ok(Some(reader.finish(secret)?))
    }
}

impl<'a, P> Reader<'_, P>
where
    P: Iterator<Item = Result<Packet<'a>, Stop>>,
{
    fn read_rest(&mut self) -> Result<(), Stop> {
        while let Some(packet) = self.take_if(|frame| !frame.begins_key())? {
            let frame = packet.frame();
            match frame.tag {
                tag::USER_ID => self.read_identity(frame)?,
                tag::PUBLIC_SUBKEY | tag::SECRET_SUBKEY => self.read_subkey(frame)?,
                tag::SIGNATURE => self.read_key_signature(frame)?,
                // Anything else is passed over.
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes the next packet if it is of the right kind, and whatever says nothing in front of it.
    fn take_if(
        &mut self,
        is_right: impl Fn(Frame<'_>) -> bool,
    ) -> Result<Option<Packet<'a>>, Stop> {
        loop {
            let is_wanted = |packet: &Result<Packet<'a>, Stop>| match packet {
                // Old keyrings of GnuPG have trust packets between a user id and its signature.
                Ok(packet) => packet.frame().is_passed_over() || is_right(packet.frame()),
                Err(_) => true,
            };
            let Some(packet) = self.packets.next_if(is_wanted).transpose()? else {
                return Ok(None);
            };
            if self.count == framing::MAX_PACKETS {
                return Err(BadKey::malformed("the key has far too many packets").into());
            }
            self.count += 1;
            self.public.push(packet.frame())?;
            if !packet.frame().is_passed_over() {
                return Ok(Some(packet));
            }
        }
    }

    /// Takes the signature that follows, leaving out those that are not understood.
    fn signature(&mut self) -> Result<Option<SelfSignature>, Stop> {
        while let Some(packet) = self.take_if(|frame| frame.tag == tag::SIGNATURE)? {
            match read_signature(packet.frame()) {
                Err(BadKey::Unsupported(_)) => {}
                other => return Ok(Some(other?)),
            }
        }
        Ok(None)
    }

    fn read_key_signature(&mut self, frame: Frame<'_>) -> Result<(), BadKey> {
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

    fn read_identity(&mut self, frame: Frame<'_>) -> Result<(), Stop> {
        let about = About::user_id(&self.primary, frame.body);
        let mut identity = Identity {
            name: frame.body.to_vec(),
            signature: None,
            revocations: Vec::new(),
        };
        let mut own = false;
        while let Some(signature) = self.signature()? {
            if !is_about_user_id(signature.kind()) {
                return Err(BadKey::malformed("a user id has a signature of another kind").into());
            }
            if !signature.is_by(&self.primary) {
                continue;
            }
            check_algorithm(&signature.packet, &self.primary)?;
            if !signature.packet.is_proof_of(&self.primary, &about) {
                return Err(BadKey::malformed("the self-signature of a user id is broken").into());
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

    fn read_subkey(&mut self, frame: Frame<'_>) -> Result<(), Stop> {
        let (key, secret) = match read_subkey_packet(frame) {
            Ok(keys) => keys,
            Err(BadKey::Unsupported(_)) => {
                while self.signature()?.is_some() {}
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let about = About::subkey(&self.primary, &key);
        let mut binding: Option<SelfSignature> = None;
        let mut revocations = Vec::new();
        // Whatever goes wrong among the signatures of a subkey is held against this key alone.
        while let Some(signature) = self
            .signature()
            .map_err(|stop| Stop::Key(stop.into_error()))?
        {
            check_algorithm(&signature.packet, &self.primary)?;
            let is_about_subkey = matches!(
                signature.kind(),
                SignatureType::SubkeyBinding | SignatureType::SubkeyRevocation
            );
            if !is_about_subkey || !signature.packet.is_proof_of(&self.primary, &about) {
                return Err(BadKey::malformed("the signature of a subkey is broken").into());
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

    fn finish(self, secret: Option<SecretPart>) -> Result<ParsedKey, BadKey> {
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
            raw: self.public.bytes,
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
