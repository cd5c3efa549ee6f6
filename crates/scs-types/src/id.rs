//! The identity of an object on a server.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::lenient;

/// What a server calls an object. Clients paste it into paths as it is, so [`Id::fits_a_path`] comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    /// The identity with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as the server wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing stands in it, as in a request that creates an object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it may be pasted into the path of a URL without changing where the URL leads.
    ///
    /// Newer libraries have identities like `project/coll/cont:sha256.…`, so `/` and `:` are allowed.
    #[must_use]
    pub fn fits_a_path(&self) -> bool {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:,+@=".contains(&byte);
        self.0.len() <= 1024
            && self.0.bytes().all(allowed)
            && self
                .0
                .split('/')
                .all(|step| !matches!(step, "" | "." | ".."))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::text(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_identities_fit_a_path() {
        for good in [
            "5f0c0e8a1b2c3d4e5f600004",
            "12",
            "project/coll/cont:sha256.61cd",
        ] {
            assert!(Id::new(good).fits_a_path(), "{good}");
        }
        for bad in [
            "", "../x", "a/../b", "a//b", "/a", "a?b", "a#b", "a%2fb", "a b", "a\nb", "a\\b",
        ] {
            assert!(!Id::new(bad).fits_a_path(), "{bad:?}");
        }
    }
}
