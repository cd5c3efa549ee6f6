//! The bodies of the upload protocols.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::lenient::{expose, or_default};

/// Starts an upload in one piece.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UploadStart {
    /// The length in bytes.
    pub filesize: i64,
    /// MD5 of the file, in hexadecimal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub md5sum: String,
    /// SHA-256 of the file, in hexadecimal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256sum: String,
}

/// Where to send the file. Whoever knows the URL may write: it is a secret for as long as it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadUrl {
    /// An absolute URL.
    #[serde(rename = "uploadURL")]
    pub upload_url: String,
}

/// Starts an upload in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MultipartStart {
    /// The length in bytes.
    pub filesize: i64,
}

/// How the file is to be cut.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MultipartStarted {
    /// What the server calls this upload.
    #[serde(rename = "uploadID")]
    pub upload_id: String,
    /// The number of parts.
    pub total_parts: i64,
    /// The length of all parts but the last, in bytes.
    pub part_size: i64,
    /// Texts only: official clients refuse anything else.
    pub options: BTreeMap<String, serde_json::Value>,
}

impl MultipartStarted {
    /// Whether each part is to be hashed, as S3 wants it. So it is unless the server says otherwise.
    #[must_use]
    pub fn hashes_parts(&self) -> bool {
        match self.options.get("s3compliant") {
            None => true,
            Some(serde_json::Value::Bool(flag)) => *flag,
            Some(value) => value
                .as_str()
                .is_none_or(|text| matches!(text, "" | "true")),
        }
    }
}

/// Asks where to send one part.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MultipartPart {
    /// The length of this part, in bytes.
    pub part_size: i64,
    /// What the server calls this upload.
    #[serde(rename = "uploadID")]
    pub upload_id: String,
    /// From 1.
    pub part_number: i64,
    /// SHA-256 of this part in hexadecimal, or nothing.
    #[serde(rename = "sha256sum")]
    pub sha256: String,
}

/// Where to send one part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartUrl {
    /// An absolute URL.
    #[serde(rename = "presignedURL")]
    pub presigned_url: String,
}

/// A part that was sent.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CompletedPart {
    /// From 1.
    pub part_number: i64,
    /// The `ETag` of the answer to the part, quotes included.
    pub token: String,
}

/// Ends an upload in parts.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MultipartComplete {
    /// What the server calls this upload.
    #[serde(rename = "uploadID")]
    pub upload_id: String,
    /// All parts.
    pub completed_parts: Vec<CompletedPart>,
}

/// Gives up an upload in parts.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MultipartAbort {
    /// What the server calls this upload.
    #[serde(rename = "uploadID")]
    pub upload_id: String,
}

/// What a server says when an upload is complete. Older ones say nothing.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Completed {
    /// How much room there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Where the container is on the web, below the frontend.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container_url: String,
}

/// How much room an entity has.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Quota {
    /// Bytes allowed; 0 is no limit.
    pub quota_total: i64,
    /// Bytes in use.
    pub quota_usage: i64,
}

/// Leads to the OCI registry behind a library. It is not wrapped.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OciRedirect {
    /// A registry token for this name.
    #[serde(serialize_with = "expose")]
    pub token: SecretString,
    /// The base of the registry.
    pub url: String,
    /// The name of the repository; if there is none, the one that was asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// The config blob of an image in the registry behind a library. It is not the one of OCI: `rootfs` is a plain text.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SifConfig {
    /// The architecture of the image.
    pub architecture: String,
    /// Always `linux`.
    pub os: String,
    /// The digest of the file, with a colon.
    pub rootfs: String,
    /// What the image is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether it is signed.
    pub signed: bool,
    /// Whether it is encrypted.
    pub encrypted: bool,
}
