//! The signed text of the current form: digests of the header and of each covered object, as JSON.
//!
//! Written in one form only; read as the reference reads it, version and letter case included, so that
//! both come to the same verdict.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::digest::{Digest, DigestFault};
use crate::json::{self, Fields, List, Trailing, Update, Whole};

/// The version of the schema that is written.
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

#[derive(Serialize)]
struct Document {
    version: i64,
    header: HeaderDocument,
    objects: Vec<ObjectDocument>,
}

#[derive(Serialize)]
struct HeaderDocument {
    digest: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectDocument {
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
        let text = json::text_of(text);
        if !json::is_valid(&text) {
            return Err(MetadataFault::NotJson);
        }
        let mut signed = SignedText::default();
        match json::read(&text, &mut signed) {
            Some(Trailing::Nothing) => signed.into_metadata(),
            _ => Err(MetadataFault::NotJson),
        }
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

/// A signed text as it is read.
#[derive(Default)]
struct SignedText {
    version: i64,
    header: SignedHeader,
    objects: List<SignedObject>,
}

#[derive(Default)]
struct SignedHeader {
    digest: DigestField,
}

#[derive(Default)]
struct SignedObject {
    relative_id: u32,
    descriptor: DigestField,
    data: DigestField,
}

/// A digest, or why there is none. A fault stays, whatever stands in the field a second time.
#[derive(Default)]
struct DigestField {
    digest: Option<Digest>,
    fault: Option<MetadataFault>,
}

impl SignedText {
    fn into_metadata(self) -> Result<Metadata, MetadataFault> {
        let header = self.header.digest.into_result()?;
        let mut objects = BTreeMap::new();
        for object in self.objects.0 {
            let metadata = ObjectMetadata {
                descriptor: object.descriptor.into_result()?,
                data: object.data.into_result()?,
            };
            // Of two with one number the reference looks at the first.
            objects.entry(object.relative_id).or_insert(metadata);
        }
        Ok(Metadata { header, objects })
    }
}

impl Fields for SignedText {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "version" => map.next_value_seed(Whole(&mut self.version)),
            "header" => map.next_value_seed(Update(&mut self.header)),
            "objects" => map.next_value_seed(Update(&mut self.objects)),
            _ => json::skip(map),
        }
    }
}

impl Fields for SignedHeader {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "digest" => map.next_value_seed(&mut self.digest),
            _ => json::skip(map),
        }
    }
}

impl Fields for SignedObject {
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "relativeid" => map.next_value_seed(Whole(&mut self.relative_id)),
            "descriptordigest" => map.next_value_seed(&mut self.descriptor),
            "objectdigest" => map.next_value_seed(&mut self.data),
            _ => json::skip(map),
        }
    }
}

impl DigestField {
    fn into_result(self) -> Result<Option<Digest>, MetadataFault> {
        self.fault.map_or(Ok(self.digest), Err)
    }

    fn take(&mut self, text: Option<&str>) {
        match text.map_or(Err(DigestFault::Malformed), Digest::parse) {
            Ok(digest) => self.digest = Some(digest),
            Err(fault) => {
                self.fault.get_or_insert(match fault {
                    DigestFault::Malformed => MetadataFault::DigestMalformed,
                    DigestFault::UnknownAlgorithm => MetadataFault::HashUnsupported,
                });
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut DigestField {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// What is not a text is no digest either, `null` included.
impl<'de> Visitor<'de> for &mut DigestField {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.take(Some(text));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.take(None);
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        self.visit_unit()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.visit_unit()
    }
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
    fn texts_are_read_as_the_reference_reads_them() {
        let digest = |text: &str| Algorithm::Sha256.digest(text.as_bytes()).to_string();
        let (one, two) = (digest("one"), digest("two"));
        let parse = |text: &str| Metadata::parse(text.as_bytes());
        let header = |text: &str| parse(text).expect("a text").header.map(|d| d.to_string());
        for text in [
            format!(r#"{{"version":1,"header":{{"digest":"{one}"}}}}"#),
            format!(r#"{{"header":{{"DIGEST":"{one}"}},"version":99,"VERSION":null}}"#),
            format!(r#"{{"header":{{"dige\u017ft":"{one}"}}}}"#),
            format!(r#"{{"header":{{"digest":"{two}","digest":"{one}"}},"header":{{}}}}"#),
            format!(r#"{{"\ud800":1e999,"header":{{"digest":"{one}"}},"header":null}}"#),
        ] {
            assert_eq!(header(&text), Some(one.clone()), "{text}");
        }
        for text in ["{}", "null", r#"{"header":null}"#] {
            assert_eq!(header(text), None, "{text}");
        }
        let invalid = [b"{\"x\":\"".as_slice(), &[0xFF, 0xFE], b"\"}"].concat();
        assert!(Metadata::parse(&invalid).is_ok());
        let objects = format!(
            r#"{{"objects":[{{"objectDigest":"{one}"}},{{"relativeId":null,"objectDigest":"{two}"}},null]}}"#
        );
        let objects = parse(&objects).expect("a text").objects;
        assert_eq!(objects.len(), 1, "the first of equal numbers counts");
        assert_eq!(objects[&0].data.as_ref().map(Digest::to_string), Some(one));
    }

    #[test]
    fn what_the_reference_refuses_is_refused() {
        for (text, fault) in [
            ("", MetadataFault::NotJson),
            ("[]", MetadataFault::NotJson),
            ("1", MetadataFault::NotJson),
            (r#"{"version":"1"}"#, MetadataFault::NotJson),
            (r#"{"version":1.0}"#, MetadataFault::NotJson),
            (r#"{"version":9223372036854775808}"#, MetadataFault::NotJson),
            (r#"{"version":1} x"#, MetadataFault::NotJson),
            (r#"{"objects":[{"relativeId":-1}]}"#, MetadataFault::NotJson),
            (
                r#"{"objects":[{"relativeId":4294967296}]}"#,
                MetadataFault::NotJson,
            ),
            (
                r#"{"header":{"digest":"sha256:00"}} x"#,
                MetadataFault::NotJson,
            ),
            (
                r#"{"header":{"digest":"sha256:00"}}"#,
                MetadataFault::DigestMalformed,
            ),
            (
                r#"{"header":{"digest":null}}"#,
                MetadataFault::DigestMalformed,
            ),
            (
                r#"{"header":{"digest":{"a":[]}}}"#,
                MetadataFault::DigestMalformed,
            ),
            (
                r#"{"header":{"digest":"md5:zz"}}"#,
                MetadataFault::DigestMalformed,
            ),
            (
                r#"{"header":{"digest":"md5:00"}}"#,
                MetadataFault::HashUnsupported,
            ),
        ] {
            assert_eq!(Metadata::parse(text.as_bytes()), Err(fault), "{text}");
        }
    }
}
