//! Private keys from PEM, and signatures by them.
//!
//! PKCS#8, SEC 1 and PKCS#1, plain or locked: by PBES2, by the older `DEK-Info` scheme, or by sigstore's
//! own. A passphrase is given by the caller; nothing is asked for here.

use p256::ecdsa::signature::hazmat::PrehashSigner;
use pkcs8::der::Decode;
use pkcs8::{DecodePrivateKey, EncryptedPrivateKeyInfo, PrivateKeyInfo};
use rsa::RsaPrivateKey;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::public_key::{P224, P256, P384, P521, PublicKey, RsaDigest, p521_prehash};
use crate::{locked_pem, pem};

/// Why a private key cannot be used.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrivateKeyError {
    /// The text has no PEM block.
    #[error("no PEM block found")]
    NoPem,
    /// The first block is something else.
    #[error("the PEM block is `{0}`, not a private key")]
    NotAPrivateKey(String),
    /// The block does not hold a key.
    #[error("the private key is malformed")]
    Malformed,
    /// A kind of key, curve or encryption that is not supported.
    #[error("private keys of type `{0}` are not supported")]
    Unsupported(String),
    /// The key is locked and no passphrase was given.
    #[error("the private key is locked by a passphrase")]
    Locked,
    /// The passphrase does not unlock the key.
    #[error("the passphrase does not unlock the private key")]
    WrongPassphrase,
    /// The key cannot make this signature, such as RSA with too few bits.
    #[error("the private key cannot sign")]
    CannotSign,
}

/// A private key that can sign an envelope.
pub struct PrivateKey(Secret);

enum Secret {
    Rsa(Box<RsaPrivateKey>),
    P224(p224::ecdsa::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::SecretKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey({})", self.public_key().kind())
    }
}

impl PrivateKey {
    /// Returns the key in the first PEM block of a text, unlocked with the passphrase if it is locked.
    ///
    /// # Errors
    /// When that block is not a private key of a supported kind, or the passphrase is missing or wrong.
    pub fn from_pem(text: &[u8], passphrase: Option<&[u8]>) -> Result<Self, PrivateKeyError> {
        let block = pem::first_block(text).ok_or(PrivateKeyError::NoPem)?;
        let contents = if block.header("DEK-Info").is_some() {
            locked_pem::unlock_dek(&block, passphrase.ok_or(PrivateKeyError::Locked)?)?
        } else {
            block.contents.clone()
        };
        match block.label.as_str() {
            "PRIVATE KEY" => Self::from_pkcs8_der(&contents),
            "EC PRIVATE KEY" => Self::from_sec1_der(&contents),
            "RSA PRIVATE KEY" => {
                use pkcs1::DecodeRsaPrivateKey;
                RsaPrivateKey::from_pkcs1_der(&contents)
                    .map_err(|_| PrivateKeyError::Malformed)
                    .and_then(Self::from_rsa)
            }
            "ENCRYPTED PRIVATE KEY" => Self::from_encrypted_pkcs8(&contents, passphrase),
            "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
                let passphrase = passphrase.ok_or(PrivateKeyError::Locked)?;
                Self::from_pkcs8_der(&locked_pem::unlock_sigstore(&contents, passphrase)?)
            }
            other => Err(PrivateKeyError::NotAPrivateKey(other.to_owned())),
        }
    }

    /// Returns the key in a DER-encoded PKCS#8 structure.
    fn from_pkcs8_der(der: &[u8]) -> Result<Self, PrivateKeyError> {
        fn read<K: DecodePrivateKey>(der: &[u8]) -> Result<K, PrivateKeyError> {
            K::from_pkcs8_der(der).map_err(|_| PrivateKeyError::Malformed)
        }
        let info = PrivateKeyInfo::from_der(der).map_err(|_| PrivateKeyError::Malformed)?;
        match info.algorithm.oid.to_string().as_str() {
            "1.2.840.113549.1.1.1" => read(der).and_then(Self::from_rsa),
            "1.3.101.112" => read(der).map(|key| Self(Secret::Ed25519(key))),
            "1.2.840.10045.2.1" => {
                let curve = info
                    .algorithm
                    .parameters_oid()
                    .map_err(|_| PrivateKeyError::Malformed)?;
                match curve {
                    P224 => read(der).map(|key| Self(Secret::P224(key))),
                    P256 => read(der).map(|key| Self(Secret::P256(key))),
                    P384 => read(der).map(|key| Self(Secret::P384(key))),
                    P521 => read(der).map(|key| Self(Secret::P521(key))),
                    other => Err(PrivateKeyError::Unsupported(other.to_string())),
                }
            }
            other => Err(PrivateKeyError::Unsupported(other.to_owned())),
        }
    }

    fn from_encrypted_pkcs8(
        der: &[u8],
        passphrase: Option<&[u8]>,
    ) -> Result<Self, PrivateKeyError> {
        let info = EncryptedPrivateKeyInfo::from_der(der)
            .map_err(|_| locked_pem::why_not_readable(der))?;
        locked_pem::check_cost(&info.encryption_algorithm)?;
        let passphrase = passphrase.ok_or(PrivateKeyError::Locked)?;
        let document = info.decrypt(passphrase).map_err(|error| match error {
            pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm {
                oid,
            }) => PrivateKeyError::Unsupported(oid.to_string()),
            _ => PrivateKeyError::WrongPassphrase,
        })?;
        Self::from_pkcs8_der(document.as_bytes())
    }

    fn from_sec1_der(der: &[u8]) -> Result<Self, PrivateKeyError> {
        let key = sec1::EcPrivateKey::from_der(der).map_err(|_| PrivateKeyError::Malformed)?;
        let curve = key
            .parameters
            .and_then(|parameters| parameters.named_curve());
        let scalar = key.private_key;
        let malformed = PrivateKeyError::Malformed;
        match curve {
            Some(P224) => p224::SecretKey::from_slice(scalar)
                .map(|key| Self(Secret::P224(key.into())))
                .map_err(|_| malformed),
            Some(P256) => p256::SecretKey::from_slice(scalar)
                .map(|key| Self(Secret::P256(key.into())))
                .map_err(|_| malformed),
            Some(P384) => p384::SecretKey::from_slice(scalar)
                .map(|key| Self(Secret::P384(key.into())))
                .map_err(|_| malformed),
            Some(P521) => p521::SecretKey::from_slice(scalar)
                .map(|key| Self(Secret::P521(key)))
                .map_err(|_| malformed),
            Some(other) => Err(PrivateKeyError::Unsupported(other.to_string())),
            None => Err(malformed),
        }
    }

    fn from_rsa(key: RsaPrivateKey) -> Result<Self, PrivateKeyError> {
        PublicKey::from_rsa(key.to_public_key())
            .map_err(|error| PrivateKeyError::Unsupported(error.to_string()))?;
        Ok(Self(Secret::Rsa(Box::new(key))))
    }

    /// Returns the public part.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        match &self.0 {
            Secret::Rsa(key) => PublicKey::Rsa(Box::new(key.to_public_key())),
            Secret::P224(key) => PublicKey::P224(*key.verifying_key()),
            Secret::P256(key) => PublicKey::P256(*key.verifying_key()),
            Secret::P384(key) => PublicKey::P384(*key.verifying_key()),
            Secret::P521(key) => PublicKey::P521(key.public_key()),
            Secret::Ed25519(key) => PublicKey::Ed25519(key.verifying_key()),
        }
    }

    /// Returns a signature over `message`, with SHA-256 unless Ed25519; ECDSA in DER.
    ///
    /// RSA and Ed25519 give the same bytes each time.
    ///
    /// # Errors
    /// When the key cannot sign, such as RSA with too few bits.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PrivateKeyError> {
        self.sign_with(RsaDigest::Sha256, message)
    }

    /// As [`Self::sign`], with another digest for RSA.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_with(&self, digest: RsaDigest, message: &[u8]) -> Result<Vec<u8>, PrivateKeyError> {
        let hash = Sha256::digest(message);
        let cannot = |_| PrivateKeyError::CannotSign;
        match &self.0 {
            // Blinding protects the key from anyone who can time many signatures.
            Secret::Rsa(key) => key
                .sign_with_rng(
                    &mut rand::rngs::OsRng,
                    digest.scheme(),
                    &digest.digest(message),
                )
                .map_err(|_| PrivateKeyError::CannotSign),
            Secret::P224(key) => {
                let signature: p224::ecdsa::Signature = key.sign_prehash(&hash).map_err(cannot)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign_prehash(&hash).map_err(cannot)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Secret::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign_prehash(&hash).map_err(cannot)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Secret::P521(key) => {
                let scalar = Zeroizing::new(key.to_bytes());
                let key = p521::ecdsa::SigningKey::from_bytes(&scalar).map_err(cannot)?;
                let signature: p521::ecdsa::Signature =
                    key.sign_prehash(&p521_prehash(&hash)).map_err(cannot)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Secret::Ed25519(key) => {
                use ed25519_dalek::Signer;
                Ok(key.sign(message).to_bytes().to_vec())
            }
        }
    }
}
