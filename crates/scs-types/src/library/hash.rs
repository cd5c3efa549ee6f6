//! What a library calls an image: a digest of the whole file.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a library calls an image.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageHash {
    /// SHA-256 of the whole file. Written with a dot: `sha256.61cd…`.
    Sha256([u8; 32]),
    /// The identity that images had before, from the header of the file: `sif.` and a UUID in lower case.
    Uuid(String),
}

/// A text that names no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no image hash: `sha256.` and 64 lower-case hexadecimal digits are expected")]
pub struct NotHash(pub String);

const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

impl ImageHash {
    /// The digest, unless the image has an old identity.
    #[must_use]
    pub const fn sha256(&self) -> Option<[u8; 32]> {
        match self {
            Self::Sha256(digest) => Some(*digest),
            Self::Uuid(_) => None,
        }
    }

    /// Whether `tag` stands in the place of a tag but names an image by its hash.
    #[must_use]
    pub fn is_hash(tag: &str) -> bool {
        tag.parse::<Self>().is_ok()
    }
}

impl FromStr for ImageHash {
    type Err = NotHash;

    fn from_str(text: &str) -> Result<Self, NotHash> {
        let hash = match text.split_once('.') {
            Some(("sha256", digits)) => digest(digits).map(Self::Sha256),
            Some(("sif", uuid)) => is_uuid(uuid).then(|| Self::Uuid(uuid.to_owned())),
            _ => None,
        };
        hash.ok_or_else(|| NotHash(text.chars().take(100).collect()))
    }
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn digest(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !is_lower_hex(digits) {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}

fn is_uuid(text: &str) -> bool {
    let mut groups = text.split('-');
    GROUPS.iter().all(|length| {
        groups
            .next()
            .is_some_and(|group| group.len() == *length && is_lower_hex(group))
    }) && groups.next().is_none()
}

impl fmt::Display for ImageHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(digest) => {
                formatter.write_str("sha256.")?;
                digest
                    .iter()
                    .try_for_each(|byte| write!(formatter, "{byte:02x}"))
            }
            Self::Uuid(uuid) => write!(formatter, "sif.{uuid}"),
        }
    }
}

impl Serialize for ImageHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ImageHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_survive_and_others_are_refused() {
        let sha = format!("sha256.{}", "0a".repeat(32));
        let uuid = "sif.0123abcd-0123-4567-89ab-0123456789ab";
        for good in [sha.as_str(), uuid] {
            assert_eq!(good.parse::<ImageHash>().unwrap().to_string(), good);
        }
        let upper = sha.to_uppercase();
        let colon = sha.replace('.', ":");
        for bad in [
            "",
            "sha256.",
            &sha[..70],
            &upper,
            &colon,
            "sif.0123abcd",
            "latest",
            "sha256.é",
        ] {
            assert!(!ImageHash::is_hash(bad), "{bad}");
        }
    }
}
