//! ECDSA under OpenPGP where the library is stricter than the reference.
//!
//! It refuses the larger of the two numbers that fit a secp256k1 signature, and short digests with P-521. GnuPG makes
//! both, and both prove the same.

use k256::ecdsa::signature::hazmat::PrehashVerifier;
use pgp::types::{EcdsaPublicParams, Mpi, PublicParams, SignatureBytes};

/// Bytes that the library wants of a digest under P-521.
const P521_DIGEST: usize = 64;
const SECP256K1_FIELD: usize = 32;

/// What to hand to the library, or the answer where it is not to be asked.
pub(crate) enum Check {
    Answer(bool),
    /// With this digest.
    AskLibrary(Vec<u8>),
}

/// Returns how a signature over `digest` under this key is to be checked.
pub(crate) fn prepare(key: &PublicParams, digest: &[u8], signature: &SignatureBytes) -> Check {
    match key {
        PublicParams::ECDSA(EcdsaPublicParams::Secp256k1 { key }) => {
            Check::Answer(verifies_secp256k1(key, digest, signature).is_some())
        }
        PublicParams::ECDSA(EcdsaPublicParams::P521 { .. }) => {
            // Zeros in front do not change the number that ECDSA computes with.
            let mut wide = vec![0; P521_DIGEST.saturating_sub(digest.len())];
            wide.extend_from_slice(digest);
            Check::AskLibrary(wide)
        }
        _ => Check::AskLibrary(digest.to_vec()),
    }
}

fn verifies_secp256k1(
    key: &k256::PublicKey,
    digest: &[u8],
    signature: &SignatureBytes,
) -> Option<()> {
    let SignatureBytes::Mpis(numbers) = signature else {
        return None;
    };
    let [r, s] = numbers.as_slice() else {
        return None;
    };
    let signature = k256::ecdsa::Signature::from_scalars(scalar(r)?, scalar(s)?).ok()?;
    let signature = signature.normalize_s().unwrap_or(signature);
    let key = k256::ecdsa::VerifyingKey::from_affine(*key.as_affine()).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

/// Returns the number with the zeros in front that its packet leaves out.
fn scalar(number: &Mpi) -> Option<[u8; SECP256K1_FIELD]> {
    let bytes = number.as_ref();
    let mut scalar = [0; SECP256K1_FIELD];
    let start = SECP256K1_FIELD.checked_sub(bytes.len())?;
    scalar[start..].copy_from_slice(bytes);
    Some(scalar)
}
