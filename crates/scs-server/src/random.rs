//! Identities and secrets.

use rand::{RngCore, rngs::OsRng};
use sha2::{Digest, Sha256};

/// As long as a token must be for the command lines, which refuse fewer than 200 characters.
const TOKEN_BYTES: usize = 120;

/// 24 hexadecimal digits, as the identities of the classic service.
pub(crate) fn identity() -> String {
    hex::encode(random::<12>())
}

/// 16 hexadecimal digits, for what needs to differ from the others of its day.
pub(crate) fn short() -> String {
    hex::encode(random::<8>())
}

/// A secret that stands in a URL.
pub(crate) fn secret() -> String {
    hex::encode(random::<32>())
}

/// The part of a token that nobody can guess.
pub(crate) fn token_secret() -> String {
    hex::encode(random::<TOKEN_BYTES>())
}

/// What is kept of a secret.
pub(crate) fn digest_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
