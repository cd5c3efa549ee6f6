//! The objects of a library.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ArchTags, TagMap};
use crate::{Id, Moment, lenient::or_default};

/// Who made an object, and when.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Audit {
    /// Whether it is gone.
    pub deleted: bool,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Moment,
    /// Who changed it last.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub updated_by: String,
    /// When it was changed last.
    pub updated_at: Moment,
    /// Who deleted it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub deleted_by: String,
    /// When it was deleted.
    pub deleted_at: Moment,
    /// Whose it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
}

/// A person or a group: the first step of a path.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Entity {
    /// Who made it, and when.
    #[serde(flatten)]
    #[serde_with(skip_apply)]
    pub audit: Audit,
    /// Its identity.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its collections.
    pub collections: Vec<Id>,
    /// Bytes in use.
    pub size: i64,
    /// Bytes allowed; 0 is no limit.
    pub quota: i64,
    /// Whether new collections are private.
    pub default_private: bool,
    /// Free for the server.
    pub custom_data: String,
}

/// The second step of a path.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Collection {
    /// Who made it, and when.
    #[serde(flatten)]
    #[serde_with(skip_apply)]
    pub audit: Audit,
    /// Its identity.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The entity it is in.
    pub entity: Id,
    /// The name of that entity.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub entity_name: String,
    /// Its containers.
    pub containers: Vec<Id>,
    /// Bytes in use.
    pub size: i64,
    /// Whether only those with access see it.
    pub private: bool,
    /// Free for the server.
    pub custom_data: String,
}

/// The third step of a path: images of one thing, by tag and architecture.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Who made it, and when.
    #[serde(flatten)]
    #[serde_with(skip_apply)]
    pub audit: Audit,
    /// Its identity.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub description: String,
    /// What it is, at length.
    pub full_description: String,
    /// The collection it is in.
    pub collection: Id,
    /// The name of that collection.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub collection_name: String,
    /// The entity it is in.
    #[serde(skip_serializing_if = "Id::is_empty")]
    pub entity: Id,
    /// The name of that entity.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub entity_name: String,
    /// Its images.
    pub images: Vec<Id>,
    /// Its tags for clients that know no architectures.
    pub image_tags: TagMap,
    /// Its tags.
    pub arch_tags: ArchTags,
    /// Bytes in use.
    pub size: i64,
    /// How often its images were pulled.
    pub download_count: i64,
    /// How many people like it.
    pub stars: i64,
    /// Whether only those with access see it.
    pub private: bool,
    /// Whether it takes no more images.
    pub read_only: bool,
    /// Free for the server.
    pub custom_data: String,
}

/// One file.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Image {
    /// Who made it, and when.
    #[serde(flatten)]
    #[serde_with(skip_apply)]
    pub audit: Audit,
    /// Its identity.
    pub id: Id,
    /// What it is called by its contents, see [`super::ImageHash`]. A text, as servers send what they like.
    pub hash: String,
    /// What it is.
    pub description: String,
    /// The container it is in.
    pub container: Id,
    /// The name of that container.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container_name: String,
    /// The collection it is in.
    #[serde(skip_serializing_if = "Id::is_empty")]
    pub collection: Id,
    /// The name of that collection.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub collection_name: String,
    /// The entity it is in.
    #[serde(skip_serializing_if = "Id::is_empty")]
    pub entity: Id,
    /// The name of that entity.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub entity_name: String,
    /// Its length in bytes. sregistry writes megabytes here: a length to show, not to rely on.
    pub size: i64,
    /// Whether its bytes are there.
    pub uploaded: bool,
    /// Whether it is signed; none until the server looked into the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<bool>,
    /// Whether it is encrypted; none until the server looked into the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// Its architecture; none until the server looked into the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// Who signed it, as the server says; none until it looked into the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprints: Option<Vec<String>>,
    /// The tags that lead to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Free for the server.
    pub custom_data: String,
    /// What its container is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container_description: String,
    /// How many people like its container.
    pub container_stars: i64,
    /// How often its container was pulled.
    pub container_downloads: i64,
}

impl Container {
    /// The tags of all architectures; for an old server that knows no architectures, its tags under an empty name.
    #[must_use]
    pub fn tags(&self) -> ArchTags {
        if self.arch_tags.is_empty() && !self.image_tags.is_empty() {
            return BTreeMap::from([(String::new(), self.image_tags.clone())]);
        }
        self.arch_tags.clone()
    }
}
