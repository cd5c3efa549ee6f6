//! References to images in OCI registries, as a person writes them.

use std::{fmt, str::FromStr};

use crate::{digest::Digest, host::Host};

/// The tag of a reference that names none.
pub const DEFAULT_TAG: &str = "latest";

const LONGEST_REPOSITORY: usize = 255;
const LONGEST_TAG: usize = 128;

/// What a reference says of the thing that it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `oras://`: a SIF file, stored as it is.
    Oras,
    /// `docker://`: an OCI image, of which a SIF file has to be made.
    Docker,
}

/// A repository of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repository {
    /// The registry.
    pub host: Host,
    /// Its path there, as `lab/blast`.
    pub path: String,
}

/// A reference to an image in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Where.
    pub repository: Repository,
    /// Which, by name; none if only a digest was written.
    pub tag: Option<String>,
    /// Which, by the digest of its manifest. It wins over the tag.
    pub digest: Option<Digest>,
}

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// It starts neither with `oras://` nor with `docker://`.
    #[error("it does not start with `oras://` or `docker://`")]
    Protocol,
    /// The registry's name.
    #[error("`{0}` is no name of a registry")]
    Host(String),
    /// The repository's name.
    #[error(
        "`{0}` is no name of a repository: it has small letters, digits, `.`, `_`, `-` and `/`"
    )]
    Repository(String),
    /// The tag.
    #[error("`{0}` is no tag")]
    Tag(String),
    /// The digest.
    #[error("`{0}` is no digest: it is `sha256:` and 64 digits")]
    Digest(String),
}

impl Protocol {
    /// The protocol at the start of `text`, and what follows it.
    #[must_use]
    pub fn split(text: &str) -> Option<(Self, &str)> {
        let (scheme, rest) = text.trim().split_once("://")?;
        match scheme.to_ascii_lowercase().as_str() {
            "oras" => Some((Self::Oras, rest)),
            "docker" => Some((Self::Docker, rest)),
            _ => None,
        }
    }
}

impl FromStr for Repository {
    type Err = Invalid;

    /// Reads `registry/path`. Without a registry it is one of Docker Hub.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (host, path) = match text.split_once('/') {
            Some((first, rest)) if looks_like_host(first) => (first.parse()?, rest),
            _ => (Host::hub(), text),
        };
        // Docker Hub writes one-word names so.
        let path = if host.is_hub() && !path.contains('/') {
            format!("library/{path}")
        } else {
            path.to_owned()
        };
        if !is_path(&path) {
            return Err(Invalid::Repository(path));
        }
        Ok(Self { host, path })
    }
}

fn looks_like_host(text: &str) -> bool {
    text.contains(['.', ':']) || text == "localhost"
}

fn is_path(path: &str) -> bool {
    let good = |part: &str| {
        let edge = |byte: Option<u8>| {
            byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let inner =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        edge(part.bytes().next()) && edge(part.bytes().last()) && part.bytes().all(inner)
    };
    path.len() <= LONGEST_REPOSITORY && path.split('/').all(good)
}

fn is_tag(tag: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !tag.is_empty()
        && tag.len() <= LONGEST_TAG
        && tag.bytes().all(inner)
        && !tag.starts_with(['.', '-'])
}

impl Reference {
    /// The reference to `tag` of a repository.
    ///
    /// # Errors
    ///
    /// `tag` is none.
    pub fn tagged(repository: Repository, tag: &str) -> Result<Self, Invalid> {
        if !is_tag(tag) {
            return Err(Invalid::Tag(tag.to_owned()));
        }
        Ok(Self {
            repository,
            tag: Some(tag.to_owned()),
            digest: None,
        })
    }

    /// The reference that always means the manifest with this digest.
    #[must_use]
    pub fn pinned(&self, digest: Digest) -> Self {
        Self {
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// What names the manifest on the wire: its digest, or else its tag.
    pub(crate) fn name(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => DEFAULT_TAG.to_owned(),
        }
    }

    /// Reads what follows `oras://` or `docker://`.
    ///
    /// # Errors
    ///
    /// Which part of it is wrong.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().trim_start_matches('/');
        let (text, digest) = match text.split_once('@') {
            Some((before, digest)) => {
                let read = digest
                    .parse()
                    .map_err(|_| Invalid::Digest(digest.to_owned()))?;
                (before, Some(read))
            }
            None => (text, None),
        };
        let (path, tag) = match text.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (text, None),
        };
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            return Err(Invalid::Tag(tag.to_owned()));
        }
        let tag = tag.or(digest.is_none().then_some(DEFAULT_TAG));
        Ok(Self {
            repository: path.parse()?,
            tag: tag.map(str::to_owned),
            digest,
        })
    }
}

impl FromStr for Reference {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (_, rest) = Protocol::split(text).ok_or(Invalid::Protocol)?;
        Self::read(rest)
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.host, self.path)
    }
}

impl fmt::Display for Reference {
    /// Without the protocol.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(formatter, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    #[test]
    fn references_are_read_and_written() {
        let pinned = format!("oras://ghcr.io/lab/blast@{DIGEST}");
        let both = format!("oras://ghcr.io/lab/blast:2@{DIGEST}");
        let cases: &[(&str, &str)] = &[
            ("oras://ghcr.io/lab/blast:2.15", "ghcr.io/lab/blast:2.15"),
            ("oras://ghcr.io/lab/blast", "ghcr.io/lab/blast:latest"),
            (" ORAS://GHCR.io/lab/blast ", "ghcr.io/lab/blast:latest"),
            (&pinned, &pinned[7..]),
            (&both, &both[7..]),
            ("docker://alpine", "docker.io/library/alpine:latest"),
            ("docker://lab/blast:2", "docker.io/lab/blast:2"),
            (
                "docker://index.docker.io/lab/blast",
                "docker.io/lab/blast:latest",
            ),
            ("oras://localhost:5000/x", "localhost:5000/x:latest"),
            ("oras://localhost/x", "localhost/x:latest"),
            ("oras://[::1]:5000/x:1", "[::1]:5000/x:1"),
            ("oras://10.0.0.1/a/b/c__d:1", "10.0.0.1/a/b/c__d:1"),
        ];
        for (text, written) in cases {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), *written, "{text}");
            assert_eq!(Reference::read(written).unwrap(), reference);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let host = |text: &str| Invalid::Host(text.into());
        let repository = |text: &str| Invalid::Repository(text.into());
        let cases: &[(&str, Invalid)] = &[
            ("library://a/b/c", Invalid::Protocol),
            ("alpine", Invalid::Protocol),
            ("oras://", repository("library/")),
            ("oras://ghcr.io/", repository("")),
            ("oras://ghcr.io/Lab/x", repository("Lab/x")),
            ("oras://ghcr.io/../x", repository("../x")),
            ("oras://ghcr.io/a//x", repository("a//x")),
            ("oras://ghcr.io/x?y=1", repository("x?y=1")),
            ("oras://gh_.-cr.io/x", host("gh_.-cr.io")),
            ("oras://h.example:0/x", host("h.example:0")),
            ("oras://h.example:99999/x", host("h.example:99999")),
            ("oras://h.example:/x", host("h.example:")),
            ("oras://[::1/x", host("[::1")),
            ("oras://ghcr.io/x:", Invalid::Tag(String::new())),
            ("oras://ghcr.io/x:.a", Invalid::Tag(".a".into())),
            ("oras://ghcr.io/x@md5:1", Invalid::Digest("md5:1".into())),
            (
                "oras://me:secret@ghcr.io/x",
                Invalid::Digest("ghcr.io/x".into()),
            ),
        ];
        for (text, invalid) in cases {
            assert_eq!(text.parse::<Reference>().as_ref(), Err(invalid), "{text}");
        }
    }
}
