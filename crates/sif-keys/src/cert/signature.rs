//! A signature packet, read as the command lines read it, and kept as the bytes it was.
//!
//! `pgp` hashes what it would have written itself, compares the two digest bytes that the packet repeats, and refuses
//! parts of unusual form. The command lines hash what is there. So keys are judged by this reader; `pgp` does the
//! arithmetic.

use std::ops::Range;

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::SignatureType;
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, KeyVersion, SignatureBytes, VerifyingKey};

use super::signature_parts::{Bytes, Part, Unread, check_part, part};
use crate::ecdsa::Lenient;
use crate::error::BadKey;
use crate::fingerprint::{Fingerprint, KeyId};

/// Signatures inside signatures inside signatures; real keys have one level.
const MAX_DEPTH: usize = 4;

/// A signature of version 4 or 6.
#[derive(Debug, Clone)]
pub(crate) struct SignaturePacket {
    body: Vec<u8>,
    /// How many bytes of the body are signed.
    signed: usize,
    kind: SignatureType,
    algorithm: PublicKeyAlgorithm,
    hash: HashAlgorithm,
    parts: Vec<Part>,
    embedded: Option<Box<SignaturePacket>>,
    digest_start: [u8; 2],
    salt: Range<usize>,
    numbers: SignatureBytes,
}

impl SignaturePacket {
    /// Reads the body of a packet.
    ///
    /// # Errors
    /// `Unsupported` for a signature to pass over, `Malformed` for one that spoils its key.
    pub(crate) fn read(body: &[u8]) -> Result<Self, BadKey> {
        let mut packet = Self::read_at(&mut Bytes { all: body, at: 0 }, 0)?;
        packet.body = body.to_vec();
        Ok(packet)
    }

    /// Returns how much of `body` a reader takes that stops where the signature ends.
    ///
    /// # Errors
    /// As [`Self::read`], with a body that is cut short told apart.
    pub(crate) fn length_in(body: &[u8]) -> Result<usize, Unread> {
        let mut bytes = Bytes { all: body, at: 0 };
        Self::read_at(&mut bytes, 0)?;
        Ok(bytes.at)
    }

    fn read_at(bytes: &mut Bytes<'_>, depth: usize) -> Result<Self, Unread> {
        if depth > MAX_DEPTH {
            return Err(BadKey::malformed("signatures lie in one another").into());
        }
        let version = bytes.number(1)?;
        if !matches!(version, 4 | 6) {
            return Err(BadKey::unsupported("a signature of an old version").into());
        }
        let kind = SignatureType::from(bytes.byte()?);
        let algorithm = PublicKeyAlgorithm::from(bytes.byte()?);
        let hash = HashAlgorithm::from(bytes.byte()?);
        check_algorithms(algorithm, hash)?;
        let width = if version == 6 { 4 } else { 2 };
        let mut packet = Self {
            body: Vec::new(),
            signed: 0,
            kind,
            algorithm,
            hash,
            parts: Vec::new(),
            embedded: None,
            digest_start: [0; 2],
            salt: 0..0,
            numbers: SignatureBytes::Mpis(Vec::new()),
        };
        packet.read_area(bytes, width, true, depth)?;
        packet.signed = bytes.at;
        packet.read_area(bytes, width, false, depth)?;
        packet.digest_start = [bytes.byte()?, bytes.byte()?];
        if version == 6 {
            let length = bytes.number(1)?;
            if hash.salt_len() != Some(length) {
                return Err(BadKey::malformed("the salt of a signature has a wrong length").into());
            }
            packet.salt = bytes.range(length)?;
        }
        packet.numbers = bytes.numbers(algorithm)?;
        // Not all of it: what follows may be a whole file.
        packet.body = bytes.all[..bytes.at].to_vec();
        Ok(packet)
    }

    fn read_area(
        &mut self,
        bytes: &mut Bytes<'_>,
        width: usize,
        is_hashed: bool,
        depth: usize,
    ) -> Result<(), Unread> {
        let length = bytes.number(width)?;
        let area = bytes.range(length)?;
        let mut inside = Bytes {
            all: &bytes.all[..area.end],
            at: area.start,
        };
        while inside.at < area.end {
            let part = inside.part(is_hashed)?;
            self.take(part, bytes.all, depth)?;
        }
        let has_time = |part: &Part| part.is_hashed && part.kind == part::CREATED;
        if self.parts.iter().any(has_time) {
            Ok(())
        } else {
            Err(BadKey::malformed("a signature without a time").into())
        }
    }

    fn take(&mut self, found: Part, body: &[u8], depth: usize) -> Result<(), Unread> {
        let counts = found.is_hashed
            || matches!(
                found.kind,
                part::ISSUER | part::ISSUER_FINGERPRINT | part::EMBEDDED
            );
        if counts {
            check_part(&found, &body[found.body.clone()])?;
        }
        if found.kind == part::EMBEDDED {
            let all = &body[found.body.clone()];
            let embedded = Self::read_at(&mut Bytes { all, at: 0 }, depth + 1)?;
            if embedded.kind != SignatureType::KeyBinding {
                return Err(BadKey::malformed("a signature holds one of another kind").into());
            }
            if self.embedded.replace(Box::new(embedded)).is_some() {
                return Err(BadKey::malformed("a signature holds several others").into());
            }
        }
        self.parts.push(found);
        Ok(())
    }

    /// Returns the body as it was read.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the part of the body that is signed.
    pub(crate) fn signed(&self) -> &[u8] {
        &self.body[..self.signed]
    }

    pub(crate) fn kind(&self) -> SignatureType {
        self.kind
    }

    pub(crate) fn algorithm(&self) -> PublicKeyAlgorithm {
        self.algorithm
    }

    pub(crate) fn hash(&self) -> HashAlgorithm {
        self.hash
    }

    pub(crate) fn numbers(&self) -> &SignatureBytes {
        &self.numbers
    }

    /// Returns the signature of a signing subkey that is carried inside. It proves itself, so it may stand in the area
    /// that is not signed.
    pub(crate) fn embedded(&self) -> Option<&Self> {
        self.embedded.as_deref()
    }

    /// Returns all parts with their bytes, the signed ones first.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&Part, &[u8])> {
        self.parts
            .iter()
            .map(|part| (part, &self.body[part.body.clone()]))
    }

    fn bodies(&self, kind: u8) -> impl Iterator<Item = &[u8]> {
        self.parts()
            .filter(move |(part, _)| part.kind == kind)
            .map(|(_, body)| body)
    }

    /// Returns the fingerprints of the key that made it, by its own word; the last one counts.
    pub(crate) fn issuer_fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.bodies(part::ISSUER_FINGERPRINT)
            .filter_map(|body| Fingerprint::from_slice(body.get(1..)?))
    }

    /// Returns the ids of the key that made it, by its own word; the last one counts.
    pub(crate) fn issuer_ids(&self) -> impl Iterator<Item = KeyId> {
        self.bodies(part::ISSUER)
            .filter_map(|body| body.try_into().ok().map(KeyId))
    }

    /// Whether `key` made this over the key `about`, a user id, or a primary key and its subkey.
    pub(crate) fn is_proof_of<K>(&self, key: &K, about: &About) -> bool
    where
        K: VerifyingKey + Serialize,
    {
        let is_v6 = self.body[0] == 6;
        if is_v6 != (key.version() == KeyVersion::V6) {
            return false;
        }
        let Some(digest) = self.digest(about) else {
            return false;
        };
        // Of older signatures nobody compares the bytes that are repeated.
        if is_v6 && !digest.starts_with(&self.digest_start) {
            return false;
        }
        Lenient(key)
            .verify(self.hash, &digest, &self.numbers)
            .is_ok()
    }

    fn digest(&self, about: &About) -> Option<Vec<u8>> {
        let mut hasher = self.hash.new_hasher().ok()?;
        hasher.update(&self.body[self.salt.clone()]);
        hasher.update(about.0.as_ref()?);
        hasher.update(self.signed());
        let length = u32::try_from(self.signed).ok()?;
        hasher.update(&[self.body[0], 0xFF]);
        hasher.update(&length.to_be_bytes());
        Some(hasher.finalize().to_vec())
    }
}

/// What a signature is about, as it is hashed; nothing when it cannot be.
pub(crate) struct About(Option<Vec<u8>>);

impl About {
    /// A key by itself.
    pub(crate) fn key<K: KeyDetails + Serialize>(key: &K) -> Self {
        Self(hashed_key(key))
    }

    /// A user id of a key.
    pub(crate) fn user_id<K: KeyDetails + Serialize>(key: &K, user_id: &[u8]) -> Self {
        let bytes = || {
            let mut bytes = hashed_key(key)?;
            bytes.push(0xB4);
            bytes.extend(u32::try_from(user_id.len()).ok()?.to_be_bytes());
            bytes.extend_from_slice(user_id);
            Some(bytes)
        };
        Self(bytes())
    }

    /// A primary key and its subkey.
    pub(crate) fn subkey<K, S>(primary: &K, subkey: &S) -> Self
    where
        K: KeyDetails + Serialize,
        S: KeyDetails + Serialize,
    {
        let bytes = || Some([hashed_key(primary)?, hashed_key(subkey)?].concat());
        Self(bytes())
    }
}

fn hashed_key<K: KeyDetails + Serialize>(key: &K) -> Option<Vec<u8>> {
    let body = key.to_bytes().ok()?;
    let mut bytes = Vec::with_capacity(body.len() + 5);
    if key.version() == KeyVersion::V6 {
        bytes.push(0x9B);
        bytes.extend(u32::try_from(body.len()).ok()?.to_be_bytes());
    } else {
        bytes.push(0x99);
        bytes.extend(u16::try_from(body.len()).ok()?.to_be_bytes());
    }
    bytes.extend_from_slice(&body);
    Some(bytes)
}

/// Algorithms with which the command lines read a signature at all.
fn check_algorithms(algorithm: PublicKeyAlgorithm, hash: HashAlgorithm) -> Result<(), BadKey> {
    use HashAlgorithm as H;
    use PublicKeyAlgorithm as P;
    if !matches!(
        algorithm,
        P::RSA | P::RSASign | P::DSA | P::ECDSA | P::EdDSALegacy | P::Ed25519 | P::Ed448
    ) {
        return Err(BadKey::unsupported("a signature by an unknown algorithm"));
    }
    if !matches!(
        hash,
        H::Sha1 | H::Sha224 | H::Sha256 | H::Sha384 | H::Sha512 | H::Sha3_256 | H::Sha3_512
    ) {
        return Err(BadKey::unsupported(format!(
            "a signature over a {hash} digest"
        )));
    }
    Ok(())
}
