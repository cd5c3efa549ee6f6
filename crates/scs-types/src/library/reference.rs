//! References to images: `library://entity/collection/container:tag`, in the three grammars that the real tools have.
//!
//! They disagree on what is a host, so each has a function of its own.

use std::{fmt, str::FromStr};

use super::{ImageHash, is_name, is_tag};

/// A text longer than this is no reference.
const LENGTH_LIMIT: usize = 2048;
const SCHEME: &str = "library://";
const DEFAULT_TAG: &str = "latest";

/// A text that is no reference, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReference {
    /// Nothing stands where the path should be.
    #[error("the reference names no container")]
    NoPath,
    /// A step of the path cannot be a name.
    #[error(
        "`{0}` cannot be a name: lower-case letters and digits, with single dots, dashes or underscores between them"
    )]
    Name(String),
    /// A tag cannot be one.
    #[error("`{0}` cannot be a tag")]
    Tag(String),
    /// The path has more than three steps.
    #[error("the path has more than three steps: entity, collection and container are expected")]
    TooManySteps,
    /// Only a whole path may be pushed to.
    #[error("a push needs all three steps: `entity/collection/container:tag`")]
    NotWhole,
    /// The host is none.
    #[error("`{0}` is no host name")]
    Host(String),
    /// A part that references do not have, as a user name or a query.
    #[error("a reference has no user name, no query and no fragment")]
    NotPlain,
    /// More than one colon, or none behind which a tag stands.
    #[error("one colon is expected, with the tags behind it")]
    Colon,
    /// Too long for any server.
    #[error("the reference is longer than {LENGTH_LIMIT} characters")]
    TooLong,
}

/// A library by its host: `library.example.org` or `localhost:8080`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Host(String);

/// One to three names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContainerPath(Vec<String>);

/// Where an image can be pulled from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LibraryRef {
    /// A library other than that of the remote.
    pub host: Option<Host>,
    /// The container.
    pub path: ContainerPath,
    /// At least one; a hash may stand for a tag.
    pub tags: Vec<String>,
}

/// Where an image can be pushed to: a whole path, and tags that are no hashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PushRef {
    /// The container.
    pub path: ContainerPath,
    /// At least one.
    pub tags: Vec<String>,
}

impl Host {
    /// The host, with its port if it has one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Host {
    type Err = BadReference;

    fn from_str(text: &str) -> Result<Self, BadReference> {
        let wrong = || BadReference::Host(shown(text));
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, Some(port)),
            _ => (text, None),
        };
        let is_address = name
            .strip_prefix('[')
            .and_then(|inner| inner.strip_suffix(']'))
            .is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
        let is_host = !name.is_empty()
            && name.len() <= 253
            && !name.starts_with(['.', '-'])
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
        let is_port = port.is_none_or(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit())
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if (is_address || is_host) && is_port {
            Ok(Self(text.to_owned()))
        } else {
            Err(wrong())
        }
    }
}

impl ContainerPath {
    /// The names, from the widest.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Entity, collection and container, if all three are there.
    #[must_use]
    pub fn whole(&self) -> Option<[&str; 3]> {
        match self.0.as_slice() {
            [entity, collection, container] => Some([entity, collection, container]),
            _ => None,
        }
    }

    /// The last name.
    #[must_use]
    pub fn container(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
}

impl FromStr for ContainerPath {
    type Err = BadReference;

    fn from_str(text: &str) -> Result<Self, BadReference> {
        if text.is_empty() {
            return Err(BadReference::NoPath);
        }
        let steps: Vec<_> = text.split('/').map(str::to_owned).collect();
        if steps.len() > 3 {
            return Err(BadReference::TooManySteps);
        }
        match steps.iter().find(|step| !is_name(step)) {
            Some(step) => Err(BadReference::Name(shown(step))),
            None => Ok(Self(steps)),
        }
    }
}

impl LibraryRef {
    /// As the command lines read what is pulled, deleted or built from: with three or more slashes, the first step is a
    /// host. Names and tags are checked, which the command lines leave to the server.
    ///
    /// # Errors
    ///
    /// The text is no such reference.
    pub fn from_command_line(text: &str) -> Result<Self, BadReference> {
        check_length(text)?;
        let text = text.strip_prefix(SCHEME).unwrap_or(text);
        let (host, rest) = match text.split_once('/') {
            Some((host, rest)) if text.matches('/').count() >= 3 => (Some(host.parse()?), rest),
            _ => (None, text),
        };
        let (path, tags) = match rest.split_once(':') {
            Some((path, tags)) => (path, tags),
            None => (rest, DEFAULT_TAG),
        };
        Ok(Self {
            host,
            path: path.parse()?,
            tags: read_tags(tags, Hashes::Allowed)?,
        })
    }

    /// As a URI, `library:[//host[:port]][/]path[:tags]`, in the reading of `scs-build`: `library://` with one or three
    /// steps has no host, with two or four the first is one.
    ///
    /// # Errors
    ///
    /// The text is no such reference.
    pub fn from_uri(text: &str) -> Result<Self, BadReference> {
        check_length(text)?;
        if text.contains(['?', '#', '@']) {
            return Err(BadReference::NotPlain);
        }
        let rest = text.strip_prefix("library:").unwrap_or(text);
        let (host, path) = match rest.strip_prefix("//") {
            Some(rest) => split_host(rest),
            None => (None, rest),
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        let (path, tags) = match path.split_once(':') {
            Some((_, tags)) if tags.is_empty() || tags.contains(':') => {
                return Err(BadReference::Colon);
            }
            Some((path, tags)) => (path, tags),
            None => (path, DEFAULT_TAG),
        };
        Ok(Self {
            host: host.map(Host::from_str).transpose()?,
            path: path.parse()?,
            tags: read_tags(tags, Hashes::Allowed)?,
        })
    }

    /// The tag or hash that a pull takes.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.tags.first().map_or(DEFAULT_TAG, String::as_str)
    }

    /// The hash, if one stands for the tag.
    #[must_use]
    pub fn hash(&self) -> Option<ImageHash> {
        self.tag().parse().ok()
    }
}

/// An empty host, `library:///e/c/i`, is none.
fn split_host(rest: &str) -> (Option<&str>, &str) {
    if let Some(path) = rest.strip_prefix('/') {
        return (None, path);
    }
    match rest.split_once('/') {
        Some((host, path)) if matches!(rest.matches('/').count(), 1 | 3) => (Some(host), path),
        _ => (None, rest),
    }
}

impl FromStr for PushRef {
    type Err = BadReference;

    /// As the command lines read what is pushed to: no host, all three steps.
    fn from_str(text: &str) -> Result<Self, BadReference> {
        check_length(text)?;
        let text = text.strip_prefix(SCHEME).unwrap_or(text);
        let (path, tags) = match text.split_once(':') {
            Some((path, tags)) => (path, tags),
            None => (text, DEFAULT_TAG),
        };
        let path: ContainerPath = path.parse()?;
        if path.whole().is_none() {
            return Err(BadReference::NotWhole);
        }
        Ok(Self {
            path,
            tags: read_tags(tags, Hashes::Refused)?,
        })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Hashes {
    Allowed,
    Refused,
}

fn read_tags(text: &str, hashes: Hashes) -> Result<Vec<String>, BadReference> {
    let tags: Vec<_> = text.split(',').map(str::to_owned).collect();
    let is_good = |tag: &str| {
        let is_hash = ImageHash::is_hash(tag);
        (is_hash && hashes == Hashes::Allowed) || (is_tag(tag) && !is_hash)
    };
    match tags.iter().find(|tag| !is_good(tag)) {
        Some(tag) => Err(BadReference::Tag(shown(tag))),
        None => Ok(tags),
    }
}

fn check_length(text: &str) -> Result<(), BadReference> {
    if text.len() > LENGTH_LIMIT {
        return Err(BadReference::TooLong);
    }
    Ok(())
}

/// As much of a wrong text as fits in a message.
fn shown(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(80)
        .collect()
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for ContainerPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("/"))
    }
}

impl fmt::Display for LibraryRef {
    /// As the command lines write it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(SCHEME)?;
        if let Some(host) = &self.host {
            write!(formatter, "{host}/")?;
        }
        write!(formatter, "{}:{}", self.path, self.tags.join(","))
    }
}

impl fmt::Display for PushRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME}{}:{}", self.path, self.tags.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(reference: &LibraryRef) -> (Option<&str>, String, Vec<&str>) {
        let tags = reference.tags.iter().map(String::as_str).collect();
        (
            reference.host.as_ref().map(Host::as_str),
            reference.path.to_string(),
            tags,
        )
    }

    #[test]
    fn the_command_line_counts_slashes() {
        let hash = format!("sha256.{}", "ab".repeat(32));
        let by_hash = format!("library://e/c/i:{hash}");
        for (text, host, path, tags) in [
            ("alpine", None, "alpine", vec!["latest"]),
            ("library://alpine:3.18", None, "alpine", vec!["3.18"]),
            ("library://e/c/i", None, "e/c/i", vec!["latest"]),
            ("e/c/i:1.0,2.0", None, "e/c/i", vec!["1.0", "2.0"]),
            (
                "library://h.example.org/e/c/i:1",
                Some("h.example.org"),
                "e/c/i",
                vec!["1"],
            ),
            (
                "localhost:8080/e/c/i:1",
                Some("localhost:8080"),
                "e/c/i",
                vec!["1"],
            ),
            ("[::1]:80/e/c/i", Some("[::1]:80"), "e/c/i", vec!["latest"]),
            (by_hash.as_str(), None, "e/c/i", vec![hash.as_str()]),
        ] {
            let reference = LibraryRef::from_command_line(text).unwrap();
            assert_eq!(parts(&reference), (host, path.to_owned(), tags), "{text}");
        }
        for bad in [
            "",
            "library://",
            "E/c/i",
            "e//i",
            "../c/i",
            "e/c/i:",
            "e/c/i:a:b",
            "h/e/c/i/x",
            "e/c/i:1,,2",
            "h h/e/c/i",
            "h:0/e/c/i",
            "h:99999/e/c/i",
            "e/c/i?x=1",
            "e/c/%2e%2e",
            "-h/e/c/i",
        ] {
            assert!(LibraryRef::from_command_line(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_uri_counts_steps() {
        for (text, host, path) in [
            ("library:e/c/i:1", None, "e/c/i"),
            ("library:alpine", None, "alpine"),
            ("library://alpine", None, "alpine"),
            ("library://e/c/i", None, "e/c/i"),
            ("library://host/alpine", Some("host"), "alpine"),
            ("library://host:80/e/c/i:1", Some("host:80"), "e/c/i"),
            ("library:///e/c/i", None, "e/c/i"),
        ] {
            let reference = LibraryRef::from_uri(text).unwrap();
            assert_eq!(parts(&reference).0, host, "{text}");
            assert_eq!(parts(&reference).1, path, "{text}");
        }
        for bad in [
            "library:e/c/i:",
            "library:e/c/i:1:2",
            "library:u@h/e",
            "library:e?x",
            "library:e#x",
        ] {
            assert!(LibraryRef::from_uri(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_push_needs_three_steps() {
        let reference: PushRef = "library://e/c/i:1.0,latest".parse().unwrap();
        assert_eq!(reference.tags, ["1.0", "latest"]);
        assert_eq!(reference.to_string(), "library://e/c/i:1.0,latest");
        let hash = format!("e/c/i:sha256.{}", "ab".repeat(32));
        for bad in ["i", "c/i", "h/e/c/i", "E/c/i", hash.as_str(), "e/c/i:.a"] {
            assert!(bad.parse::<PushRef>().is_err(), "{bad}");
        }
    }
}
