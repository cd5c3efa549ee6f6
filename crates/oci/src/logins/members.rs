//! The members of a JSON object, in their order, each with its exact text.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::{RawValue, to_raw_value};

/// The members of an object. Of two with the same name the last one counts.
#[derive(Default)]
pub(super) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// The members of the object `text`; none if it is no object.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn get(&self, name: &str) -> Option<&RawValue> {
        let mut named = self.0.iter().rev().filter(|(key, _)| key == name);
        named.next().map(|(_, value)| &**value)
    }

    /// The text that is the value of a member; none if it is no text or empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text: String = serde_json::from_str(self.get(name)?.get()).ok()?;
        (!text.is_empty()).then_some(text)
    }

    /// The object that is the value of a member.
    pub(super) fn object(&self, name: &str) -> Option<Self> {
        Self::read(self.get(name)?.get())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    /// Sets a member in its place, or at the end if it is new.
    pub(super) fn set(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.iter_mut().rev().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Removes all members of a name; false if there is none.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(key, _)| key != name);
        self.0.len() < before
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object as text, each member on a line of its own, `depth` tabs from the left.
    pub(super) fn written(&self, depth: usize) -> String {
        if self.is_empty() {
            return "{}".to_owned();
        }
        let line = "\n".to_owned() + &"\t".repeat(depth + 1);
        let mut text = "{".to_owned();
        for (at, (name, value)) in self.0.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { "," });
            text.push_str(&line);
            text.push_str(&quoted(name));
            text.push_str(": ");
            text.push_str(value.get());
        }
        text.push('\n');
        text.push_str(&"\t".repeat(depth));
        text.push('}');
        text
    }

    /// The object as a value, as it stands `depth` tabs from the left.
    pub(super) fn value(&self, depth: usize) -> Option<Box<RawValue>> {
        RawValue::from_string(self.written(depth)).ok()
    }
}

/// A text as a value.
pub(super) fn text_value(text: &str) -> Option<Box<RawValue>> {
    to_raw_value(text).ok()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_text_stay() {
        let text = r#"{ "b" : 1.50e3, "a":{ "z":[1 , 2] } }"#;
        let mut members = Members::read(text).unwrap();
        assert_eq!(
            members.written(0),
            "{\n\t\"b\": 1.50e3,\n\t\"a\": { \"z\":[1 , 2] }\n}"
        );
        members.set("b", text_value("x\"y").unwrap());
        members.set("c", text_value("").unwrap());
        assert_eq!(members.text("b").as_deref(), Some("x\"y"));
        assert_eq!(members.text("c"), None);
        assert_eq!(members.names().collect::<Vec<_>>(), ["b", "a", "c"]);
        assert!(members.remove("b") && !members.remove("b"));
        assert!(Members::read("[1]").is_none() && Members::read("{").is_none());
        assert_eq!(Members::default().written(3), "{}");
    }
}
