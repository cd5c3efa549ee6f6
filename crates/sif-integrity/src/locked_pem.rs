//! Private keys locked by a passphrase outside PKCS#8: `DEK-Info` headers and sigstore's JSON.
//!
//! Both name their own cost, so it is limited before any work is done.

use aes::cipher::{BlockDecryptMut, KeyIvInit, block_padding::Pkcs7};
use base64::Engine as _;
use crypto_secretbox::aead::Aead;
use crypto_secretbox::{KeyInit, XSalsa20Poly1305};
use md5::{Digest as _, Md5};
use pkcs8::der::asn1::{AnyRef, ObjectIdentifier};
use pkcs8::der::{Decode as _, Reader as _, SliceReader};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;
use pkcs8::spki::AlgorithmIdentifierRef;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::pem::{BASE64, PemBlock};
use crate::private_key::PrivateKeyError;

/// Most memory that unlocking may take; sigstore's own keys take 64 MiB.
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;
/// Most rounds of PBKDF2; today's advice is below one million.
const MAX_PBKDF2_ROUNDS: u32 = 10_000_000;
const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");

/// Refuses a PKCS#8 encryption whose named cost would take minutes or gigabytes.
pub(crate) fn check_cost(scheme: &EncryptionScheme<'_>) -> Result<(), PrivateKeyError> {
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return Err(PrivateKeyError::Unsupported("PBES1".to_owned()));
    };
    let acceptable = match &parameters.kdf {
        Kdf::Pbkdf2(kdf) => kdf.iteration_count <= MAX_PBKDF2_ROUNDS,
        Kdf::Scrypt(kdf) => scrypt_memory(
            kdf.cost_parameter,
            kdf.block_size.into(),
            kdf.parallelization.into(),
        )
        .is_some(),
        _ => true,
    };
    if acceptable {
        Ok(())
    } else {
        Err(PrivateKeyError::Unsupported("excessive cost".to_owned()))
    }
}

/// Returns why a locked PKCS#8 key cannot be read: mostly by a cipher that the library does not know.
pub(crate) fn why_not_readable(der: &[u8]) -> PrivateKeyError {
    cipher_of(der).map_or(PrivateKeyError::Malformed, |oid| {
        let name = match oid.to_string().as_str() {
            "2.16.840.1.101.3.4.1.6" => "AES-128-GCM".to_owned(),
            "2.16.840.1.101.3.4.1.26" => "AES-192-GCM".to_owned(),
            "2.16.840.1.101.3.4.1.46" => "AES-256-GCM".to_owned(),
            other => other.to_owned(),
        };
        PrivateKeyError::Unsupported(name)
    })
}

/// Returns the cipher that a locked PKCS#8 key names, or for other schemes than PBES2 the scheme.
fn cipher_of(der: &[u8]) -> Option<ObjectIdentifier> {
    let mut reader = SliceReader::new(der).ok()?;
    let scheme = reader
        .sequence(|outer| {
            let scheme = AlgorithmIdentifierRef::decode(outer)?;
            AnyRef::decode(outer)?;
            Ok(scheme)
        })
        .ok()?;
    if scheme.oid != PBES2 {
        return Some(scheme.oid);
    }
    let parameters = scheme.parameters?;
    let cipher = parameters.sequence(|parts| {
        AnyRef::decode(parts)?;
        AlgorithmIdentifierRef::decode(parts)
    });
    Some(cipher.ok()?.oid)
}

fn scrypt_memory(n: u64, r: u64, p: u64) -> Option<u64> {
    let bytes = n.checked_mul(r)?.checked_mul(p)?.checked_mul(128)?;
    (bytes <= MAX_SCRYPT_MEMORY).then_some(bytes)
}

/// Returns the bytes of a block with a `DEK-Info` header, as OpenSSL's older formats wrote them.
pub(crate) fn unlock_dek(
    block: &PemBlock,
    passphrase: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let info = block.header("DEK-Info").unwrap_or_default();
    let (cipher, iv) = info.split_once(',').ok_or(PrivateKeyError::Malformed)?;
    let iv = hex::decode(iv.trim()).map_err(|_| PrivateKeyError::Malformed)?;
    let salt = iv.get(..8).ok_or(PrivateKeyError::Malformed)?;
    let key = |size| derive_key(passphrase, salt, size);
    let data = &block.contents;
    match cipher.trim() {
        "AES-128-CBC" => decrypt::<cbc::Decryptor<aes::Aes128>>(&key(16), &iv, data),
        "AES-192-CBC" => decrypt::<cbc::Decryptor<aes::Aes192>>(&key(24), &iv, data),
        "AES-256-CBC" => decrypt::<cbc::Decryptor<aes::Aes256>>(&key(32), &iv, data),
        "DES-EDE3-CBC" => decrypt::<cbc::Decryptor<des::TdesEde3>>(&key(24), &iv, data),
        "DES-CBC" => decrypt::<cbc::Decryptor<des::Des>>(&key(8), &iv, data),
        other => Err(PrivateKeyError::Unsupported(other.to_owned())),
    }
}

/// OpenSSL's key derivation: one MD5 after the other over the last one, the passphrase and the salt.
fn derive_key(passphrase: &[u8], salt: &[u8], size: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(size + 16));
    let mut last = Zeroizing::new(Vec::new());
    while key.len() < size {
        let digest = Md5::new()
            .chain_update(&*last)
            .chain_update(passphrase)
            .chain_update(salt)
            .finalize();
        last = Zeroizing::new(digest.to_vec());
        key.extend_from_slice(&last);
    }
    key.truncate(size);
    key
}

fn decrypt<C: KeyIvInit + BlockDecryptMut>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let cipher = C::new_from_slices(key, iv).map_err(|_| PrivateKeyError::Malformed)?;
    cipher
        .decrypt_padded_vec_mut::<Pkcs7>(data)
        .map(Zeroizing::new)
        .map_err(|_| PrivateKeyError::WrongPassphrase)
}

#[derive(Deserialize)]
struct SigstoreDocument {
    kdf: SigstoreKdf,
    cipher: SigstoreCipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct SigstoreKdf {
    name: String,
    params: SigstoreParameters,
    salt: String,
}

#[derive(Deserialize)]
struct SigstoreParameters {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct SigstoreCipher {
    name: String,
    nonce: String,
}

/// Returns the PKCS#8 bytes behind sigstore's JSON: scrypt and NaCl's secret box.
pub(crate) fn unlock_sigstore(
    json: &[u8],
    passphrase: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PrivateKeyError> {
    let document: SigstoreDocument =
        serde_json::from_slice(json).map_err(|_| PrivateKeyError::Malformed)?;
    for (name, known) in [
        (&document.kdf.name, "scrypt"),
        (&document.cipher.name, "nacl/secretbox"),
    ] {
        if name != known {
            return Err(PrivateKeyError::Unsupported(name.clone()));
        }
    }
    let bytes = |text: &str| BASE64.decode(text).map_err(|_| PrivateKeyError::Malformed);
    let key = sigstore_key(&document.kdf, &bytes(&document.kdf.salt)?, passphrase)?;
    let nonce: [u8; 24] = bytes(&document.cipher.nonce)?
        .try_into()
        .map_err(|_| PrivateKeyError::Malformed)?;
    let cipher = XSalsa20Poly1305::new_from_slice(&*key).map_err(|_| PrivateKeyError::Malformed)?;
    cipher
        .decrypt(&nonce.into(), bytes(&document.ciphertext)?.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| PrivateKeyError::WrongPassphrase)
}

fn sigstore_key(
    kdf: &SigstoreKdf,
    salt: &[u8],
    passphrase: &[u8],
) -> Result<Zeroizing<[u8; 32]>, PrivateKeyError> {
    let SigstoreParameters { n, r, p } = kdf.params;
    if !n.is_power_of_two() || scrypt_memory(n, r.into(), p.into()).is_none() {
        return Err(PrivateKeyError::Unsupported("excessive cost".to_owned()));
    }
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| PrivateKeyError::Malformed)?;
    let parameters =
        scrypt::Params::new(log_n, r, p, 32).map_err(|_| PrivateKeyError::Malformed)?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase, salt, &parameters, &mut *key)
        .map_err(|_| PrivateKeyError::Malformed)?;
    Ok(key)
}
