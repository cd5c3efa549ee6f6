//! Takes out of a text what does not belong in logs and reports: the home folder's name, and anything that looks like a
//! credential. A second line of defence: nothing of the kind is logged on purpose.

use std::borrow::Cow;

/// Words after which a value is a secret, as `name=value`, `name: value` or `name value`.
const SECRET_NAMES: [&str; 8] = [
    "passphrase",
    "password",
    "token",
    "secret",
    "bearer",
    "basic",
    "authorization",
    "api-key",
];
/// Words that stand between `Authorization:` and its value.
const SCHEMES: [&str; 2] = ["bearer", "basic"];

/// Returns `text` with the home folder as `~`, and the values of credentials as `[redacted]`.
pub(crate) fn redact<'a>(text: &'a str, home: &str) -> Cow<'a, str> {
    let mut result = Cow::Borrowed(text);
    if home.len() > 1 && result.contains(home) {
        result = Cow::Owned(result.replace(home, "~"));
    }
    if let Some(without) = without_url_passwords(&result) {
        result = Cow::Owned(without);
    }
    if let Some(without) = without_named_secrets(&result) {
        result = Cow::Owned(without);
    }
    if let Some(without) = without_tokens(&result) {
        result = Cow::Owned(without);
    }
    result
}

/// Words that are tokens by their looks, wherever they stand.
fn without_tokens(text: &str) -> Option<String> {
    let mut result = String::new();
    let mut copied = 0;
    for (start, word) in words(text) {
        if looks_like_token(word) {
            result.push_str(&text[copied..start]);
            result.push_str("[redacted]");
            copied = start + word.len();
        }
    }
    result.push_str(&text[copied..]);
    (copied > 0).then_some(result)
}

/// The longest runs of characters that tokens consist of, and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_between =
        |character: char| !(character.is_ascii_alphanumeric() || "._-".contains(character));
    let mut next = 0;
    text.split_inclusive(is_between).map(move |piece| {
        let start = next;
        next += piece.len();
        (start, piece.trim_end_matches(is_between))
    })
}

/// A JSON web token, as the services give them, or a token of the embedded cloud: three parts with points between.
fn looks_like_token(word: &str) -> bool {
    let mut parts = word.trim_end_matches('.').splitn(3, '.');
    let (Some(first), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_web_token = first.starts_with("eyJ") && second.starts_with("eyJ");
    let is_own = first.eq_ignore_ascii_case("sifter") && second.len() >= 8 && third.len() >= 16;
    is_web_token || is_own
}

/// `scheme://user:password@host` loses what stands before the `@`.
fn without_url_passwords(text: &str) -> Option<String> {
    let mut result = String::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        result.push_str(before);
        let end = after
            .find(|character: char| character.is_whitespace() || "/\"'<>`".contains(character));
        let authority = &after[..end.unwrap_or(after.len())];
        match authority.rfind('@') {
            Some(sign) => {
                result.push_str("[redacted]");
                rest = &after[sign..];
                changed = true;
            }
            None => rest = after,
        }
    }
    result.push_str(rest);
    changed.then_some(result)
}

fn without_named_secrets(text: &str) -> Option<String> {
    // ASCII lower-casing keeps byte positions.
    let lower = text.to_ascii_lowercase();
    let mut result = String::new();
    let mut copied = 0;
    let mut from = 0;
    while let Some((start, name)) = next_name(&lower, from) {
        from = start + name.len();
        if let Some((value_start, value_end)) = value_after(text, from) {
            result.push_str(&text[copied..value_start]);
            result.push_str("[redacted]");
            copied = value_end;
            from = value_end;
        }
    }
    result.push_str(&text[copied..]);
    (copied > 0).then_some(result)
}

fn next_name(lower: &str, from: usize) -> Option<(usize, &'static str)> {
    SECRET_NAMES
        .iter()
        .filter_map(|name| lower.get(from..)?.find(name).map(|at| (from + at, *name)))
        .min_by_key(|(at, _)| *at)
}

/// Where the value stands that follows a name, if one does: after `=` or `:`, or a single long word of token characters.
fn value_after(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let trimmed = rest.trim_start_matches(|character: char| "\"' ".contains(character));
    let assigned = trimmed.starts_with(['=', ':']);
    let value = trimmed.trim_start_matches(|character: char| "=:\"' ".contains(character));
    let start = text.len() - value.len();
    let mut end = start + word_length(value);
    if SCHEMES
        .iter()
        .any(|scheme| text[start..end].eq_ignore_ascii_case(scheme))
    {
        let next = text[end..].trim_start_matches(' ');
        end = text.len() - next.len() + word_length(next);
    }
    let long = end - start >= 16;
    (end > start && (assigned || long)).then_some((start, end))
}

fn word_length(text: &str) -> usize {
    text.find(|character: char| character.is_whitespace() || ",;\"'}".contains(character))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(redact(text, "/home/anna"), expected);
    }

    #[test]
    fn homes_and_credentials_disappear_and_plain_words_stay() {
        check("opened /home/anna/images/a.sif", "opened ~/images/a.sif");
        check(
            "GET https://anna:pw@lab.example.org/v1",
            "GET https://[redacted]@lab.example.org/v1",
        );
        check(
            "GET https://lab.example.org/v1@x",
            "GET https://lab.example.org/v1@x",
        );
        check(
            "passphrase=\"correct horse\" next",
            "passphrase=\"[redacted] horse\" next",
        );
        check(
            "Authorization: Bearer abcdefghijklmnop",
            "Authorization: [redacted]",
        );
        check("token: x", "token: [redacted]");
        check(
            "a passphrase is needed to sign",
            "a passphrase is needed to sign",
        );
        check("wrong passphrase", "wrong passphrase");
        check("ünïcode token=ä", "ünïcode token=[redacted]");
    }

    #[test]
    fn credentials_of_http_disappear_in_every_form() {
        const WEB_TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl-_";
        for (text, expected) in [
            (
                "authorization: Basic YW5uYTpwdw==, next",
                "authorization: [redacted], next",
            ),
            (
                "sent basic YW5uYTpwYXNzd29yZA== to lab",
                "sent basic [redacted] to lab",
            ),
            ("basic authentication", "basic authentication"),
            (
                "{\"token\":\"abc\",\"user\":\"anna\"}",
                "{\"token\":\"[redacted]\",\"user\":\"anna\"}",
            ),
            (
                "GET https://lab/v1?token=abcdef&x=1",
                "GET https://lab/v1?token=[redacted]",
            ),
        ] {
            check(text, expected);
        }
        for token in [WEB_TOKEN, "sifter.0123456789abcdef.MDEyMzQ1Njc4OWFiY2RlZg"] {
            check(token, "[redacted]");
            check(
                &format!("got `{token}` from lab."),
                "got `[redacted]` from lab.",
            );
            check(&format!("?x={token}&y"), "?x=[redacted]&y");
            check(&format!("ends {token}."), "ends [redacted]");
        }
        for plain in [
            "sifter.log",
            "sifter.2026-01-02.log",
            "io.github.sifter.Sifter",
            "samtools_1.19.sif",
            "eyJustaword",
        ] {
            check(plain, plain);
        }
    }
}
