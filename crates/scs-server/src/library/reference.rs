//! What a path asks for: `entity/collection/container:tag`, checked before anything is looked up.

use scs_types::library::{ContainerPath, ImageHash, is_tag};

use crate::answer::{Answer, Refusal};

/// No path of a request is longer.
const LONGEST: usize = 2048;

/// An image that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) path: ContainerPath,
    pub(crate) what: What,
}

/// By what an image is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Tag(String),
    Hash(ImageHash),
}

impl Wanted {
    /// # Errors
    ///
    /// 400 for anything but names and one tag or hash.
    pub(crate) fn read(text: &str) -> Answer<Self> {
        if text.len() > LONGEST {
            return Err(Refusal::bad("the reference is too long"));
        }
        let (path, tag) = match text.split_once(':') {
            Some((path, "")) => (path, "latest"),
            Some((path, tag)) => (path, tag),
            None => (text, "latest"),
        };
        let path = path
            .parse()
            .map_err(|error| Refusal::bad(format!("invalid image ref: {error}")))?;
        let what = match tag.parse() {
            Ok(hash) => What::Hash(hash),
            Err(_) if is_tag(tag) => What::Tag(tag.to_owned()),
            Err(_) => return Err(Refusal::bad("invalid image ref: that is no tag")),
        };
        Ok(Self { path, what })
    }

    /// The names to look for, one after the other: a single name is that of a container in `library/default`, two are
    /// looked for in `library`.
    pub(crate) fn names(&self) -> [String; 3] {
        full_names(&self.path)
    }

    /// Whether the path is one that only this service's own fallback makes whole.
    pub(crate) fn has_two_names(&self) -> bool {
        self.path.steps().count() == 2
    }
}

fn full_names(path: &ContainerPath) -> [String; 3] {
    let steps: Vec<&str> = path.steps().collect();
    match steps.as_slice() {
        [entity, collection, container] => {
            [entity, collection, container].map(|name| (*name).to_owned())
        }
        [collection, container] => ["library", collection, container].map(str::to_owned),
        _ => ["library", "default", path.container()].map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_and_one_tag_are_read() {
        for (text, names, tag) in [
            ("e/c/i:1.0", ["e", "c", "i"], "1.0"),
            ("e/c/i", ["e", "c", "i"], "latest"),
            ("e/c/i:", ["e", "c", "i"], "latest"),
            ("e/c/i:V1--b_0", ["e", "c", "i"], "V1--b_0"),
            ("alpine:3", ["library", "default", "alpine"], "3"),
            ("c/i:3", ["library", "c", "i"], "3"),
        ] {
            let wanted = Wanted::read(text).unwrap();
            assert_eq!(wanted.names(), names, "{text}");
            assert_eq!(wanted.what, What::Tag(tag.into()), "{text}");
        }
        let hash = format!("e/c/i:sha256.{}", "ab".repeat(32));
        assert!(matches!(Wanted::read(&hash).unwrap().what, What::Hash(_)));
        for bad in [
            "",
            "E/c/i",
            "e//i:1",
            "../c/i",
            "e/c/i:a:b",
            "e/c/i:a,b",
            "a/b/c/d",
            "e/c/i:.",
            "e/c/i:' OR 1=1--",
            "e/c/%2e%2e",
        ] {
            assert!(Wanted::read(bad).is_err(), "{bad}");
        }
    }
}
