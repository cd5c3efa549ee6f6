//! The wrapper around most answers, and what a server says when it refuses.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// More of a server's own words than this is cut: they go on a screen.
const MESSAGE_LIMIT: usize = 2000;

/// The wrapper around most answers: `{"data": …}` or `{"error": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub struct Envelope<T> {
    /// What was asked for.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub data: Option<T>,
    /// Where the list goes on. No official client uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// Why there is no data. It wins over data that is there all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// Where a list goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Page {
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
    /// The token of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many there are in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_size: Option<u64>,
}

/// Why a server refused, in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The HTTP status once more, or 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub code: u16,
    /// The server's own words, or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// An answer that is not what the interface says.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The body is not JSON, or not of the shape.
    #[error("the answer is not what the service should send")]
    Json(#[from] serde_json::Error),
    /// The body is an error although the status said success.
    #[error("the service reported an error: {}", .0.message)]
    Failure(Failure),
}

impl<T> Envelope<T> {
    /// An answer with data.
    pub const fn of(data: T) -> Self {
        Self {
            data: Some(data),
            page: None,
            error: None,
        }
    }
}

impl Envelope<()> {
    /// An answer without data.
    #[must_use]
    pub fn refusal(code: u16, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            data: None,
            page: None,
            error: Some(Failure { code, message }),
        }
    }
}

impl<T: DeserializeOwned> Envelope<T> {
    /// The answer in `body`. An empty body is an answer without data.
    ///
    /// # Errors
    ///
    /// The body is no answer of this kind, or the server reports an error in it.
    pub fn read(body: &[u8]) -> Result<Self, Unreadable> {
        if body.trim_ascii().is_empty() {
            return Ok(Self {
                data: None,
                page: None,
                error: None,
            });
        }
        // The error is looked for first: what stands beside it need not be of the shape.
        if let Some(failure) = Failure::stated_in(body) {
            return Err(Unreadable::Failure(failure));
        }
        Ok(serde_json::from_slice(body)?)
    }
}

impl Failure {
    /// What a server said when it refused, whatever its style: the usual wrapper, an `error` that is a text, the list of
    /// hinkskalle, plain text. A page of HTML says nothing to a person.
    #[must_use]
    pub fn read(status: u16, content_type: Option<&str>, body: &[u8]) -> Self {
        let mut failure = Self::stated_in(body).unwrap_or_else(|| Self {
            code: status,
            message: plain_text(content_type, body).unwrap_or_default(),
        });
        if failure.code == 0 {
            failure.code = status;
        }
        failure
    }

    fn stated_in(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
            return Some(Self::from_value(error));
        }
        let first = value.get("errors")?.as_array()?.first()?;
        let message = ["detail", "message", "title"]
            .into_iter()
            .find_map(|name| first.get(name)?.as_str())?;
        Some(Self {
            code: code_of(first),
            message: cut(message),
        })
    }

    fn from_value(error: &Value) -> Self {
        let message = error
            .as_str()
            .or_else(|| error.get("message")?.as_str())
            .unwrap_or_default();
        Self {
            code: code_of(error),
            message: cut(message),
        }
    }
}

impl<'de> Deserialize<'de> for Failure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_value(&Value::deserialize(deserializer)?))
    }
}

fn code_of(error: &Value) -> u16 {
    error
        .get("code")
        .and_then(Value::as_u64)
        .and_then(|code| u16::try_from(code).ok())
        .unwrap_or(0)
}

fn plain_text(content_type: Option<&str>, body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let is_plain = content_type.is_none_or(|kind| kind.trim_start().starts_with("text/plain"));
    (is_plain && !text.starts_with(['<', '{', '['])).then(|| cut(text))
}

/// One readable line or few: no control characters, no more than the limit.
fn cut(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control() || *letter == '\n')
        .take(MESSAGE_LIMIT)
        .collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(code: &u16) -> bool {
    *code == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_of_refusal_is_read() {
        let cases: &[(u16, Option<&str>, &str, u16, &str)] = &[
            (
                404,
                None,
                r#"{"error":{"code":404,"message":"no"}}"#,
                404,
                "no",
            ),
            (404, None, r#"{"error":{"code":404}}"#, 404, ""),
            (400, None, r#"{"error":"bad key"}"#, 400, "bad key"),
            (
                403,
                None,
                r#"{"status":"error","errors":[{"title":"T","detail":"denied","code":403}]}"#,
                403,
                "denied",
            ),
            (
                503,
                Some("text/plain; charset=utf-8"),
                "busy\n",
                503,
                "busy",
            ),
            (502, Some("text/html"), "<html>Bad Gateway</html>", 502, ""),
            (502, None, "<html>", 502, ""),
            (500, None, "", 500, ""),
            (500, Some("text/plain"), "a\u{1b}[31mb", 500, "a[31mb"),
        ];
        for (status, kind, body, code, message) in cases {
            let failure = Failure::read(*status, *kind, body.as_bytes());
            assert_eq!(
                (failure.code, failure.message.as_str()),
                (*code, *message),
                "{body}"
            );
        }
        let long = Failure::read(500, Some("text/plain"), "x".repeat(9000).as_bytes());
        assert_eq!(long.message.len(), MESSAGE_LIMIT);
    }

    #[test]
    fn an_error_wins_over_data() {
        let body = br#"{"data":7,"error":{"code":409,"message":"taken"}}"#;
        let error = Envelope::<String>::read(body).unwrap_err();
        assert!(matches!(error, Unreadable::Failure(failure) if failure.code == 409));
        assert!(Envelope::<u8>::read(b" ").unwrap().data.is_none());
        assert!(
            Envelope::<u8>::read(br#"{"data":null}"#)
                .unwrap()
                .data
                .is_none()
        );
        assert!(Envelope::<u8>::read(b"<html>").is_err());
    }
}
