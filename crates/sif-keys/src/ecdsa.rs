//! ECDSA where `pgp` is stricter than the reference or lacks the curve.
//!
//! It refuses the larger of the two numbers that fit a secp256k1 signature, and short digests with P-521; GnuPG makes
//! both, and both prove the same. For brainpool curves it has no arithmetic at all.

use std::io::Write;

use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
use pgp::crypto::ecc_curve::ECCCurve;
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::errors::Result;
use pgp::ser::Serialize;
use pgp::types::{
    EcdsaPublicParams, Fingerprint, KeyDetails, KeyId, KeyVersion, Mpi, PublicParams,
    SignatureBytes, Timestamp, VerifyingKey,
};

use crate::brainpool;

/// Bytes that the library wants of a digest under P-521.
const P521_DIGEST: usize = 64;
const SECP256K1_FIELD: usize = 32;
/// Bytes of a number's length in front of it.
const LENGTH: usize = 2;

/// A public key that takes every signature which the reference takes.
#[derive(Debug)]
pub struct Lenient<'a, K>(pub &'a K);

impl<K: VerifyingKey> VerifyingKey for Lenient<'_, K> {
    fn verify(&self, hash: HashAlgorithm, digest: &[u8], signature: &SignatureBytes) -> Result<()> {
        if let PublicParams::ECDSA(parameters) = self.0.public_params() {
            match parameters {
                EcdsaPublicParams::P521 { .. } => {
                    // Zeros in front do not change the number that ECDSA computes with.
                    let mut wide = vec![0; P521_DIGEST.saturating_sub(digest.len())];
                    wide.extend_from_slice(digest);
                    return self.0.verify(hash, &wide, signature);
                }
                EcdsaPublicParams::Secp256k1 { key } if fits_secp256k1(key, digest, signature) => {
                    return Ok(());
                }
                EcdsaPublicParams::Unsupported { curve, opaque }
                    if fits_brainpool(curve, opaque, digest, signature) =>
                {
                    return Ok(());
                }
                _ => {}
            }
        }
        self.0.verify(hash, digest, signature)
    }
}

impl<K: KeyDetails> KeyDetails for Lenient<'_, K> {
    fn version(&self) -> KeyVersion {
        self.0.version()
    }

    fn legacy_key_id(&self) -> KeyId {
        self.0.legacy_key_id()
    }

    fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint()
    }

    fn algorithm(&self) -> PublicKeyAlgorithm {
        self.0.algorithm()
    }

    fn created_at(&self) -> Timestamp {
        self.0.created_at()
    }

    fn legacy_v3_expiration_days(&self) -> Option<u16> {
        self.0.legacy_v3_expiration_days()
    }

    fn public_params(&self) -> &PublicParams {
        self.0.public_params()
    }
}

impl<K: Serialize> Serialize for Lenient<'_, K> {
    fn to_writer<W: Write>(&self, writer: &mut W) -> Result<()> {
        self.0.to_writer(writer)
    }

    fn write_len(&self) -> usize {
        self.0.write_len()
    }
}

/// Whether signatures by such a key can be checked.
pub(crate) fn is_known(parameters: &EcdsaPublicParams) -> bool {
    match parameters {
        EcdsaPublicParams::Unsupported { curve, opaque } => opaque
            .get(LENGTH..)
            .is_some_and(|point| brainpool::is_point(curve, point)),
        _ => true,
    }
}

fn numbers(signature: &SignatureBytes) -> Option<[&Mpi; 2]> {
    match signature {
        SignatureBytes::Mpis(numbers) => match numbers.as_slice() {
            [r, s] => Some([r, s]),
            _ => None,
        },
        SignatureBytes::Native(_) => None,
    }
}

fn fits_secp256k1(key: &k256::PublicKey, digest: &[u8], signature: &SignatureBytes) -> bool {
    let check = || {
        let [r, s] = numbers(signature)?;
        let signature = k256::ecdsa::Signature::from_scalars(scalar(r)?, scalar(s)?).ok()?;
        let signature = signature.normalize_s().unwrap_or(signature);
        let key = k256::ecdsa::VerifyingKey::from_affine(*key.as_affine()).ok()?;
        key.verify_prehash(digest, &signature).ok()
    };
    check().is_some()
}

fn fits_brainpool(
    curve: &ECCCurve,
    point: &[u8],
    digest: &[u8],
    signature: &SignatureBytes,
) -> bool {
    let (Some([r, s]), Some(point)) = (numbers(signature), point.get(LENGTH..)) else {
        return false;
    };
    brainpool::verifies(curve, point, digest, [r.as_ref(), s.as_ref()])
}

/// Returns the number with the zeros in front that its packet leaves out.
fn scalar(number: &Mpi) -> Option<[u8; SECP256K1_FIELD]> {
    let bytes = number.as_ref();
    let mut scalar = [0; SECP256K1_FIELD];
    let start = SECP256K1_FIELD.checked_sub(bytes.len())?;
    scalar[start..].copy_from_slice(bytes);
    Some(scalar)
}

#[cfg(test)]
mod tests {
    use p521::ecdsa::signature::hazmat::PrehashSigner as _;
    use pgp::packet::{PubKeyInner, PublicKey};

    use super::*;

    fn key(parameters: EcdsaPublicParams) -> PublicKey {
        let inner = PubKeyInner::new(
            KeyVersion::V4,
            PublicKeyAlgorithm::ECDSA,
            Timestamp::from_secs(1_700_000_000),
            None,
            PublicParams::ECDSA(parameters),
        );
        PublicKey::from_inner(inner.expect("a plain key")).expect("a plain key")
    }

    fn signature(r: &[u8], s: &[u8]) -> SignatureBytes {
        SignatureBytes::Mpis(vec![Mpi::from_slice(r), Mpi::from_slice(s)])
    }

    #[test]
    fn both_numbers_that_fit_a_secp256k1_signature_are_taken() {
        let secret = k256::ecdsa::SigningKey::from_slice(&[7; 32]).expect("a number in range");
        let digest = [0xA5; 32];
        let low: k256::ecdsa::Signature = secret.sign_prehash(&digest).expect("a signature");
        let low = low.normalize_s().unwrap_or(low);
        let high = k256::ecdsa::Signature::from_scalars(*low.r(), -*low.s()).expect("in range");
        let public = secret.verifying_key().into();
        let key = key(EcdsaPublicParams::Secp256k1 { key: public });
        let check = |made: &k256::ecdsa::Signature, digest: &[u8]| {
            let (r, s) = made.split_bytes();
            Lenient(&key)
                .verify(HashAlgorithm::Sha256, digest, &signature(&r, &s))
                .is_ok()
        };
        assert!(check(&low, &digest) && check(&high, &digest));
        assert!(!check(&low, &[0xA4; 32]) && !check(&high, &[0xA4; 32]));
    }

    #[test]
    fn short_digests_are_taken_under_p521() {
        let secret =
            p521::SecretKey::from_slice(&[[0; 33], [1; 33]].concat()).expect("a number in range");
        let signing =
            p521::ecdsa::SigningKey::from_bytes(&secret.to_bytes()).expect("a number in range");
        let key = key(EcdsaPublicParams::P521 {
            key: secret.public_key(),
        });
        for (hash, size) in [
            (HashAlgorithm::Sha224, 28),
            (HashAlgorithm::Sha256, 32),
            (HashAlgorithm::Sha384, 48),
            (HashAlgorithm::Sha512, 64),
        ] {
            let digest = vec![0x5A; size];
            let wide = [vec![0; 66 - size], digest.clone()].concat();
            let made: p521::ecdsa::Signature = signing.sign_prehash(&wide).expect("a signature");
            let (r, s) = made.split_bytes();
            let check = |digest: &[u8]| Lenient(&key).verify(hash, digest, &signature(&r, &s));
            assert!(check(&digest).is_ok(), "{hash:?}");
            assert!(check(&vec![0x5B; size]).is_err(), "{hash:?}");
        }
    }
}
