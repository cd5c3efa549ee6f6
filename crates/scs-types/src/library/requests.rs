//! What a client sends to create an object. Official clients send their whole model with zero values; a server reads no
//! more than this.

use serde::{Deserialize, Serialize};

use crate::{Id, lenient::or_default};

/// Creates an entity.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewEntity {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
}

/// Creates a collection.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewCollection {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The identity, not the name, of its entity.
    pub entity: Id,
    /// Whether only those with access see it. Official clients send `false` without a thought.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
}

/// Creates a container.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewContainer {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The identity, not the name, of its collection.
    pub collection: Id,
    /// Whether only those with access see it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
}

/// Creates an image, before its bytes are sent.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewImage {
    /// SHA-256 of the whole file, see [`super::ImageHash`].
    pub hash: String,
    /// What it is.
    pub description: String,
    /// The identity of its container.
    pub container: Id,
}
