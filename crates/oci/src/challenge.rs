//! What a registry asks of those who come without a login: the header `WWW-Authenticate`.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// Name and password with each request.
    Basic,
    /// A token, which another service gives.
    Bearer(TokenService),
    /// Something else.
    Unknown(String),
}

/// Where tokens are given.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct TokenService {
    pub(crate) realm: String,
    pub(crate) service: String,
    pub(crate) scope: String,
}

/// No challenge is longer.
const LONGEST: usize = 8 << 10;

/// The best of what `headers` ask for: a token is worth more than a password. None if they ask for nothing.
pub(crate) fn read(headers: &HeaderMap) -> Option<Challenge> {
    let mut best = None;
    let texts = headers.get_all(WWW_AUTHENTICATE).into_iter();
    for text in texts
        .filter_map(|value| value.to_str().ok())
        .filter(|text| text.len() <= LONGEST)
    {
        for challenge in read_text(text) {
            if rank(&challenge) > best.as_ref().map_or(0, rank) {
                best = Some(challenge);
            }
        }
    }
    best
}

const fn rank(challenge: &Challenge) -> u8 {
    match challenge {
        Challenge::Bearer(_) => 3,
        Challenge::Basic => 2,
        Challenge::Unknown(_) => 1,
    }
}

/// The challenges of one header: `Scheme key="value", key=value, Scheme …`.
fn read_text(text: &str) -> Vec<Challenge> {
    let mut found: Vec<(String, TokenService)> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            break;
        }
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let Some(value) = after.trim_start().strip_prefix('=') else {
            found.push((word.to_owned(), TokenService::default()));
            rest = after;
            continue;
        };
        let (value, after) = read_value(value.trim_start());
        rest = after;
        if let Some((_, service)) = found.last_mut() {
            service.set(word, value);
        }
    }
    found
        .into_iter()
        .map(|(scheme, service)| challenge(scheme, service))
        .collect()
}

fn challenge(scheme: String, service: TokenService) -> Challenge {
    if scheme.eq_ignore_ascii_case("basic") {
        Challenge::Basic
    } else if scheme.eq_ignore_ascii_case("bearer") && !service.realm.is_empty() {
        Challenge::Bearer(service)
    } else {
        Challenge::Unknown(scheme)
    }
}

/// A value, with or without quotes, and what follows it.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

impl TokenService {
    fn set(&mut self, key: &str, value: String) {
        match key.to_ascii_lowercase().as_str() {
            "realm" => self.realm = value,
            "service" => self.service = value,
            "scope" => self.scope = value,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&'static str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for text in texts {
            headers.append(WWW_AUTHENTICATE, text.parse().unwrap());
        }
        read(&headers)
    }

    fn bearer(realm: &str, service: &str, scope: &str) -> Option<Challenge> {
        Some(Challenge::Bearer(TokenService {
            realm: realm.into(),
            service: service.into(),
            scope: scope.into(),
        }))
    }

    #[test]
    fn challenges_are_read() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["Basic realm=\"a, b\""]), Some(Challenge::Basic));
        assert_eq!(of(&["basic"]), Some(Challenge::Basic));
        assert_eq!(
            of(&["Negotiate"]),
            Some(Challenge::Unknown("Negotiate".into()))
        );
        assert_eq!(
            of(&[
                r#"Bearer realm="https://auth/token",service="reg.example",scope="repository:a/b:pull,push""#
            ]),
            bearer(
                "https://auth/token",
                "reg.example",
                "repository:a/b:pull,push"
            )
        );
        assert_eq!(
            of(&["bearer realm=https://auth/token , service=x"]),
            bearer("https://auth/token", "x", "")
        );
        assert_eq!(
            of(&["Basic realm=\"x\", Bearer realm=\"y\""]),
            bearer("y", "", "")
        );
        assert_eq!(
            of(&["Basic realm=\"x\"", "Bearer realm=\"y\""]),
            bearer("y", "", "")
        );
        assert_eq!(of(&[r#"Bearer realm="a\"b"#]), bearer("a\"b", "", ""));
        assert_eq!(of(&["Bearer"]), Some(Challenge::Unknown("Bearer".into())));
        assert_eq!(of(&[",,, ="]), None);
    }
}
