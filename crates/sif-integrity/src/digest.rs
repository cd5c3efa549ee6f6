//! Digests as signatures write them: an algorithm's name, a colon, hexadecimal digits.

use std::fmt;

use sha2::digest::DynDigest;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

/// A digest algorithm that signed metadata may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-224.
    Sha224,
    /// SHA-256; what signers write.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA-512/224.
    Sha512_224,
    /// SHA-512/256.
    Sha512_256,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 6] = [
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha512_224,
        Self::Sha512_256,
    ];

    /// Returns the name in signed metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sha512_224 => "sha512_224",
            Self::Sha512_256 => "sha512_256",
        }
    }

    /// Returns the number of bytes of a digest.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Sha224 | Self::Sha512_224 => 28,
            Self::Sha256 | Self::Sha512_256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Returns the digest of `bytes`.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }

    /// Returns a hasher that has seen nothing yet.
    #[must_use]
    pub fn hasher(self) -> Hasher {
        let state: Box<dyn DynDigest + Send> = match self {
            Self::Sha224 => Box::<Sha224>::default(),
            Self::Sha256 => Box::<Sha256>::default(),
            Self::Sha384 => Box::<Sha384>::default(),
            Self::Sha512 => Box::<Sha512>::default(),
            Self::Sha512_224 => Box::<Sha512_224>::default(),
            Self::Sha512_256 => Box::<Sha512_256>::default(),
        };
        Hasher {
            algorithm: self,
            state,
        }
    }
}

/// A digest in the making.
pub struct Hasher {
    algorithm: Algorithm,
    state: Box<dyn DynDigest + Send>,
}

impl Hasher {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
    }

    /// Returns the digest of all bytes taken.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest {
            algorithm: self.algorithm,
            bytes: self.state.finalize().into_vec(),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({})", self.algorithm.name())
    }
}

/// A digest and the algorithm that made it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

/// Why a text is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestFault {
    /// No colon, digits that are not hexadecimal, or a wrong number of them.
    Malformed,
    /// An algorithm that is not accepted.
    UnknownAlgorithm,
}

impl Digest {
    /// Returns the digest with these bytes, `None` if their number does not fit the algorithm.
    #[must_use]
    pub fn from_bytes(algorithm: Algorithm, bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == algorithm.size()).then_some(Self { algorithm, bytes })
    }

    /// Returns the digest of a text such as `sha256:0123…`; digits of either case are accepted.
    ///
    /// # Errors
    /// When the text is not of that form or the algorithm is not accepted.
    pub fn parse(text: &str) -> Result<Self, DigestFault> {
        let (name, digits) = text.split_once(':').ok_or(DigestFault::Malformed)?;
        let bytes = hex::decode(digits).map_err(|_| DigestFault::Malformed)?;
        let algorithm = Algorithm::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or(DigestFault::UnknownAlgorithm)?;
        Self::from_bytes(algorithm, bytes).ok_or(DigestFault::Malformed)
    }

    /// Returns the algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), hex::encode(&self.bytes))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_writes_and_reads_its_digest() {
        for algorithm in Algorithm::ALL {
            let digest = algorithm.digest(b"abc");
            assert_eq!(digest.bytes().len(), algorithm.size());
            let text = digest.to_string();
            assert_eq!(Digest::parse(&text), Ok(digest.clone()));
            let (name, digits) = text.split_once(':').expect("a colon");
            assert_eq!(
                Digest::parse(&format!("{name}:{}", digits.to_uppercase())),
                Ok(digest)
            );
        }
        assert_eq!(
            Algorithm::Sha512_224.digest(b"abc").to_string(),
            "sha512_224:4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa"
        );
    }

    #[test]
    fn other_texts_are_refused() {
        let long = format!("sha256:{}", "0".repeat(66));
        for (text, fault) in [
            ("", DigestFault::Malformed),
            ("sha256", DigestFault::Malformed),
            ("sha256:", DigestFault::Malformed),
            ("sha256:zz", DigestFault::Malformed),
            (long.as_str(), DigestFault::Malformed),
            (
                "md5:d41d8cd98f00b204e9800998ecf8427e",
                DigestFault::UnknownAlgorithm,
            ),
            (
                "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
                DigestFault::UnknownAlgorithm,
            ),
            ("SHA256:00", DigestFault::UnknownAlgorithm),
        ] {
            assert_eq!(Digest::parse(text), Err(fault), "{text}");
        }
    }
}
