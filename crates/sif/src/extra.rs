//! The 384 bytes of a descriptor whose meaning depends on the data type.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::raw::EXTRA_SIZE;
use crate::{
    Architecture, DataType, FileSystem, HashType, MessageFormat, MessageType, PartitionType,
    SbomFormat,
};

/// Bytes of an OpenPGP version 4 fingerprint.
pub const FINGERPRINT_SIZE: usize = 20;

/// The fields of a descriptor that depend on the data type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extra {
    /// The data type has none, or is not known.
    None,
    /// Of a partition.
    Partition {
        /// File system inside.
        file_system: FileSystem,
        /// What it is for.
        partition_type: PartitionType,
        /// Architecture of its programs.
        architecture: Architecture,
    },
    /// Of a signature. Both are hints that nothing protects.
    Signature {
        /// Digest algorithm.
        hash: HashType,
        /// Fingerprint of the signer's primary key; `None` when the bytes are all zero.
        fingerprint: Option<[u8; FINGERPRINT_SIZE]>,
    },
    /// Of a cryptographic message.
    CryptographicMessage {
        /// Form.
        format: MessageFormat,
        /// Kind.
        message: MessageType,
    },
    /// Of a software bill of materials.
    Sbom {
        /// Form.
        format: SbomFormat,
    },
    /// Of an OCI root index or blob.
    Oci {
        /// Digest that the object is looked up by; not checked against the data.
        digest: OciDigest,
    },
}

impl Extra {
    /// Returns the fields in `area` for an object of `data_type`.
    #[must_use]
    pub fn decode(data_type: DataType, area: &[u8; EXTRA_SIZE]) -> Self {
        match data_type {
            DataType::Partition => Self::Partition {
                file_system: FileSystem::from_code(code_at(area, 0)),
                partition_type: PartitionType::from_code(code_at(area, 4)),
                architecture: Architecture::from_bytes([area[8], area[9], area[10]]),
            },
            DataType::Signature => Self::Signature {
                hash: HashType::from_code(code_at(area, 0)),
                fingerprint: fingerprint(area),
            },
            DataType::CryptographicMessage => Self::CryptographicMessage {
                format: MessageFormat::from_code(code_at(area, 0)),
                message: MessageType::from_code(code_at(area, 4)),
            },
            DataType::Sbom => Self::Sbom {
                format: SbomFormat::from_code(code_at(area, 0)),
            },
            DataType::OciRootIndex | DataType::OciBlob => Self::Oci {
                digest: OciDigest::from_area(area),
            },
            _ => Self::None,
        }
    }

    /// Returns the area that holds these fields, zero behind them.
    #[must_use]
    pub fn encode(&self) -> [u8; EXTRA_SIZE] {
        let mut area = [0; EXTRA_SIZE];
        match self {
            Self::None => {}
            Self::Partition {
                file_system,
                partition_type,
                architecture,
            } => {
                put(&mut area, 0, &file_system.code().to_le_bytes());
                put(&mut area, 4, &partition_type.code().to_le_bytes());
                put(&mut area, 8, &architecture.bytes());
            }
            Self::Signature { hash, fingerprint } => {
                put(&mut area, 0, &hash.code().to_le_bytes());
                put(&mut area, 4, &fingerprint.unwrap_or_default());
            }
            Self::CryptographicMessage { format, message } => {
                put(&mut area, 0, &format.code().to_le_bytes());
                put(&mut area, 4, &message.code().to_le_bytes());
            }
            Self::Sbom { format } => put(&mut area, 0, &format.code().to_le_bytes()),
            Self::Oci { digest } => put(&mut area, 0, &digest.0),
        }
        area
    }
}

/// The digest text of an OCI object: `sha256:` and 64 hex digits when well formed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OciDigest(Vec<u8>);

impl OciDigest {
    /// Returns the digest text for a SHA-256 value.
    #[must_use]
    pub fn from_sha256(value: [u8; 32]) -> Self {
        Self(format!("sha256:{}", Hex(&value)).into_bytes())
    }

    /// Returns the digest text of these bytes.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self::from_sha256(Sha256::digest(content).into())
    }

    /// Returns the digest for a text; `None` unless it is `sha256:` and 64 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digest = Self(text.as_bytes().to_vec());
        digest.sha256().is_some().then_some(digest)
    }

    /// Returns the text's bytes, which may be anything in a hostile file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the SHA-256 value; `None` unless the text is well formed.
    #[must_use]
    pub fn sha256(&self) -> Option<[u8; 32]> {
        let digits = self
            .0
            .strip_prefix(b"sha256:")
            .filter(|digits| digits.len() == 64)?;
        let mut value = [0; 32];
        for (byte, pair) in value.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Some(value)
    }

    fn from_area(area: &[u8; EXTRA_SIZE]) -> Self {
        Self(
            area.split(|byte| *byte == 0)
                .next()
                .unwrap_or_default()
                .to_vec(),
        )
    }
}

impl fmt::Display for OciDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// Writes bytes as lower-case hex.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn code_at(area: &[u8; EXTRA_SIZE], at: usize) -> i32 {
    i32::from_le_bytes([area[at], area[at + 1], area[at + 2], area[at + 3]])
}

fn fingerprint(area: &[u8; EXTRA_SIZE]) -> Option<[u8; FINGERPRINT_SIZE]> {
    let mut bytes = [0; FINGERPRINT_SIZE];
    bytes.copy_from_slice(&area[4..4 + FINGERPRINT_SIZE]);
    (bytes != [0; FINGERPRINT_SIZE]).then_some(bytes)
}

fn put(area: &mut [u8; EXTRA_SIZE], at: usize, bytes: &[u8]) {
    // A digest read from a file ends inside the area, so the slice always fits.
    let end = (at + bytes.len()).min(EXTRA_SIZE);
    area[at..end].copy_from_slice(&bytes[..end - at]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_survive_both_ways() {
        let cases = [
            (
                DataType::Partition,
                Extra::Partition {
                    file_system: FileSystem::Other(77),
                    partition_type: PartitionType::PrimarySystem,
                    architecture: Architecture::from_bytes(*b"99x"),
                },
            ),
            (
                DataType::Signature,
                Extra::Signature {
                    hash: HashType::Sha384,
                    fingerprint: Some([7; 20]),
                },
            ),
            (
                DataType::CryptographicMessage,
                Extra::CryptographicMessage {
                    format: MessageFormat::Pem,
                    message: MessageType::RsaOaep,
                },
            ),
            (
                DataType::Sbom,
                Extra::Sbom {
                    format: SbomFormat::SyftJson,
                },
            ),
            (
                DataType::OciBlob,
                Extra::Oci {
                    digest: OciDigest::of(b"x"),
                },
            ),
            (DataType::Generic, Extra::None),
        ];
        for (data_type, extra) in cases {
            assert_eq!(Extra::decode(data_type, &extra.encode()), extra);
        }
    }

    #[test]
    fn digests_are_checked() {
        let digest = OciDigest::of(b"");
        assert_eq!(
            digest.to_string(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(OciDigest::parse(&digest.to_string()), Some(digest.clone()));
        assert_eq!(OciDigest::parse(&digest.to_string().to_uppercase()), None);
        assert_eq!(OciDigest::parse("sha256:"), None);
        assert_eq!(
            OciDigest::from_area(&[b'x'; EXTRA_SIZE]).as_bytes().len(),
            EXTRA_SIZE
        );
    }
}
