//! Search in a library.

use serde::{Deserialize, Serialize};

use super::{Collection, Container, Entity, Image};
use crate::lenient::or_default;

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// A part of a name, at least [`Search::SHORTEST`] characters.
    pub value: String,
    /// Only images for these architectures.
    pub architectures: Vec<String>,
    /// Only signed images.
    pub only_signed: bool,
}

impl Search {
    /// Servers refuse a shorter text.
    pub const SHORTEST: usize = 3;

    /// The query of the request. With architectures or `signed` servers answer with images only.
    #[must_use]
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![("value", self.value.clone())];
        if !self.architectures.is_empty() {
            query.push(("arch", self.architectures.join(",")));
        }
        if self.only_signed {
            query.push(("signed", "true".into()));
        }
        query
    }
}

/// What was found.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SearchResult {
    /// Entities.
    pub entity: Vec<Entity>,
    /// Collections.
    pub collection: Vec<Collection>,
    /// Containers.
    pub container: Vec<Container>,
    /// Images, with the names of what they are in.
    pub image: Vec<Image>,
}
