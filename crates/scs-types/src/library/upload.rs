//! The bodies of the upload protocols.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::lenient::{expose, or_default};

/// Starts an upload in one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UploadStart {
    /// The length in bytes.
    pub filesize: i64,
    /// MD5 of the file, in hexadecimal.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub md5sum: String,
    /// SHA-256 of the file, in hexadecimal.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MultipartStarted {
    /// What the server calls this upload.
    #[serde(rename = "uploadID", deserialize_with = "or_default")]
    pub upload_id: String,
    /// The number of parts.
    #[serde(deserialize_with = "or_default")]
    pub total_parts: i64,
    /// The length of all parts but the last, in bytes.
    #[serde(deserialize_with = "or_default")]
    pub part_size: i64,
    /// Texts only: official clients refuse anything else.
    #[serde(deserialize_with = "or_default")]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MultipartPart {
    /// The length of this part, in bytes.
    pub part_size: i64,
    /// What the server calls this upload.
    #[serde(rename = "uploadID", deserialize_with = "or_default")]
    pub upload_id: String,
    /// From 1.
    pub part_number: i64,
    /// SHA-256 of this part in hexadecimal, or nothing.
    #[serde(rename = "sha256sum", deserialize_with = "or_default")]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CompletedPart {
    /// From 1.
    pub part_number: i64,
    /// The `ETag` of the answer to the part, quotes included.
    #[serde(deserialize_with = "or_default")]
    pub token: String,
}

/// Ends an upload in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MultipartComplete {
    /// What the server calls this upload.
    #[serde(rename = "uploadID", deserialize_with = "or_default")]
    pub upload_id: String,
    /// All parts.
    #[serde(deserialize_with = "or_default")]
    pub completed_parts: Vec<CompletedPart>,
}

/// Gives up an upload in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MultipartAbort {
    /// What the server calls this upload.
    #[serde(rename = "uploadID", deserialize_with = "or_default")]
    pub upload_id: String,
}

/// What a server says when an upload is complete. Older ones say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Completed {
    /// How much room there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Where the container is on the web, below the frontend.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub container_url: String,
}

/// How much room an entity has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Quota {
    /// Bytes allowed; 0 is no limit.
    #[serde(deserialize_with = "or_default")]
    pub quota_total: i64,
    /// Bytes in use.
    #[serde(deserialize_with = "or_default")]
    pub quota_usage: i64,
}

/// Leads to the OCI registry behind a library. It is not wrapped.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OciRedirect {
    /// A registry token for this name.
    #[serde(serialize_with = "expose")]
    pub token: SecretString,
    /// The base of the registry.
    #[serde(deserialize_with = "or_default")]
    pub url: String,
    /// The name of the repository; if there is none, the one that was asked for.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub name: String,
}

/// The config blob of an image in the registry behind a library. It is not the one of OCI: `rootfs` is a plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SifConfig {
    /// The architecture of the image.
    #[serde(deserialize_with = "or_default")]
    pub architecture: String,
    /// Always `linux`.
    #[serde(deserialize_with = "or_default")]
    pub os: String,
    /// The digest of the file, with a colon.
    #[serde(deserialize_with = "or_default")]
    pub rootfs: String,
    /// What the image is.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
    /// Whether it is signed.
    #[serde(deserialize_with = "or_default")]
    pub signed: bool,
    /// Whether it is encrypted.
    #[serde(deserialize_with = "or_default")]
    pub encrypted: bool,
}
