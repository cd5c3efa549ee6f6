//! Which protocol a service speaks.

use serde::{Deserialize, Serialize};

use crate::lenient::or_default;

/// What a service says about itself.
#[serde_with::apply(_ => #[serde(deserialize_with = "or_default")])]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Version {
    /// The version of the program.
    pub version: String,
    /// The version of the interface, without a `v`. Only libraries have it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
}

/// What a library can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApiLevel {
    /// Uploads through the service, tags without architecture.
    #[default]
    V1,
    /// Uploads by presigned URL, tags without architecture.
    Uploads,
    /// Uploads by presigned URL, tags per architecture.
    ArchTags,
}

impl Version {
    /// What the library can do. As in the official clients, a leading `v` or anything unreadable means the oldest.
    #[must_use]
    pub fn api_level(&self) -> ApiLevel {
        let Some((release, step)) = split(&self.api_version) else {
            return ApiLevel::V1;
        };
        match (release.cmp(&[2, 0, 0]), step) {
            (std::cmp::Ordering::Greater, _) | (std::cmp::Ordering::Equal, None) => {
                ApiLevel::ArchTags
            }
            (std::cmp::Ordering::Less, _) => ApiLevel::V1,
            (std::cmp::Ordering::Equal, Some(step)) => level_of_step(step),
        }
    }
}

/// The three numbers of a strict semantic version, and its pre-release.
fn split(text: &str) -> Option<([u64; 3], Option<&str>)> {
    let text = text.split('+').next()?;
    let (release, step) = match text.split_once('-') {
        Some((release, step)) => (release, Some(step)),
        None => (text, None),
    };
    let mut numbers = release.split('.').map(|number| {
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
        let is_short = number == "0" || !number.starts_with('0');
        (is_plain && is_short)
            .then(|| number.parse().ok())
            .flatten()
    });
    let release = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some((release, step))
}

/// `alpha.1` brought the uploads, `alpha.2` the tags; what sorts after them has both.
fn level_of_step(step: &str) -> ApiLevel {
    let mut parts = step.split('.');
    let (name, number) = (parts.next().unwrap_or_default(), parts.next());
    match (name.cmp("alpha"), number.map(str::parse::<u64>)) {
        (std::cmp::Ordering::Less, _) | (std::cmp::Ordering::Equal, None | Some(Ok(0))) => {
            ApiLevel::V1
        }
        (std::cmp::Ordering::Equal, Some(Ok(1))) => ApiLevel::Uploads,
        (std::cmp::Ordering::Equal | std::cmp::Ordering::Greater, _) => ApiLevel::ArchTags,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_semantic_versions() {
        for (text, level) in [
            ("2.0.0-alpha.2", ApiLevel::ArchTags),
            ("2.0.0-alpha.10", ApiLevel::ArchTags),
            ("2.0.0-alpha.1", ApiLevel::Uploads),
            ("2.0.0-alpha.1+build.7", ApiLevel::Uploads),
            ("2.0.0-alpha", ApiLevel::V1),
            ("2.0.0-beta", ApiLevel::ArchTags),
            ("2.0.0", ApiLevel::ArchTags),
            ("2.1.0-alpha.1", ApiLevel::ArchTags),
            ("1.9.9", ApiLevel::V1),
            ("v2.0.0-alpha.2", ApiLevel::V1),
            ("2.0", ApiLevel::V1),
            ("02.0.0", ApiLevel::V1),
            ("", ApiLevel::V1),
        ] {
            let version = Version {
                api_version: text.into(),
                ..Version::default()
            };
            assert_eq!(version.api_level(), level, "{text}");
        }
    }
}
