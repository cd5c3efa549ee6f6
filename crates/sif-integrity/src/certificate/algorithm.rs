//! The algorithms that a certificate may be signed with: those that the reference takes.

use der::Decode as _;
use der::asn1::ObjectIdentifier;
use pkcs1::RsaPssParams;
use sha2::Digest as _;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::public_key::{PublicKey, RsaDigest};

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// Whether the signature over `message` was made by this key with this algorithm.
pub(super) fn fits(
    algorithm: &AlgorithmIdentifierOwned,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let rsa = |digest| key.verifies_rsa(digest, message, signature);
    let ecdsa = |digest: &[u8]| key.verifies_ecdsa_digest(digest, signature);
    match algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.10" => {
            pss_digest(algorithm).is_some_and(|digest| key.verifies_pss(digest, message, signature))
        }
        "1.2.840.113549.1.1.11" => rsa(RsaDigest::Sha256),
        "1.2.840.113549.1.1.12" => rsa(RsaDigest::Sha384),
        "1.2.840.113549.1.1.13" => rsa(RsaDigest::Sha512),
        "1.2.840.10045.4.3.2" => ecdsa(&sha2::Sha256::digest(message)),
        "1.2.840.10045.4.3.3" => ecdsa(&sha2::Sha384::digest(message)),
        "1.2.840.10045.4.3.4" => ecdsa(&sha2::Sha512::digest(message)),
        "1.3.101.112" => matches!(key, PublicKey::Ed25519(_)) && key.verifies(message, signature),
        // SHA-1 and MD5 are refused on purpose.
        _ => false,
    }
}

/// Returns the digest of PSS parameters that name it twice, with a salt of its length: no others are taken.
fn pss_digest(algorithm: &AlgorithmIdentifierOwned) -> Option<RsaDigest> {
    use der::Encode as _;
    let der = algorithm.parameters.as_ref()?.to_der().ok()?;
    let parameters = RsaPssParams::from_der(&der).ok()?;
    let (digest, length) = match parameters.hash.oid {
        SHA256 => (RsaDigest::Sha256, 32),
        SHA384 => (RsaDigest::Sha384, 48),
        SHA512 => (RsaDigest::Sha512, 64),
        _ => return None,
    };
    let mask = &parameters.mask_gen;
    let same = mask.oid == MGF1
        && mask
            .parameters
            .is_some_and(|inner| inner.oid == parameters.hash.oid);
    (same && parameters.salt_len == length).then_some(digest)
}
