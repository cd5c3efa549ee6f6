//! Tags, and the request that sets one.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::Id;

/// Tags and the images they lead to.
pub type TagMap = BTreeMap<String, Id>;

/// Tags by architecture.
pub type ArchTags = BTreeMap<String, TagMap>;

/// Sets one tag. The members are capitalised, as the official clients write them; any case is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetTag {
    /// The architecture; only libraries that know them take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// The tag.
    pub tag: String,
    /// Where it shall lead.
    #[serde(rename = "ImageID")]
    pub image_id: Id,
}

impl<'de> Deserialize<'de> for SetTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        named(&members)
            .or_else(|| single(&members))
            .ok_or_else(|| serde::de::Error::custom("a tag and an image identity are expected"))
    }
}

fn named(members: &Map<String, Value>) -> Option<SetTag> {
    let text = |name: &str| {
        let (_, value) = members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        value.as_str().map(str::to_owned)
    };
    Some(SetTag {
        arch: text("arch"),
        tag: text("tag")?,
        image_id: Id::new(text("imageid")?),
    })
}

/// What very old clients send: the tag itself is the member.
fn single(members: &Map<String, Value>) -> Option<SetTag> {
    let (tag, image) = members.iter().next()?;
    Some(SetTag {
        arch: None,
        tag: (members.len() == 1).then(|| tag.clone())?,
        image_id: Id::new(image.as_str()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_are_read() {
        let expected = SetTag {
            arch: Some("amd64".into()),
            tag: "latest".into(),
            image_id: Id::new("7"),
        };
        for json in [
            r#"{"Arch":"amd64","Tag":"latest","ImageID":"7"}"#,
            r#"{"arch":"amd64","tag":"latest","imageID":"7"}"#,
        ] {
            assert_eq!(serde_json::from_str::<SetTag>(json).unwrap(), expected);
        }
        let old: SetTag = serde_json::from_str(r#"{"latest":"7"}"#).unwrap();
        assert_eq!(
            old,
            SetTag {
                arch: None,
                ..expected
            }
        );
        for bad in ["{}", "[]", "7", r#"{"a":"b","c":"d"}"#, r#"{"a":7}"#] {
            assert!(serde_json::from_str::<SetTag>(bad).is_err(), "{bad}");
        }
    }
}
