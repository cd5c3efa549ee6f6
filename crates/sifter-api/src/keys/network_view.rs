//! What screens show of keyservers.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::ImportPlanView;
use crate::{error::ApiError, units::Timestamp};

/// Keys that a keyserver found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FoundKeys {
    pub hits: Vec<KeyHit>,
    /// The keyserver that answered.
    pub keyserver: String,
    /// Asks for more of the same.
    pub next_page: Option<String>,
    /// Keyservers that did not answer.
    pub down: Vec<(String, ApiError)>,
}

/// One key in the index of a keyserver: a claim of that server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct KeyHit {
    /// As long as the server gives it.
    pub fingerprint: String,
    /// Empty: **No name published**.
    pub names: Vec<String>,
    pub algorithm: String,
    pub bits: Option<u32>,
    pub created: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub is_revoked: bool,
    pub is_expired: bool,
    pub is_here: bool,
}

/// A key that was looked for by its fingerprint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LookedFor {
    /// The import that would take it. Absent: no keyserver has it.
    pub import: Option<ImportPlanView>,
    pub keyserver: Option<String>,
    /// Keyservers that were asked, in their order.
    pub asked: Vec<String>,
    pub down: Vec<(String, ApiError)>,
}

/// What a keyserver answered to a published key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PublishedKey {
    pub keyserver: String,
    /// What it says, as plain text.
    pub message: Option<String>,
}
