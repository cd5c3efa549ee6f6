//! The remote builder.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Id, lenient::or_default};

/// Asks for a build.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewBuild {
    /// The definition file, byte for byte.
    #[serde(with = "in_base64")]
    #[serde_with(skip_apply)]
    pub definition_raw: Vec<u8>,
    /// Where the image shall go in the library; nothing lets the service choose.
    pub library_ref: String,
    /// The library of `From:` lines without a host.
    #[serde(rename = "libraryURL", skip_serializing_if = "String::is_empty")]
    pub library_url: String,
    /// What the builder must be; only `arch` is known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub builder_requirements: BTreeMap<String, String>,
    /// The files that the definition names: `sha256.` and the digest of the archive.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub context_digest: String,
    /// The folder that relative names in the definition start from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
}

/// A build that was asked for.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Build {
    /// What the service calls it.
    pub id: Id,
    /// Whether it has ended, well or not.
    pub is_complete: bool,
    /// The length of the image in bytes. None or 0 of a build that has ended is a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_size: Option<i64>,
    /// What the image is called by its contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_checksum: Option<String>,
    /// Where the image is in the library.
    pub library_ref: String,
    /// The library that has it.
    #[serde(rename = "libraryURL")]
    pub library_url: String,
}

impl Build {
    /// Whether there is an image.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        self.is_complete && self.image_size.is_some_and(|size| size > 0)
    }
}

/// Announces the archive of the files that a definition names.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildContext {
    /// The length of the archive in bytes.
    pub size: i64,
    /// `sha256.` and the digest of the archive, as it is sent.
    pub digest: String,
}

/// Standard base64 with padding.
mod in_base64 {
    use serde::de::Error;

    use super::{Deserialize, Deserializer, Engine, STANDARD, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&base64::display::Base64Display::new(bytes, &STANDARD))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}
