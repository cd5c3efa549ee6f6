//! Public keys from PEM, and what a signature by them looks like: RSA PKCS#1 v1.5, ECDSA and Ed25519.
//!
//! ECDSA uses SHA-256 on every curve; so do the command lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use der::oid::ObjectIdentifier;
use der::{Decode, Encode};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use pkcs8::DecodePublicKey;
use pkcs8::spki::SubjectPublicKeyInfoRef;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pss::Pss;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPublicKey, sha2 as digests};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::pem;

/// Largest RSA modulus that is used; larger ones only cost time.
const MAX_RSA_BITS: usize = 16_384;
/// Bytes of a P-521 scalar.
const P521_SIZE: usize = 66;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(crate) const P224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.33");
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(crate) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
pub(crate) const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Why a public key cannot be used.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The text has no PEM block.
    #[error("no PEM block found")]
    NoPem,
    /// The first block is something else.
    #[error("the PEM block is `{0}`, not a public key")]
    NotAPublicKey(String),
    /// The block does not hold a key.
    #[error("the public key is malformed")]
    Malformed,
    /// A kind of key or curve that signatures on images do not use.
    #[error("keys of type `{0}` are not supported")]
    Unsupported(String),
}

/// The digest that goes with an RSA signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaDigest {
    /// SHA-256; the only one that verification accepts in an envelope.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl RsaDigest {
    pub(crate) fn scheme(self) -> Pkcs1v15Sign {
        match self {
            Self::Sha256 => Pkcs1v15Sign::new::<digests::Sha256>(),
            Self::Sha384 => Pkcs1v15Sign::new::<digests::Sha384>(),
            Self::Sha512 => Pkcs1v15Sign::new::<digests::Sha512>(),
        }
    }

    fn pss(self) -> Pss {
        match self {
            Self::Sha256 => Pss::new::<digests::Sha256>(),
            Self::Sha384 => Pss::new::<digests::Sha384>(),
            Self::Sha512 => Pss::new::<digests::Sha512>(),
        }
    }

    pub(crate) fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => sha2::Sha256::digest(message).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(message).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(message).to_vec(),
        }
    }
}

/// A public key that an envelope or a certificate may be signed with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum PublicKey {
    /// RSA.
    Rsa(Box<RsaPublicKey>),
    /// ECDSA on P-224.
    P224(p224::ecdsa::VerifyingKey),
    /// ECDSA on P-256.
    P256(p256::ecdsa::VerifyingKey),
    /// ECDSA on P-384.
    P384(p384::ecdsa::VerifyingKey),
    /// ECDSA on P-521.
    P521(p521::PublicKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl PublicKey {
    /// Returns the key in the first PEM block of a text.
    ///
    /// # Errors
    /// When that block is not a public key of a supported kind.
    pub fn from_pem(text: &[u8]) -> Result<Self, PublicKeyError> {
        let block = pem::first_block(text).ok_or(PublicKeyError::NoPem)?;
        match block.label.as_str() {
            "PUBLIC KEY" => Self::from_spki_der(&block.contents),
            "RSA PUBLIC KEY" => Self::from_pkcs1_der(&block.contents),
            other => Err(PublicKeyError::NotAPublicKey(other.to_owned())),
        }
    }

    /// Returns the key in a DER-encoded `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// When it is malformed or of a kind that is not supported.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        fn read<K: DecodePublicKey>(der: &[u8]) -> Result<K, PublicKeyError> {
            K::from_public_key_der(der).map_err(|_| PublicKeyError::Malformed)
        }
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| PublicKeyError::Malformed)?;
        match info.algorithm.oid {
            RSA => {
                let key = info.subject_public_key.as_bytes();
                Self::from_pkcs1_der(key.ok_or(PublicKeyError::Malformed)?)
            }
            ED25519 => read(der).map(Self::Ed25519),
            EC => {
                let curve = info
                    .algorithm
                    .parameters_oid()
                    .map_err(|_| PublicKeyError::Malformed)?;
                match curve {
                    P224 => read(der).map(Self::P224),
                    P256 => read(der).map(Self::P256),
                    P384 => read(der).map(Self::P384),
                    P521 => read(der).map(Self::P521),
                    other => Err(PublicKeyError::Unsupported(other.to_string())),
                }
            }
            other => Err(PublicKeyError::Unsupported(other.to_string())),
        }
    }

    /// Reads the numbers themselves: the library's own reading stops at 4096 bits.
    fn from_pkcs1_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        let key = pkcs1::RsaPublicKey::from_der(der).map_err(|_| PublicKeyError::Malformed)?;
        let number = |number: pkcs1::UintRef<'_>| BigUint::from_bytes_be(number.as_bytes());
        let (modulus, exponent) = (number(key.modulus), number(key.public_exponent));
        let bits = modulus.bits();
        if bits > MAX_RSA_BITS {
            return Err(too_large(bits));
        }
        RsaPublicKey::new_with_max_size(modulus, exponent, MAX_RSA_BITS)
            .map(|key| Self::Rsa(Box::new(key)))
            .map_err(|_| PublicKeyError::Malformed)
    }

    pub(crate) fn from_rsa(key: RsaPublicKey) -> Result<Self, PublicKeyError> {
        if key.n().bits() > MAX_RSA_BITS {
            return Err(too_large(key.n().bits()));
        }
        Ok(Self::Rsa(Box::new(key)))
    }

    /// Returns the key's name in envelopes, `SHA256:` and base64; empty for a key without SSH form.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.ssh_form().map_or_else(String::new, |form| {
            format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(form)))
        })
    }

    /// Returns a word for the kind of key.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RSA",
            Self::P224(_) => "ECDSA P-224",
            Self::P256(_) => "ECDSA P-256",
            Self::P384(_) => "ECDSA P-384",
            Self::P521(_) => "ECDSA P-521",
            Self::Ed25519(_) => "Ed25519",
        }
    }

    /// Tells whether `signature` over `message` was made by this key, with SHA-256 unless Ed25519.
    ///
    /// ECDSA signatures may be DER or two numbers of fixed width.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(_) => self.verifies_rsa(RsaDigest::Sha256, message, signature),
            Self::Ed25519(key) => {
                ed25519_dalek::Signature::from_slice(signature).is_ok_and(|signature| {
                    use ed25519_dalek::Verifier;
                    key.verify(message, &signature).is_ok()
                })
            }
            _ => self.verifies_ecdsa_digest(&Sha256::digest(message), signature),
        }
    }

    /// Tells whether an RSA signature with this digest was made by this key; false for other keys.
    #[must_use]
    pub fn verifies_rsa(&self, digest: RsaDigest, message: &[u8], signature: &[u8]) -> bool {
        let Self::Rsa(key) = self else { return false };
        key.verify(digest.scheme(), &digest.digest(message), signature)
            .is_ok()
    }

    /// Tells whether an RSA signature with PSS padding, of this digest and a salt of its length, was made by this
    /// key; false for other keys.
    #[must_use]
    pub(crate) fn verifies_pss(&self, digest: RsaDigest, message: &[u8], signature: &[u8]) -> bool {
        let Self::Rsa(key) = self else { return false };
        key.verify(digest.pss(), &digest.digest(message), signature)
            .is_ok()
    }

    /// Tells whether an ECDSA signature over a digest was made by this key; false for other keys.
    #[must_use]
    pub(crate) fn verifies_ecdsa_digest(&self, digest: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::P224(key) => p224::ecdsa::Signature::from_der(signature)
                .or_else(|_| p224::ecdsa::Signature::from_slice(signature))
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()),
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .or_else(|_| p256::ecdsa::Signature::from_slice(signature))
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()),
            Self::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .or_else(|_| p384::ecdsa::Signature::from_slice(signature))
                .is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()),
            Self::P521(key) => p521::ecdsa::Signature::from_der(signature)
                .or_else(|_| p521::ecdsa::Signature::from_slice(signature))
                .is_ok_and(|signature| {
                    p521::ecdsa::VerifyingKey::from_affine(*key.as_affine()).is_ok_and(|key| {
                        key.verify_prehash(&p521_prehash(digest), &signature)
                            .is_ok()
                    })
                }),
            Self::Rsa(_) | Self::Ed25519(_) => false,
        }
    }

    /// Returns the key in SSH wire form.
    fn ssh_form(&self) -> Option<Vec<u8>> {
        let mut form = Vec::new();
        match self {
            Self::Rsa(key) => {
                push_string(&mut form, b"ssh-rsa");
                push_integer(&mut form, &key.e().to_bytes_be());
                push_integer(&mut form, &key.n().to_bytes_be());
            }
            Self::Ed25519(key) => {
                push_string(&mut form, b"ssh-ed25519");
                push_string(&mut form, key.as_bytes());
            }
            Self::P224(_) => return None,
            Self::P256(key) => {
                push_point(
                    &mut form,
                    "nistp256",
                    key.to_encoded_point(false).as_bytes(),
                );
            }
            Self::P384(key) => {
                push_point(
                    &mut form,
                    "nistp384",
                    key.to_encoded_point(false).as_bytes(),
                );
            }
            Self::P521(key) => push_point(&mut form, "nistp521", &key.to_sec1_bytes()),
        }
        Some(form)
    }

    /// Returns the key as a DER-encoded `SubjectPublicKeyInfo`; equal keys give equal bytes.
    #[must_use]
    pub fn to_spki_der(&self) -> Option<Vec<u8>> {
        use pkcs8::EncodePublicKey;
        let document = match self {
            Self::Rsa(key) => key.to_public_key_der(),
            Self::P224(key) => key.to_public_key_der(),
            Self::P256(key) => key.to_public_key_der(),
            Self::P384(key) => key.to_public_key_der(),
            Self::P521(key) => key.to_public_key_der(),
            Self::Ed25519(key) => key.to_public_key_der(),
        };
        document.ok()?.to_der().ok()
    }
}

fn too_large(bits: usize) -> PublicKeyError {
    PublicKeyError::Unsupported(format!("RSA with {bits} bits"))
}

/// Returns a digest as P-521 takes it: the crate refuses those of less than half the curve's size, so
/// the number is written with leading zeros, which changes nothing about it.
pub(crate) fn p521_prehash(digest: &[u8]) -> Vec<u8> {
    let mut padded = vec![0; P521_SIZE.saturating_sub(digest.len())];
    padded.extend_from_slice(digest);
    padded
}

fn push_string(form: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("keys are far smaller than 4 GiB");
    form.extend_from_slice(&length.to_be_bytes());
    form.extend_from_slice(bytes);
}

/// Appends a positive number: without leading zeros, but one when the first bit is set.
fn push_integer(form: &mut Vec<u8>, bytes: &[u8]) {
    let start = bytes
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(bytes.len());
    let mut number = Vec::with_capacity(bytes.len() + 1);
    if bytes.get(start).is_some_and(|byte| byte & 0x80 != 0) {
        number.push(0);
    }
    number.extend_from_slice(&bytes[start..]);
    push_string(form, &number);
}

fn push_point(form: &mut Vec<u8>, curve: &str, point: &[u8]) {
    push_string(form, format!("ecdsa-sha2-{curve}").as_bytes());
    push_string(form, curve.as_bytes());
    push_string(form, point);
}
