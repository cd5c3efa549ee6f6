//! What parts hold, as text or as bytes: at most 64 KiB at a time.

use sif::{DataType, Descriptor, Image};

use super::{NamedValue, PeekView, raw};
use crate::{
    Result, Sifter,
    error::{ApiError, ErrorCode, name_of, sif_error},
    files::OpenFile,
    units::{ByteCount, ImageId},
};

/// Bytes of one look.
const PEEK: u64 = 64 * 1024;
/// Bytes of a text that is shown whole.
const WHOLE: u64 = 1024 * 1024;

impl Sifter {
    /// Returns a look at a part's bytes from `offset` on: text where they are text, unless rows of bytes are asked for.
    ///
    /// # Errors
    /// `part-missing`, `file-changed` and the codes of files.
    pub async fn peek_part(
        &self,
        id: ImageId,
        part: u32,
        offset: ByteCount,
        as_hex: bool,
    ) -> Result<PeekView> {
        self.off(move |sifter| {
            let (open, image) = sifter.image_by_id(id)?;
            let object = object_of(&open, &image, part)?;
            let bytes = read_some(&open, object, offset.0, PEEK)?;
            let rest = object.size().saturating_sub(offset.0) > bytes.len() as u64;
            let as_text = if as_hex {
                None
            } else {
                as_text(object.data_type(), &bytes, offset.0 == 0, rest)
            };
            Ok(as_text.unwrap_or_else(|| PeekView::Hex {
                offset,
                rows: raw::rows(&bytes),
                total: ByteCount(object.size()),
            }))
        })
        .await
    }

    /// Returns the definition file.
    ///
    /// # Errors
    /// `part-missing` where the image holds none.
    pub async fn read_definition(&self, id: ImageId) -> Result<PeekView> {
        self.off(move |sifter| {
            let (open, image) = sifter.image_by_id(id)?;
            let object = first_of(&open, &image, DataType::DefinitionFile, "definition file")?;
            let bytes = read_some(&open, object, 0, WHOLE)?;
            Ok(PeekView::Text {
                text: lossy(&bytes),
                truncated: object.size() > WHOLE,
            })
        })
        .await
    }

    /// Returns the labels, where they are a part of their own.
    ///
    /// # Errors
    /// `part-missing` where they are not; `input-invalid` where they are no JSON object.
    pub async fn read_labels(&self, id: ImageId) -> Result<Vec<NamedValue>> {
        self.off(move |sifter| {
            let (open, image) = sifter.image_by_id(id)?;
            let object = first_of(&open, &image, DataType::Labels, "labels")?;
            let bytes = read_some(&open, object, 0, WHOLE)?;
            let text = strip_padding(&bytes);
            let value: serde_json::Value = serde_json::from_slice(text).map_err(|error| {
                let message = format!("the labels of `{}` are no JSON text", name_of(&open.path));
                ApiError::new(ErrorCode::InputInvalid, message).because(&error)
            })?;
            let mut labels = Vec::new();
            flatten("", &value, &mut labels);
            Ok(labels)
        })
        .await
    }

    /// Returns the environment variables, where they are a part of their own.
    ///
    /// # Errors
    /// `part-missing` where they are not.
    pub async fn read_environment(&self, id: ImageId) -> Result<Vec<NamedValue>> {
        self.off(move |sifter| {
            let (open, image) = sifter.image_by_id(id)?;
            let object = first_of(&open, &image, DataType::EnvironmentVariables, "environment")?;
            Ok(assignments(&lossy(&read_some(&open, object, 0, WHOLE)?)))
        })
        .await
    }

    pub(crate) fn image_by_id(&self, id: ImageId) -> Result<(OpenFile, Image)> {
        let open = self.open_by_id(id)?;
        let image = super::read_image(&open)?;
        Ok((open, image))
    }
}

pub(super) fn object_of<'image>(
    open: &OpenFile,
    image: &'image Image,
    part: u32,
) -> Result<&'image Descriptor> {
    image.object(sif::ObjectId(part)).ok_or_else(|| {
        ApiError::new(
            ErrorCode::PartMissing,
            format!("`{}` has no part {part}", name_of(&open.path)),
        )
    })
}

fn first_of<'image>(
    open: &OpenFile,
    image: &'image Image,
    data_type: DataType,
    what: &str,
) -> Result<&'image Descriptor> {
    image
        .objects()
        .iter()
        .find(|object| object.data_type() == data_type)
        .ok_or_else(|| {
            let message = format!("`{}` has no part with the {what}", name_of(&open.path));
            ApiError::new(ErrorCode::PartMissing, message)
                .with_hint("look for it inside the file system")
        })
}

fn read_some(open: &OpenFile, object: &Descriptor, offset: u64, most: u64) -> Result<Vec<u8>> {
    let left = object.size().saturating_sub(offset).min(most);
    let length = usize::try_from(left).map_err(|_| ApiError::plain(ErrorCode::InputInvalid))?;
    let mut bytes = vec![0; length];
    sif::read_exact_at(&object.reader(&open.file), &mut bytes, offset)
        .map_err(|error| sif_error(&open.path, &sif::Error::Read(error)))?;
    open.unchanged()?;
    Ok(bytes)
}

fn as_text(data_type: DataType, bytes: &[u8], from_start: bool, rest: bool) -> Option<PeekView> {
    let whole = from_start && !rest;
    let json = matches!(
        data_type,
        DataType::Labels | DataType::GenericJson | DataType::OciRootIndex
    );
    if json && whole {
        let value: Option<serde_json::Value> = serde_json::from_slice(strip_padding(bytes)).ok();
        let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
        if let Some(text) = pretty {
            return Some(PeekView::Json {
                text,
                truncated: false,
            });
        }
    }
    // Partitions are bytes, whatever the first of them look like.
    if data_type == DataType::Partition {
        return None;
    }
    let text = text_of(bytes, rest)?;
    Some(PeekView::Text {
        text,
        truncated: rest,
    })
}

/// Returns UTF-8 without control characters; a character that the end cuts is left out.
fn text_of(bytes: &[u8], cut: bool) -> Option<String> {
    let bytes = strip_padding(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (!text.chars().any(odd)).then(|| text.to_owned())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(strip_padding(bytes)).into_owned()
}

/// Text objects may be padded with NULs.
fn strip_padding(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    &bytes[..end]
}

/// Nested objects become dotted names; labels may be grouped by application.
fn flatten(prefix: &str, value: &serde_json::Value, into: &mut Vec<NamedValue>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                let name = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                flatten(&name, member, into);
            }
        }
        serde_json::Value::String(text) => into.push(NamedValue {
            name: prefix.into(),
            value: text.clone(),
        }),
        other => into.push(NamedValue {
            name: prefix.into(),
            value: other.to_string(),
        }),
    }
}

/// Lines such as `export NAME="value"` or `NAME=value`; nothing is evaluated.
fn assignments(text: &str) -> Vec<NamedValue> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            let (name, value) = line.split_once('=')?;
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(fits) {
                return None;
            }
            let quoted = ['"', '\'']
                .iter()
                .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            Some(NamedValue {
                name: name.to_owned(),
                value: quoted.unwrap_or(value).to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_lines() {
        let text =
            "#!/bin/sh\nexport A=\"one two\"\nB='x'\n  C=plain \nif [ a = b ]; then\nD E=1\n";
        let found: Vec<_> = assignments(text)
            .into_iter()
            .map(|pair| (pair.name, pair.value))
            .collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            found,
            [pair("A", "one two"), pair("B", "x"), pair("C", "plain")]
        );
    }

    #[test]
    fn text_with_padding_and_cut_characters() {
        assert_eq!(text_of(b"abc\0\0", false).as_deref(), Some("abc"));
        assert_eq!(text_of(b"ab\xc3", true).as_deref(), Some("ab"));
        assert_eq!(text_of(b"ab\xc3", false), None);
        assert_eq!(text_of(b"a\x01b", false), None);
    }

    #[test]
    fn nested_labels_are_dotted() {
        let value = serde_json::json!({"a": {"b": "x", "c": 1}, "d": true});
        let mut labels = Vec::new();
        flatten("", &value, &mut labels);
        let names: Vec<_> = labels
            .iter()
            .map(|label| (label.name.as_str(), label.value.as_str()))
            .collect();
        assert_eq!(names, [("a.b", "x"), ("a.c", "1"), ("d", "true")]);
    }
}
