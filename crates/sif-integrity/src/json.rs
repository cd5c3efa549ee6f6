//! JSON into fields, by the rules of the reference's decoder, so that no text means one thing there and
//! another here.
//!
//! Letter case of field names does not matter, unknown fields are passed over, `null` changes nothing, and
//! of a field that stands twice both are taken, one over the other. Bytes that are not UTF-8 become the
//! replacement character.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::{Deserialize as _, Serialize};
use serde_json::de::SliceRead;

/// A structure that takes its fields one by one.
pub(crate) trait Fields: Default {
    /// Takes the value of the field with this name, in small letters; or passes over it.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Whether anything but white space follows the value that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trailing {
    /// At most white space.
    Nothing,
    /// Something.
    Bytes,
}

/// Returns the text as one that the functions here take.
pub(crate) fn text_of(data: &[u8]) -> Cow<'_, [u8]> {
    match String::from_utf8_lossy(data) {
        Cow::Borrowed(_) => Cow::Borrowed(data),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Whether the text is exactly one JSON value, whatever it says.
pub(crate) fn is_valid(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Reads the first value of the text into `target`, `None` if it does not fit.
pub(crate) fn read<T: Fields>(text: &[u8], target: &mut T) -> Option<Trailing> {
    let reader = || serde_json::Deserializer::new(SliceRead::new(text));
    // Texts are taken as bytes below, and of those control characters would be let through.
    IgnoredAny::deserialize(&mut reader()).ok()?;
    let mut reader = reader();
    Update(target).deserialize(&mut reader).ok()?;
    Some(match reader.end() {
        Ok(()) => Trailing::Nothing,
        Err(_) => Trailing::Bytes,
    })
}

/// Passes over the next value of a map.
pub(crate) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(|_| ())
}

/// Reads a value over a structure.
pub(crate) struct Update<'a, T>(pub(crate) &'a mut T);

impl<'de, T: Fields> DeserializeSeed<'de> for Update<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Fields> Visitor<'de> for Update<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Name)? {
            self.0.take(&name, &mut map)?;
        }
        Ok(())
    }
}

/// A list that is read over another: an item that was there keeps the fields that the new one lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Fields> DeserializeSeed<'de> for Update<'_, List<T>> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(ListVisitor(self.0))
    }
}

struct ListVisitor<'a, T>(&'a mut List<T>);

impl<'de, T: Fields> Visitor<'de> for ListVisitor<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.0.clear();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let items = &mut self.0.0;
        let mut count = 0;
        loop {
            let mut item = items.get_mut(count).map(std::mem::take).unwrap_or_default();
            if list.next_element_seed(Update(&mut item))?.is_none() {
                break;
            }
            match items.get_mut(count) {
                Some(place) => *place = item,
                None => items.push(item),
            }
            count += 1;
        }
        items.truncate(count);
        Ok(())
    }
}

/// A text that `null` leaves as it was.
pub(crate) struct Text<'a>(pub(crate) &'a mut String);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // As bytes, because halves of surrogate pairs are let through.
        deserializer.deserialize_bytes(self)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        *self.0 = String::from_utf8_lossy(bytes).into_owned();
        Ok(())
    }
}

/// A whole number that `null` leaves as it was.
pub(crate) struct Whole<'a, N>(pub(crate) &'a mut N);

impl<'de, N: TryFrom<i128>> DeserializeSeed<'de> for Whole<'_, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, N: TryFrom<i128>> Visitor<'de> for Whole<'_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of this size")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        *self.0 = N::try_from(i128::from(value))
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &"a smaller number"))?;
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        *self.0 = N::try_from(i128::from(value))
            .map_err(|_| E::invalid_value(Unexpected::Signed(value), &"a number from 0"))?;
        Ok(())
    }
}

/// A field's name in small letters.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<String, E> {
        let name = String::from_utf8_lossy(bytes);
        Ok(name.chars().map(small_letter).collect())
    }
}

/// The two letters outside ASCII that fold to one inside count as that one.
fn small_letter(letter: char) -> char {
    match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Debug, PartialEq)]
    struct Pair {
        name: String,
        list: List<Item>,
    }

    #[derive(Default, Debug, PartialEq)]
    struct Item {
        one: u32,
        two: u32,
    }

    impl Fields for Pair {
        fn take<'de, A: MapAccess<'de>>(
            &mut self,
            name: &str,
            map: &mut A,
        ) -> Result<(), A::Error> {
            match name {
                "name" => map.next_value_seed(Text(&mut self.name)),
                "list" => map.next_value_seed(Update(&mut self.list)),
                _ => skip(map),
            }
        }
    }

    impl Fields for Item {
        fn take<'de, A: MapAccess<'de>>(
            &mut self,
            name: &str,
            map: &mut A,
        ) -> Result<(), A::Error> {
            match name {
                "one" => map.next_value_seed(Whole(&mut self.one)),
                "two" => map.next_value_seed(Whole(&mut self.two)),
                _ => skip(map),
            }
        }
    }

    fn pair(text: &[u8]) -> Option<(String, Vec<(u32, u32)>)> {
        let mut pair = Pair::default();
        read(&text_of(text), &mut pair)?;
        let items = pair.list.0.iter().map(|item| (item.one, item.two));
        Some((pair.name, items.collect()))
    }

    #[test]
    fn later_values_are_taken_over_earlier_ones() {
        let text =
            br#"{"name":"a","NAME":null,"list":[{"one":1,"two":2},{"one":3}],"list":[{"two":4}]}"#;
        assert_eq!(pair(text), Some(("a".to_owned(), vec![(1, 4)])));
        let text = br#"{"list":[{"one":1}],"list":null,"list":[null,{"two":5}]}"#;
        assert_eq!(pair(text), Some((String::new(), vec![(0, 0), (0, 5)])));
        let text = b"{\"\xFF\":\"\\ud800\",\"na\\u006de\":\"\xFFz\"}";
        assert_eq!(pair(text), Some(("\u{fffd}z".to_owned(), vec![])));
    }

    #[test]
    fn what_is_no_json_is_not_read() {
        for text in [
            &b"{\"na\nme\":\"a\"}"[..],
            b"{\"name\":\"a\nb\"}",
            b"{\"name\":\"\\q\"}",
            b"{\"x\":01}",
            b"{\"name\":1}",
            b"{\"list\":{}}",
            b"{\"list\":[{\"one\":-1}]}",
            b"{\"list\":[{\"one\":1.0}]}",
            b"{\"list\":[1]}",
            b"\xFE{}",
        ] {
            assert_eq!(pair(text), None, "{}", text.escape_ascii());
        }
    }
}
