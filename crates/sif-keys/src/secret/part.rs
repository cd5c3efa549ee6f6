//! The secret part of a key packet: how it is protected, opening and closing it.
//!
//! Written by hand because the OpenPGP library reads the old form with a two-byte checksum as the new one, and
//! because it checks numbers that it has computed anew instead of the bytes that are there. A part that is only
//! locked with another passphrase keeps its plain bytes unchanged.

use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::ser::Serialize;
use pgp::types::{
    EncryptedSecretParams, KeyDetails, PlainSecretParams, PublicParams, S2kParams, SecretParams,
    StringToKey, Tag,
};
use rand::{CryptoRng, Rng};
use zeroize::Zeroizing;

use super::Passphrase;
use crate::wiped;

/// Octet of the iteration count that is written: 16 MiB are hashed, a few tens of milliseconds.
const COUNT: u8 = 0xE0;
/// Argon2 with more memory than this (2^20 KiB) is refused rather than tried.
const MAX_ARGON2_EXPONENT: u8 = 20;
const SHA1_LENGTH: usize = 20;

/// How the secret part of one packet is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// It lies open.
    None,
    /// Locked with a passphrase.
    Passphrase {
        /// A form that guards its checksum well (not the two-byte one).
        strong_check: bool,
    },
    /// There is a packet but no secret in it: it is elsewhere, for instance on a card.
    Absent,
}

/// Why a secret part does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// The passphrase is wrong.
    Wrong,
    /// Something else than the passphrase is wrong.
    Damaged(String),
    /// There is no secret in the packet.
    Absent,
}

/// The bytes of a secret key packet behind its public part.
#[derive(Clone)]
pub(crate) struct SecretPart {
    bytes: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for SecretPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretPart(…)")
    }
}

/// The plain numbers of a secret key, without checksum.
pub(crate) type Plain = Zeroizing<Vec<u8>>;

struct CfbParams<'a> {
    cipher: SymmetricKeyAlgorithm,
    s2k: StringToKey,
    iv: &'a [u8],
    data: &'a [u8],
}

impl SecretPart {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: Zeroizing::new(bytes.to_vec()),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How the part is protected, as far as its first bytes tell.
    pub(crate) fn lock(&self) -> Lock {
        let usage = self.bytes.first().copied();
        let specifier = self.bytes.get(2).copied();
        match (usage, specifier) {
            (None, _) => Lock::Absent,
            (Some(0), _) => Lock::None,
            (Some(254 | 255), Some(101)) => Lock::Absent,
            (Some(253 | 254), _) => Lock::Passphrase { strong_check: true },
            (Some(_), _) => Lock::Passphrase {
                strong_check: false,
            },
        }
    }

    /// Returns the numbers in the part.
    pub(crate) fn open<K>(
        &self,
        passphrase: &Passphrase,
        public: &K,
        tag: Tag,
    ) -> Result<PlainSecretParams, OpenError>
    where
        K: KeyDetails + Serialize,
    {
        match self.lock() {
            Lock::Absent => Err(OpenError::Absent),
            _ => match self.bytes[0] {
                0 | 254 | 255 => {
                    let plain = self.open_plain(passphrase, public.public_params())?;
                    self.read_numbers(&plain, public)
                }
                _ => self.open_by_library(passphrase, public, tag),
            },
        }
    }

    /// Returns the plain bytes of the part; only the three common forms can do that.
    pub(crate) fn open_plain(
        &self,
        passphrase: &Passphrase,
        public: &PublicParams,
    ) -> Result<Plain, OpenError> {
        match self.bytes.first() {
            None => Err(OpenError::Absent),
            Some(0) => {
                let body = Zeroizing::new(self.bytes[1..].to_vec());
                strip_sum(body)
                    .ok_or_else(|| OpenError::Damaged("its checksum does not fit".to_owned()))
            }
            Some(254 | 255) if self.lock() == Lock::Absent => Err(OpenError::Absent),
            Some(254 | 255) => self.open_cfb(passphrase, public),
            Some(usage) => Err(OpenError::Damaged(format!(
                "its protection {usage} cannot be changed"
            ))),
        }
    }

    fn open_cfb(&self, passphrase: &Passphrase, public: &PublicParams) -> Result<Plain, OpenError> {
        let params = self.cfb_params()?;
        let damaged = |error: pgp::errors::Error| OpenError::Damaged(error.to_string());
        let key = passphrase
            .with_bytes(|bytes| params.s2k.derive_key(bytes, params.cipher.key_size()))
            .map_err(damaged)?;
        let mut data = Zeroizing::new(params.data.to_vec());
        params
            .cipher
            .decrypt_with_iv_regular(key.as_ref(), params.iv, &mut data)
            .map_err(damaged)?;
        let looks_right = looks_like_numbers(&data, public);
        let opened = if self.bytes[0] == 254 {
            strip_sha1(data)
        } else {
            strip_sum(data)
        };
        opened.ok_or_else(|| {
            if looks_right {
                OpenError::Damaged("the passphrase fits, but some bytes were changed".to_owned())
            } else {
                OpenError::Wrong
            }
        })
    }

    fn cfb_params(&self) -> Result<CfbParams<'_>, OpenError> {
        let cut = || OpenError::Damaged("it is cut short".to_owned());
        let cipher = SymmetricKeyAlgorithm::from(*self.bytes.get(1).ok_or_else(cut)?);
        let mut rest = self.bytes.get(2..).ok_or_else(cut)?;
        let s2k = StringToKey::try_from_reader(&mut rest)
            .map_err(|error| OpenError::Damaged(error.to_string()))?;
        let known = matches!(
            s2k,
            StringToKey::Simple { .. }
                | StringToKey::Salted { .. }
                | StringToKey::IteratedAndSalted { .. }
        );
        let block = cipher.block_size();
        if !known || block == 0 || cipher.key_size() == 0 {
            return Err(OpenError::Damaged(
                "its protection is of an unknown kind".to_owned(),
            ));
        }
        if rest.len() < block {
            return Err(cut());
        }
        let (iv, data) = rest.split_at(block);
        Ok(CfbParams {
            cipher,
            s2k,
            iv,
            data,
        })
    }

    fn read_numbers<K: KeyDetails>(
        &self,
        plain: &[u8],
        public: &K,
    ) -> Result<PlainSecretParams, OpenError> {
        let read = PlainSecretParams::try_from_reader_no_checksum(
            plain,
            public.version(),
            public.algorithm(),
            public.public_params(),
        );
        match read {
            Ok(numbers) if belongs_to(&numbers, public.public_params()) => Ok(numbers),
            Ok(_) => Err(OpenError::Damaged("it belongs to another key".to_owned())),
            // Sixteen bits of checksum let a wrong passphrase through now and then.
            Err(_) if self.bytes[0] == 255 => Err(OpenError::Wrong),
            Err(error) => Err(OpenError::Damaged(error.to_string())),
        }
    }

    fn open_by_library<K>(
        &self,
        passphrase: &Passphrase,
        public: &K,
        tag: Tag,
    ) -> Result<PlainSecretParams, OpenError>
    where
        K: KeyDetails + Serialize,
    {
        let damaged = |error: pgp::errors::Error| OpenError::Damaged(error.to_string());
        let params = SecretParams::from_slice(
            &self.bytes,
            public.version(),
            public.algorithm(),
            public.public_params(),
        )
        .map_err(damaged)?;
        let SecretParams::Encrypted(locked) = &params else {
            return Err(OpenError::Damaged("it is not locked".to_owned()));
        };
        check_memory(locked)?;
        let numbers = locked
            .unlock(&passphrase.to_password(), public, Some(tag))
            .map_err(|_| OpenError::Wrong)?;
        if belongs_to(&numbers, public.public_params()) {
            Ok(numbers)
        } else {
            Err(OpenError::Damaged("it belongs to another key".to_owned()))
        }
    }

    /// Returns a part that holds `plain`, locked with the passphrase; an empty one leaves it open.
    pub(crate) fn close<R: Rng + CryptoRng>(
        plain: &[u8],
        passphrase: &Passphrase,
        rng: &mut R,
    ) -> Result<Self, pgp::errors::Error> {
        if passphrase.is_empty() {
            let sum = sum(plain).to_be_bytes();
            let bytes = wiped::concat([&[0], plain, &sum].into_iter());
            return Ok(Self { bytes });
        }
        let cipher = SymmetricKeyAlgorithm::AES256;
        let s2k = StringToKey::new_iterated(&mut *rng, HashAlgorithm::Sha256, COUNT);
        let mut iv = vec![0; cipher.block_size()];
        rng.fill(&mut iv[..]);
        let key = passphrase.with_bytes(|bytes| s2k.derive_key(bytes, cipher.key_size()))?;
        let digest = HashAlgorithm::Sha1.digest(plain)?;
        let mut data = wiped::concat([plain, &digest].into_iter());
        cipher.encrypt_with_iv_regular(key.as_ref(), &iv, &mut data)?;
        let mut bytes = Zeroizing::new(vec![254, u8::from(cipher)]);
        bytes.extend(s2k.to_bytes()?);
        bytes.extend_from_slice(&iv);
        bytes.extend_from_slice(&data);
        Ok(Self { bytes })
    }
}

fn check_memory(locked: &EncryptedSecretParams) -> Result<(), OpenError> {
    match locked.string_to_key_params() {
        S2kParams::Aead {
            s2k: StringToKey::Argon2 { m_enc, .. },
            ..
        } if *m_enc > MAX_ARGON2_EXPONENT => Err(OpenError::Damaged(
            "opening it would take more than 1 GiB of memory".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Whether the secret numbers are those of the public key, where that can be derived.
fn belongs_to(plain: &PlainSecretParams, public: &PublicParams) -> bool {
    PublicParams::try_from(plain).map_or(true, |derived| derived == *public)
}

/// Whether decrypted bytes begin like the numbers of this key; chance alone does that once in thousands of tries.
fn looks_like_numbers(data: &[u8], public: &PublicParams) -> bool {
    let Some(head) = data.get(..2) else {
        return false;
    };
    let bits = usize::from(u16::from_be_bytes([head[0], head[1]]));
    match rsa_bits(public) {
        Some(expected) => (expected.saturating_sub(16)..=expected).contains(&bits),
        None => {
            let end = 2 + bits.div_ceil(8);
            end + SHA1_LENGTH == data.len() || end + 2 == data.len()
        }
    }
}

fn rsa_bits(public: &PublicParams) -> Option<usize> {
    crate::summary::rsa_bits(public)
}

fn strip_sha1(mut data: Plain) -> Option<Plain> {
    let length = data.len().checked_sub(SHA1_LENGTH)?;
    let digest = HashAlgorithm::Sha1.digest(&data[..length]).ok()?;
    if digest != data[length..] {
        return None;
    }
    data.truncate(length);
    Some(data)
}

fn strip_sum(mut data: Plain) -> Option<Plain> {
    let length = data.len().checked_sub(2)?;
    if sum(&data[..length]).to_be_bytes() != data[length..] {
        return None;
    }
    data.truncate(length);
    Some(data)
}

fn sum(data: &[u8]) -> u16 {
    data.iter()
        .fold(0, |sum, byte| sum.wrapping_add(u16::from(*byte)))
}
