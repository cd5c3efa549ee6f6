//! The signed text of the current form: digests of the header and of each covered object, as JSON.
//!
//! Read strictly: exactly this schema at version 1, with unknown fields allowed. No signer writes other
//! letter case or a field twice, so a text that does is refused rather than guessed at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, DigestFault};

/// The one version of the schema.
const VERSION: i64 = 1;

/// What a signature says about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Digest of the header stream; absent in a text that no signer writes, and then nothing verifies.
    pub header: Option<Digest>,
    /// Digests of the covered objects, by their number relative to the lowest of the group.
    pub objects: BTreeMap<u32, ObjectMetadata>,
}

/// What a signature says about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMetadata {
    /// Digest of the descriptor stream.
    pub descriptor: Option<Digest>,
    /// Digest of the data.
    pub data: Option<Digest>,
}

/// Why a text is not signed metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataFault {
    /// Not JSON, or not of the schema.
    NotJson,
    /// A digest that is not of the form `algorithm:digits`.
    DigestMalformed,
    /// A digest by an algorithm that is not accepted.
    HashUnsupported,
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: i64,
    #[serde(default)]
    header: HeaderDocument,
    #[serde(default)]
    objects: Vec<ObjectDocument>,
}

#[derive(Serialize, Deserialize, Default)]
struct HeaderDocument {
    digest: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObjectDocument {
    #[serde(default)]
    relative_id: u32,
    descriptor_digest: Option<String>,
    object_digest: Option<String>,
}

impl Metadata {
    /// Returns the metadata in a signed text.
    ///
    /// # Errors
    /// When the text does not follow the schema.
    pub fn parse(text: &[u8]) -> Result<Self, MetadataFault> {
        let document: Document =
            serde_json::from_slice(text).map_err(|_| MetadataFault::NotJson)?;
        if document.version != VERSION {
            return Err(MetadataFault::NotJson);
        }
        let mut objects = BTreeMap::new();
        for object in document.objects {
            let metadata = ObjectMetadata {
                descriptor: digest(object.descriptor_digest.as_deref())?,
                data: digest(object.object_digest.as_deref())?,
            };
            if objects.insert(object.relative_id, metadata).is_some() {
                return Err(MetadataFault::NotJson);
            }
        }
        Ok(Self {
            header: digest(document.header.digest.as_deref())?,
            objects,
        })
    }

    /// Returns the text to sign: compact, without a final line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = |digest: &Option<Digest>| digest.as_ref().map(Digest::to_string);
        let document = Document {
            version: VERSION,
            header: HeaderDocument {
                digest: text(&self.header),
            },
            objects: self
                .objects
                .iter()
                .map(|(relative_id, object)| ObjectDocument {
                    relative_id: *relative_id,
                    descriptor_digest: text(&object.descriptor),
                    object_digest: text(&object.data),
                })
                .collect(),
        };
        serde_json::to_string(&document).expect("strings and numbers always serialise")
    }
}

fn digest(text: Option<&str>) -> Result<Option<Digest>, MetadataFault> {
    text.map(Digest::parse)
        .transpose()
        .map_err(|fault| match fault {
            DigestFault::Malformed => MetadataFault::DigestMalformed,
            DigestFault::UnknownAlgorithm => MetadataFault::HashUnsupported,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Algorithm;

    fn sample() -> Metadata {
        let digest = |text: &str| Some(Algorithm::Sha256.digest(text.as_bytes()));
        let object = |name: &str| ObjectMetadata {
            descriptor: digest(name),
            data: digest("data"),
        };
        Metadata {
            header: digest("header"),
            objects: BTreeMap::from([(0, object("a")), (3, object("b"))]),
        }
    }

    #[test]
    fn text_round_trip() {
        let text = sample().to_json();
        assert!(text.starts_with(r#"{"version":1,"header":{"digest":"sha256:"#));
        assert!(text.contains(r#"{"relativeId":3,"descriptorDigest":"sha256:"#));
        assert_eq!(Metadata::parse(text.as_bytes()), Ok(sample()));
    }

    #[test]
    fn schema_is_exact_but_open() {
        let good = Metadata::parse(br#"{"version":1,"note":{},"objects":[{"x":1}]}"#)
            .expect("unknown fields are allowed");
        assert_eq!(good.header, None);
        assert!(good.objects.contains_key(&0));
        for (text, fault) in [
            ("", MetadataFault::NotJson),
            ("[]", MetadataFault::NotJson),
            ("{}", MetadataFault::NotJson),
            (r#"{"version":2}"#, MetadataFault::NotJson),
            (r#"{"Version":1}"#, MetadataFault::NotJson),
            (r#"{"version":1} x"#, MetadataFault::NotJson),
            (r#"{"version":1,"version":1}"#, MetadataFault::NotJson),
            (
                r#"{"version":1,"objects":[{"relativeId":-1}]}"#,
                MetadataFault::NotJson,
            ),
            (
                r#"{"version":1,"objects":[{"relativeId":4294967296}]}"#,
                MetadataFault::NotJson,
            ),
            (r#"{"version":1,"objects":[{},{}]}"#, MetadataFault::NotJson),
            (
                r#"{"version":1,"header":{"digest":"sha256:00"}}"#,
                MetadataFault::DigestMalformed,
            ),
            (
                r#"{"version":1,"header":{"digest":"md5:00"}}"#,
                MetadataFault::HashUnsupported,
            ),
        ] {
            assert_eq!(Metadata::parse(text.as_bytes()), Err(fault), "{text}");
        }
    }
}
