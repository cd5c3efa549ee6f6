//! Tags: where they lead, and setting them.

use std::collections::BTreeMap;

use reqwest::Method;
use scs_types::{
    ApiLevel, Id,
    library::{ArchTags, SetTag, TagMap},
};

use super::Library;
use crate::{
    base::step,
    error::{Cause, Error},
};

const READING: &str = "reading the tags";
const SETTING: &str = "setting a tag";

impl Library {
    /// The tags of a container by architecture. A library that knows no architectures has them under an empty name.
    ///
    /// # Errors
    ///
    /// [`Cause::Missing`] if there is no such container, or a fault on the way.
    pub async fn tags(&self, container: &Id, level: ApiLevel) -> Result<ArchTags, Error> {
        let url = self.base.at(&path(container, level)?, &[])?;
        let answer = self.base.send(&self.base.get(READING, url)).await?;
        if level >= ApiLevel::ArchTags {
            return Ok(answer.data::<ArchTags>()?.unwrap_or_default());
        }
        let tags = answer.data::<TagMap>()?.unwrap_or_default();
        Ok(BTreeMap::from([(String::new(), tags)]))
    }

    /// Lets `tag` lead to `image`, wherever it led before. `arch` says nothing to a library that knows no architectures.
    ///
    /// # Errors
    ///
    /// [`Cause::Refused`] if the tag is none or frozen, or a fault on the way.
    pub async fn set_tag(
        &self,
        container: &Id,
        (arch, tag): (&str, &str),
        image: &Id,
        level: ApiLevel,
    ) -> Result<(), Error> {
        if !scs_types::library::is_tag(tag) {
            let shown = tag.chars().filter(|letter| !letter.is_control()).take(80);
            return Err(Error::local(SETTING, Cause::Address(shown.collect())));
        }
        let set = SetTag {
            arch: (level >= ApiLevel::ArchTags).then(|| arch.to_owned()),
            tag: tag.to_owned(),
            image_id: image.clone(),
        };
        let path = path(container, level)?;
        let ask = self.base.with_body(SETTING, Method::POST, &path, &set)?;
        let answer = self.base.send(&ask).await?;
        answer.data::<serde_json::Value>().map(|_| ())
    }
}

fn path(container: &Id, level: ApiLevel) -> Result<String, Error> {
    let version = if level >= ApiLevel::ArchTags {
        "v2"
    } else {
        "v1"
    };
    Ok(format!("{version}/tags/{}", step(READING, container)?))
}

/// Where `tag` leads for `arch`.
pub(crate) fn target<'a>(tags: &'a ArchTags, arch: &str, tag: &str) -> Option<&'a Id> {
    let of = |arch: &str| tags.get(arch)?.get(tag);
    of(arch).or_else(|| of(""))
}
