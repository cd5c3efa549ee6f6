//! What a server calls a request, so that whoever runs it finds the request in its logs.

use std::fmt;

use reqwest::header::HeaderMap;

/// Where servers say it.
const NAMES: [&str; 3] = ["x-request-id", "x-amz-request-id", "x-github-request-id"];
/// What is longer is something else.
const LONGEST: usize = 128;

/// What a server calls a request: letters, digits and a few signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// What the head of an answer says; none for what cannot be shown as it is.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut said = NAMES.iter().filter_map(|name| headers.get(*name));
        let text = said.next()?.to_str().ok()?.trim();
        let is_good = !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_shown);
        is_good.then(|| Self(text.to_owned()))
    }

    /// As the server wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_shown(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_.:=+/".contains(letter)
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_shown_is_an_id() {
        let of = |name: &'static str, text: &str| {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), text.parse().unwrap())]);
            RequestId::of(&headers).map(|id| id.to_string())
        };
        let long = "a".repeat(LONGEST + 1);
        for (name, text, id) in [
            ("x-request-id", "3f2a-9c", Some("3f2a-9c")),
            (
                "x-amz-request-id",
                "79104EXAMPLEB723",
                Some("79104EXAMPLEB723"),
            ),
            ("x-github-request-id", "0A:1B/2=", Some("0A:1B/2=")),
            ("x-request-id", "", None),
            ("x-request-id", "two words", None),
            ("x-request-id", "<b>", None),
            ("x-request-id", &long, None),
            ("x-other-id", "3f2a", None),
        ] {
            assert_eq!(of(name, text).as_deref(), id, "{name}: {text}");
        }
    }
}
